import type { NodeCommand, NodePorts } from './node-worker.ts'
import { Worker } from './workers.ts'

const onNode =
  (worker: Worker) =>
  <T = void>(command: NodeCommand) =>
    worker.ask<T>(command)

/** Three of our nodes as three processes. */
export class BenchCluster {
  readonly #workers: readonly Worker[]
  readonly endpoints: readonly string[]

  private constructor(workers: readonly Worker[], ports: readonly NodePorts[]) {
    this.#workers = workers
    this.endpoints = ports.map(({ grpc }) => `127.0.0.1:${grpc}`)
  }

  static async start(): Promise<BenchCluster> {
    const workers = await Promise.all([1, 2, 3].map(() => Worker.start('node-worker')))
    const first = await onNode(workers[0])<NodePorts>({ do: 'start', name: 'n1', seeds: [] })
    const seeds = [`127.0.0.1:${first.gossip}`]
    const rest = await Promise.all(
      [2, 3].map(i => onNode(workers[i - 1])<NodePorts>({ do: 'start', name: `n${i}`, seeds })),
    )
    return new BenchCluster(workers, [first, ...rest])
  }

  first<T = void>(command: NodeCommand): Promise<T> {
    return onNode(this.#workers[0])<T>(command)
  }

  all<T = void>(command: NodeCommand): Promise<T[]> {
    return Promise.all(this.#workers.map(worker => onNode(worker)<T>(command)))
  }

  async table(name: string, options = {}): Promise<void> {
    await this.all({ do: 'table', name, options })
  }

  async clear(name: string): Promise<void> {
    await this.first({ do: 'clear', name })
  }

  /** Writes per second, from the first write until every node has applied the last. */
  async writeAll(name: string, run: number, count: number): Promise<number> {
    const [size] = await this.all<number>({ do: 'size', name })
    const others = this.#workers
      .slice(1)
      .map(worker => onNode(worker)<number>({ do: 'untilSize', name, size: size + count }))
    const began = await this.first<number>({ do: 'writeAll', name, run, count })
    const ends = await Promise.all([
      ...others,
      this.first<number>({ do: 'untilSize', name, size: size + count }),
    ])
    return (count / (Math.max(...ends) - began)) * 1000
  }

  /** The third node is given a copy while the first goes on writing. */
  async addCopy(name: string, count: number): Promise<{ seconds: number; stallMs: number }> {
    await this.first({ do: 'fill', name, count, bytes: 100 })
    await onNode(this.#workers[1])({ do: 'untilSize', name, size: count })
    await this.first({ do: 'pacedWriter', name })
    const ms = await onNode(this.#workers[1])<number>({ do: 'addCopy', name, node: 'n3', count })
    return { seconds: ms / 1000, stallMs: await this.first<number>({ do: 'stopWriter' }) }
  }

  stop(): void {
    for (const worker of this.#workers) worker.stop()
  }
}

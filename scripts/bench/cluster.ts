import type { NodeCommand, NodePorts, Stalls } from './node-worker.ts'
import type { StrongWork } from './strong-work.ts'
import { Worker } from './workers.ts'

const onNode =
  (worker: Worker) =>
  <T = void>(command: NodeCommand) =>
    worker.ask<T>(command)

const nodeNames = ['n1', 'n2', 'n3'] as const
export type NodeName = (typeof nodeNames)[number]

const indexOf = (name: NodeName) => nodeNames.indexOf(name)

/** Three of our nodes as three processes. */
export class BenchCluster {
  readonly #workers: Worker[]
  readonly #ports: NodePorts[]
  readonly endpoints: readonly string[]

  private constructor(workers: Worker[], ports: NodePorts[]) {
    this.#workers = workers
    this.#ports = ports
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

  /** Work with majority tables on the node of that name. */
  strong<T = void>(name: NodeName, work: StrongWork): Promise<T> {
    return onNode(this.#workers[indexOf(name)])<T>({ do: 'strong', work })
  }

  /** The node that leads once all three vote, and the two that follow. */
  async roles(): Promise<{ leader: NodeName; followers: readonly NodeName[] }> {
    const heard = await Promise.all(
      nodeNames.map(name => this.strong<NodeName>(name, { what: 'leader', voters: 3 })),
    )
    const [leader] = heard
    if (heard.some(other => other !== leader)) return this.roles()
    return { leader, followers: nodeNames.filter(name => name !== leader) }
  }

  /** Ends the process at once, as a crash does. */
  kill(name: NodeName): void {
    this.#workers[indexOf(name)].stop()
  }

  /** The node closes as it does before an upgrade. */
  async close(name: NodeName): Promise<void> {
    await onNode(this.#workers[indexOf(name)])({ do: 'stop' })
  }

  /** Another process with the name of one that ended. */
  async restart(name: NodeName): Promise<void> {
    const index = indexOf(name)
    this.#workers[index].stop()
    this.#workers[index] = await Worker.start('node-worker')
    const seeds = this.#ports.filter((_, i) => i !== index).map(({ gossip }) => `127.0.0.1:${gossip}`)
    this.#ports[index] = await onNode(this.#workers[index])<NodePorts>({ do: 'start', name, seeds })
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
  async addCopy(name: string, count: number): Promise<Stalls & { readonly seconds: number }> {
    await this.first({ do: 'fill', name, count, bytes: 100 })
    await onNode(this.#workers[1])({ do: 'untilSize', name, size: count })
    await this.first({ do: 'pacedWriter', name })
    const ms = await onNode(this.#workers[1])<number>({ do: 'addCopy', name, node: 'n3', count })
    return { seconds: ms / 1000, ...(await this.first<Stalls>({ do: 'stopWriter' })) }
  }

  stop(): void {
    for (const worker of this.#workers) worker.stop()
  }
}

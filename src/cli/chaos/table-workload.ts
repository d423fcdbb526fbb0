import { setTimeout as sleep } from 'node:timers/promises'
import type { Ack, MeshClient, Table } from '../../client/index.ts'
import type { RowWrite } from './checkers/history.ts'
import { batchSize } from './checkers/rows.ts'
import { SeededRandom } from './random.ts'
import type { Recorder } from './recorder.ts'

export const counterNames = ['counter0', 'counter1']
/** All but those that are cleared, of which every node has its own: `cleared-NODE`. */
export const sharedTables = {
  ...{ rows: 'rows', batches: 'batches', brief: 'brief', claims: 'claims', counters: 'counters' },
} as const

/** The longest time that a row with an end lives. */
export const longestTtlMs = 1500
const shortestTtlMs = 300
const timeoutMs = 4000
const pauseMs = { least: 10, most: 50, afterFailure: 100 }
const liveKeys = 12
const claimEveryMs = 300
const acks: readonly Ack[] = ['local', 'one', 'one', 'majority', 'all', 'all']

interface Worker {
  readonly name: string
  /** Name of the node that it writes through, and of no other one. */
  readonly node: string
  readonly client: MeshClient
  readonly random: SeededRandom
  /** Keys that it has written and not given up. */
  readonly keys: string[]
}

type Step = (worker: Worker) => Promise<boolean>

/** Clients of one node each, which use every verb of default tables until they are told to end. */
export class TableWorkload {
  readonly recorder: Recorder
  readonly #workers: readonly (readonly [Worker, Step])[]
  readonly #clients: ReadonlyMap<string, MeshClient>
  #running: Promise<void>[] = []
  #isEnding = false
  #values = 0
  #round = 0

  /** One client for each node, by its name. */
  constructor(clients: ReadonlyMap<string, MeshClient>, recorder: Recorder, seed: number) {
    this.recorder = recorder
    this.#clients = clients
    const steps: readonly Step[] = [
      worker => this.#write(worker),
      worker => this.#write(worker),
      worker => this.#batch(worker),
      worker => this.#fill(worker),
      worker => this.#brief(worker),
      worker => this.#claim(worker),
      worker => this.#count(worker),
    ]
    this.#workers = [...clients].flatMap(([node, client], i) =>
      steps.map((step, j) => {
        const random = new SeededRandom(seed * 1000 + i * steps.length + j + 1)
        return [{ name: `${node}/${j}`, node, client, random, keys: [] }, step] as const
      }),
    )
  }

  get tables(): string[] {
    return [...Object.values(sharedTables), ...[...this.#clients.keys()].map(clearedBy)]
  }

  /** Makes the tables. */
  async prepare(): Promise<void> {
    const [client] = this.#clients.values()
    for (const name of this.tables) await client?.table(name, {})
  }

  start(): void {
    this.#isEnding = false
    this.#round++
    this.#running = this.#workers.map(([worker, step]) => this.#work(worker, step))
  }

  /** Resolves when all that was begun has ended. `start` goes on. */
  async end(): Promise<void> {
    this.#isEnding = true
    await Promise.all(this.#running)
  }

  /** Drops the history, and the rows that would be more and more. For between two rounds, when nothing is begun. */
  async forget(): Promise<void> {
    this.recorder.forget()
    const [client] = this.#clients.values()
    await client?.existing(sharedTables.claims).clear({ ack: 'all', timeout: timeoutMs })
  }

  async #work(worker: Worker, step: Step): Promise<void> {
    const { least, most, afterFailure } = pauseMs
    while (!this.#isEnding) {
      const acknowledged = await step(worker)
      await sleep(acknowledged ? least + worker.random.below(most - least) : afterFailure)
    }
  }

  // A key that is given up is deleted and never written again: it must stay away, whatever comes later.
  #write(worker: Worker): Promise<boolean> {
    const { keys, random } = worker
    if (keys.length < liveKeys) keys.push(`${worker.name}-${++this.#values}`)
    const key = random.pick(keys)
    const removes = random.chance(0.3)
    if (removes && random.chance(0.5)) keys.splice(keys.indexOf(key), 1)
    return this.#put(worker, {
      table: sharedTables.rows,
      keys: [key],
      value: removes ? undefined : ++this.#values,
    })
  }

  #batch(worker: Worker): Promise<boolean> {
    const batch = `${worker.name}-${worker.random.below(3)}`
    const keys = Array.from({ length: batchSize }, (_, i) => `${batch}/${i}`)
    return this.#put(worker, { table: sharedTables.batches, keys, value: ++this.#values })
  }

  #brief(worker: Worker): Promise<boolean> {
    const ttlMs = shortestTtlMs + worker.random.below(longestTtlMs - shortestTtlMs)
    const value = ++this.#values
    return this.#put(worker, { table: sharedTables.brief, keys: [`brief-${value}`], value, ttlMs })
  }

  // Keys of its own in a table of its own, which it clears now and then.
  async #fill(worker: Worker): Promise<boolean> {
    const { keys, node, random } = worker
    const table = clearedBy(node)
    if (keys.length < 8 || random.chance(0.8)) {
      const key = `${node}-${++this.#values}`
      keys.push(key)
      return this.#put(worker, { table, keys: [key], value: this.#values })
    }
    const ack = random.pick(acks)
    const operation = { kind: 'write', table, keys: [...keys], ack, node } as const
    const cleared = await this.recorder.record(worker.name, operation, async () => {
      await worker.client.existing(table).clear({ ack, timeout: timeoutMs })
      return {}
    })
    // What nobody knows to be cleared is cleared again.
    if (cleared !== undefined) keys.splice(0)
    return cleared !== undefined
  }

  #put(worker: Worker, write: Pick<RowWrite, 'table' | 'keys' | 'value' | 'ttlMs'>): Promise<boolean> {
    const ack = worker.random.pick(acks)
    const { table: name, keys, value, ttlMs } = write
    const operation: RowWrite = { kind: 'write', ...write, ack, node: worker.node }
    const [key = ''] = keys
    const options = { ack, timeout: timeoutMs, ...(ttlMs === undefined ? {} : { ttl: ttlMs }) }
    return this.#record(worker, operation, async () => {
      const table = worker.client.existing<string, number>(name)
      if (value === undefined) await table.delete(key, options)
      else if (keys.length === 1) await table.set(key, value, options)
      else
        await table.setMany(
          keys.map(one => [one, value] as const),
          { ...options, atomic: true },
        )
      return {}
    })
  }

  // All nodes at once for the same key.
  async #claim(worker: Worker): Promise<boolean> {
    await sleep(claimEveryMs - (performance.now() % claimEveryMs))
    const key = `claim-${this.#round}-${Math.floor(performance.now() / claimEveryMs)}`
    const value = ++this.#values
    return this.#record(worker, { kind: 'claim', key, value, node: worker.node }, async () => ({
      applied: await this.#table(worker, sharedTables.claims).set(key, value, {
        ...{ ifAbsent: true, ack: 'all', timeout: timeoutMs },
      }),
    }))
  }

  #count(worker: Worker): Promise<boolean> {
    const counter = worker.random.pick(counterNames)
    return this.#record(worker, { kind: 'counter', counter, by: 1 }, async () => ({
      value: await this.#table(worker, sharedTables.counters).increment(counter, 1, {
        ...{ ack: worker.random.pick(acks), timeout: timeoutMs },
      }),
    }))
  }

  #table({ client }: Worker, name: string): Table<string, number> {
    return client.existing<string, number>(name)
  }

  async #record(
    worker: Worker,
    ...call: [Parameters<Recorder['record']>[1], Parameters<Recorder['record']>[2]]
  ) {
    return (await this.recorder.record(worker.name, ...call)) !== undefined
  }
}

function clearedBy(node: string): string {
  return `cleared-${node}`
}

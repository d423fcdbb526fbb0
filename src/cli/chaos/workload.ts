import { setTimeout as sleep } from 'node:timers/promises'
import type { MeshClient, Table } from '../../client/index.ts'
import type { RegisterAction, Token } from './checkers/history.ts'
import { SeededRandom } from './random.ts'
import type { Recorder } from './recorder.ts'

export const tables = { counters: 'counters', bank: 'bank', lists: 'lists', rows: 'rows' } as const
export const counters = ['counter0', 'counter1', 'counter2']
export const accounts = ['account0', 'account1', 'account2', 'account3', 'account4']
export const startBalance = 100

const lists = 4
const rows = 6
const locks = 2
/** Keys change so often that none has too long a history for a search. */
const rotateMs = 3000
const timeoutMs = 5000
const lockTtlMs = 2000
const pauseMs = { least: 20, most: 80, afterFailure: 100 }
const actions: readonly RegisterAction[] = ['set', 'set', 'get', 'get', 'delete', 'ifAbsent', 'increment']

interface Worker {
  readonly name: string
  readonly client: MeshClient
  readonly random: SeededRandom
}

/** One operation of a worker; true when it was acknowledged. */
type Step = (worker: Worker) => Promise<boolean>

/** Clients that count, move money, append to lists, write rows and hold locks until they are told to end. */
export class Workload {
  readonly recorder: Recorder
  readonly #clients: readonly MeshClient[]
  readonly #seed: number
  readonly #workers: Promise<void>[] = []
  readonly #probes = new Set<Promise<boolean>>()
  readonly #began = performance.now()
  #values = 0
  #isEnding = false
  #turn = 0

  constructor(clients: readonly MeshClient[], recorder: Recorder, seed: number) {
    this.recorder = recorder
    this.#clients = clients
    this.#seed = seed
  }

  /** Makes the tables and opens the accounts. */
  async prepare(): Promise<void> {
    const [client] = this.#clients
    if (client === undefined) return
    for (const name of Object.values(tables)) await client.table(name, { majority: true })
    const bank = client.existing<string, number>(tables.bank)
    await bank.setMany(
      accounts.map(account => [account, startBalance] as const),
      { atomic: true },
    )
  }

  start(): void {
    const steps: readonly Step[] = [
      worker => this.#count(worker),
      worker => this.#transfer(worker),
      worker => this.#balances(worker),
      worker => this.#append(worker),
      worker => this.#append(worker),
      worker => this.#register(worker),
      worker => this.#register(worker),
      worker => this.#lock(worker),
    ]
    for (const [i, client] of this.#clients.entries())
      for (const [j, step] of steps.entries()) {
        const random = new SeededRandom(this.#seed * 1000 + i * steps.length + j + 1)
        this.#workers.push(this.#work({ name: `client-${i}/${j}`, client, random }, step))
      }
  }

  /** Resolves when all that was begun has ended. */
  async end(): Promise<void> {
    this.#isEnding = true
    await Promise.all([...this.#workers, ...this.#probes])
  }

  /** Counts once, through another client each time. True when that was acknowledged. */
  probe(): Promise<boolean> {
    const turn = this.#turn++
    const i = turn % this.#clients.length
    const client = this.#clients[i] as MeshClient
    const counted = this.#count({ name: `probe-${i}`, client, random: new SeededRandom(turn) })
    this.#probes.add(counted)
    void counted.finally(() => this.#probes.delete(counted))
    return counted
  }

  #count(worker: Worker): Promise<boolean> {
    const counter = worker.random.pick(counters)
    return this.#record(worker, { kind: 'counter', counter, by: 1 }, async () => {
      const table = this.#table<number>(worker, tables.counters)
      return { value: await table.increment(counter, 1, { timeout: timeoutMs }) }
    })
  }

  async #work(worker: Worker, step: Step): Promise<void> {
    const { least, most, afterFailure } = pauseMs
    while (!this.#isEnding) {
      const acknowledged = await step(worker)
      await sleep(acknowledged ? least + worker.random.below(most - least) : afterFailure)
    }
  }

  #transfer(worker: Worker): Promise<boolean> {
    const [from = '', to = ''] = worker.random.shuffle(accounts)
    const amount = 1 + worker.random.below(20)
    return this.#record(worker, { kind: 'transfer', from, to, amount }, () =>
      worker.client.transaction(
        async tx => {
          const bank = tx.table<string, number>(tables.bank)
          const [had = 0, has = 0] = await bank.getMany([from, to])
          bank.set(from, had - amount)
          bank.set(to, has + amount)
          return {}
        },
        { timeout: timeoutMs },
      ),
    )
  }

  #balances(worker: Worker): Promise<boolean> {
    return this.#record(worker, { kind: 'balances' }, () =>
      worker.client.transaction(
        async tx => {
          const found = await tx.table<string, number>(tables.bank).getMany(accounts)
          const balances = accounts.flatMap((account, i) => {
            const balance = found[i]
            return balance === undefined ? [] : [[account, balance] as const]
          })
          return { balances: Object.fromEntries(balances) }
        },
        { readOnly: true, timeout: timeoutMs },
      ),
    )
  }

  #append(worker: Worker, guard?: { readonly lock: string; readonly token: Token }): Promise<boolean> {
    const { random, client } = worker
    const names = random.shuffle(Array.from({ length: lists }, (_, i) => this.#name('list', i)))
    const appended = names.slice(0, guard === undefined ? random.below(3) : 1)
    const read = names.slice(0, Math.max(appended.length, 1 + random.below(2)))
    const appends = appended.map(list => [list, ++this.#values] as const)
    return this.#record(worker, { kind: 'lists', reads: read, appends, guard }, () =>
      client.transaction(
        async tx => {
          if (guard !== undefined) tx.guard({ name: guard.lock, token: guard.token })
          const table = tx.table<string, number[]>(tables.lists)
          const found = (await table.getMany(read)).map(list => list ?? [])
          for (const [i, [list, value]] of appends.entries()) table.set(list, [...(found[i] ?? []), value])
          return { reads: found }
        },
        { readOnly: appends.length === 0, timeout: timeoutMs },
      ),
    )
  }

  #register(worker: Worker): Promise<boolean> {
    const action = worker.random.pick(actions)
    const key = this.#name('row', worker.random.below(rows))
    const table = this.#table<number>(worker, tables.rows)
    const options = { timeout: timeoutMs }
    // Far from each other, so that increments make no value that another set wrote.
    const value = ++this.#values * 1000
    const operation = { kind: 'register', key, action } as const
    switch (action) {
      case 'get':
        return this.#record(worker, operation, async () => ({ value: await table.get(key, options) }))
      case 'increment':
        return this.#record(worker, { ...operation, by: 1 }, async () => ({
          value: await table.increment(key, 1, options),
        }))
      case 'delete':
        return this.#record(worker, operation, async () => ({ applied: await table.delete(key, options) }))
      default:
        return this.#record(worker, { ...operation, value }, async () => ({
          applied: await table.set(key, value, { ...options, ifAbsent: action === 'ifAbsent' }),
        }))
    }
  }

  // Writes under the lock, and once more in the end: where the lock was lost meanwhile, that must not happen any more.
  async #lock(worker: Worker): Promise<boolean> {
    const { client, random } = worker
    const name = `lock${random.below(locks)}`
    const mode = 'exclusive'
    let held: Awaited<ReturnType<MeshClient['locks']['acquire']>> | undefined
    await this.#record(worker, { kind: 'acquire', lock: name, mode }, async () => {
      held = await client.locks.acquire(name, { ttl: lockTtlMs, timeout: timeoutMs })
      return { token: held.token }
    })
    if (held === undefined) return false
    const { token, signal } = held
    const guard = { lock: name, token }
    await this.#append(worker, guard)
    await sleep(random.below(500), undefined, { signal }).catch(() => {})
    await this.#append(worker, guard)
    // What is lost cannot be given back: nobody would know whether it was this call that did it.
    if (signal.aborted) return false
    const lock = held
    return this.#record(worker, { kind: 'release', lock: name, mode, token }, async () => {
      await lock.release()
      return {}
    })
  }

  async #record(
    { name }: Worker,
    operation: Parameters<Recorder['record']>[1],
    run: Parameters<Recorder['record']>[2],
  ): Promise<boolean> {
    return (await this.recorder.record(name, operation, run)) !== undefined
  }

  #table<V>({ client }: Worker, name: string): Table<string, V> {
    return client.existing<string, V>(name)
  }

  #name(what: string, index: number): string {
    return `${what}${index}-${Math.floor((performance.now() - this.#began) / rotateMs)}`
  }
}

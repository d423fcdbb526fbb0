import type { Token } from '../../../src/cli/chaos/checkers/history.ts'
import type { Guard, ReadVersion, Result } from '../../../src/coordination/state/commands.ts'
import { partitionOfKey } from '../../../src/coordination/state/fingerprint.ts'
import { encodeKey } from '../../../src/core/key.ts'
import { Violation } from '../support/violation.ts'
import { ClientCalls, timeoutMs, transaction, unknownOutcome } from './client-calls.ts'
import { Crowd } from './crowd.ts'
import { accounts, type PlannedOperation } from './plan.ts'
import type { Conclusion, Recorder } from './recorder.ts'
import { majority, RowCalls } from './row-calls.ts'
import type { StrongCluster } from './strong-cluster.ts'
import type { FoundRow, StrongNode } from './strong-node.ts'
import { tables } from './tables.ts'

export const startBalance = 100
export const accountNames = Array.from({ length: accounts }, (_, i) => `account${i}`)

const leaseMs = 600
const pollMs = 15

interface ListPlan {
  readonly id: number
  readonly reads: readonly number[]
  readonly appends: readonly number[]
  readonly certify: 'rows' | 'partitions' | 'table'
  readonly thinkMs: number
  readonly guard?: Guard
  /** Tells the values of several transactions of one operation apart. */
  readonly offset?: number
}

type Operation<K extends PlannedOperation['kind']> = Extract<PlannedOperation, { kind: K }>

/** Does what the plan says through processes of the group, and writes down what came of it. */
export class Clients {
  readonly #cluster: StrongCluster
  readonly #calls: ClientCalls
  readonly #rows: RowCalls
  readonly crowd: Crowd
  /** Operations that have not ended, by what they are. */
  readonly pending = new Map<Promise<void>, { readonly node: StrongNode; readonly what: string }>()

  constructor(cluster: StrongCluster) {
    this.#cluster = cluster
    this.#calls = new ClientCalls(cluster)
    this.#rows = new RowCalls(this.#calls)
    this.crowd = new Crowd(this.#calls)
  }

  get recorder(): Recorder {
    return this.#calls.recorder
  }

  /** Begins the operation at the planned node, or the next one that runs. */
  perform(operation: PlannedOperation): void {
    const { running, world } = this.#cluster
    if (running.length === 0) return
    const node = running[operation.node % running.length]
    const run = this.#run(node, operation).catch(error => {
      // What a process does after its death is nobody's concern.
      if (node.process.isAlive) world.failure ??= error
    })
    this.pending.set(run, { node, what: `${JSON.stringify(operation)} at ${node.id}` })
    run.finally(() => this.pending.delete(run))
  }

  async #run(node: StrongNode, operation: PlannedOperation): Promise<void> {
    switch (operation.kind) {
      case 'append':
        return this.#append(node, operation)
      case 'read':
        return this.#read(node, operation)
      case 'register':
        return this.#rows.register(node, operation)
      case 'wipe':
        return this.#rows.wipe(node, operation)
      case 'counter':
        return this.#count(node, operation)
      case 'transfer':
        return this.#transfer(node, operation)
      case 'balances':
        return this.#balances(node)
      case 'crowd':
        return this.crowd.perform(node, operation)
      case 'lock':
        return this.#lock(node, operation)
    }
  }

  /** Reads lists, appends to lists, in one transaction; the values are told apart by `value`. */
  async #append(node: StrongNode, plan: ListPlan): Promise<void> {
    const [reads, appends] = [plan.reads, plan.appends].map(list =>
      list.map(i => this.#calls.name('list', i)),
    )
    const read = [...new Set([...reads, ...appends])]
    const values = appends.map((list, i) => [list, plan.id * 10 + i + (plan.offset ?? 0)] as const)
    const operation = { kind: 'lists', reads: read, appends: values, guard: plan.guard } as const
    await this.#calls.record(node, operation, async () => {
      const asOf = node.strong.applied
      const found = new Map(read.map(list => [list, node.read('lists', list)]))
      const elements = (list: string) => (found.get(list)?.value ?? []) as readonly number[]
      if (plan.thinkMs > 0) await this.#calls.sleep(node, plan.thinkMs)
      if (values.length === 0) return this.#snapshot(node, read)
      const result = await node.submit(
        {
          ...{ kind: 'transaction', guards: plan.guard === undefined ? [] : [plan.guard] },
          reads: plan.certify === 'rows' ? versions('lists', found) : [],
          ranges:
            plan.certify === 'rows'
              ? []
              : plan.certify === 'table'
                ? [{ table: 'lists', partition: undefined, asOf }]
                : read.map(list => ({ table: 'lists', partition: partitionOfKey(encodeKey(list)), asOf })),
          operations: values.map(([list, value]) =>
            this.#calls.set('lists', list, [...elements(list), value]),
          ),
        },
        timeoutMs,
      )
      return this.#calls.conclude(result, () => ({ reads: read.map(elements) }))
    })
  }

  async #read(node: StrongNode, { reads }: Operation<'read'>): Promise<void> {
    const read = reads.map(i => this.#calls.name('list', i))
    await this.#calls.record(node, { kind: 'lists', reads: read, appends: [] }, () =>
      this.#snapshot(node, read),
    )
  }

  async #snapshot(node: StrongNode, read: readonly string[]): Promise<Conclusion> {
    await this.#calls.barrier(node)
    return { answer: { reads: read.map(list => (node.read('lists', list).value ?? []) as number[]) } }
  }

  async #count(node: StrongNode, { key }: Operation<'counter'>): Promise<void> {
    const counter = `counter${key}`
    await this.#calls.record(node, { kind: 'counter', counter, by: 1 }, async () => {
      const row = { ...this.#calls.set('counters', counter, 0), kind: 'increment', by: 1 } as const
      const result = await node.submit(transaction([], [row]), timeoutMs)
      return this.#calls.conclude(result, ([{ number }]) => ({ value: number ?? 0 }))
    })
  }

  async #transfer(node: StrongNode, plan: Operation<'transfer'>): Promise<void> {
    const [from, to] = [accountNames[plan.from], accountNames[plan.to]]
    const { amount } = plan
    await this.#calls.record(node, { kind: 'transfer', from, to, amount }, async () => {
      const found = new Map([from, to].map(account => [account, node.read('bank', account)]))
      const balance = (account: string) => found.get(account)?.value as number
      const rows = [
        this.#calls.set('bank', from, balance(from) - amount),
        this.#calls.set('bank', to, balance(to) + amount),
      ]
      const result = await node.submit(transaction(versions('bank', found), rows), timeoutMs)
      return this.#calls.conclude(result, () => ({}))
    })
  }

  async #balances(node: StrongNode): Promise<void> {
    await this.#calls.record(node, { kind: 'balances' }, async () => {
      await this.#calls.barrier(node)
      const balances = accountNames.map(account => [account, node.read('bank', account).value])
      return { answer: { balances: Object.fromEntries(balances) } }
    })
  }

  async #lock(node: StrongNode, plan: Operation<'lock'>): Promise<void> {
    // One lock of three is a semaphore of two; it guards nothing that one holder would have to itself.
    const permits = plan.lock === 2 ? 2 : 1
    const mode = plan.lock === 1 && plan.id % 3 === 0 ? 'shared' : 'exclusive'
    const lock = this.#calls.name('lock', plan.lock)
    const asked = { kind: 'acquire', lock, mode, permits } as const
    const answer = await this.#calls.record(node, asked, async () => {
      const result = await node.submit(
        { kind: 'acquire', lock, mode, permits, wait: plan.wait, ttlMs: leaseMs },
        timeoutMs,
      )
      if (result.status === 'held') return 'failed'
      const token = result.status === 'granted' ? result.token : await this.#granted(node, lock, result)
      return { answer: { token }, index: token.index }
    })
    const token = (answer as { readonly token?: Token } | undefined)?.token
    if (token === undefined) return
    const request = this.#requestOf(node, lock, token)
    const write = { id: plan.id, reads: [], appends: [plan.list], certify: 'rows', thinkMs: 0 } as const
    const guard = { lock, token }
    await this.#append(node, { ...write, guard })
    await this.#calls.sleep(node, plan.holdMs)
    if (plan.twice) await this.#append(node, { ...write, guard, offset: 5 })
    if (request === undefined) return
    await this.#calls.record(node, { kind: 'release', lock, mode, permits, token }, async () =>
      this.#calls.conclude(await node.submit({ kind: 'release', lock, ...request }, timeoutMs), () => ({})),
    )
  }

  // Who waits is granted the lock by another entry; whoever gives up leaves the queue, or gives back what it got.
  async #granted(node: StrongNode, lock: string, queued: Result): Promise<Token> {
    const request = node.requestAt(queued.index)
    if (queued.status !== 'queued') throw new Violation(`${lock} was asked for: ${JSON.stringify(queued)}`)
    const until = node.process.monotonic + timeoutMs
    while (request !== undefined && node.process.monotonic < until) {
      const result = node.state.resultOf(request.session, request.sequence)
      if (result?.status === 'granted') return result.token
      await this.#calls.sleep(node, pollMs)
    }
    if (request !== undefined) {
      const { session, sequence } = request
      node.submit({ kind: 'release', lock, session, request: sequence }, timeoutMs).catch(() => {})
    }
    throw unknownOutcome(`${lock} was not granted in time`)
  }

  #requestOf(node: StrongNode, lock: string, { index, generation }: Token) {
    const holders = node.state.locks.get(lock)?.holders ?? []
    const own = holders.find(({ token }) => token.index === index && token.generation === generation)
    return own === undefined ? undefined : { session: own.session, request: own.request }
  }

  /** Makes the tables and opens the accounts. */
  async prepare(node: StrongNode): Promise<void> {
    const definition = majority
    for (const name of tables)
      await node.submit({ kind: 'createTable', name, definition, generation: 0 }, 20_000)
    const rows = accountNames.map(account => this.#calls.set('bank', account, startBalance))
    await node.submit(transaction([], rows), 20_000)
  }
}

function versions(table: string, found: ReadonlyMap<string, FoundRow>): ReadVersion[] {
  return [...found].map(([key, { version }]) => ({ table, key: encodeKey(key), version }))
}

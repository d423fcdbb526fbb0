import { ValueWriter } from '../../../src/core/codec.ts'
import { isVisible, Row } from '../../../src/core/entry.ts'
import { MnemeshError } from '../../../src/core/errors.ts'
import { encodeKey } from '../../../src/core/key.ts'
import type { Table } from '../../../src/face/types.ts'
import { batchKeys } from './batch-watch.ts'
import type { Counting } from './counting.ts'
import { covers, type History } from './history.ts'
import type { Plan, PlannedOperation } from './plan.ts'
import type { PolicyLaws } from './policy-laws.ts'
import type { SimCluster, SimNode } from './sim-cluster.ts'
import { Violation } from './violation.ts'

const values = new ValueWriter()
/** What clients write is larger than any counter grows. */
const firstValue = 1000
const againMs = 100

export function encodeValue(value: number): string {
  values.write(value, 'msgpack')
  return values.bytes.toString('hex', 0, values.length)
}

export interface ClientsParts {
  readonly plan: Plan
  readonly cluster: SimCluster
  readonly history: History
  readonly policies: PolicyLaws
  readonly counting: Counting
  readonly trace: (line: string) => void
}

/** Makes the calls of the plan, and holds what each of them answers against what any copy has. */
export class Clients {
  operations = 0
  acknowledged = 0
  readonly #parts: ClientsParts
  readonly #row = new Row()
  readonly #pending = new Map<Promise<void>, { readonly node: SimNode; readonly what: string }>()
  readonly #unserved = new Map<number, string>()
  readonly #refused = new Set<string>()
  readonly #sums = new Map<string, { expected: number; answers: number[] }>()
  readonly #absentWins = new Map<string, number>()

  constructor(parts: ClientsParts) {
    this.#parts = parts
  }

  /** Calls that did not end yet. Those of a process that is gone never do, and nobody waits for them. */
  get waiting(): string[] {
    const called = [...this.#pending.values()].filter(({ node }) => node.alive).map(({ what }) => what)
    return [...called, ...this.#unserved.values()]
  }

  perform(planned: PlannedOperation): void {
    const { world } = this.#parts.cluster
    const isThere = this.#servingAt(planned) !== undefined
    const operation: PlannedOperation = isThere ? planned : { ...planned, table: 'users' }
    const node = this.#servingAt(operation)
    if (node === undefined) {
      this.#again(planned)
      return
    }
    this.operations++
    const run = this.#call(node, operation).catch(error => {
      if (!MnemeshError.is(error) || error.code === 'ERR_INTERNAL') world.failure ??= error
    })
    const { kind, table, key } = operation
    this.#pending.set(run, { node, what: `${node.name} ${kind} ${table} k${key} at ${world.now}` })
    run.finally(() => this.#pending.delete(run))
    this.#checkOwnCopy(node, `k${operation.id % 25}`)
  }

  /** Nothing that was refused for certain is anywhere. */
  checkRefused(): void {
    for (const value of this.#refused)
      if (this.#parts.history.values.has(value))
        throw new Violation(`a write that was refused for certain was applied (${value})`)
  }

  /** Without faults one owner decides for each key. */
  checkCounters(): void {
    const { operations, faults } = this.#parts.plan
    if (operations.some(({ kind }) => kind === 'clear') || faults.length > 0) return
    for (const [name, { expected, answers }] of this.#sums) {
      // What was evicted begins anew.
      if (name.startsWith('hot ')) continue
      if (new Set(answers).size !== expected || Math.max(...answers) !== expected)
        throw new Violation(
          `counter ${name}: ${expected} increments answered ${answers.sort((a, b) => a - b).join()}`,
        )
    }
    for (const [name, wins] of this.#absentWins)
      if (wins !== 1) throw new Violation(`put-if-absent of ${name} succeeded ${wins} times`)
  }

  // Where no node serves at all its client waits, as `waiting` tells.
  #again(planned: PlannedOperation): void {
    const what = `${planned.kind} ${planned.table} k${planned.key}, which no node takes`
    this.#unserved.set(planned.id, what)
    this.#parts.cluster.world.after(againMs, () => {
      this.#unserved.delete(planned.id)
      this.perform(planned)
    })
  }

  // The client of a node that does not serve goes to the next one.
  #servingAt({ node: index, table }: PlannedOperation): SimNode | undefined {
    const alive = [...this.#parts.cluster.nodes.values()]
    return alive
      .map((_, i) => alive[(index + i) % alive.length])
      .find(
        ({ engine, process }) =>
          process.isRunning && engine.standing.ready && engine.catalog.get(table) !== undefined,
      )
  }

  async #call(node: SimNode, operation: PlannedOperation): Promise<void> {
    const { kind, ack, id } = operation
    const table = node.table<string, number>(operation.table)
    const plain = `k${operation.key}`
    const value = firstValue + id
    const options = { ack, timeout: 3000 }
    this.#parts.trace(`${node.name} ${kind} ${operation.table} ${plain} = ${value} ack ${ack}`)
    if (kind === 'set') await this.#write(node, operation, () => table.set(plain, value, options))
    else if (kind === 'setTtl') await table.set(plain, value, { ...options, ttl: 200 + operation.key * 100 })
    else if (kind === 'delete') await table.delete(plain, options)
    else if (kind === 'clear') await table.clear(options)
    else if (kind === 'touch') await table.touch(plain, 300 + operation.key * 200, options)
    else if (kind === 'get') await table.get(plain, options)
    else if (kind === 'count') await this.#parts.counting.count(node, operation, options)
    else if (kind === 'reset') await this.#parts.counting.reset(node, operation, options)
    else if (kind === 'increment') await this.#increment(table, operation, options)
    else if (kind === 'ifAbsent') await this.#putIfAbsent(table, operation, options)
    else if (kind === 'update') await table.update(plain, old => (old ?? 0) * 0 + value, options)
    else if (operation.key % 2 === 0)
      await table.setMany(
        batchKeys.map(key => [key, value] as const),
        { ...options, atomic: true },
      )
    else
      await table.setMany(
        [0, 1, 2, 3].map(i => [`m${(operation.key + i) % 10}`, value * 1000 + i] as const),
        options,
      )
    this.acknowledged++
  }

  // What was acknowledged is where it was said to be; what was refused for certain is nowhere.
  async #write(node: SimNode, operation: PlannedOperation, write: () => Promise<boolean>): Promise<void> {
    const encoded = encodeValue(firstValue + operation.id)
    const copies = this.#copiesOf(node, operation.table)
    this.#parts.policies.writing(node, operation.table, `k${operation.key}`, encoded)
    try {
      await write()
    } catch (error) {
      if (MnemeshError.is(error)) {
        this.#parts.trace(
          `refused ${firstValue + operation.id}: ${error.code} ${error.maybeApplied} ${error.message}`,
        )
        if (!error.maybeApplied) this.#refused.add(encoded)
      }
      throw error
    }
    this.#checkAcknowledged(node, { ...operation, copies }, encoded)
  }

  // Of a table that was just created, whoever makes the write may know of fewer copies than there are at its end.
  #copiesOf(node: SimNode, name: string): number {
    const id = node.engine.catalog.get(name)?.id ?? ''
    const known = [...this.#parts.cluster.nodes.values()].map(({ engine }) => engine.holders.of(id)?.copies)
    return Math.min(...known.filter(copies => copies !== undefined))
  }

  #checkAcknowledged(
    node: SimNode,
    { table: name, ack, key, copies }: PlannedOperation & { readonly copies: number },
    value: string,
  ): void {
    const { cluster, history, plan } = this.#parts
    const table = node.engine.catalog.get(name)
    if (table === undefined || ack === 'local') return
    const needed = ack === 'one' ? Math.min(2, copies) : ack === 'majority' ? Math.floor(copies / 2) + 1 : 1
    const what = `write k${key}=${value} of ${name}, acknowledged with '${ack}',`
    const applied = history.find(table.id, encodeKey(`k${key}`).toString('hex'), value)
    // The table may be another one of that name by now.
    if (applied === undefined && plan.faults.some(({ kind }) => kind === 'drop')) return
    if (applied === undefined) throw new Violation(`${what} was applied nowhere`)
    const nodes = [...cluster.nodes.values()]
    const having = nodes.filter(other => {
      const held = other.engine.copies.get(table.id)
      return held !== undefined && covers(other, held.copy, applied, this.#row)
    })
    // A copy that had it may have died since it confirmed, been given up, or others went on without it.
    const isOneAside = nodes.some(({ engine }) => engine.setAside.count > 0)
    const mayVanish = new Set(['crash', 'rolling', 'removeCopy', 'moveCopy', 'drop'])
    if (having.length >= needed || isOneAside || plan.faults.some(({ kind }) => mayVanish.has(kind))) return
    throw new Violation(`${what} is on ${having.length} copies, not ${needed}`)
  }

  async #increment(
    table: Table<string, number>,
    operation: PlannedOperation,
    options: object,
  ): Promise<void> {
    const key = `c${operation.key % 4}`
    const name = `${operation.table} ${key}`
    const sum = this.#sums.get(name) ?? { expected: 0, answers: [] }
    this.#sums.set(name, sum)
    sum.expected++
    sum.answers.push(await table.increment(key, 1, options))
  }

  async #putIfAbsent(
    table: Table<string, number>,
    operation: PlannedOperation,
    options: object,
  ): Promise<void> {
    const key = `a${operation.key % 8}`
    if (!(await table.set(key, firstValue + operation.id, { ...options, ifAbsent: true }))) return
    const name = `${operation.table} ${key}`
    this.#absentWins.set(name, (this.#absentWins.get(name) ?? 0) + 1)
  }

  // On a node with a copy, what a reader sees without waiting is what the copy holds, at every moment.
  #checkOwnCopy(node: SimNode, key: string): void {
    const entry = node.engine.catalog.get('users')
    const held = entry && node.engine.copies.get(entry.id)
    if (held?.active !== true) return
    const bytes = encodeKey(key)
    const row = this.#row
    const there =
      held.copy.read(held.copy.hashOf(bytes, 0, bytes.length), bytes, 0, bytes.length, row) &&
      isVisible(row, node.env.clock.wall())
    const { valueBytes, valueStart, valueLength } = row
    const stored = there ? valueBytes.toString('hex', valueStart, valueStart + valueLength) : undefined
    const peeked = node.table<string, number>('users').peek(key)
    if (stored !== (peeked === undefined ? undefined : encodeValue(peeked)))
      throw new Violation(`${node.name} reads ${key} = ${peeked} from its cache, its copy has ${stored}`)
  }
}

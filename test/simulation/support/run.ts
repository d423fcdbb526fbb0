import { ValueWriter } from '../../../src/core/codec.ts'
import { Row } from '../../../src/core/entry.ts'
import { MnemeshError } from '../../../src/core/errors.ts'
import { encodeKey } from '../../../src/core/key.ts'
import { scanEnd } from '../../../src/core/partition.ts'
import type { Table } from '../../../src/face/types.ts'
import { nodeOf } from '../../../src/membership/view.ts'
import { isVisible } from '../../../src/storage/table.ts'
import { batchKeys, watchBatches } from './batch-watch.ts'
import { type Applied, covers, History, nameOf } from './history.ts'
import { calmNetwork } from './network.ts'
import { faultsMs, makePlan, type Plan, type PlannedFault, type PlannedOperation } from './plan.ts'
import { SimCluster, type SimNode } from './sim-cluster.ts'
import { dishonesty } from './watermarks.ts'
import { World } from './world.ts'

export interface RunOptions {
  readonly trace?: (line: string) => void
  /** Breaks something in each process, to see whether the laws notice. */
  readonly sabotage?: (node: SimNode) => void
}

export interface RunResult {
  readonly seed: number
  readonly operations: number
  readonly acknowledged: number
  readonly events: number
  readonly virtualMs: number
  /** What law was broken; undefined when all held. */
  readonly violation: string | undefined
}

class Violation extends Error {}

const honestyMs = 250

/** Runs the real engine through the plan of that seed and judges what came of it. */
export async function runSeed(seed: number, options: RunOptions = {}): Promise<RunResult> {
  const run = new Run(makePlan(seed), options)
  let violation: string | undefined
  try {
    await run.play()
  } catch (error) {
    violation = error instanceof Error ? (error.stack ?? error.message) : String(error)
    if (error instanceof Violation) violation = error.message
  }
  const { operations, acknowledged, world } = run
  return { seed, operations, acknowledged, events: world.events, virtualMs: world.now, violation }
}

class Run {
  readonly world: World
  readonly cluster: SimCluster
  readonly history = new History()
  operations = 0
  acknowledged = 0
  readonly #plan: Plan
  readonly #options: RunOptions
  readonly #names: string[]
  readonly #row = new Row()
  readonly #values = new ValueWriter()
  readonly #pending = new Map<Promise<void>, { readonly node: SimNode; readonly what: string }>()
  readonly #refused = new Set<string>()
  readonly #sums = new Map<string, { expected: number; answers: number[] }>()
  readonly #absentWins = new Map<string, number>()
  #value = 0

  constructor(plan: Plan, options: RunOptions) {
    this.#plan = plan
    this.#options = options
    this.world = new World(plan.seed)
    this.cluster = new SimCluster(this.world)
    this.#names = Array.from({ length: plan.nodes }, (_, i) => `n${i}`)
    this.cluster.tombstoneGraceMs = plan.tombstoneGraceMs
    for (const [i, name] of this.#names.entries()) this.cluster.setOffset(name, plan.offsets[i])
    this.cluster.onStart = node => {
      this.history.observe(node)
      watchBatches(node, {
        violated: what => {
          this.world.failure ??= this.#violated(what)
        },
        bringsBack: member => (this.cluster.nodes.get(nodeOf(member))?.engine.setAside.count ?? 0) > 0,
      })
      this.#options.sabotage?.(node)
    }
  }

  async play(): Promise<void> {
    const { cluster, world } = this
    await cluster.boot(this.#names, { users: {}, pair: { copies: this.#names.slice(0, 2) } })
    cluster.network.faults = this.#plan.network
    const begin = world.now
    for (const fault of this.#plan.faults) world.after(fault.at, () => this.#fault(fault))
    for (const operation of this.#plan.operations) world.after(operation.at, () => this.#perform(operation))
    for (let at = honestyMs; at < faultsMs; at += honestyMs) world.after(at, () => this.#checkHonesty())
    await world.run(faultsMs)
    this.#trace(`faults end after ${world.now - begin} ms`)
    await this.#heal()
    await this.#converge()
    await this.#collect()
    this.#checkRefused()
    if (this.#plan.calm) this.#checkCounters()
    await this.#checkReaders()
  }

  #trace(line: string): void {
    this.#options.trace?.(`${this.world.now.toFixed(1).padStart(9)} ${line}`)
  }

  #nodeAt(index: number): SimNode | undefined {
    const alive = [...this.cluster.nodes.values()]
    return alive[index % alive.length]
  }

  // The client of a node that does not serve yet goes to the next one.
  #servingAt({ node: index, table }: PlannedOperation): SimNode | undefined {
    const alive = [...this.cluster.nodes.values()]
    return alive
      .map((_, i) => alive[(index + i) % alive.length])
      .find(({ engine }) => engine.standing.ready && engine.catalog.get(table) !== undefined)
  }

  #perform(operation: PlannedOperation): void {
    const node = this.#servingAt(operation)
    if (node === undefined) return
    this.operations++
    const table = node.table<string, number>(operation.table)
    const run = this.#call(node, table, operation).catch(error => {
      if (!MnemeshError.is(error) || error.code === 'ERR_INTERNAL') this.world.failure ??= error
    })
    this.#pending.set(run, {
      node,
      what: `${node.name} ${operation.kind} ${operation.table} k${operation.key} at ${this.world.now}`,
    })
    run.finally(() => this.#pending.delete(run))
    this.#checkOwnCopies(node)
  }

  async #call(node: SimNode, table: Table<string, number>, operation: PlannedOperation): Promise<void> {
    const { kind, ack } = operation
    const plain = `k${operation.key}`
    const value = ++this.#value
    const options = { ack, timeout: 3000 }
    this.#trace(`${node.name} ${kind} ${operation.table} ${plain} = ${value} ack ${ack}`)
    if (kind === 'set')
      await this.#write(node, operation, plain, value, () => table.set(plain, value, options))
    else if (kind === 'setTtl') await table.set(plain, value, { ...options, ttl: 200 + operation.key * 100 })
    else if (kind === 'delete') await table.delete(plain, options)
    else if (kind === 'clear') await table.clear(options)
    else if (kind === 'get') await table.get(plain, options)
    else if (kind === 'increment') await this.#increment(table, `c${operation.key % 4}`, operation, options)
    else if (kind === 'ifAbsent')
      await this.#putIfAbsent(table, `a${operation.key % 8}`, value, operation, options)
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
  async #write(
    node: SimNode,
    operation: PlannedOperation,
    key: string,
    value: number,
    write: () => Promise<boolean>,
  ) {
    const encoded = this.#encode(value)
    try {
      await write()
    } catch (error) {
      if (MnemeshError.is(error))
        this.#trace(`refused ${value}: ${error.code} ${error.maybeApplied} ${error.message}`)
      if (MnemeshError.is(error) && !error.maybeApplied) this.#refused.add(encoded)
      throw error
    }
    const table = node.engine.catalog.get(operation.table)
    if (table === undefined || operation.ack === 'local') return
    const holders = node.engine.holders.of(table.id)
    const copies = holders?.copies ?? 0
    const needed =
      operation.ack === 'one'
        ? Math.min(2, copies)
        : operation.ack === 'majority'
          ? Math.floor(copies / 2) + 1
          : 1
    const applied = this.#find(table.id, key, encoded)
    if (applied === undefined) throw this.#violated(`acknowledged write ${key}=${value} was applied nowhere`)
    const having = [...this.cluster.nodes.values()].filter(other => {
      const held = other.engine.copies.get(table.id)
      return held !== undefined && covers(other, held.copy, applied, this.#row)
    })
    // A copy that had it may have died since it confirmed, or others went on without it.
    const isOneAside = [...this.cluster.nodes.values()].some(({ engine }) => engine.setAside.count > 0)
    if (
      having.length < needed &&
      !isOneAside &&
      !this.#plan.faults.some(fault => fault.kind === 'crash' || fault.kind === 'removeCopy')
    ) {
      throw this.#violated(
        `write ${key}=${value} acknowledged with '${operation.ack}' is on ${having.length} copies, not ${needed}`,
      )
    }
  }

  #find(table: string, key: string, value: string): Applied | undefined {
    return this.history.find(table, encodeKey(key).toString('hex'), value)
  }

  async #increment(
    table: Table<string, number>,
    key: string,
    operation: PlannedOperation,
    options: object,
  ): Promise<void> {
    const name = `${operation.table} ${key}`
    const sum = this.#sums.get(name) ?? { expected: 0, answers: [] }
    this.#sums.set(name, sum)
    sum.expected++
    sum.answers.push(await table.increment(key, 1, options))
  }

  async #putIfAbsent(
    table: Table<string, number>,
    key: string,
    value: number,
    operation: PlannedOperation,
    options: object,
  ) {
    if (!(await table.set(key, value, { ...options, ifAbsent: true }))) return
    const name = `${operation.table} ${key}`
    this.#absentWins.set(name, (this.#absentWins.get(name) ?? 0) + 1)
  }

  #fault(fault: PlannedFault): void {
    const { cluster, world } = this
    this.#trace(JSON.stringify(fault))
    if (fault.kind === 'partition') {
      const side = new Set(fault.sides.map(i => this.#names[i]))
      const cuts = this.#names.flatMap(a =>
        this.#names.filter(b => side.has(a) !== side.has(b)).map(b => [a, b] as const),
      )
      this.#cut(cuts, fault.forMs)
    } else if (fault.kind === 'oneWay' || fault.kind === 'pair') {
      const [a, b] = [this.#names[fault.from], this.#names[fault.to]]
      this.#cut(
        fault.kind === 'pair'
          ? [
              [a, b],
              [b, a],
            ]
          : [[a, b]],
        fault.forMs,
      )
    } else if (fault.kind === 'crash') {
      const name = this.#names[fault.node]
      // The last one that has the tables takes them with it; that is promised to nobody.
      if (cluster.nodes.get(name) === undefined || !this.#canLose(name)) return
      cluster.crash(name)
      cluster.setOffset(name, cluster.offsetOf(name) + fault.clockMs)
      world.after(fault.forMs, () => cluster.start(name))
    } else {
      const node = this.#nodeAt(fault.node + 1)
      if (node?.engine.standing.ready !== true) return
      const target = this.#names[fault.node]
      const change =
        fault.kind === 'addCopy'
          ? node.engine.changes.addCopy('pair', target)
          : node.engine.changes.removeCopy('pair', target)
      change.catch(() => {})
    }
  }

  #canLose(name: string): boolean {
    const others = [...this.cluster.nodes.values()].filter(node => node.name !== name)
    return ['users', 'pair'].every(table => {
      const id = others[0]?.engine.catalog.get(table)?.id
      return id !== undefined && others.some(node => node.engine.copies.get(id)?.active === true)
    })
  }

  #cut(pairs: readonly (readonly [string, string])[], forMs: number): void {
    for (const [from, to] of pairs) this.cluster.cut(from, to)
    this.world.after(forMs, () => {
      for (const [from, to] of pairs) this.cluster.network.mend(from, to)
      this.cluster.detector.update()
    })
  }

  async #heal(): Promise<void> {
    const { cluster, world } = this
    cluster.network.faults = calmNetwork
    cluster.heal()
    await world.run(10)
    // What was to start later starts now, and every wait comes to its end.
    await world.until(() => cluster.nodes.size === this.#names.length, 10_000, 'all processes run')
    // Calls of a process that is gone never end, and nobody waits for them.
    const waiting = () => [...this.#pending.values()].filter(({ node }) => node.alive)
    await world
      .until(() => waiting().length === 0, 30_000, 'every call ended')
      .catch(error => {
        throw (
          this.world.failure ??
          this.#violated(
            `${error.message}: ${waiting()
              .map(({ what }) => what)
              .join(', ')}`,
          )
        )
      })
    cluster.heal()
  }

  #checkHonesty(): void {
    const nodes = [...this.cluster.nodes.values()]
    for (const name of ['users', 'pair']) {
      const ids = new Set(nodes.flatMap(node => node.engine.catalog.get(name)?.id ?? []))
      for (const id of ids) {
        const wrong = dishonesty(nodes, this.history, id)
        if (wrong !== undefined) this.world.failure ??= this.#violated(`${name}: ${wrong}`)
      }
    }
  }

  // When nothing is wrong any more, nothing is remembered for ever: every deletion, and what has expired, is forgotten.
  async #collect(): Promise<void> {
    const left = () => {
      for (const node of this.cluster.nodes.values())
        for (const { copy } of node.engine.copies.all())
          if (!copy.definition.majority && copy.tombstones > 0)
            return `${nameOf(node)} ${copy.name}: ${copy.tombstones}`
      return undefined
    }
    if (this.#plan.tombstoneGraceMs > 10_000) return
    await this.world
      .until(() => left() === undefined, 40_000, 'deletions forgotten')
      .catch(error => {
        throw this.world.failure ?? this.#violated(`${error.message}: ${left()}`)
      })
    this.#checkHonesty()
    if (this.world.failure !== undefined) throw this.world.failure
  }

  async #converge(): Promise<void> {
    const equal = () => this.#difference() === undefined
    try {
      await this.world.until(equal, 60_000, 'copies equal')
    } catch (error) {
      if (this.world.failure !== undefined) throw error
      throw this.#violated(this.#difference() ?? 'copies differ')
    }
  }

  /** In what the copies differ from each other or from what they must be. */
  #difference(): string | undefined {
    const nodes = [...this.cluster.nodes.values()]
    for (const name of ['users', 'pair']) {
      const ids = new Set(nodes.map(node => node.engine.catalog.get(name)?.id))
      if (ids.size !== 1) return `${name} is not one table`
      const [id] = ids
      if (id === undefined) return `${name} is gone`
      const holding = nodes.filter(node => node.engine.copies.get(id) !== undefined)
      const idle = nodes.find(node => !node.hasTable(name))
      if (idle !== undefined) return `${idle.name} cannot read ${name}`
      const living = new Set<object>(holding.map(node => node.engine.copies.get(id)?.copy as object))
      for (const node of holding) {
        const wrong = this.#wrongRow(node, id, living)
        if (wrong !== undefined) return `${name} on ${nameOf(node)}: ${wrong}`
      }
    }
    return undefined
  }

  #wrongRow(node: SimNode, id: string, living: ReadonlySet<object>): string | undefined {
    const copy = node.engine.copies.get(id)?.copy
    if (copy === undefined) return 'no copy'
    const wallMs = node.env.clock.wall()
    const expected = this.history.winners(id, living, wallMs + 300)
    const mayBe = this.history.winners(id, living, wallMs - 300)
    const seen = new Set<string>()
    let wrong: string | undefined
    let cursor = 0
    while (cursor !== scanEnd) {
      cursor = copy.scan(cursor, row => {
        if (!isVisible(row, wallMs)) return
        const key = row.keyBytes.toString('hex', row.keyStart, row.keyStart + row.keyLength)
        seen.add(key)
        const winner = mayBe.get(key)
        if (winner === undefined) wrong = `${text(key)} is there and must not be (${row.h})`
        else if (winner.h !== row.h)
          wrong = `${text(key)} has version ${row.h}, must be ${winner.h} of ${winner.origin}`
      })
    }
    for (const key of expected.keys())
      if (!seen.has(key)) wrong ??= `${text(key)} is lost (${expected.get(key)?.h})`
    return wrong
  }

  // On a node with a copy, what a reader sees without waiting is what the copy holds, at every moment.
  #checkOwnCopies(node: SimNode): void {
    const entry = node.engine.catalog.get('users')
    const held = entry && node.engine.copies.get(entry.id)
    if (held?.active !== true) return
    const table = node.table<string, number>('users')
    const key = `k${this.#value % 25}`
    const bytes = encodeKey(key)
    const there =
      held.copy.read(held.copy.hashOf(bytes, 0, bytes.length), bytes, 0, bytes.length, this.#row) &&
      isVisible(this.#row, node.env.clock.wall())
    const row = this.#row
    const stored = there
      ? row.valueBytes.toString('hex', row.valueStart, row.valueStart + row.valueLength)
      : undefined
    const peeked = table.peek(key)
    if (stored !== (peeked === undefined ? undefined : this.#encode(peeked))) {
      throw this.#violated(`${node.name} reads ${key} = ${peeked} from its cache, its copy has ${stored}`)
    }
  }

  // Once everything has arrived, nobody reads anything but the truth, from a cache or not, with or without a copy.
  async #checkReaders(): Promise<void> {
    await this.world.run(3000)
    const nodes = [...this.cluster.nodes.values()]
    for (const name of ['users', 'pair']) {
      const id = nodes[0].engine.catalog.get(name)?.id ?? ''
      const living = new Set<object>(nodes.flatMap(node => node.engine.copies.get(id)?.copy ?? []))
      for (const node of nodes) {
        const wallMs = node.env.clock.wall()
        const early = this.history.winners(id, living, wallMs + 300)
        const late = this.history.winners(id, living, wallMs - 300)
        const table = node.table<string, number>(name)
        for (const key of [...Array(25).keys()].map(i => `k${i}`)) {
          for (const how of ['first', 'again'] as const) {
            const reading = table.get(key)
            reading.catch(() => {})
            await this.world.until(settled(reading), 6000, `${node.name} reads ${name} ${key}`)
            const value = await reading
            const hex = encodeKey(key).toString('hex')
            const got = value === undefined ? undefined : this.#encode(value)
            if (got === early.get(hex)?.value || got === late.get(hex)?.value) continue
            throw this.#violated(
              `${node.name} reads ${name} ${key} = ${value} ${how}, must be ${late.get(hex)?.value}`,
            )
          }
        }
      }
    }
  }

  #checkRefused(): void {
    for (const value of this.#refused) {
      if (this.history.values.has(value))
        throw this.#violated(`a write that was refused for certain was applied (${value})`)
    }
  }

  // Without faults one owner decides for each key.
  #checkCounters(): void {
    if (this.#plan.operations.some(({ kind }) => kind === 'clear')) return
    if (this.#plan.faults.length > 0) return
    for (const [name, { expected, answers }] of this.#sums) {
      if (new Set(answers).size !== expected || Math.max(...answers) !== expected) {
        throw this.#violated(
          `counter ${name}: ${expected} increments answered ${answers.sort((a, b) => a - b).join()}`,
        )
      }
    }
    for (const [name, wins] of this.#absentWins) {
      if (wins !== 1) throw this.#violated(`put-if-absent of ${name} succeeded ${wins} times`)
    }
  }

  #encode(value: number): string {
    this.#values.write(value, 'msgpack')
    return this.#values.bytes.toString('hex', 0, this.#values.length)
  }

  #violated(what: string): Violation {
    return new Violation(`${what} (virtual ${this.world.now.toFixed(0)} ms)`)
  }
}

function text(hex: string): string {
  return Buffer.from(hex, 'hex').toString('latin1', 1)
}

function settled(promise: Promise<unknown>): () => boolean {
  let done = false
  promise.then(
    () => {
      done = true
    },
    () => {
      done = true
    },
  )
  return () => done
}

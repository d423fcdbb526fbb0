import type { ValueWriter } from '../core/codec.ts'
import { isVisible, Row, rowFlags } from '../core/entry.ts'
import type { Environment } from '../core/environment.ts'
import { MnemeshError } from '../core/errors.ts'
import { hashBytes } from '../core/hash.ts'
import type { KeyWriter } from '../core/key.ts'
import { checkAtomic, type Operation, type Outcome } from '../core/operation.ts'
import { partitionOf } from '../core/partition.ts'
import type { Ack } from '../core/schema.ts'
import type { HeldCopy } from '../storage/copies.ts'
import type { Call } from '../wire/caller.ts'
import { isHolding, isSameMoment, type Moment, type TableEntry } from './catalog.ts'
import { noPlainWrite } from './counters.ts'
import { type Holders, noHolder } from './holders.ts'
import type { Operator } from './operator.ts'
import type { Outbox } from './outbox.ts'
import type { Peers } from './peers.ts'
import type { Replica, Replicas } from './replica.ts'
import type { Standing } from './standing.ts'
import type { Writer } from './writer.ts'

/** After so many writes in a row a caller is made to wait for a turn, so that they can leave. */
const writesPerTurn = 256
/** Operations that the quickest peer may be behind before writers are slowed down, and for how long at most. */
const slowBehind = 50_000
const slowMs = 50

export interface MutatorParts {
  readonly holders: Holders
  readonly operator: Operator
  readonly outbox: Outbox
  readonly peers: () => Pick<Peers, 'leastLag'>
  readonly replicas: Replicas
  readonly standing: Standing
  readonly writer: Writer
  /** This node's copy of the table, if it holds one. */
  readonly held: () => HeldCopy | undefined
}

const done = Promise.resolve(true)
const nothing = Buffer.alloc(0)
const deletion = { kind: 'delete', value: nothing, by: 0, lifetime: 'forever', condition: 'none' } as const

/**
 * Writes one table on this node: at once into its own copy, else through a holder; what has a condition, at the
 * key's owner.
 */
export class Mutator {
  readonly #env: Environment
  readonly #parts: MutatorParts
  readonly #table: TableEntry
  readonly #row = new Row()
  readonly #found = new Row()
  #writes = 0

  constructor(env: Environment, parts: MutatorParts, table: TableEntry) {
    this.#env = env
    this.#parts = parts
    this.#table = table
  }

  /** This node's active copy. */
  get own(): HeldCopy | undefined {
    const held = this.#parts.held()
    return held?.active === true ? held : undefined
  }

  /**
   * The hot path: key and value, encoded, go into this node's own copy. Resolves with the acknowledgement. Throws
   * ERR_TABLE_FULL and ERR_NO_QUORUM.
   */
  setOwn(
    held: HeldCopy,
    key: KeyWriter,
    value: ValueWriter,
    expiresAt: number,
    ack: Ack,
    call: Call,
  ): Promise<boolean> {
    if (held.copy.isCounter) throw noPlainWrite(held.copy.name, 'set')
    const row = this.#row
    row.keyBytes = key.bytes
    row.keyLength = key.length
    row.hash = held.copy.hashOf(key.bytes, 0, key.length)
    row.valueBytes = value.bytes
    row.valueLength = value.length
    row.flags = 0
    row.expiresAt = expiresAt
    const acknowledged = this.#parts.writer.write(held, row, ack, call.deadline)
    return acknowledged === undefined ? this.#turn() : acknowledged.then(isTrue)
  }

  /** The same for a delete; resolves with true if there was an entry to see. */
  deleteOwn(held: HeldCopy, key: KeyWriter, ack: Ack, call: Call): Promise<boolean> {
    if (held.copy.isCounter) return this.#reset(key, ack, call)
    const row = this.#row
    const found = this.#found
    row.keyBytes = key.bytes
    row.keyLength = key.length
    row.hash = held.copy.hashOf(key.bytes, 0, key.length)
    row.valueBytes = nothing
    row.valueLength = 0
    row.flags = rowFlags.dead
    row.expiresAt = 0
    const existed =
      held.copy.read(row.hash, key.bytes, 0, key.length, found) && isVisible(found, this.#env.clock.wall())
    const acknowledged = this.#parts.writer.write(held, row, ack, call.deadline)
    if (acknowledged === undefined) return existed ? this.#turn() : Promise.resolve(false)
    return acknowledged.then(() => existed)
  }

  /** Any operation, wherever it has to be made. The row that comes back is merged into this node's copy first. */
  async operate(operation: Operation, call: Call): Promise<Outcome> {
    const own = this.own
    const isCounter = this.#table.definition.type === 'counter'
    const decided = operation.condition !== 'none' || operation.kind === 'increment'
    if (decided && !isCounter) return this.#decide(operation, call)
    if (own === undefined) return this.#issue(operation, call)
    const { outcome, acknowledged } = this.#parts.operator.make(own, operation, call.deadline)
    await (acknowledged ?? (isCounter ? this.#turn() : undefined))
    return outcome
  }

  async #reset(key: KeyWriter, ack: Ack, call: Call): Promise<boolean> {
    const bytes = Buffer.from(key.bytes.subarray(0, key.length))
    return (await this.operate({ ...deletion, key: bytes, ack }, call)).applied
  }

  /** Unconditional sets as one operation: all of them or none, on each copy. Rejects with ERR_LIMIT_EXCEEDED. */
  async setAll(operations: readonly Operation[], call: Call): Promise<void> {
    checkAtomic(operations)
    if (operations.length === 0) return
    const { own } = this
    if (own !== undefined) await this.#parts.operator.makeAll(own, operations, call.deadline)
    else
      await this.#atHolder(this.#partition(operations[0].key), (replica, after) =>
        replica.issueAll(this.#table.id, operations, after, call),
      )
  }

  async clear(ack: Ack, call: Call): Promise<void> {
    const own = this.own
    if (own !== undefined) {
      await this.#parts.writer.clear(own, ack, new Row(), call.deadline)
      return
    }
    await this.#atHolder(0, (replica, after) => replica.clear(this.#table.id, ack, after, call))
  }

  async #issue(operation: Operation, call: Call): Promise<Outcome> {
    const partition = this.#partition(operation.key)
    return this.#atHolder(partition, (replica, after) =>
      replica.issue(this.#table.id, operation, after, call),
    )
  }

  // One who is not the owner any more says so; the view may have changed meanwhile, so once more.
  async #decide(operation: Operation, call: Call): Promise<Outcome> {
    const partition = this.#partition(operation.key)
    for (let attempt = 0; ; attempt++) {
      const owner = this.#parts.holders.owner(this.#table.id, partition)
      if (owner === undefined) throw noHolder(this.#table.name)
      try {
        const replica = this.#parts.replicas(owner)
        const since = this.#since(owner)
        const outcome = await replica.decide(this.#table.id, operation, this.#parts.outbox.head, call)
        if (!isSameMoment(this.#since(owner), since)) throw givenUp(this.#table.name, owner)
        this.#keep(outcome)
        return outcome
      } catch (error) {
        if (attempt > 0 || !MnemeshError.is(error, 'ERR_NOT_OWNER')) throw error
        await new Promise<void>(resolve => this.#env.timers.after(slowMs, resolve))
      }
    }
  }

  // Since when that node's copy is one of those that count; undefined when it is none.
  #since(node: string): Moment | undefined {
    const copy = this.#parts.holders.of(this.#table.id)?.table.copies.get(node)
    return copy !== undefined && isHolding(copy.state) ? copy.since : undefined
  }

  #keep({ row }: Outcome): void {
    const copy = this.#parts.held()?.copy
    if (row === undefined || copy === undefined) return
    this.#parts.writer.observe(row.stamp)
    copy.merge(row)
  }

  // Nothing was sent where ERR_UNAVAILABLE and ERR_NOT_READY come from; only then another holder may be asked.
  async #atHolder<T>(partition: number, ask: (replica: Replica, after: number) => Promise<T>): Promise<T> {
    let last: unknown
    for (const node of this.#parts.holders.order(this.#table.id, partition)) {
      try {
        return await ask(this.#parts.replicas(node), this.#parts.outbox.head)
      } catch (error) {
        const refused = MnemeshError.is(error, 'ERR_UNAVAILABLE') || MnemeshError.is(error, 'ERR_NOT_READY')
        if (!refused) throw error
        last = error
      }
    }
    throw last ?? noHolder(this.#table.name)
  }

  #partition(key: Buffer): number {
    return partitionOf(hashBytes(this.#parts.standing.seed, key, 0, key.length))
  }

  // A loop that awaits promises that are resolved already would never let the event loop send anything.
  #turn(): Promise<boolean> {
    if (++this.#writes < writesPerTurn) return done
    this.#writes = 0
    return new Promise(resolve => {
      if (this.#parts.peers().leastLag < slowBehind) this.#env.timers.soon(() => resolve(true))
      else this.#env.timers.after(slowMs, () => resolve(true))
    })
  }
}

function isTrue(): boolean {
  return true
}

// What it decided is void here, and is brought back when that node is (D8).
function givenUp(table: string, owner: string): MnemeshError {
  return new MnemeshError(
    'ERR_UNAVAILABLE',
    `the others went on without the copy of table ${table} on node ${owner} while it decided; ask again`,
    { maybeApplied: true },
  )
}

import { decodeValue, ValueWriter } from '../core/codec.ts'
import { isVisible, Row, rowFlags, versionText } from '../core/entry.ts'
import type { Environment } from '../core/environment.ts'
import { MnemeshError } from '../core/errors.ts'
import { decodeKey, showKey } from '../core/key.ts'
import { type Operation, type Outcome, ownRow } from '../core/operation.ts'
import type { Origins } from '../core/version.ts'
import type { HeldCopy } from '../storage/copies.ts'
import type { Counters } from './counters.ts'
import type { Writer } from './writer.ts'

/** An operation that was made, and what resolves when its acknowledgement is there (undefined: at once). */
export interface Made {
  readonly outcome: Outcome
  readonly acknowledged: Promise<void> | undefined
}

export interface OperatorParts {
  readonly writer: Writer
  readonly origins: Origins
  readonly counters: Counters
}

/** Makes whole operations on this node's copy: reads, decides and writes in one turn, so nothing comes between. */
export class Operator {
  readonly #env: Environment
  readonly #writer: Writer
  readonly #origins: Origins
  readonly #counters: Counters
  readonly #current = new Row()
  readonly #row = new Row()
  readonly #values = new ValueWriter()

  constructor(env: Environment, parts: OperatorParts) {
    this.#env = env
    this.#writer = parts.writer
    this.#origins = parts.origins
    this.#counters = parts.counters
  }

  /**
   * Throws ERR_BAD_TYPE (an increment of what is no number), ERR_TABLE_FULL, ERR_NO_QUORUM; nothing is changed then.
   */
  make(held: HeldCopy, operation: Operation, deadline: number): Made {
    if (held.copy.isCounter) return this.#counters.make(held, operation, deadline)
    const { key } = operation
    const wallMs = this.#env.clock.wall()
    const hash = held.copy.hashOf(key, 0, key.length)
    const exists = held.copy.read(hash, key, 0, key.length, this.#current) && isVisible(this.#current, wallMs)
    if (!this.#holds(operation, exists)) {
      return {
        outcome: { applied: false, row: exists ? ownRow(this.#current) : undefined },
        acknowledged: undefined,
      }
    }
    if (operation.kind === 'touch') return this.#touch(held, operation, exists, deadline)
    const row = this.#row
    row.hash = hash
    row.keyBytes = key
    row.keyStart = 0
    row.keyLength = key.length
    this.#fill(row, held, operation, exists, wallMs)
    const acknowledged = this.#writer.write(held, row, operation.ack, deadline)
    return { outcome: { applied: operation.kind !== 'delete' || exists, row: ownRow(row) }, acknowledged }
  }

  /**
   * Makes unconditional sets as one operation: all at once, or none when it throws, as `make` does. Of several of one
   * key the last one counts. Gives what resolves with the acknowledgement.
   */
  makeAll(held: HeldCopy, operations: readonly Operation[], deadline: number): Promise<void> | undefined {
    if (operations.length === 0) return undefined
    if (held.copy.isCounter) return this.#counters.make(held, operations[0], deadline).acknowledged
    const wallMs = this.#env.clock.wall()
    const rows = new Map<string, Row>()
    for (const operation of operations)
      rows.set(operation.key.toString('latin1'), this.#rowOf(held, operation, wallMs))
    return this.#writer.writeAll(held, [...rows.values()], operations[0].ack, deadline)
  }

  // The row itself, with another end: what anybody writes or deletes at the same time stands above it.
  #touch(held: HeldCopy, operation: Operation, exists: boolean, deadline: number): Made {
    if (!exists) return { outcome: { applied: false, row: undefined }, acknowledged: undefined }
    const row = ownRow(this.#current)
    row.expiresAt = this.#expiry(held, operation, exists, this.#env.clock.wall())
    const acknowledged = this.#writer.touch(held, row, operation.ack, deadline)
    return { outcome: { applied: true, row }, acknowledged }
  }

  #rowOf(held: HeldCopy, operation: Operation, wallMs: number): Row {
    const { key } = operation
    const row = new Row()
    row.hash = held.copy.hashOf(key, 0, key.length)
    row.keyBytes = key
    row.keyLength = key.length
    const exists =
      held.copy.read(row.hash, key, 0, key.length, this.#current) && isVisible(this.#current, wallMs)
    this.#fill(row, held, operation, exists, wallMs)
    return row
  }

  #holds({ condition }: Operation, exists: boolean): boolean {
    if (condition === 'none') return true
    if (condition === 'absent') return !exists
    const { h, origin, flags } = this.#current
    return exists && condition === versionText(this.#origins, h, origin, flags)
  }

  #fill(row: Row, held: HeldCopy, operation: Operation, exists: boolean, wallMs: number): void {
    row.valueStart = 0
    row.valueLength = 0
    row.flags = operation.kind === 'delete' ? rowFlags.dead : 0
    row.expiresAt = operation.kind === 'delete' ? 0 : this.#expiry(held, operation, exists, wallMs)
    if (operation.kind === 'set') {
      row.valueBytes = operation.value
      row.valueLength = operation.value.length
    } else if (operation.kind === 'increment') {
      row.valueLength = this.#values.write(this.#sum(held, operation, exists), 'msgpack')
      row.valueBytes = this.#values.bytes
    }
  }

  #expiry(held: HeldCopy, { kind, lifetime }: Operation, exists: boolean, wallMs: number): number {
    // A counter's end of life is set by its first increment: a window that every hit prolonged would never end.
    if (exists && (kind === 'increment' || lifetime === 'keep')) return this.#current.expiresAt
    if (lifetime === 'forever') return 0
    const ms = typeof lifetime === 'number' ? lifetime : held.copy.definition.ttlMs
    return ms === undefined ? 0 : wallMs + ms
  }

  #sum(held: HeldCopy, operation: Operation, exists: boolean): number {
    const { codec } = held.copy.definition
    if (codec !== 'msgpack')
      throw new MnemeshError('ERR_BAD_TYPE', `table ${held.copy.name} holds bytes, not numbers`)
    if (!exists) return operation.by
    const { valueBytes, valueStart, valueLength } = this.#current
    const present = decodeValue(valueBytes, valueStart, valueStart + valueLength, codec)
    if (typeof present === 'number') return present + operation.by
    const key = showKey(decodeKey(operation.key, 0, operation.key.length))
    throw new MnemeshError(
      'ERR_BAD_TYPE',
      `the value under ${key} in table ${held.copy.name} is no number; set one first`,
    )
  }
}

import type { Lifetime } from '../../core/operation.ts'
import { tooManyBytes, tooManyOperations, transactionLimits } from './limits.ts'
import type { PlannedOperation, StoredValue } from './source.ts'

/**
 * What a transaction is going to write, the last write of each key. A nested one has writes of its own on top of the
 * outer one's, until they are merged or dropped.
 */
export class Writes {
  outer: Writes | undefined
  readonly #byName = new Map<string, PlannedOperation>()
  #bytes = 0

  constructor(outer?: Writes) {
    this.outer = outer
  }

  get size(): number {
    return this.#byName.size
  }

  /** Keys and values that are written. */
  get bytes(): number {
    return this.#bytes
  }

  /** True when the other one's writes can be taken in, too. */
  fits(inner: Writes): boolean {
    const { operations, bytes } = transactionLimits
    return this.size + inner.size <= operations && this.bytes + inner.bytes <= bytes
  }

  /** What this transaction, or one around it, writes under the key. */
  get(table: string, key: Buffer): PlannedOperation | undefined {
    const own = this.size === 0 ? undefined : this.#byName.get(nameOf(table, key))
    return own ?? this.outer?.get(table, key)
  }

  set(table: string, key: Buffer, value: StoredValue, lifetime: Lifetime): void {
    // After a delete of its own there is no end of life to keep: the table's holds, as for a new entry.
    const before = lifetime === 'keep' ? this.get(table, key) : undefined
    const kept = before?.kind === 'delete' ? 'default' : (before?.lifetime ?? lifetime)
    this.#put({ kind: 'set', table, key, value, lifetime: kept })
  }

  delete(table: string, key: Buffer): void {
    this.#put({ kind: 'delete', table, key, value: undefined, lifetime: 'forever' })
  }

  /** The writes of a nested transaction become this one's. */
  merge(inner: Writes): void {
    for (const operation of inner.#byName.values()) this.#put(operation)
  }

  operations(): PlannedOperation[] {
    return [...this.#byName.values()]
  }

  /** What is written to the table, this transaction's over those around it. */
  of(table: string): PlannedOperation[] {
    const found = new Map(this.outer?.of(table).map(operation => [nameOf(table, operation.key), operation]))
    for (const [name, operation] of this.#byName) if (operation.table === table) found.set(name, operation)
    return [...found.values()]
  }

  #put(operation: PlannedOperation): void {
    const name = nameOf(operation.table, operation.key)
    const before = this.#byName.get(name)
    const bytes = this.#bytes + sizeOf(operation) - (before === undefined ? 0 : sizeOf(before))
    if (before === undefined && this.#byName.size >= transactionLimits.operations) throw tooManyOperations()
    if (bytes > transactionLimits.bytes) throw tooManyBytes(bytes)
    this.#bytes = bytes
    this.#byName.set(name, operation)
  }
}

/** A key of one table among those of all. */
export function nameOf(table: string, key: Buffer): string {
  return `${table}\0${key.toString('latin1')}`
}

function sizeOf({ key, value }: PlannedOperation): number {
  return key.length + (value?.bytes.length ?? 0)
}

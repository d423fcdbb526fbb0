import type { Lifetime } from '../../core/operation.ts'
import { ByKey, nameOf } from './by-key.ts'
import { tooManyBytes, tooManyOperations, transactionLimits } from './limits.ts'
import type { PlannedOperation, StoredValue } from './source.ts'

/**
 * What a transaction is going to write, the last write of each key. A nested one has writes of its own on top of the
 * outer one's, until they are merged or dropped.
 */
export class Writes {
  outer: Writes | undefined
  readonly #byKey = new ByKey<PlannedOperation>()
  #bytes = 0

  constructor(outer?: Writes) {
    this.outer = outer
  }

  get size(): number {
    return this.#byKey.size
  }

  /** True when nothing was written, in transactions around this one neither. */
  get isEmpty(): boolean {
    return this.size === 0 && this.outer?.isEmpty !== false
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
    return this.#byKey.get(table, key) ?? this.outer?.get(table, key)
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
    for (const operation of inner.operations()) this.#put(operation)
  }

  operations(): readonly PlannedOperation[] {
    return this.#byKey.items
  }

  /** What is written to the table, this transaction's over those around it. */
  of(table: string): PlannedOperation[] {
    const found = new Map(this.outer?.of(table).map(operation => [nameOf(table, operation.key), operation]))
    for (const operation of this.operations())
      if (operation.table === table) found.set(nameOf(table, operation.key), operation)
    return [...found.values()]
  }

  #put(operation: PlannedOperation): void {
    const before = this.#byKey.get(operation.table, operation.key)
    const bytes = this.#bytes + sizeOf(operation) - (before === undefined ? 0 : sizeOf(before))
    if (before === undefined && this.size >= transactionLimits.operations) throw tooManyOperations()
    if (bytes > transactionLimits.bytes) throw tooManyBytes(bytes)
    this.#bytes = bytes
    if (before === undefined) this.#byKey.add(operation)
    else this.#byKey.set(operation)
  }
}

function sizeOf({ key, value }: PlannedOperation): number {
  return key.length + (value?.bytes.length ?? 0)
}

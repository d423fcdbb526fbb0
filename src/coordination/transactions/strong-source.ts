import { copyOf } from '../../core/bytes.ts'
import { type CodecName, ValueWriter } from '../../core/codec.ts'
import { Row } from '../../core/entry.ts'
import { MnemeshError } from '../../core/errors.ts'
import { turnPrefix } from '../../core/lock-limits.ts'
import { scanEnd } from '../../core/partition.ts'
import { hasPrefix } from '../../replication/local-replica.ts'
import type { Call } from '../../wire/caller.ts'
import type { Locks } from '../locks/locks.ts'
import type { Result, RowOperation } from '../state/commands.ts'
import type { MajorityTable, Strong } from '../strong.ts'
import { checkLimits } from './limits.ts'
import type {
  Answer,
  PageAnswer,
  Plan,
  PlannedOperation,
  ReadAnswer,
  ScannedRow,
  ScanRequest,
  Seen,
  StoredValue,
  TransactionSource,
  Turn,
  Validation,
} from './source.ts'
import { turnLock } from './turns.ts'

const rowsPerPage = 1024
const bytesPerPage = 256 * 1024

const values = new ValueWriter()
const noBytes = Buffer.alloc(0)

export interface StrongSourceParts {
  readonly strong: Strong
  readonly locks: Locks
  readonly maxValueBytes: number
  /** Says why there is no majority table of that name here; returns if it cannot tell. */
  readonly explain: (table: string) => void
}

/** Transactions on this process's own copy of the group's state: what is read is there at once. */
export class StrongSource implements TransactionSource {
  readonly #parts: StrongSourceParts
  readonly #row = new Row()

  constructor(parts: StrongSourceParts) {
    this.#parts = parts
  }

  check(table: string): void {
    this.#table(table)
  }

  encode(table: string, value: unknown): StoredValue {
    const { codec } = this.#table(table).entry.definition
    values.write(value, codec, this.#parts.maxValueBytes)
    return { bytes: copyOf(values.bytes, 0, values.length), codec }
  }

  read(name: string, keys: readonly Buffer[], atLeast: number): ReadAnswer {
    this.#reach(atLeast)
    const table = this.#table(name)
    // One alone is decoded before the next is read; of several the first would be overwritten.
    const alone = keys.length === 1
    return { asOf: this.#parts.strong.applied, rows: keys.map(key => this.#rowOf(table, key, alone)) }
  }

  page(name: string, { cursor, prefix }: ScanRequest, atLeast: number): PageAnswer {
    this.#reach(atLeast)
    const { strong } = this.#parts
    const table = this.#table(name)
    const { codec } = table.entry.definition
    const rows: ScannedRow[] = []
    let bytes = 0
    let next = cursor
    const visit = (row: Row) => {
      if (!hasPrefix(row, prefix) || (row.expiresAt !== 0 && row.expiresAt <= strong.clock)) return
      const value = copyOf(row.valueBytes, row.valueStart, row.valueStart + row.valueLength)
      const key = copyOf(row.keyBytes, row.keyStart, row.keyStart + row.keyLength)
      rows.push({ key, version: row.h, ends: row.expiresAt !== 0, value: { bytes: value, codec } })
      bytes += row.keyLength + row.valueLength
    }
    while (next !== scanEnd && rows.length < rowsPerPage && bytes < bytesPerPage)
      next = table.copy.scan(next, visit)
    return { asOf: strong.applied, changedAt: table.changedAt(undefined), rows, next }
  }

  validate({ reads, ranges }: Seen): Validation {
    const asOf = this.#parts.strong.applied
    for (const { table, key, version } of reads)
      if (this.#table(table).versionOf(key) !== version) return { asOf, changed: { table, key } }
    for (const { table, partition, asOf: seen } of ranges)
      if (this.#table(table).changedAt(partition) > seen) return { asOf, changed: { table, key: undefined } }
    return { asOf, changed: undefined }
  }

  /** Waits until this process has applied that entry, for whoever has seen it elsewhere. */
  reach(index: number, call: Call): Answer<void> {
    const { strong } = this.#parts
    return strong.applied >= index ? undefined : strong.barrier(call)
  }

  /** How the table stores its values. */
  codecOf(table: string): CodecName {
    return this.#table(table).entry.definition.codec
  }

  async barrier(call: Call): Promise<number> {
    await this.#parts.strong.barrier(call)
    return this.#parts.strong.applied
  }

  commit({ reads, ranges, guards, operations }: Plan, call: Call): Promise<Result> {
    return new Promise((done, failed) => {
      const planned = operations.map(operation => this.#operation(operation))
      const transaction = { kind: 'transaction', reads, ranges, guards, operations: planned } as const
      // Whoever planned it elsewhere may not have looked.
      checkLimits(transaction)
      this.#parts.strong.ask(transaction, call, { done, failed })
    })
  }

  isQueuedFor(table: string): boolean {
    return this.#parts.strong.lock(turnPrefix + table) !== undefined
  }

  async turn(table: string, call: Call): Promise<Turn> {
    const lock = await this.#parts.locks.acquire(turnLock(table), call)
    return { end: () => void lock.release() }
  }

  #rowOf(table: MajorityTable, key: Buffer, alone: boolean) {
    const row = this.#row
    if (!table.find(key, row)) return absent
    const { valueBytes, valueStart } = row
    const end = valueStart + row.valueLength
    const bytes = alone ? valueBytes.subarray(valueStart, end) : copyOf(valueBytes, valueStart, end)
    return { version: row.h, value: { bytes, codec: table.entry.definition.codec } }
  }

  #operation({ kind, table, key, value, lifetime }: PlannedOperation): RowOperation {
    const { ttlMs } = this.#table(table).entry.definition
    const lasts = lifetime === 'default' ? (ttlMs ?? 'forever') : lifetime
    return { kind, table, key, value: value?.bytes ?? noBytes, by: 0, lifetime: lasts, condition: 'none' }
  }

  #table(name: string): MajorityTable {
    const table = this.#parts.strong.table(name)
    if (table !== undefined) return table
    this.#parts.explain(name)
    throw new MnemeshError('ERR_NOT_READY', `this node does not have majority table ${name} yet`)
  }

  // This process reads what it has applied; only who has been served elsewhere can have seen more.
  #reach(atLeast: number): void {
    const { applied } = this.#parts.strong
    if (applied < atLeast)
      throw new MnemeshError(
        'ERR_NOT_READY',
        `this node has applied ${applied} of ${atLeast} entries; ask again`,
      )
  }
}

const absent = { version: 0, value: undefined }

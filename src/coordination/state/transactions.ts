import { decodeValue, ValueWriter } from '../../core/codec.ts'
import { Row, rowFlags } from '../../core/entry.ts'
import { MnemeshError } from '../../core/errors.ts'
import { decodeKey, showKey } from '../../core/key.ts'
import { full } from '../../storage/contents.ts'
import { unitsOf } from '../../storage/record.ts'
import type {
  Guard,
  RangeVersion,
  ReadVersion,
  Result,
  RowOperation,
  RowOutcome,
  Transaction,
} from './commands.ts'
import { isThere, type NewRow, type StrongTable } from './strong-table.ts'

export interface TransactionsParts {
  /** Throws ERR_TABLE_UNKNOWN or ERR_INVALID_ARGUMENT for what is no majority table. */
  readonly table: (name: string) => StrongTable
  readonly isHeld: (guard: Guard) => boolean
}

/** What a key will be when the transaction is made; a deleted one has no `row`. */
interface Change {
  readonly table: StrongTable
  readonly key: Buffer
  readonly hash: number
  row: NewRow | undefined
  /** Bytes as a table's limit counts them; 0 for none. */
  bytes: number
}

interface Planned {
  readonly table: StrongTable
  readonly hash: number
  /** A row is there that has not ended. */
  readonly exists: boolean
  readonly number: number | undefined
}

interface Tally {
  entries: number
  bytes: number
}

/**
 * Certifies and makes transactions: all operations are worked out first, and only when none is refused are they
 * made. So a transaction that fails has changed nothing.
 */
export class Transactions {
  readonly #parts: TransactionsParts
  readonly #found = new Row()
  readonly #sized = new Row()
  readonly #values = new ValueWriter()
  #index = 0
  #clock = 0
  #changes: Change[] = []
  // One operation alone meets no change of its own.
  #isAlone = false
  readonly #tallies = new Map<StrongTable, Tally>()

  constructor(parts: TransactionsParts) {
    this.#parts = parts
  }

  /** Throws what a `refused` result tells; nothing is changed then. */
  run(index: number, clock: number, transaction: Transaction): Result {
    const { reads, ranges, guards, operations } = transaction
    this.#clock = clock
    for (const read of reads) if (this.#isStale(read)) return conflict(index, read.table, read.key)
    for (const range of ranges) if (this.#hasChanged(range)) return conflict(index, range.table, undefined)
    for (const guard of guards)
      if (!this.#parts.isHeld(guard)) return { status: 'fenced', index, lock: guard.lock }
    this.#index = index
    this.#changes = []
    this.#isAlone = operations.length === 1
    this.#tallies.clear()
    const outcomes = new Array<RowOutcome>(operations.length)
    for (let i = 0; i < operations.length; i++) outcomes[i] = this.#plan(operations[i])
    for (const [table, tally] of this.#tallies) checkRoom(table, tally)
    for (const change of this.#changes) this.#make(change)
    return { status: 'done', index, outcomes }
  }

  #isStale({ table, key, version }: ReadVersion): boolean {
    return this.#parts.table(table).versionOf(key, this.#clock) !== version
  }

  #hasChanged({ table, partition, asOf }: RangeVersion): boolean {
    return this.#parts.table(table).changedAt(partition) > asOf
  }

  #plan(operation: RowOperation): RowOutcome {
    const table = this.#parts.table(operation.table)
    const hash = table.hashOf(operation.key)
    const earlier = this.#earlier(table, operation.key, hash)
    if (isPlain(table, operation)) {
      const row = this.#newRow({ table, hash, exists: false, number: undefined }, operation)
      this.#note({ table, key: operation.key, hash, row, bytes: 0 }, earlier)
      return { applied: true, version: this.#index, number: undefined }
    }
    const stored =
      earlier === undefined ? table.find(operation.key, this.#found, hash) : this.#recall(earlier)
    const size = stored ? (earlier?.bytes ?? unitsOf(this.#found) * 8) : 0
    const exists = stored && isThere(this.#found, this.#clock)
    const version = exists ? this.#found.h : 0
    const { condition, kind } = operation
    if (condition === 'absent' ? exists : condition !== 'none' && condition !== version)
      return { applied: false, version, number: undefined }
    if ((kind === 'delete' || kind === 'touch') && !exists)
      return { applied: false, version, number: undefined }
    const number = kind === 'increment' ? this.#sum(table, operation, exists) : undefined
    const row = kind === 'delete' ? undefined : this.#newRow({ table, hash, exists, number }, operation)
    this.#note({ table, key: operation.key, hash, row, bytes: size }, earlier)
    return { applied: true, version: row === undefined ? 0 : this.#index, number }
  }

  // There are 128 operations at most, and hashes tell nearly all keys apart.
  #earlier(table: StrongTable, key: Buffer, hash: number): Change | undefined {
    for (const change of this.#changes)
      if (change.hash === hash && change.table === table && change.key.equals(key)) return change
    return undefined
  }

  // The key as an earlier operation of this transaction will have left it.
  #recall({ row }: Change): boolean {
    const found = this.#found
    if (row === undefined) return false
    found.h = this.#index
    found.expiresAt = row.expiresAt
    found.valueBytes = row.valueBytes
    found.valueStart = row.valueStart
    found.valueLength = row.valueLength
    return true
  }

  #newRow({ table, hash, exists, number }: Planned, operation: RowOperation): NewRow {
    const { key, value } = operation
    const expiresAt = this.#expiry(table, operation, exists)
    if (operation.kind === 'touch') {
      const { valueBytes: bytes, valueStart: start, valueLength } = this.#found
      // A copy: what was found lies in the table that the row is put in.
      return {
        key,
        hash,
        valueBytes: Buffer.from(bytes.subarray(start, start + valueLength)),
        valueStart: 0,
        valueLength,
        expiresAt,
      }
    }
    if (number === undefined)
      return { key, hash, valueBytes: value, valueStart: 0, valueLength: value.length, expiresAt }
    const valueLength = this.#values.write(number, 'msgpack')
    // Another operation of the same transaction may use the writer before this row is put.
    const bytes = this.#values.bytes
    const valueBytes = this.#isAlone ? bytes : Buffer.from(bytes.subarray(0, valueLength))
    return { key, hash, valueBytes, valueStart: 0, valueLength, expiresAt }
  }

  // As of a default table: a counter's end of life is set by its first increment.
  #expiry(table: StrongTable, { kind, lifetime }: RowOperation, exists: boolean): number {
    if (exists && (kind === 'increment' || lifetime === 'keep')) return this.#found.expiresAt
    if (lifetime === 'forever') return 0
    const ms = lifetime === 'keep' ? table.definition.ttlMs : lifetime
    return ms === undefined ? 0 : Math.min(this.#clock + ms, Number.MAX_SAFE_INTEGER)
  }

  #sum(table: StrongTable, operation: RowOperation, exists: boolean): number {
    const { name, definition } = table.entry
    if (definition.codec !== 'msgpack')
      throw new MnemeshError('ERR_BAD_TYPE', `table ${name} holds bytes, not numbers`)
    if (!exists) return operation.by
    const { valueBytes, valueStart, valueLength } = this.#found
    const present = decodeValue(valueBytes, valueStart, valueStart + valueLength, 'msgpack')
    if (typeof present === 'number') return present + operation.by
    const key = showKey(decodeKey(operation.key, 0, operation.key.length))
    throw new MnemeshError(
      'ERR_BAD_TYPE',
      `the value under ${key} in table ${name} is no number; set one first`,
    )
  }

  // `change.bytes` are those of the row that was there before.
  #note(change: Change, earlier: Change | undefined): void {
    const { table, row, bytes: before } = change
    const { maxEntries, maxBytes } = table.definition
    const limited = maxEntries !== undefined || maxBytes !== undefined
    const bytes = row === undefined || !limited ? 0 : this.#sizeOf(row)
    if (limited) {
      const tally = this.#tallies.get(table) ?? { entries: 0, bytes: 0 }
      tally.entries += (row === undefined ? 0 : 1) - (before === 0 ? 0 : 1)
      tally.bytes += bytes - before
      this.#tallies.set(table, tally)
    }
    const noted = earlier ?? change
    noted.row = row
    noted.bytes = bytes
    if (earlier === undefined) this.#changes.push(change)
  }

  #sizeOf(row: NewRow): number {
    const sized = this.#sized
    sized.flags = rowFlags.ownStamp
    sized.expiresAt = row.expiresAt
    sized.keyLength = row.key.length
    sized.valueLength = row.valueLength
    return unitsOf(sized) * 8
  }

  #make({ table, key, row }: Change): void {
    if (row === undefined) table.erase(key, this.#index, this.#clock)
    else table.put(this.#index, this.#clock, row)
  }
}

// Whatever is there, it will be that row; and nothing is counted.
function isPlain({ definition }: StrongTable, { kind, condition, lifetime }: RowOperation): boolean {
  if (kind !== 'set' || condition !== 'none' || lifetime === 'keep') return false
  return definition.maxEntries === undefined && definition.maxBytes === undefined
}

function checkRoom(table: StrongTable, { entries, bytes }: Tally): void {
  const { size, bytes: taken, copy } = table
  const { maxEntries, maxBytes } = table.definition
  if (maxEntries !== undefined && entries > 0 && size + entries > maxEntries)
    throw full(copy.name, `${maxEntries} entries`)
  if (maxBytes !== undefined && bytes > 0 && taken + bytes > maxBytes)
    throw full(copy.name, `${maxBytes} bytes`)
}

function conflict(index: number, table: string, key: Buffer | undefined): Result {
  // A copy: the result is kept longer than the entry's bytes.
  return { status: 'conflict', index, table, key: key === undefined ? undefined : Buffer.from(key) }
}

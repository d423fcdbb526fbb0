import { BytesWriter } from '../../core/bytes.ts'
import type { Row } from '../../core/entry.ts'
import { type HashSeed, hashBytes } from '../../core/hash.ts'
import { type ScanCursor, scanEnd } from '../../core/partition.ts'
import type { TableCopy } from '../../storage/table.ts'
import type { SnapshotSource } from '../consensus/types.ts'
import { pieces, writeSnapshotRow } from './snapshot-format.ts'
import type { PreImages, StrongTable } from './strong-table.ts'

const slicesPerPiece = 64

/** A way through all rows in the order of their hashes, which another seed ends: then a new one begins. */
interface Pass {
  readonly seed: HashSeed
  cursor: ScanCursor
}

interface Reading {
  readonly number: number
  rows: TableCopy
  /** The rows are nobody else's any more and change no more. */
  isDetached: boolean
  readonly passes: Pass[]
  /** Rows as they were, encoded: they were changed before their turn came. */
  readonly earlier: Buffer[]
  narrow: number
}

/**
 * A state as it was at one index, read while the state goes on (S15). A row that changes before it was read is kept
 * as it was; a row with a later version is not of this state. So each row is copied once at most, and only while a
 * snapshot is read.
 */
export class StateSnapshot implements SnapshotSource, PreImages {
  readonly #index: number
  readonly #onClose: (snapshot: StateSnapshot) => void
  readonly #tables = new Map<StrongTable, Reading>()
  readonly #writer = new BytesWriter(64 * 1024)
  readonly #row = new BytesWriter()
  #head: Buffer
  #rows = 0
  #isOver = false

  constructor(
    state: { readonly index: number; readonly head: Buffer; readonly tables: readonly StrongTable[] },
    onClose: (snapshot: StateSnapshot) => void,
  ) {
    this.#index = state.index
    this.#head = state.head
    this.#onClose = onClose
    state.tables.forEach((table, number) => {
      const passes = [{ seed: table.copy.seed, cursor: 0 }]
      const reading = { number, rows: table.copy, isDetached: false, passes, earlier: [], narrow: 0 }
      this.#tables.set(table, reading)
    })
  }

  next(maxBytes: number): Buffer | undefined {
    const writer = this.#writer
    writer.reset()
    if (this.#head.length > 0) {
      writer.u8(pieces.head)
      writer.raw(this.#head.subarray(0, maxBytes))
      this.#head = this.#head.subarray(maxBytes)
      return writer.copy()
    }
    const first = this.#tables.entries().next().value
    if (first !== undefined) {
      const [table, reading] = first
      this.#readTable(reading, maxBytes)
      if (isRead(reading)) this.#tables.delete(table)
      return writer.copy()
    }
    if (this.#isOver) return undefined
    this.close()
    this.#isOver = true
    writer.u8(pieces.end)
    writer.f64(this.#rows)
    return writer.copy()
  }

  close(): void {
    this.#isOver = true
    this.#tables.clear()
    this.#onClose(this)
  }

  changing(table: StrongTable, row: Row): void {
    const reading = this.#tables.get(table)
    if (reading === undefined || reading.isDetached || row.h > this.#index) return
    if (hasPassed(reading.passes, row, reading.rows.seed)) return
    this.#row.reset()
    writeSnapshotRow(this.#row, row)
    reading.earlier.push(this.#row.copy())
  }

  detached(table: StrongTable, rows: TableCopy): void {
    const reading = this.#tables.get(table)
    if (reading === undefined || reading.isDetached) return
    reading.rows = rows
    reading.isDetached = true
  }

  #readTable(reading: Reading, maxBytes: number): void {
    const writer = this.#writer
    writer.u8(pieces.rows)
    writer.u16(reading.number)
    while (reading.earlier.length > 0 && writer.length < maxBytes) {
      const row = reading.earlier.pop()
      if (row !== undefined) writer.raw(row)
      this.#rows++
    }
    // Some slices yield nothing, as while rows move to another seed: a piece may be empty.
    for (let i = 0; i < slicesPerPiece && writer.length < maxBytes; i++)
      if (!this.#readSlice(reading, maxBytes)) return
  }

  // False when the piece is full, or the table at its end.
  #readSlice(reading: Reading, maxBytes: number): boolean {
    const { passes, rows } = reading
    const pass = passPresent(reading)
    if (pass.cursor === scanEnd) return false
    const writer = this.#writer
    const start = writer.length
    const before = passes.slice(0, -1)
    const canNarrow = reading.narrow <= 24
    let count = 0
    const visit = (row: Row) => {
      if (row.h > this.#index) return
      if (hasPassed(before, row, rows.seed)) return
      count++
      // Far beyond what the piece may be: the slice will be read again, a narrower one.
      if (!canNarrow || writer.length < 2 * maxBytes) writeSnapshotRow(writer, row)
    }
    const after = rows.scan(pass.cursor, visit, reading.narrow)
    if (writer.length > maxBytes && count > 1 && canNarrow) {
      writer.length = start
      reading.narrow += 4
      return start <= 3
    }
    pass.cursor = after
    reading.narrow = Math.max(0, reading.narrow - 1)
    this.#rows += count
    return true
  }
}

function isRead(reading: Reading): boolean {
  return reading.earlier.length === 0 && passPresent(reading).cursor === scanEnd
}

// Rows that went to other hashes are looked through again from the start, those that were read are left out.
function passPresent({ passes, rows }: Reading): Pass {
  const last = passes[passes.length - 1]
  if (isSame(last.seed, rows.seed)) return last
  const pass = { seed: rows.seed, cursor: last.cursor === scanEnd ? scanEnd : 0 }
  passes.push(pass)
  return pass
}

function hasPassed(passes: readonly Pass[], row: Row, seed: HashSeed): boolean {
  return passes.some(pass => {
    const end = row.keyStart + row.keyLength
    const hash = isSame(pass.seed, seed) ? row.hash : hashBytes(pass.seed, row.keyBytes, row.keyStart, end)
    return hash < pass.cursor
  })
}

function isSame(a: HashSeed, b: HashSeed): boolean {
  return a.low === b.low && a.high === b.high
}

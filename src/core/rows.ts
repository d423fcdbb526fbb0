import { type BytesReader, BytesWriter, malformed } from './bytes.ts'
import { Row, rowFlags } from './entry.ts'
import { maxKeyBytes } from './key.ts'
import type { Origins } from './version.ts'

/**
 * Rows as columns, the body of everything that carries rows: hashes travel, so nobody computes them again.
 *
 *     count (32 bits), columns present (8), origins (16), tables (16)
 *     origins: text each · tables: 16 bytes each
 *     hash (32)* · origin (24), flags (8)* · h (float64)* · key length (16)* · value length (32)*
 *     [expiry (float64)*] [issue stamp (float64)*] [table (16)*]
 *     key, value, key, value, ...
 */
const columns = { expiry: 1, stamp: 2, table: 4 } as const
const fixedBytesPerRow = 4 + 4 + 8 + 2 + 4
export const tableIdBytes = 16

/** A list of rows being written, to be read as a `RowBlock`. Holds copies; `reset` makes it empty again. */
export class RowBatch {
  readonly #origins: Origins
  #rows: Uint32Array = new Uint32Array(5 * 64)
  #times: Float64Array = new Float64Array(3 * 64)
  readonly #bytes = new BytesWriter(4096)
  readonly #tables: string[] = []
  // Index of an origin of this node -> index in this batch.
  readonly #localOrigins = new Map<number, number>()
  #count = 0
  #present = 0

  constructor(origins: Origins) {
    this.#origins = origins
  }

  get count(): number {
    return this.#count
  }

  /** Bytes that the block will take, about. */
  get size(): number {
    return this.#bytes.length + this.#count * 38
  }

  reset(): void {
    this.#count = 0
    this.#present = 0
    this.#bytes.reset()
    this.#tables.length = 0
    this.#localOrigins.clear()
  }

  /** Adds the row. Pass a table's id where a block mixes tables. */
  add(row: Row, tableId?: string): void {
    const at = this.#count * 5
    if (at === this.#rows.length) this.#grow()
    this.#rows[at] = row.hash
    this.#rows[at + 1] = this.#originOf(row.origin) | (row.flags << 24)
    this.#rows[at + 2] = row.keyLength
    this.#rows[at + 3] = row.valueLength
    this.#rows[at + 4] = tableId === undefined ? 0 : this.#tableOf(tableId)
    const time = this.#count * 3
    this.#times[time] = row.h
    this.#times[time + 1] = row.expiresAt
    this.#times[time + 2] = row.stamp
    if (row.expiresAt !== 0) this.#present |= columns.expiry
    if ((row.flags & rowFlags.ownStamp) !== 0) this.#present |= columns.stamp
    const start = this.#bytes.reserve(row.keyLength + row.valueLength)
    row.keyBytes.copy(this.#bytes.bytes, start, row.keyStart, row.keyStart + row.keyLength)
    row.valueBytes.copy(
      this.#bytes.bytes,
      start + row.keyLength,
      row.valueStart,
      row.valueStart + row.valueLength,
    )
    this.#count++
  }

  /** Takes back the rows added since the batch had that many rows and bytes of rows. */
  rollback(count: number, rowBytes: number): void {
    this.#count = count
    this.#bytes.length = rowBytes
  }

  /** Bytes of keys and values. */
  get rowBytes(): number {
    return this.#bytes.length
  }

  writeTo(writer: BytesWriter): void {
    const count = this.#count
    const present = this.#present
    writer.u32(count)
    writer.u8(present)
    writer.u16(this.#localOrigins.size)
    writer.u16(this.#tables.length)
    for (const origin of this.#localOrigins.keys()) writer.text(this.#origins.nameOf(origin))
    for (const table of this.#tables) writer.raw(Buffer.from(table, 'hex'))
    for (let i = 0; i < count; i++) writer.u32(this.#rows[i * 5])
    for (let i = 0; i < count; i++) writer.u32(this.#rows[i * 5 + 1])
    for (let i = 0; i < count; i++) writer.f64(this.#times[i * 3])
    for (let i = 0; i < count; i++) writer.u16(this.#rows[i * 5 + 2])
    for (let i = 0; i < count; i++) writer.u32(this.#rows[i * 5 + 3])
    if ((present & columns.expiry) !== 0) for (let i = 0; i < count; i++) writer.f64(this.#times[i * 3 + 1])
    if ((present & columns.stamp) !== 0) for (let i = 0; i < count; i++) writer.f64(this.#times[i * 3 + 2])
    if ((present & columns.table) !== 0) for (let i = 0; i < count; i++) writer.u16(this.#rows[i * 5 + 4])
    writer.raw(this.#bytes.bytes.subarray(0, this.#bytes.length))
  }

  #originOf(origin: number): number {
    const known = this.#localOrigins.get(origin)
    if (known !== undefined) return known
    this.#localOrigins.set(origin, this.#localOrigins.size)
    return this.#localOrigins.size - 1
  }

  #tableOf(id: string): number {
    const known = this.#tables.lastIndexOf(id)
    if (known >= 0) return known
    this.#present |= columns.table
    return this.#tables.push(id) - 1
  }

  #grow(): void {
    const rows = new Uint32Array(this.#rows.length * 2)
    rows.set(this.#rows)
    this.#rows = rows
    const times = new Float64Array(this.#times.length * 2)
    times.set(this.#times)
    this.#times = times
  }
}

/** Rows that arrived: a checked window on a frame. */
export class RowBlock {
  readonly count: number
  /** Ids of the tables that rows name; none where the surroundings say which table it is. */
  readonly tables: readonly string[]
  readonly #bytes: Buffer
  readonly #origins: number[]
  readonly #at: {
    hash: number
    origin: number
    h: number
    key: number
    value: number
    expiry: number
    stamp: number
    table: number
    data: number
  }

  /** Checks that everything that the block announces is there. Throws ERR_FRAME_INVALID. */
  constructor(reader: BytesReader, origins: Origins) {
    const count = reader.u32()
    const present = reader.u8()
    const originCount = reader.u16()
    const tableCount = reader.u16()
    this.count = count
    this.#bytes = reader.bytes
    this.#origins = []
    for (let i = 0; i < originCount; i++) this.#origins.push(origins.indexOf(checkOrigin(reader.text())))
    const tables: string[] = []
    for (let i = 0; i < tableCount; i++) {
      const at = reader.skip(tableIdBytes)
      tables.push(reader.bytes.toString('hex', at, at + tableIdBytes))
    }
    this.tables = tables
    if (count * fixedBytesPerRow > reader.left) throw malformed('more rows than bytes')
    const hash = reader.skip(count * 4)
    const origin = reader.skip(count * 4)
    const h = reader.skip(count * 8)
    const key = reader.skip(count * 2)
    const value = reader.skip(count * 4)
    const expiry = (present & columns.expiry) === 0 ? 0 : reader.skip(count * 8)
    const stamp = (present & columns.stamp) === 0 ? 0 : reader.skip(count * 8)
    const table = (present & columns.table) === 0 ? 0 : reader.skip(count * 2)
    this.#at = { hash, origin, h, key, value, expiry, stamp, table, data: reader.at }
    reader.skip(this.#checkRows())
  }

  /**
   * Calls `visit` with each row and the index of its table in `tables`. The row is the same object every time and
   * its bytes are windows on the frame.
   */
  each(visit: (row: Row, table: number) => void): void {
    const row = new Row()
    const view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.length)
    const at = this.#at
    let data = at.data
    row.keyBytes = this.#bytes
    row.valueBytes = this.#bytes
    for (let i = 0; i < this.count; i++) {
      const origin = view.getUint32(at.origin + i * 4, true)
      row.hash = view.getUint32(at.hash + i * 4, true)
      row.origin = this.#origins[origin & 0xffffff]
      row.flags = origin >>> 24
      row.h = view.getFloat64(at.h + i * 8, true)
      row.keyLength = view.getUint16(at.key + i * 2, true)
      row.valueLength = view.getUint32(at.value + i * 4, true)
      row.expiresAt = at.expiry === 0 ? 0 : view.getFloat64(at.expiry + i * 8, true)
      row.stamp = at.stamp === 0 ? row.h : view.getFloat64(at.stamp + i * 8, true)
      row.keyStart = data
      row.valueStart = data + row.keyLength
      data = row.valueStart + row.valueLength
      visit(row, at.table === 0 ? 0 : view.getUint16(at.table + i * 2, true))
    }
  }

  // Everything that storage relies on; peers are trusted to mean well, not to be free of defects.
  #checkRows(): number {
    const view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.length)
    const at = this.#at
    let size = 0
    for (let i = 0; i < this.count; i++) {
      const h = view.getFloat64(at.h + i * 8, true)
      const keyLength = view.getUint16(at.key + i * 2, true)
      if ((view.getUint32(at.origin + i * 4, true) & 0xffffff) >= this.#origins.length)
        throw malformed('an unknown origin')
      if (!(h >= 0 && h <= Number.MAX_SAFE_INTEGER)) throw malformed('a stamp out of range')
      if (keyLength === 0 || keyLength > maxKeyBytes + 1) throw malformed('a key without bytes or too long')
      if (at.expiry !== 0 && !(view.getFloat64(at.expiry + i * 8, true) >= 0))
        throw malformed('an expiry out of range')
      if (at.stamp !== 0 && !(view.getFloat64(at.stamp + i * 8, true) >= 0))
        throw malformed('an issue stamp out of range')
      if (at.table !== 0 && view.getUint16(at.table + i * 2, true) >= this.tables.length)
        throw malformed('an unknown table')
      size += keyLength + view.getUint32(at.value + i * 4, true)
    }
    return size
  }
}

// Rows of majority tables have no origin: their order is that of the group's log.
function checkOrigin(name: string): string {
  if (name === '' || /^[\w.:-]{1,64}#[0-9a-z]{11}$/.test(name)) return name
  throw malformed('an origin that is no member id')
}

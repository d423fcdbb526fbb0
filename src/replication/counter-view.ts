import { ValueWriter } from '../core/codec.ts'
import { CounterTally } from '../core/counter.ts'
import { isNewer, Row, rowFlags } from '../core/entry.ts'
import { ownRow } from '../core/operation.ts'
import type { TableCopy } from '../storage/table.ts'

const values = new ValueWriter()

/** What the rows of a key come to, as this copy has them. Of a row that was removed nothing counts. */
export function tallyOf(copy: TableCopy, hash: number, key: Buffer, length: number): CounterTally {
  const tally = new CounterTally(copy.clearVersion.h)
  copy.eachOf(hash, key, length, row => {
    if (!row.isDead) tally.addRow(row)
  })
  return tally
}

/**
 * Fills `into` with the entry under the key: that of a plain table as it lies there, live or not; that of a counter with
 * the sum for its value, and the version of its newest part. False where there is none. `into` has windows on the copy
 * or on the key.
 */
export function readEntry(copy: TableCopy, key: Buffer, length: number, into: Row): boolean {
  const hash = copy.hashOf(key, 0, length)
  if (!copy.isCounter) return copy.read(hash, key, 0, length, into)
  const tally = new CounterTally(copy.clearVersion.h)
  into.h = 0
  into.origin = 0
  into.flags = 0
  copy.eachOf(hash, key, length, row => {
    if (row.isDead) return
    tally.addRow(row)
    if (!isNewer(copy.origins, row, into)) return
    into.h = row.h
    into.origin = row.origin
  })
  const { value } = tally
  if (value === undefined) return false
  into.hash = hash
  into.stamp = into.h
  into.expiresAt = 0
  into.keyBytes = key
  into.keyStart = 0
  into.keyLength = length
  into.valueLength = values.write(value, 'msgpack')
  into.valueBytes = Buffer.from(values.bytes.subarray(0, into.valueLength))
  into.valueStart = 0
  return true
}

/**
 * The entry of which that row is a part, with bytes of its own; undefined where it has no value. Where `first` is said,
 * also for all parts but one, so that who goes through all rows sees each entry once.
 */
export function entryWith(copy: TableCopy, row: Row, first = false): Row | undefined {
  const length = copy.keyLengthOf(row)
  const key = Buffer.from(row.keyBytes.subarray(row.keyStart, row.keyStart + length))
  if (first && !isFirst(copy, row, key)) return undefined
  const entry = new Row()
  return readEntry(copy, key, length, entry) ? entry : undefined
}

/**
 * What a watch is told of a row that has changed: the entry as it is now, or a tombstone. The sum may be that of before,
 * where one writer has taken over what others had counted. Undefined for rows that are removed after that.
 */
export function changedEntry(copy: TableCopy, row: Row): Row | undefined {
  if (row.isDead) return undefined
  const entry = entryWith(copy, row)
  if (entry !== undefined) return entry
  const gone = ownRow(row)
  gone.keyLength = copy.keyLengthOf(row)
  gone.valueLength = 0
  gone.flags = rowFlags.dead
  return gone
}

function isFirst(copy: TableCopy, { hash, h, origin, isDead }: Row, key: Buffer): boolean {
  if (isDead) return false
  let first: { readonly h: number; readonly origin: number } | undefined
  copy.eachOf(hash, key, key.length, row => {
    if (!row.isDead) first ??= { h: row.h, origin: row.origin }
  })
  return first?.h === h && first.origin === origin
}

import { Row, rowFlags } from '../../src/core/entry.ts'
import { hashBytes } from '../../src/core/hash.ts'
import { type Key, KeyWriter } from '../../src/core/key.ts'
import { defineOptions, type TableOptions } from '../../src/core/schema.ts'
import { Origins } from '../../src/core/version.ts'
import { TableCopy } from '../../src/storage/table.ts'

export const testSeed = { low: 0x1234567, high: 0x89abcdef }
/** Some wall-clock instant, Unix ms. */
export const someTime = Date.UTC(2026, 0, 1)

const writer = new KeyWriter()

export interface RowOptions {
  readonly h: number
  readonly origin?: number
  readonly value?: string | Uint8Array
  readonly expiresAt?: number
  readonly dead?: boolean
  readonly kill?: boolean
  readonly stamp?: number
  /** Touched at `stamp`. */
  readonly touched?: boolean
  /** Overrides the key's hash, to make keys collide. */
  readonly hash?: number
}

/** A row with bytes of its own. */
export function rowOf(key: Key, options: RowOptions): Row {
  const row = new Row()
  const length = writer.write(key)
  row.keyBytes = Buffer.from(writer.bytes.subarray(0, length))
  row.keyLength = length
  row.hash = options.hash ?? hashBytes(testSeed, row.keyBytes, 0, length)
  const value = options.dead || options.kill ? '' : (options.value ?? '')
  row.valueBytes = Buffer.from(value)
  row.valueLength = row.valueBytes.length
  row.h = options.h
  row.origin = options.origin ?? 1
  row.stamp = options.stamp ?? options.h
  row.expiresAt = options.expiresAt ?? 0
  if (options.dead || options.kill) row.flags |= rowFlags.dead
  if (options.kill) row.flags |= rowFlags.kill
  if (options.stamp !== undefined) row.flags |= rowFlags.ownStamp
  if (options.touched) row.flags |= rowFlags.touched
  return row
}

/** Origins 1, 2 and 3 are `a#1`, `b#1` and `c#1`. */
export function someOrigins(): Origins {
  const origins = new Origins()
  for (const name of ['a#1', 'b#1', 'c#1']) origins.indexOf(name)
  return origins
}

export function copyOf(options: TableOptions = {}, origins = someOrigins()): TableCopy {
  return new TableCopy(origins, { id: 'id', name: 'users', definition: defineOptions(options) }, testSeed)
}

/** The live value under the key, as text; undefined when there is none. */
export function valueIn(copy: TableCopy, key: Key, wallMs = someTime, hash?: number): string | undefined {
  const row = new Row()
  const length = writer.write(key)
  const at = hash ?? copy.hashOf(writer.bytes, 0, length)
  if (!copy.read(at, writer.bytes, 0, length, row)) return undefined
  if (row.isDead || (row.flags & rowFlags.stripped) !== 0) return undefined
  if (row.expiresAt !== 0 && row.expiresAt <= wallMs) return undefined
  return row.valueBytes.toString('utf8', row.valueStart, row.valueStart + row.valueLength)
}

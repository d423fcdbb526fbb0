import { type CodecName, decodeValue } from '../core/codec.ts'
import { type Row, versionText } from '../core/entry.ts'
import { decodeKey, type Key } from '../core/key.ts'
import { type Origins, stampToMs } from '../core/version.ts'
import type { Entry } from './types.ts'

/** What an entry is made of, wherever it comes from. */
interface Parts {
  readonly h: number
  readonly origin: number
  readonly flags: number
  readonly expiresAt: number
  readonly bytes: number
  /** When it was written, where the version does not tell. */
  readonly stamp?: number
}

/** The public entry of a value that is decoded already. */
export function entryOf(key: Key, value: unknown, parts: Parts, origins: Origins, hit: Entry['hit']): Entry {
  const name = origins.nameOf(parts.origin)
  const entry = {
    key,
    value: value as Entry['value'],
    version: versionText(origins, parts.h, parts.origin, parts.flags),
    createdAt: stampToMs(parts.stamp ?? parts.h),
    node: name.slice(0, name.indexOf('#')),
    bytes: parts.bytes,
    hit,
  }
  return parts.expiresAt === 0 ? entry : { ...entry, expiresAt: parts.expiresAt }
}

/** The public entry of a stored row. */
export function entryOfRow(row: Row, codec: CodecName, origins: Origins, hit: Entry['hit']): Entry {
  const value = decodeValue(row.valueBytes, row.valueStart, row.valueStart + row.valueLength, codec)
  const { h, origin, flags, expiresAt, keyLength, valueLength } = row
  const parts = { h, origin, flags, expiresAt, bytes: keyLength + valueLength }
  // A row of a majority table has the index of the group's log for its version, and nobody's name.
  const whole = origins.nameOf(origin) === '' ? { ...parts, stamp: row.stamp } : parts
  return entryOf(keyOfRow(row), value, whole, origins, hit)
}

export function keyOfRow(row: Row): Key {
  return decodeKey(row.keyBytes, row.keyStart, row.keyStart + row.keyLength)
}

import { type Row, rowFlags } from '../core/entry.ts'
import type { Slab } from './arena.ts'

/**
 * How a row lies in an arena, in units of 8 bytes:
 *
 *     0   hash (32 bits)          origin (24 bits), flags (8 bits)
 *     1   value length (32 bits)  key length (16 bits), layout (2 bits), when it was used (13 bits), freed (1 bit)
 *     2   h
 *    [3]  expiry, if the layout says so
 *    [.]  issue stamp, if the layout says so
 *     .   key bytes, value bytes
 */
const hasExpiry = 1 << 16
const hasStamp = 1 << 17
const isFreedBit = 1 << 31
const usedShift = 18
/** Ticks of use are counted up to this and begin anew. */
export const usedMask = 0x1fff
const headUnits = 3

/** Bytes that a record takes besides its key and value, at least. */
export const recordOverhead = headUnits * 8

/** Bytes that the row takes as a record: what it counts for in `maxBytes`. */
export function recordBytes(row: Row): number {
  return unitsOf(row) * 8
}

/** Units that the row takes as a record. */
export function unitsOf(row: Row): number {
  return unitsFor(row.keyLength, row.valueLength, layoutOf(row))
}

function unitsFor(keyLength: number, valueLength: number, layout: number): number {
  return headUnits + optionalUnits(layout) + ((keyLength + valueLength + 7) >>> 3)
}

function optionalUnits(layout: number): number {
  return ((layout >>> 16) & 1) + ((layout >>> 17) & 1)
}

function layoutOf(row: Row): number {
  return (row.expiresAt === 0 ? 0 : hasExpiry) | ((row.flags & rowFlags.ownStamp) === 0 ? 0 : hasStamp)
}

/** Writes the whole row at `unit`, as used at that tick. */
export function writeRecord(slab: Slab, unit: number, row: Row, tick: number): void {
  const { words, floats, bytes } = slab
  const layout = layoutOf(row)
  const word = unit * 2
  words[word] = row.hash
  words[word + 1] = row.origin | (row.flags << 24)
  words[word + 2] = row.valueLength
  words[word + 3] = row.keyLength | layout | (tick << usedShift)
  floats[unit + 2] = row.h
  let at = unit + headUnits
  if ((layout & hasExpiry) !== 0) floats[at++] = row.expiresAt
  if ((layout & hasStamp) !== 0) floats[at++] = row.stamp
  const start = at * 8
  copyBytes(row.keyBytes, row.keyStart, row.keyLength, bytes, start)
  copyBytes(row.valueBytes, row.valueStart, row.valueLength, bytes, start + row.keyLength)
}

/** Fills the row from the record at `unit`; its bytes are windows on the slab, valid until the next allocation. */
export function readRecord(slab: Slab, unit: number, row: Row): void {
  const { words, floats, bytes } = slab
  const word = unit * 2
  const second = words[word + 3]
  row.hash = words[word]
  row.origin = words[word + 1] & 0xffffff
  row.flags = words[word + 1] >>> 24
  row.valueLength = words[word + 2]
  row.keyLength = second & 0xffff
  row.h = floats[unit + 2]
  let at = unit + headUnits
  row.expiresAt = (second & hasExpiry) === 0 ? 0 : floats[at++]
  row.stamp = (second & hasStamp) === 0 ? row.h : floats[at++]
  row.keyBytes = bytes
  row.keyStart = at * 8
  row.valueBytes = bytes
  row.valueStart = at * 8 + row.keyLength
}

export function recordUnits(slab: Slab, unit: number): number {
  const second = slab.words[unit * 2 + 3]
  return unitsFor(second & 0xffff, slab.words[unit * 2 + 2], second)
}

export function isFreedRecord(slab: Slab, unit: number): boolean {
  return (slab.words[unit * 2 + 3] & isFreedBit) !== 0
}

export function markFreedRecord(slab: Slab, unit: number): void {
  slab.words[unit * 2 + 3] |= isFreedBit
}

export function markUsed({ words }: Slab, unit: number, tick: number): void {
  const word = unit * 2 + 3
  words[word] = (words[word] & ~(usedMask << usedShift)) | (tick << usedShift)
}

/** The tick at which the record was written or used last. */
export function usedAt({ words }: Slab, unit: number): number {
  return (words[unit * 2 + 3] >>> usedShift) & usedMask
}

export function recordHash(slab: Slab, unit: number): number {
  return slab.words[unit * 2]
}

/** True when the record's key is the given bytes. */
export function hasKey(slab: Slab, unit: number, key: Uint8Array, start: number, length: number): boolean {
  const second = slab.words[unit * 2 + 3]
  if ((second & 0xffff) !== length) return false
  const { bytes } = slab
  let at = (unit + headUnits + optionalUnits(second)) * 8
  for (let i = start; i < start + length; i++) {
    if (bytes[at++] !== key[i]) return false
  }
  return true
}

// Below about 24 bytes a loop is quicker than a native call.
function copyBytes(from: Buffer, start: number, length: number, to: Buffer, at: number): void {
  if (length > 24) {
    from.copy(to, at, start, start + length)
    return
  }
  for (let i = 0; i < length; i++) to[at + i] = from[start + i]
}

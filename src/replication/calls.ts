import { type BytesReader, type BytesWriter, malformed } from '../core/bytes.ts'
import { rowFlags } from '../core/entry.ts'
import type { Epoch } from '../core/epoch.ts'
import { scanEnd } from '../core/partition.ts'
import { RowBlock, tableIdBytes } from '../core/rows.ts'
import type { Ack } from '../core/schema.ts'
import type { Origins } from '../core/version.ts'
import type { ItemRules } from '../wire/item-work.ts'
import type { StampVector } from './copy-coverage.ts'
import type { Compared, CopyLife } from './coverage.ts'
import type { Page, PageRequest, Roots, RowVersion, TableClear } from './replica.ts'
import type { Levels } from './stability.ts'

/** What nodes ask each other; numbers are part of the protocol. */
export const peerCalls = {
  read: 1,
  issue: 2,
  decide: 3,
  clear: 4,
  open: 5,
  page: 6,
  roots: 7,
  groups: 8,
  buckets: 9,
  versions: 10,
  rows: 11,
  merge: 12,
  subscribe: 13,
  watch: 14,
  status: 15,
  issueAll: 16,
  compared: 17,
  inspect: 18,
  touched: 19,
  bounded: 20,
  sums: 31,
} as const

const changes: readonly number[] = [
  ...[peerCalls.issue, peerCalls.decide, peerCalls.clear, peerCalls.issueAll],
]
const madeForCallers: readonly number[] = [peerCalls.read, ...changes]

/**
 * Which calls of nodes may be refused when much waits: those they make for their own callers, later than calls of
 * clients here. What keeps copies equal only waits its turn.
 */
export const peerRules: ItemRules = {
  precedence: kind => (madeForCallers.includes(kind) ? 'last' : 'never'),
  waits: kind => changes.includes(kind),
  limitAt: () => undefined,
}

/** Kinds of pushes of a cache subscription and of a watch. */
export const pushKinds = {
  changed: 0,
  lost: 1,
  set: 2,
  delete: 3,
  expire: 4,
  clear: 5,
  resync: 6,
  evict: 7,
} as const

const acks: readonly Ack[] = ['local', 'one', 'majority', 'all']
const maxKeysPerCall = 65_536

export function writeTable(body: BytesWriter, id: string): void {
  body.raw(Buffer.from(id, 'hex'))
}

export function readTable(body: BytesReader): string {
  const at = body.skip(tableIdBytes)
  return body.bytes.toString('hex', at, at + tableIdBytes)
}

export function writeAck(body: BytesWriter, ack: Ack): void {
  body.u8(acks.indexOf(ack))
}

export function readAck(body: BytesReader): Ack {
  const ack = acks[body.u8()]
  if (ack === undefined) throw malformed('an unknown acknowledgement level')
  return ack
}

export function writeKeys(body: BytesWriter, keys: readonly Buffer[]): void {
  body.u32(keys.length)
  for (const key of keys) body.window(key, 0, key.length)
}

/** Keys as windows on the frame. */
export function readKeys(body: BytesReader): Buffer[] {
  return list(body, 5, () => {
    const length = body.windowLength()
    const at = body.skip(length)
    return body.bytes.subarray(at, at + length)
  })
}

export function writeNumbers(body: BytesWriter, numbers: readonly number[]): void {
  body.u32(numbers.length)
  for (const number of numbers) body.u32(number)
}

export function readNumbers(body: BytesReader): number[] {
  return list(body, 4, () => body.u32())
}

export function writeWords(body: BytesWriter, words: Uint32Array): void {
  body.u32(words.length)
  for (const word of words) body.u32(word)
}

export function readWords(body: BytesReader, length: number): Uint32Array {
  if (body.u32() !== length) throw malformed('digests of another size')
  return Uint32Array.from({ length }, () => body.u32())
}

export function writePageRequest(body: BytesWriter, request: PageRequest): void {
  body.f64(request.cursor)
  body.f64(request.end)
  body.u32(request.maxBytes)
  body.window(request.prefix, 0, request.prefix.length)
}

export function readPageRequest(body: BytesReader): PageRequest {
  const cursor = body.count()
  const end = body.count()
  if (cursor > scanEnd || end > scanEnd) throw malformed('a cursor beyond the end')
  return { cursor, end, maxBytes: body.u32(), prefix: body.ownBytes() }
}

/** A page whose rows are windows on the frame. */
export function readPage(body: BytesReader, origins: Origins): Page {
  const next = body.count()
  const total = body.count()
  return { next, total, totalBytes: body.count(), rows: new RowBlock(body, origins) }
}

export function writeLife(body: BytesWriter, { table, life }: CopyLife): void {
  writeTable(body, table)
  body.u32(life)
}

export function readLife(body: BytesReader): CopyLife {
  return { table: readTable(body), life: body.u32() }
}

export function writeClears(body: BytesWriter, tables: readonly TableClear[], origins: Origins): void {
  body.u32(tables.length)
  for (const clear of tables) writeClear(body, clear, origins)
}

export function readClears(body: BytesReader, origins: Origins): TableClear[] {
  return list(body, tableIdBytes, () => readClear(body, origins))
}

export function writeBounds(body: BytesWriter, maxBytes: ReadonlyMap<string, number>): void {
  body.u32(maxBytes.size)
  for (const [table, bytes] of maxBytes) {
    writeTable(body, table)
    body.f64(bytes)
  }
}

export function readBounds(body: BytesReader): ReadonlyMap<string, number> {
  return new Map(list(body, tableIdBytes + 8, () => [readTable(body), body.count()]))
}

export function writeRoots(body: BytesWriter, { epoch, roots }: Roots, origins: Origins): void {
  writeEpoch(body, epoch)
  body.u32(roots.length)
  for (const root of roots) {
    writeClear(body, root, origins)
    writeWords(body, root.words)
    body.u8(root.isWhole ? 1 : 0)
    body.f64(root.floor)
    writeCompared(body, root)
  }
}

export function readRoots(body: BytesReader, origins: Origins): Roots {
  const epoch = readEpoch(body)
  const roots = list(body, tableIdBytes, () => {
    const clear = readClear(body, origins)
    const words = readWords(body, 4)
    return { ...clear, words, isWhole: body.u8() === 1, floor: body.count(), ...readCompared(body) }
  })
  return { epoch, roots }
}

export function writeVectors(body: BytesWriter, tables: readonly Compared[], epoch: Epoch): void {
  writeEpoch(body, epoch)
  body.u32(tables.length)
  for (const compared of tables) writeCompared(body, compared)
}

export function readVectors(body: BytesReader): { tables: Compared[]; epoch: Epoch } {
  const epoch = readEpoch(body)
  return { epoch, tables: list(body, tableIdBytes, () => readCompared(body)) }
}

export function writeLevels(body: BytesWriter, { most, others }: Levels): void {
  body.f64(most)
  body.u32(others.size)
  for (const [table, level] of others) {
    writeTable(body, table)
    body.f64(level)
  }
}

export function readLevels(body: BytesReader): Levels {
  const most = body.count()
  return { most, others: new Map(list(body, tableIdBytes, () => [readTable(body), body.count()] as const)) }
}

export function writeVersions(body: BytesWriter, versions: readonly RowVersion[], origins: Origins): void {
  const named = new Map<number, number>()
  for (const { origin } of versions) if (!named.has(origin)) named.set(origin, named.size)
  body.u32(named.size)
  for (const origin of named.keys()) body.text(origins.nameOf(origin))
  body.u32(versions.length)
  for (const { hash, h, origin, flags, stamp = 0, expiresAt = 0 } of versions) {
    body.u32(hash)
    body.f64(h)
    body.u32((named.get(origin) ?? 0) | (flags << 24))
    if ((flags & rowFlags.touched) === 0) continue
    body.f64(stamp)
    body.f64(expiresAt)
  }
}

export function readVersions(body: BytesReader, origins: Origins): RowVersion[] {
  const named = list(body, 2, () => origins.indexOf(body.text()))
  return list(body, 16, () => {
    const hash = body.u32()
    const h = body.count()
    const word = body.u32()
    const origin = named[word & 0xffffff]
    if (origin === undefined) throw malformed('an unknown origin')
    const version = { hash, h, origin, flags: word >>> 24 }
    if ((version.flags & rowFlags.touched) === 0) return version
    return { ...version, stamp: body.count(), expiresAt: body.count() }
  })
}

function writeClear(body: BytesWriter, { table, clear }: TableClear, origins: Origins): void {
  writeTable(body, table)
  body.f64(clear.h)
  body.text(origins.nameOf(clear.origin))
}

function readClear(body: BytesReader, origins: Origins): TableClear {
  const table = readTable(body)
  const h = body.count()
  return { table, clear: { h, origin: origins.indexOf(body.text()) } }
}

function writeCompared(body: BytesWriter, { table, life, vector, seals }: Compared): void {
  writeLife(body, { table, life })
  writeVector(body, vector)
  writeVector(body, seals)
}

function readCompared(body: BytesReader): Compared {
  return { ...readLife(body), vector: readVector(body), seals: readVector(body) }
}

function writeVector(body: BytesWriter, vector: StampVector): void {
  body.u32(vector.size)
  for (const [member, stamp] of vector) {
    body.text(member)
    body.f64(stamp)
  }
}

function readVector(body: BytesReader): StampVector {
  return new Map(list(body, 10, () => [body.text(), body.count()] as const))
}

export function writeEpoch(body: BytesWriter, { group, generation, index }: Epoch): void {
  body.u32(group)
  body.u32(generation)
  body.f64(index)
}

export function readEpoch(body: BytesReader): Epoch {
  return { group: body.u32(), generation: body.u32(), index: body.count() }
}

// A count that promises more than the bytes that came could hold is refused before anything is allocated.
function list<T>(body: BytesReader, leastBytes: number, item: () => T): T[] {
  const count = body.u32()
  if (count * leastBytes > body.left || count > maxKeysPerCall * 16)
    throw malformed('a list longer than its bytes')
  return Array.from({ length: count }, item)
}

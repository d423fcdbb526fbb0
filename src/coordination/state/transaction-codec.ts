import { type BytesReader, type BytesWriter, malformed, RepeatedText } from '../../core/bytes.ts'
import { maxKeyBytes } from '../../core/key.ts'
import type { Guard, RangeVersion, ReadVersion, RowOperation, Transaction } from './commands.ts'

/*
 * A transaction, the command that there are many of. Numbers are little-endian, texts and names have their length
 * before them:
 *
 *     names of tables (16 bits, texts) · how many reads, ranges, guards, operations (32 bits each)
 *     read: table (16), version (float64), key
 *     range: table (16), partition (16; 0xffff: all), asOf (float64)
 *     guard: lock, generation (float64), index (float64)
 *     operation: kind, condition and lifetime (8), table (16), [version (float64)], [lifetime (float64)], key,
 *                [value (32 bits of length) | by (float64)]
 *     key: length (16), bytes
 */
const kinds = ['set', 'delete', 'increment', 'touch'] as const
const conditions = ['none', 'absent', 'version'] as const
const lifetimes = ['forever', 'keep', 'ms'] as const
const wholeTable = 0xffff

const nothing = Buffer.alloc(0)
const tables = new RepeatedText()
const none: readonly never[] = []

export function writeTransaction(writer: BytesWriter, transaction: Transaction): void {
  const { reads, ranges, guards, operations } = transaction
  const names: string[] = []
  for (const list of [reads, ranges, operations])
    for (const { table } of list) if (!names.includes(table)) names.push(table)
  writer.u16(names.length)
  for (const name of names) writer.text(name)
  for (const list of [reads, ranges, guards, operations]) writer.u32(list.length)
  for (const { table, key, version } of reads) {
    writer.u16(names.indexOf(table))
    writer.f64(version)
    writeKey(writer, key)
  }
  for (const { table, partition, asOf } of ranges) {
    writer.u16(names.indexOf(table))
    writer.u16(partition ?? wholeTable)
    writer.f64(asOf)
  }
  for (const { lock, token } of guards) {
    writer.text(lock)
    writer.f64(token.generation)
    writer.f64(token.index)
  }
  for (const operation of operations) writeRowOperation(writer, names, operation)
}

/** Keys and values are windows on the reader's bytes. Throws ERR_FRAME_INVALID. */
export function readTransaction(reader: BytesReader): Transaction {
  const names = readMany({ reader, names: none }, reader.u16(), readText)
  const from = { reader, names }
  const reads = reader.u32()
  const ranges = reader.u32()
  const guards = reader.u32()
  const operations = reader.u32()
  return {
    kind: 'transaction',
    reads: readMany(from, reads, readVersion),
    ranges: readMany(from, ranges, readRange),
    guards: readMany(from, guards, readGuard),
    operations: readMany(from, operations, readRowOperation),
  }
}

interface From {
  readonly reader: BytesReader
  readonly names: readonly string[]
}

type Read<T> = (reader: BytesReader, names: readonly string[]) => T

// Each item takes a byte at least, so a huge count cannot keep this busy beyond the bytes that came.
function readMany<T>({ reader, names }: From, count: number, read: Read<T>): readonly T[] {
  if (count === 0) return none
  if (count > reader.left) throw malformed('more items than bytes')
  const out = new Array<T>(count)
  for (let i = 0; i < count; i++) out[i] = read(reader, names)
  return out
}

function readText(reader: BytesReader): string {
  return tables.read(reader)
}

function readVersion(reader: BytesReader, names: readonly string[]): ReadVersion {
  const table = readName(reader, names)
  const version = reader.count()
  return { table, key: readKey(reader), version }
}

function readRange(reader: BytesReader, names: readonly string[]): RangeVersion {
  const table = readName(reader, names)
  const partition = reader.u16()
  if (partition > 255 && partition !== wholeTable) throw malformed('an unknown partition')
  return { table, partition: partition === wholeTable ? undefined : partition, asOf: reader.count() }
}

function readGuard(reader: BytesReader): Guard {
  const lock = reader.text()
  return { lock, token: { generation: reader.count(), index: reader.count() } }
}

function writeRowOperation(writer: BytesWriter, names: readonly string[], operation: RowOperation): void {
  const { kind, table, key, value, by, lifetime, condition } = operation
  const conditionKind = typeof condition === 'number' ? 2 : conditions.indexOf(condition)
  const lifetimeKind = typeof lifetime === 'number' ? 2 : lifetimes.indexOf(lifetime)
  writer.u8(kinds.indexOf(kind) | (conditionKind << 2) | (lifetimeKind << 4))
  writer.u16(names.indexOf(table))
  if (typeof condition === 'number') writer.f64(condition)
  if (typeof lifetime === 'number') writer.f64(lifetime)
  writeKey(writer, key)
  if (kind === 'set') writer.window(value, 0, value.length)
  if (kind === 'increment') writer.f64(by)
}

function readRowOperation(reader: BytesReader, names: readonly string[]): RowOperation {
  const bits = reader.u8()
  const kind = kinds[bits & 3]
  const conditionKind = conditions[(bits >>> 2) & 3]
  const lifetimeKind = lifetimes[bits >>> 4]
  if (kind === undefined || conditionKind === undefined || lifetimeKind === undefined)
    throw malformed('an unknown operation')
  const table = readName(reader, names)
  const condition = conditionKind === 'version' ? reader.count() : conditionKind
  const lifetime = lifetimeKind === 'ms' ? reader.count() : lifetimeKind
  if (lifetime === 0) throw malformed('a lifetime of nothing')
  const key = readKey(reader)
  const value = kind === 'set' ? window(reader, reader.windowLength()) : nothing
  const by = kind === 'increment' ? reader.f64() : 0
  if (!Number.isFinite(by)) throw malformed('a sum with what is no number')
  return { kind, table, key, value, by, lifetime, condition }
}

function readName(reader: BytesReader, names: readonly string[]): string {
  const name = names[reader.u16()]
  if (name === undefined) throw malformed('an unknown table')
  return name
}

function writeKey(writer: BytesWriter, key: Buffer): void {
  writer.u16(key.length)
  const at = writer.reserve(key.length)
  key.copy(writer.bytes, at)
}

function readKey(reader: BytesReader): Buffer {
  const length = reader.u16()
  if (length === 0 || length > maxKeyBytes + 1) throw malformed('a key without bytes or too long')
  return window(reader, length)
}

function window(reader: BytesReader, length: number): Buffer {
  const at = reader.skip(length)
  return reader.bytes.subarray(at, at + length)
}

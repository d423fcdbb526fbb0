import { type BytesReader, type BytesWriter, malformed } from './bytes.ts'
import { Row, rowFlags } from './entry.ts'
import { MnemeshError } from './errors.ts'
import { maxKeyBytes } from './key.ts'
import type { Ack } from './schema.ts'
import type { Origins } from './version.ts'

/**
 * One change of one key, as the node that was asked hands it to a node that can make it: a holder, or the key's
 * owner when it has a condition. The lifetime is relative, so that one clock, the holder's, makes it an instant.
 */
export interface Operation {
  readonly kind: 'set' | 'delete' | 'increment' | 'touch'
  readonly key: Buffer
  /** The encoded value of a set. */
  readonly value: Buffer
  /** What an increment adds. */
  readonly by: number
  readonly lifetime: Lifetime
  readonly condition: Condition
  readonly ack: Ack
}

/** How long the entry lives from now: in ms, for ever, as its table says, or as the present entry does. */
export type Lifetime = number | 'forever' | 'default' | 'keep'

/** What must hold of the present entry: nothing, that there is none, or that it has exactly that version. */
export type Condition = 'none' | 'absent' | string

/** What became of an operation. */
export interface Outcome {
  /** False: the condition did not hold and nothing was changed. For an unconditional delete: there was nothing. */
  readonly applied: boolean
  /**
   * The row as it is after the operation, a tombstone too, with bytes of its own: a caller that holds a copy merges
   * it, so that it sees what it has done. Undefined when there is none.
   */
  readonly row: Row | undefined
}

/** One `atomic` setMany of a default table at most: it travels as one operation and is applied in one turn. */
export const atomicLimits = { entries: 16_384, bytes: 1024 * 1024 } as const

const kinds = ['set', 'delete', 'increment', 'touch'] as const
const acks: readonly Ack[] = ['local', 'one', 'majority', 'all']
const lifetimes = { forever: 0, default: -1, keep: -2 } as const

const noBytes = Buffer.alloc(0)

export function writeOperation(writer: BytesWriter, operation: Operation): void {
  const { kind, key, value, by, lifetime, condition, ack } = operation
  writer.u8(kinds.indexOf(kind))
  writer.u8(acks.indexOf(ack))
  writer.f64(typeof lifetime === 'number' ? lifetime : lifetimes[lifetime])
  writer.text(condition)
  writer.window(key, 0, key.length)
  if (kind === 'set') writer.window(value, 0, value.length)
  if (kind === 'increment') writer.f64(by)
}

/** An operation with bytes of its own. Throws ERR_FRAME_INVALID. */
export function readOperation(reader: BytesReader): Operation {
  const kind = kinds[reader.u8()]
  const ack = acks[reader.u8()]
  if (kind === undefined || ack === undefined) throw malformed('an unknown operation')
  const lifetime = readLifetime(reader.f64())
  const condition = reader.text()
  const key = reader.ownBytes()
  if (key.length === 0 || key.length > maxKeyBytes + 1) throw malformed('a key without bytes or too long')
  const value = kind === 'set' ? reader.ownBytes() : noBytes
  const by = kind === 'increment' ? reader.f64() : 0
  return { kind, key, value, by, lifetime, condition, ack }
}

/** Throws ERR_LIMIT_EXCEEDED for more operations, or more bytes of keys and values, than can be one. */
export function checkAtomic(operations: readonly Operation[]): void {
  const { entries, bytes } = atomicLimits
  if (operations.length > entries) throw tooMuch(`${operations.length} entries, the limit is ${entries}`)
  const size = operations.reduce((sum, { key, value }) => sum + key.length + value.length, 0)
  if (size > bytes) throw tooMuch(`${size} bytes of keys and values, the limit is ${bytes}`)
}

export function writeOperations(writer: BytesWriter, operations: readonly Operation[]): void {
  writer.u32(operations.length)
  for (const operation of operations) writeOperation(writer, operation)
}

/** Sets without conditions, with bytes of their own. Throws ERR_FRAME_INVALID. */
export function readSets(reader: BytesReader): Operation[] {
  const count = reader.u32()
  if (count > atomicLimits.entries) throw malformed('more operations than can be one')
  return Array.from({ length: count }, () => {
    const operation = readOperation(reader)
    if (operation.kind !== 'set' || operation.condition !== 'none') throw malformed('no plain set')
    return operation
  })
}

export function writeOutcome(writer: BytesWriter, outcome: Outcome, origins: Origins): void {
  writer.u8((outcome.applied ? 1 : 0) | (outcome.row === undefined ? 0 : 2))
  if (outcome.row !== undefined) writeRow(writer, outcome.row, origins)
}

export function readOutcome(reader: BytesReader, origins: Origins): Outcome {
  const bits = reader.u8()
  return { applied: (bits & 1) !== 0, row: (bits & 2) === 0 ? undefined : readRow(reader, origins) }
}

/** One row by itself: for answers, where columns do not pay. */
export function writeRow(writer: BytesWriter, row: Row, origins: Origins): void {
  writer.u32(row.hash)
  writer.u8(row.flags)
  writer.text(origins.nameOf(row.origin))
  writer.f64(row.h)
  writer.f64(row.expiresAt)
  writer.f64(row.stamp)
  writer.window(row.keyBytes, row.keyStart, row.keyLength)
  writer.window(row.valueBytes, row.valueStart, row.valueLength)
}

/** A row whose bytes are windows on the frame. */
export function readRow(reader: BytesReader, origins: Origins): Row {
  const row = new Row()
  row.hash = reader.u32()
  row.flags = reader.u8()
  row.origin = origins.indexOf(reader.text())
  row.h = reader.count()
  row.expiresAt = reader.count()
  const stamp = reader.count()
  row.stamp = (row.flags & rowFlags.ownStamp) === 0 ? row.h : stamp
  row.keyLength = reader.windowLength()
  row.keyBytes = reader.bytes
  row.keyStart = reader.skip(row.keyLength)
  row.valueLength = reader.windowLength()
  row.valueBytes = reader.bytes
  row.valueStart = reader.skip(row.valueLength)
  return row
}

/** The row with bytes of its own, to be kept. */
export function ownRow(row: Row): Row {
  const own = new Row()
  const bytes = Buffer.allocUnsafe(row.keyLength + row.valueLength)
  row.keyBytes.copy(bytes, 0, row.keyStart, row.keyStart + row.keyLength)
  row.valueBytes.copy(bytes, row.keyLength, row.valueStart, row.valueStart + row.valueLength)
  own.hash = row.hash
  own.flags = row.flags
  own.origin = row.origin
  own.h = row.h
  own.expiresAt = row.expiresAt
  own.stamp = row.stamp
  own.keyBytes = bytes
  own.keyLength = row.keyLength
  own.valueBytes = bytes
  own.valueStart = row.keyLength
  own.valueLength = row.valueLength
  return own
}

function readLifetime(value: number): Lifetime {
  if (value === lifetimes.forever) return 'forever'
  if (value === lifetimes.default) return 'default'
  if (value === lifetimes.keep) return 'keep'
  if (Number.isSafeInteger(value) && value > 0) return value
  throw malformed('a lifetime out of range')
}

function tooMuch(what: string): MnemeshError {
  return new MnemeshError('ERR_LIMIT_EXCEEDED', `an atomic setMany of ${what}; split it`)
}

import { BytesReader, BytesWriter, malformed } from '../../core/bytes.ts'
import type { Row } from '../../core/entry.ts'
import { readPlain, writePlain } from '../../core/failure.ts'
import { maxKeyBytes } from '../../core/key.ts'
import { PlainFields, pairOf } from '../../core/plain-fields.ts'
import type { TableRecord } from '../../replication/catalog.ts'
import { readOrigin, readTable } from '../../replication/schema-records.ts'
import type { Arrival } from './arrivals.ts'
import { type GroupRecord, unfounded } from './group-facts.ts'
import type { LockRecord } from './locks.ts'
import { readResult } from './result-codec.ts'
import type { SessionRecord } from './sessions.ts'

/*
 * A snapshot in pieces, each with its kind (8 bits) before it:
 *
 *     head: a part of the head's MessagePack; there may be many
 *     rows: number of the table in the head (16), then rows until the piece ends
 *     end:  how many rows there were in all (float64)
 *     row:  version (float64), issue stamp (float64), expiry (float64), key (16 bits of length), value (32)
 */
export const pieces = { head: 1, rows: 2, end: 3 } as const

/** What is known of a majority table besides its rows. */
export interface StrongRecord {
  readonly name: string
  readonly mod: number
  readonly partitionMods: readonly number[]
  readonly size: number
  readonly fingerprint: readonly [low: number, high: number]
}

/** The state without its rows. */
export interface StateHead {
  readonly index: number
  readonly clock: number
  readonly chain: readonly [low: number, high: number]
  readonly epochIndex: number
  readonly epochTerm: number
  readonly group: GroupRecord
  /** Of the last configuration. */
  readonly members: readonly string[]
  readonly sessions: readonly SessionRecord[]
  readonly locks: readonly LockRecord[]
  readonly tables: readonly TableRecord[]
  readonly generations: readonly (readonly [name: string, generation: number])[]
  readonly arrivals: readonly Arrival[]
  readonly strong: readonly StrongRecord[]
}

/** Of a process in no group. */
export const emptyHead: StateHead = {
  ...{ index: 0, clock: 0, chain: [0, 0], epochIndex: 0, epochTerm: 0, group: unfounded },
  ...{ members: [], sessions: [], locks: [], tables: [], generations: [], arrivals: [], strong: [] },
}

export function encodeHead(head: StateHead): Buffer {
  const writer = new BytesWriter()
  writePlain(writer, { format: 1, ...head })
  return writer.copy()
}

/** Throws ERR_FRAME_INVALID for what `encodeHead` does not make. */
export function decodeHead(bytes: Buffer): StateHead {
  const fields = new PlainFields(readPlain(new BytesReader(bytes)))
  if (fields.count('format') !== 1) throw malformed('a snapshot of an unknown format')
  return {
    index: fields.count('index'),
    clock: fields.count('clock'),
    chain: readWords(fields.raw('chain')),
    epochIndex: fields.count('epochIndex'),
    epochTerm: fields.count('epochTerm'),
    group: readGroup(fields.record('group')),
    members: fields.list('members', readText),
    sessions: fields.list('sessions', readSession),
    locks: fields.list('locks', readLock),
    tables: fields.list('tables', readTable),
    generations: fields.list('generations', item => {
      const [name, generation] = pairOf(item)
      return [readText(name), readCount(generation)] as const
    }),
    arrivals: fields.list('arrivals', readArrival),
    strong: fields.list('strong', readStrong),
  }
}

export function writeSnapshotRow(writer: BytesWriter, row: Row): void {
  writer.f64(row.h)
  writer.f64(row.stamp)
  writer.f64(row.expiresAt)
  writer.u16(row.keyLength)
  const at = writer.reserve(row.keyLength)
  row.keyBytes.copy(writer.bytes, at, row.keyStart, row.keyStart + row.keyLength)
  writer.window(row.valueBytes, row.valueStart, row.valueLength)
}

/** Fills the row with windows on the piece. Throws ERR_FRAME_INVALID. */
export function readSnapshotRow(reader: BytesReader, row: Row): void {
  row.h = reader.count()
  row.stamp = reader.f64()
  row.expiresAt = reader.count()
  row.keyLength = reader.u16()
  if (row.keyLength === 0 || row.keyLength > maxKeyBytes + 1)
    throw malformed('a key without bytes or too long')
  if (!Number.isSafeInteger(row.stamp)) throw malformed('a stamp out of range')
  row.keyBytes = reader.bytes
  row.keyStart = reader.skip(row.keyLength)
  row.valueLength = reader.windowLength()
  row.valueBytes = reader.bytes
  row.valueStart = reader.skip(row.valueLength)
}

function readGroup(fields: PlainFields): GroupRecord {
  return {
    id: fields.text('id'),
    generation: fields.count('generation'),
    provisional: fields.flag('provisional'),
    awaited: fields.list('awaited', readText),
    seeds: fields.count('seeds'),
    origin: fields.optional('origin', readOrigin),
    absorbing: fields.optional('absorbing', fields => {
      const absorbing = fields.record('absorbing')
      return { loser: absorbing.name('loser'), untilMs: absorbing.count('untilMs') }
    }),
    dissolvedInto: fields.optional('dissolvedInto', fields => fields.name('dissolvedInto')),
  }
}

function readSession(item: unknown): SessionRecord {
  const fields = new PlainFields(item)
  const results = fields.list('results', result => {
    const [sequence, value] = pairOf(result)
    return [readCount(sequence), readResult(value)] as const
  })
  return { id: fields.name('id'), lowest: fields.count('lowest'), results }
}

function readLock(item: unknown): LockRecord {
  const fields = new PlainFields(item)
  return {
    name: fields.name('name'),
    permits: fields.count('permits', 1),
    holders: fields.list('holders', holder => {
      const token = new PlainFields(holder).record('token')
      return {
        ...readWaiter(holder),
        token: { generation: token.count('generation'), index: token.count('index') },
      }
    }),
    queue: fields.list('queue', readWaiter),
  }
}

function readWaiter(item: unknown) {
  const fields = new PlainFields(item)
  return {
    session: fields.name('session'),
    request: fields.count('request'),
    mode: fields.oneOf('mode', ['exclusive', 'shared']),
    ttlMs: fields.count('ttlMs', 1),
  }
}

function readArrival(item: unknown): Arrival {
  const fields = new PlainFields(item)
  return {
    ...{ from: fields.name('from'), table: fields.name('table'), id: fields.text('id') },
    after: fields.text('after', 4 * maxKeyBytes),
    state: fields.oneOf('state', ['open', 'done', 'refused']),
  }
}

function readStrong(item: unknown): StrongRecord {
  const fields = new PlainFields(item)
  const partitionMods = fields.list('partitionMods', readCount)
  if (partitionMods.length !== 256) throw malformed('partitions that are not 256')
  return {
    name: fields.name('name'),
    mod: fields.count('mod'),
    partitionMods,
    size: fields.count('size'),
    fingerprint: readWords(fields.raw('fingerprint')),
  }
}

function readWords(value: unknown): readonly [number, number] {
  const [low, high] = pairOf(value)
  return [readCount(low), readCount(high)]
}

function readText(value: unknown): string {
  if (typeof value !== 'string') throw malformed('no text')
  return value
}

function readCount(value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw malformed('no count')
  return value
}

import type {
  Changed,
  PageAnswer,
  Plan,
  PlannedOperation,
  ReadAnswer,
  ScanRequest,
  Seen,
  Validation,
} from '../coordination/transactions/source.ts'
import type { BytesReader, BytesWriter } from '../core/bytes.ts'
import { malformed } from '../core/bytes.ts'
import type { CodecName } from '../core/codec.ts'
import type { Lifetime } from '../core/operation.ts'

/*
 * What a client's transaction asks of a node, and what it is answered. Names of tables are texts, keys and values
 * windows, indexes of the log float64.
 */

const wholeTable = 0xffff
const lifetimes = { forever: 0, default: -1, keep: -2 } as const
/** Lists in one call are not longer, whoever sends them. */
const maxItems = 65_536

export interface ReadRequest {
  readonly table: string
  readonly atLeast: number
  readonly keys: readonly Buffer[]
}

export function writeReadRequest(body: BytesWriter, { table, atLeast, keys }: ReadRequest): void {
  body.text(table)
  body.f64(atLeast)
  body.u32(keys.length)
  for (const key of keys) writeBytes(body, key)
}

export function readReadRequest(body: BytesReader): ReadRequest {
  const table = body.text()
  const atLeast = body.count()
  return { table, atLeast, keys: list(body, item => item.ownBytes()) }
}

export function writeReadAnswer(reply: BytesWriter, { asOf, rows }: ReadAnswer): void {
  reply.f64(asOf)
  reply.u32(rows.length)
  for (const { version, value } of rows) {
    reply.f64(version)
    reply.u8(value === undefined ? 0 : codes[value.codec])
    if (value !== undefined) writeBytes(reply, value.bytes)
  }
}

export function readReadAnswer(reply: BytesReader): ReadAnswer {
  const asOf = reply.count()
  const rows = list(reply, reply => {
    const version = reply.count()
    const codec = codecOf(reply.u8())
    return { version, value: codec && { bytes: reply.ownBytes(), codec } }
  })
  return { asOf, rows }
}

export interface PageRequest extends ScanRequest {
  readonly table: string
  readonly atLeast: number
}

export function writePageRequest(body: BytesWriter, { table, atLeast, cursor, prefix }: PageRequest): void {
  body.text(table)
  body.f64(atLeast)
  body.f64(cursor)
  writeBytes(body, prefix)
}

export function readPageRequest(body: BytesReader): PageRequest {
  const table = body.text()
  const atLeast = body.count()
  return { table, atLeast, cursor: body.count(), prefix: body.ownBytes() }
}

export function writePageAnswer(reply: BytesWriter, { asOf, changedAt, rows, next }: PageAnswer): void {
  reply.f64(asOf)
  reply.f64(changedAt)
  reply.f64(next)
  reply.u32(rows.length)
  for (const { key, version, ends, value } of rows) {
    writeBytes(reply, key)
    reply.f64(version)
    reply.u8(ends ? 1 : 0)
    reply.u8(codes[value.codec])
    writeBytes(reply, value.bytes)
  }
}

export function readPageAnswer(reply: BytesReader): PageAnswer {
  const asOf = reply.count()
  const changedAt = reply.count()
  const next = reply.count()
  const rows = list(reply, reply => {
    const key = reply.ownBytes()
    const version = reply.count()
    const ends = reply.u8() === 1
    const codec = codecOf(reply.u8()) ?? 'msgpack'
    return { key, version, ends, value: { codec, bytes: reply.ownBytes() } }
  })
  return { asOf, changedAt, rows, next }
}

export function writeSeen(body: BytesWriter, { reads, ranges }: Seen): void {
  body.u32(reads.length)
  for (const { table, key, version } of reads) {
    body.text(table)
    writeBytes(body, key)
    body.f64(version)
  }
  body.u32(ranges.length)
  for (const { table, partition, asOf } of ranges) {
    body.text(table)
    body.u16(partition ?? wholeTable)
    body.f64(asOf)
  }
}

export function readSeen(body: BytesReader): Seen {
  const reads = list(body, body => ({ table: body.text(), key: body.ownBytes(), version: body.count() }))
  const ranges = list(body, body => {
    const table = body.text()
    const partition = body.u16()
    if (partition > 255 && partition !== wholeTable) throw malformed('an unknown partition')
    return { table, partition: partition === wholeTable ? undefined : partition, asOf: body.count() }
  })
  return { reads, ranges }
}

export function writeValidation(reply: BytesWriter, { asOf, changed }: Validation): void {
  reply.f64(asOf)
  writeChanged(reply, changed)
}

export function readValidation(reply: BytesReader): Validation {
  return { asOf: reply.count(), changed: readChanged(reply) }
}

/** What was in the way: of a commit, too. */
export function writeChanged(reply: BytesWriter, changed: Changed | undefined): void {
  reply.u8(changed === undefined ? 0 : changed.key === undefined ? 1 : 2)
  if (changed === undefined) return
  reply.text(changed.table)
  if (changed.key !== undefined) writeBytes(reply, changed.key)
}

export function readChanged(reply: BytesReader): Changed | undefined {
  const what = reply.u8()
  if (what === 0) return undefined
  return { table: reply.text(), key: what === 2 ? reply.ownBytes() : undefined }
}

/** What a client has committed. */
export interface CommitRequest {
  readonly plan: Plan
  /** It has waited for its turn already, through whichever node: it does not queue behind others. */
  readonly inTurn: boolean
}

export function writeCommit(body: BytesWriter, { plan, inTurn }: CommitRequest): void {
  writePlan(body, plan)
  body.u8(inTurn ? 1 : 0)
}

export function readCommit(body: BytesReader): CommitRequest {
  return { plan: readPlan(body), inTurn: body.u8() === 1 }
}

// Values travel as MessagePack whatever the table's codec is, which only the node is sure to know.
function writePlan(body: BytesWriter, plan: Plan): void {
  writeSeen(body, plan)
  body.u32(plan.guards.length)
  for (const { lock, token } of plan.guards) {
    body.text(lock)
    body.f64(token.generation)
    body.f64(token.index)
  }
  body.u32(plan.operations.length)
  for (const { kind, table, key, value, lifetime } of plan.operations) {
    body.u8(kind === 'set' ? 1 : 0)
    body.text(table)
    writeBytes(body, key)
    body.f64(typeof lifetime === 'number' ? lifetime : lifetimes[lifetime])
    if (kind === 'set') writeBytes(body, value?.bytes ?? noBytes)
  }
}

function readPlan(body: BytesReader): Plan {
  const seen = readSeen(body)
  const guards = list(body, body => ({
    lock: body.text(),
    token: { generation: body.count(), index: body.count() },
  }))
  const operations = list(body, (body): PlannedOperation => {
    const isSet = body.u8() === 1
    const table = body.text()
    const key = body.ownBytes()
    const lifetime = toLifetime(body.f64())
    if (!isSet) return { kind: 'delete', table, key, value: undefined, lifetime }
    return { kind: 'set', table, key, value: { bytes: body.ownBytes(), codec: 'msgpack' }, lifetime }
  })
  return { ...seen, guards, operations }
}

const noBytes = Buffer.alloc(0)
const codes: Readonly<Record<CodecName, number>> = { msgpack: 1, bytes: 2 }

function codecOf(code: number): CodecName | undefined {
  if (code === 0) return undefined
  return code === codes.bytes ? 'bytes' : 'msgpack'
}

function toLifetime(value: number): Lifetime {
  if (value === lifetimes.forever) return 'forever'
  if (value === lifetimes.default) return 'default'
  if (value === lifetimes.keep) return 'keep'
  if (Number.isSafeInteger(value) && value > 0) return value
  throw malformed('a lifetime out of range')
}

function writeBytes(body: BytesWriter, bytes: Buffer): void {
  body.window(bytes, 0, bytes.length)
}

// Each item takes a byte at least, so that a huge count keeps nobody busy beyond the bytes that came.
function list<T>(body: BytesReader, read: (body: BytesReader) => T): T[] {
  const count = body.u32()
  if (count > maxItems || count > body.left) throw malformed('more items than there may be')
  return Array.from({ length: count }, () => read(body))
}

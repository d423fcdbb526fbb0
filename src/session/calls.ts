import { type BytesReader, type BytesWriter, malformed } from '../core/bytes.ts'
import {
  type Operation,
  readOperation,
  readSets,
  writeOperation,
  writeOperations,
} from '../core/operation.ts'
import type { Ack } from '../core/schema.ts'

/** What a client asks in a session; numbers are part of the protocol. */
export const sessionCalls = {
  open: 1,
  get: 2,
  entry: 3,
  getMany: 4,
  set: 5,
  delete: 6,
  operate: 7,
  clear: 8,
  page: 9,
  watch: 10,
  topology: 11,
  txRead: 12,
  txPage: 13,
  txValidate: 14,
  txBarrier: 15,
  txCommit: 16,
  acquireLock: 17,
  releaseLock: 18,
  locks: 19,
  setAll: 20,
} as const

/** Kinds of pushes of a watch, and of changes of the topology. */
export const sessionPushes = {
  set: 0,
  delete: 1,
  expire: 2,
  clear: 3,
  resync: 4,
  ended: 5,
  evict: 6,
} as const

/** An acknowledgement level in one byte; undefined for what the table says. */
const acks: readonly (Ack | undefined)[] = [undefined, 'local', 'one', 'majority', 'all']

export function writeAckOption(body: BytesWriter, ack: Ack | undefined): void {
  body.u8(acks.indexOf(ack))
}

export function readAckOption(body: BytesReader): Ack | undefined {
  const code = body.u8()
  if (code >= acks.length) throw malformed('an unknown acknowledgement level')
  return acks[code]
}

/** A set on the hot path: which table, how long to wait, which lifetime (0: as the table says), key, value. */
export function writeSet(
  body: BytesWriter,
  set: { handle: number; timeoutMs: number; ack: Ack | undefined; ttlMs: number },
  key: { bytes: Buffer; length: number },
  value: { bytes: Buffer; length: number },
): void {
  body.u16(set.handle)
  body.u32(set.timeoutMs)
  writeAckOption(body, set.ack)
  body.f64(set.ttlMs)
  body.window(key.bytes, 0, key.length)
  body.window(value.bytes, 0, value.length)
}

export interface OperateRequest {
  readonly handle: number
  readonly timeoutMs: number
  /** The operation's own level counts unless this says `asTable`. */
  readonly asTable: boolean
  readonly operation: Operation
}

export function writeOperate(body: BytesWriter, request: OperateRequest): void {
  body.u16(request.handle)
  body.u32(request.timeoutMs)
  body.u8(request.asTable ? 1 : 0)
  writeOperation(body, request.operation)
}

export function readOperate(body: BytesReader): OperateRequest {
  const handle = body.u16()
  const timeoutMs = body.u32()
  const asTable = body.u8() === 1
  return { handle, timeoutMs, asTable, operation: readOperation(body) }
}

/** Sets that are one: what `OperateRequest` says of one, for all of them. */
export interface SetAllRequest extends Omit<OperateRequest, 'operation'> {
  readonly operations: readonly Operation[]
}

export function writeSetAll(body: BytesWriter, request: SetAllRequest): void {
  body.u16(request.handle)
  body.u32(request.timeoutMs)
  body.u8(request.asTable ? 1 : 0)
  writeOperations(body, request.operations)
}

export function readSetAll(body: BytesReader): SetAllRequest {
  const handle = body.u16()
  const timeoutMs = body.u32()
  const asTable = body.u8() === 1
  return { handle, timeoutMs, asTable, operations: readSets(body) }
}

/** Who is there to ask, for a client that chooses among nodes. */
export interface Topology {
  readonly nodes: readonly { readonly name: string; readonly address: string }[]
  /** Names of the nodes with an active copy, by table. */
  readonly holders: Readonly<Record<string, readonly string[]>>
}

/** The topology in a plain record that arrived; what is not as it must be is left out. */
export function toTopology(fields: Readonly<Record<string, unknown>>): Topology {
  const nodes = (Array.isArray(fields.nodes) ? fields.nodes : []).filter(isNode)
  const named =
    typeof fields.holders === 'object' && fields.holders !== null ? Object.entries(fields.holders) : []
  const holders = Object.fromEntries(
    named.map(([table, names]) => [table, Array.isArray(names) ? names.map(String) : []]),
  )
  return { nodes, holders }
}

function isNode(value: unknown): value is Topology['nodes'][number] {
  if (typeof value !== 'object' || value === null) return false
  return (
    'name' in value &&
    typeof value.name === 'string' &&
    'address' in value &&
    typeof value.address === 'string'
  )
}

/** How a read of a majority table is to be made: nothing at the end of the call for as the table has it. */
export function writeConsistency(body: BytesWriter, consistency: 'linearizable' | 'local' | undefined): void {
  if (consistency !== undefined) body.u8(consistency === 'local' ? 1 : 2)
}

export function readConsistency(body: BytesReader): 'linearizable' | 'local' | undefined {
  if (body.left === 0) return undefined
  return body.u8() === 1 ? 'local' : 'linearizable'
}

/** The time that a call may take, in ms; 0 on the wire is for ever. */
export function writeTimeout(body: BytesWriter, ms: number): void {
  body.u32(ms === Number.POSITIVE_INFINITY ? 0 : Math.max(1, Math.ceil(ms)))
}

export function readTimeout(body: BytesReader): number {
  const ms = body.u32()
  return ms === 0 ? Number.POSITIVE_INFINITY : ms
}

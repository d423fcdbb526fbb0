import { isUtf8 } from 'node:buffer'
import { decode } from '@msgpack/msgpack'
import { type CodecName, checkEncoded, decodeValue, hardMaxValueBytes, ValueWriter } from '../core/codec.ts'
import { MnemeshError } from '../core/errors.ts'
import type { Key } from '../core/key.ts'
import {
  type Ack,
  evictions,
  minorityRules,
  type TableDefinition,
  type TableOptions,
} from '../core/schema.ts'
import type { ClusterStatus, GroupStatus, NodeStatus, TableInfo } from '../core/status.ts'
import { tableTypes } from '../core/table-types.ts'
import type { Consistency, Entry } from '../face/types.ts'
import { fromCopy, toCopy, word } from './copy-convert.ts'
import type { Ack__Output as AckMessage } from './generated/mnemesh/v1/Ack.ts'
import type {
  ClusterStatus as StatusMessage,
  ClusterStatus__Output as StatusOutput,
} from './generated/mnemesh/v1/ClusterStatus.ts'
import type { Consistency__Output as ConsistencyMessage } from './generated/mnemesh/v1/Consistency.ts'
import type { Entry as EntryMessage } from './generated/mnemesh/v1/Entry.ts'
import type { Key as KeyMessage, Key__Output as KeyOutput } from './generated/mnemesh/v1/Key.ts'
import type { TableDescription, TableDescription__Output } from './generated/mnemesh/v1/TableDescription.ts'
import type {
  TableOptions as OptionsMessage,
  TableOptions__Output as OptionsOutput,
} from './generated/mnemesh/v1/TableOptions.ts'
import type { Value as ValueMessage, Value__Output as ValueOutput } from './generated/mnemesh/v1/Value.ts'
import type { ValueFormat__Output as ValueFormat } from './generated/mnemesh/v1/ValueFormat.ts'

/** Between the messages of proto/ and our own types: the one place where foreign shapes are taken apart. */

const values = new ValueWriter()
const maxTupleDepth = 8

export function toKey(message: KeyOutput | null, depth = 0): Key {
  if (message?.kind === 'text') return message.text ?? ''
  if (message?.kind === 'number') return message.number ?? 0
  if (message?.kind === 'flag') return message.flag ?? false
  if (message?.kind === 'raw') return new Uint8Array(message.raw ?? [])
  if (message?.kind === 'tuple' && depth < maxTupleDepth) {
    return (message.tuple?.elements ?? []).map(element => toKey(element, depth + 1))
  }
  throw new MnemeshError(
    'ERR_INVALID_ARGUMENT',
    'a key is one of text, number, flag, raw or a tuple at most 8 deep of those',
  )
}

export function fromKey(key: Key): KeyMessage {
  if (typeof key === 'string') return { text: key }
  if (typeof key === 'number') return { number: key }
  if (typeof key === 'boolean') return { flag: key }
  if (key instanceof Uint8Array) return { raw: Buffer.from(key) }
  return { tuple: { elements: key.map(fromKey) } }
}

/** The value as our own code has it. Throws ERR_CODEC and ERR_BAD_TYPE. */
export function toValue(message: ValueOutput | null, codec: CodecName): unknown {
  if (message === null || message.kind === undefined) {
    throw new MnemeshError('ERR_INVALID_ARGUMENT', 'a value is one of msgpack, json or raw')
  }
  const raw = message.kind === 'raw'
  if (raw !== (codec === 'bytes')) {
    const wanted = codec === 'bytes' ? 'raw' : 'msgpack or json'
    throw new MnemeshError('ERR_BAD_TYPE', `this table takes values as ${wanted}, got ${message.kind}`)
  }
  if (raw) return message.raw
  if (message.kind === 'json') return parseJson(message.json ?? Buffer.alloc(0))
  const bytes = message.msgpack ?? Buffer.alloc(0)
  checkEncoded(bytes, 0, bytes.length)
  return decodeValue(bytes, 0, bytes.length, 'msgpack')
}

export function fromValue(value: unknown, codec: CodecName, format: ValueFormat): ValueMessage {
  if (codec === 'bytes') return { raw: value as Buffer }
  if (format === 'VALUE_FORMAT_JSON') return { json: Buffer.from(toJson(value)) }
  values.write(value, 'msgpack', hardMaxValueBytes)
  return { msgpack: Buffer.from(values.bytes.subarray(0, values.length)) }
}

export function fromEntry(entry: Entry, codec: CodecName, format: ValueFormat): EntryMessage {
  const { key, value, version, expiresAt = 0, createdAt, node, bytes } = entry
  return {
    key: fromKey(key),
    value: fromValue(value, codec, format),
    version,
    expiresAtMs: expiresAt,
    createdAtMs: createdAt,
    node,
    bytes,
  }
}

const ackNames = { ACK_LOCAL: 'local', ACK_ONE: 'one', ACK_MAJORITY: 'majority', ACK_ALL: 'all' } as const

export function toAck(message: AckMessage): Ack | undefined {
  return message === 'ACK_UNSPECIFIED' ? undefined : ackNames[message]
}

export function fromAck(ack: Ack | undefined): AckMessage {
  const found = Object.entries(ackNames).find(([, name]) => name === ack)
  return (found?.[0] ?? 'ACK_UNSPECIFIED') as AckMessage
}

/** Nothing where nothing is said: then it is as the table has it. Throws ERR_INVALID_ARGUMENT. */
export function toConsistency(message: ConsistencyMessage): { readonly consistency?: Consistency } {
  if (message === 'CONSISTENCY_UNSPECIFIED') return {}
  if (message === 'CONSISTENCY_LINEARIZABLE') return { consistency: 'linearizable' }
  if (message === 'CONSISTENCY_LOCAL') return { consistency: 'local' }
  throw new MnemeshError('ERR_INVALID_ARGUMENT', `this version knows no consistency ${message}`)
}

/** Options as a user would write them, those of later versions included, so that they are refused by name. */
export function toOptions(message: OptionsOutput | null): TableOptions {
  if (message === null) return {}
  const { l1 } = message
  const options: Record<string, unknown> = {
    type: message.type,
    copies: message.copyCount ?? (message.copies.length > 0 ? message.copies : undefined),
    codec: message.codec,
    ttl: message.ttlMs,
    maxEntries: message.maxEntries,
    maxBytes: message.maxBytes,
    ack: toAck(message.ack),
    l1:
      l1 === null
        ? undefined
        : l1.off
          ? false
          : present({ maxEntries: l1.maxEntries, maxBytes: l1.maxBytes, ttl: l1.ttlMs }),
    majority: message.majority,
    durability: message.durability,
    eviction: message.eviction,
    idle: message.idleMs,
    onMinority: message.onMinority,
    onMerge: message.onMerge,
    indexes: message.indexes.length > 0 ? message.indexes : undefined,
    attributes: message.attributes.length > 0 ? message.attributes : undefined,
  }
  return present(options) as TableOptions
}

export function fromOptions(definition: TableDefinition): OptionsMessage {
  const { type, copies, majority, codec, maxEntries, maxBytes, eviction, ack, l1 } = definition
  const { ttlMs, idle, onMinority, onMerge } = definition
  return {
    type,
    copies: copies === 'all' ? [] : [...copies],
    codec,
    ack: fromAck(ack),
    l1: l1 === false ? { off: true } : present({ ...l1, ttlMs: l1.ttlMs }),
    ...present({ [idle ? 'idleMs' : 'ttlMs']: ttlMs, maxEntries, maxBytes }),
    ...(majority ? { majority } : { onMinority, onMerge }),
    ...(eviction === 'none' ? {} : { eviction }),
  }
}

export function fromTableInfo(info: TableInfo): TableDescription {
  const { name, id, definition, entries, bytes, memoryBytes, tombstones, evicted, copies } = info
  return {
    name,
    id,
    options: fromOptions(definition),
    entries,
    bytes,
    memoryBytes,
    tombstones,
    evicted,
    copies: copies.map(fromCopy),
  }
}

export function fromStatusInfo(status: ClusterStatus): StatusMessage {
  return {
    cluster: status.cluster,
    self: status.self,
    healthy: status.healthy,
    nodes: status.nodes.map(node => ({
      ...node,
      state: `NODE_STATE_${node.state.toUpperCase()}` as 'NODE_STATE_UP',
      localTables: [...node.localTables],
      lag: [...node.lag],
      view: [...node.view],
      events: { ...node.events },
    })),
    tables: status.tables.map(fromTableInfo),
    differingViews: [...status.differingViews],
    group: fromGroup(status.group),
  }
}

export function fromGroup(group: GroupStatus) {
  return { ...present(group), voters: [...group.voters], learners: [...group.learners] }
}

export function toStatusInfo(message: StatusOutput): ClusterStatus {
  return {
    cluster: message.cluster,
    self: message.self,
    healthy: message.healthy,
    nodes: message.nodes.map(node => ({
      ...node,
      state: word(node.state, 'NODE_STATE_') as NodeStatus['state'],
    })),
    tables: message.tables.map(toTableInfo),
    differingViews: message.differingViews,
    group: toGroup(message.group),
  }
}

export function toGroup(message: StatusOutput['group']): GroupStatus {
  const { id = '', generation = 0, provisional = false, term = 0, leader } = message ?? {}
  const { voters = [], learners = [], applied = 0, schema = 0, hasQuorum = false } = message ?? {}
  return { id, generation, provisional, term, leader, voters, learners, applied, schema, hasQuorum }
}

export function toTableInfo(message: TableDescription__Output): TableInfo {
  const { name, id, entries, bytes, memoryBytes, tombstones, evicted } = message
  return {
    name,
    id,
    definition: toDefinition(message.options),
    entries,
    bytes,
    memoryBytes,
    tombstones,
    evicted,
    copies: message.copies.map(toCopy),
  }
}

function toDefinition(message: OptionsOutput | null): TableDefinition {
  const l1 = message?.l1
  return {
    type: tableTypes.find(type => type === message?.type) ?? 'set',
    copies: message === null || message.copies.length === 0 ? 'all' : message.copies,
    majority: message?.majority === true,
    codec: message?.codec === 'bytes' ? 'bytes' : 'msgpack',
    ttlMs: message?.idleMs ?? message?.ttlMs,
    idle: message?.idleMs !== undefined,
    maxEntries: message?.maxEntries,
    maxBytes: message?.maxBytes,
    eviction: evictions.find(eviction => eviction === message?.eviction) ?? 'none',
    l1:
      !l1 || l1.off ? false : { maxEntries: l1.maxEntries ?? 0, maxBytes: l1.maxBytes ?? 0, ttlMs: l1.ttlMs },
    ack: toAck(message?.ack ?? 'ACK_UNSPECIFIED') ?? 'one',
    onMinority: minorityRules.find(rule => rule === message?.onMinority) ?? 'serve',
    onMerge: message?.onMerge ?? 'newest',
  }
}

function present<T extends object>(fields: T): { [P in keyof T]?: Exclude<T[P], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [P in keyof T]?: Exclude<T[P], undefined>
  }
}

function parseJson(bytes: Buffer): unknown {
  // What is no UTF-8 would be read as U+FFFD, and another value stored than was sent.
  if (!isUtf8(bytes)) throw new MnemeshError('ERR_CODEC', 'the value is no JSON: not UTF-8')
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch (cause) {
    throw new MnemeshError('ERR_CODEC', `the value is no JSON: ${(cause as Error).message}`, { cause })
  }
}

// Bytes inside a value have no form in JSON; base64 is what protobuf's own JSON uses.
function toJson(value: unknown): string {
  return JSON.stringify(value, (_, field: unknown) => {
    if (field instanceof Uint8Array) return Buffer.from(field).toString('base64')
    if (
      typeof field === 'object' &&
      field !== null &&
      'type' in field &&
      field.type === 'Buffer' &&
      'data' in field
    ) {
      return Buffer.from(field.data as number[]).toString('base64')
    }
    return field
  })
}

/** A value from MessagePack bytes, for tools that show what a server answered. */
export function decodeMessagePack(bytes: Uint8Array): unknown {
  return decode(bytes)
}

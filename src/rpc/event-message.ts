import { type ClusterEvent, type EventLevel, eventKinds } from '../core/events.ts'
import type { Struct, Struct__Output } from './generated/google/protobuf/Struct.ts'
import type { Value, Value__Output } from './generated/google/protobuf/Value.ts'
import type {
  ClusterEvent__Output,
  ClusterEvent as EventMessage,
} from './generated/mnemesh/v1/ClusterEvent.ts'

export function fromEvent({ type, level, at, node, sequence, ...fields }: ClusterEvent): EventMessage {
  return { type, level, atMs: at, node, sequence, fields: fromPlain(fields) }
}

/** Undefined for one that this version does not know. */
export function toEvent(message: ClusterEvent__Output): ClusterEvent | undefined {
  const { type, level, atMs, node, sequence, fields } = message
  if (!Object.hasOwn(eventKinds, type)) return undefined
  const head = { type, level: level as EventLevel, at: atMs, node, sequence }
  // Its fields are what its type says on the node that told it.
  return { ...(fields === null ? {} : toPlain(fields)), ...head } as unknown as ClusterEvent
}

// Plain fields as google.protobuf.Struct; those that are undefined are left out.
function fromPlain(fields: Readonly<Record<string, unknown>>): Struct {
  const present = Object.entries(fields).filter(([, value]) => value !== undefined)
  return { fields: Object.fromEntries(present.map(([name, value]) => [name, fromValue(value)])) }
}

function toPlain({ fields }: Struct__Output): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, toValue(value)]))
}

function fromValue(value: unknown): Value {
  if (typeof value === 'string') return { stringValue: value }
  if (typeof value === 'number') return { numberValue: value }
  if (typeof value === 'boolean') return { boolValue: value }
  if (value instanceof Uint8Array) return { stringValue: Buffer.from(value).toString('base64') }
  if (Array.isArray(value)) return { listValue: { values: value.map(fromValue) } }
  if (typeof value === 'object' && value !== null) return { structValue: fromPlain({ ...value }) }
  return { nullValue: 'NULL_VALUE' }
}

function toValue(value: Value__Output): unknown {
  switch (value.kind) {
    case 'stringValue':
      return value.stringValue
    case 'numberValue':
      return value.numberValue
    case 'boolValue':
      return value.boolValue
    case 'listValue':
      return value.listValue?.values.map(toValue)
    case 'structValue':
      return value.structValue ? toPlain(value.structValue) : undefined
    default:
      return undefined
  }
}

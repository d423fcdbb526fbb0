import { isNodeName } from '../core/schema.ts'
import {
  type Bearer,
  type Fields,
  type GossipRecord,
  isFields,
  isGossipHost,
  readBearer,
  readRecord,
} from './records.ts'

/** First byte of a message. Up to 14 they are the library's (its message-type.js), from 200 ours. */
export const messageType = {
  compound: 0,
  ping: 10,
  pingReq: 11,
  sync: 12,
  ack: 13,
  update: 14,
  who: 200,
  is: 201,
} as const

/** Asks whoever is at that address who bears the name. */
export interface Who {
  readonly type: 'who'
  readonly name: string
  readonly at: string
}

/** The answer: all bearers that the sender knows of, itself among them; none is an answer too. `at` as in the question. */
export interface Is {
  readonly type: 'is'
  readonly name: string
  readonly at: string
  readonly bearers: readonly Bearer[]
}

export type Message =
  | { readonly type: 'ping' | 'ack'; readonly seq: number }
  | { readonly type: 'pingReq'; readonly seq: number; readonly destination: string }
  | { readonly type: 'sync' | 'update'; readonly record: GossipRecord }
  | Who
  | Is

/** At most so many bearers of a name are told: they fit a datagram however long their addresses are. */
export const maxBearers = 3

export function writeMessage(type: number, body: object): Buffer {
  return Buffer.concat([Buffer.from([type]), Buffer.from(JSON.stringify(body))])
}

/**
 * The messages of a datagram; undefined in place of each that is not exactly what the library may see. It checks
 * nothing itself: a null body, a missing host or a compound in a compound end the process (net.js:82-230), and so
 * does metadata too deep to be cloned on its every read (member.js:11).
 */
export function readMessages(payload: Buffer, latestIncarnation: number): (Message | undefined)[] {
  if (payload[0] !== messageType.compound) return [readMessage(payload, latestIncarnation)]
  return splitCompound(payload)?.map(part => readMessage(part, latestIncarnation)) ?? [undefined]
}

// net.js:82 reads lengths past the end and follows compounds within compounds as deep as they go.
function splitCompound(payload: Buffer): Buffer[] | undefined {
  if (payload.length < 3) return undefined
  const parts: Buffer[] = []
  let at = 3
  for (let left = payload.readUInt16LE(1); left > 0; left--) {
    if (at + 2 > payload.length) return undefined
    const end = at + 2 + payload.readUInt16LE(at)
    if (end > payload.length) return undefined
    parts.push(payload.subarray(at + 2, end))
    at = end
  }
  return at === payload.length ? parts : undefined
}

function readMessage(part: Buffer, latestIncarnation: number): Message | undefined {
  const body = parseFields(part.subarray(1))
  if (body === undefined) return undefined
  switch (part[0]) {
    case messageType.ping:
      return isSeq(body.seq) ? { type: 'ping', seq: body.seq } : undefined
    case messageType.ack:
      return isSeq(body.seq) ? { type: 'ack', seq: body.seq } : undefined
    case messageType.pingReq: {
      const { seq, destination } = body
      return isSeq(seq) && isGossipHost(destination) ? { type: 'pingReq', seq, destination } : undefined
    }
    case messageType.sync:
    case messageType.update: {
      const record = readRecord(body, latestIncarnation)
      return record && { type: part[0] === messageType.sync ? 'sync' : 'update', record }
    }
    case messageType.who:
      return readWho(body)
    case messageType.is:
      return readIs(body)
    default:
      return undefined
  }
}

function readWho({ name, at }: Fields): Who | undefined {
  return isNodeName(name) && isGossipHost(at) ? { type: 'who', name, at } : undefined
}

function readIs({ name, at, bearers }: Fields): Is | undefined {
  if (!isNodeName(name) || !isGossipHost(at) || !Array.isArray(bearers) || bearers.length > maxBearers)
    return undefined
  const read = bearers.map(readBearer).filter(bearer => bearer !== undefined)
  return read.length === bearers.length ? { type: 'is', name, at, bearers: read } : undefined
}

function parseFields(bytes: Buffer): Fields | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString())
    return isFields(value) ? value : undefined
  } catch {
    return undefined // No JSON: JSON.parse has no other failure.
  }
}

function isSeq(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

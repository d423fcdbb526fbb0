import { BytesReader, type BytesWriter, malformed } from './bytes.ts'
import type { Epoch } from './epoch.ts'

/**
 * The one binary frame, of streams between nodes and of clients' sessions. All numbers are little-endian.
 *
 *     0   kind (8 bits), version of the protocol (8), 0 (16)
 *     4   sequence number of the frame on its stream (32), from 1
 *     8   g: the sender's hybrid clock (float64); in `ops` frames also its promise that everything it issued up to
 *         g has been sent on this stream since its start
 *     16  stamp from which on the sender knows that it writes apart from the majority of its group (float64); 0: it does not
 *     24  epoch of the schema: generation (32), group (32), index (float64); all 0 in clients' sessions
 *     40  body
 */
export const protocolVersion = 1
export const frameHeadBytes = 40

/** Frames fill to this; a single larger operation travels alone. */
export const frameTargetBytes = 1024 * 1024
/** No frame is longer: the limit of every channel, sending and receiving. */
export const frameLimitBytes = 4 * 1024 * 1024

export const frameKinds = {
  hello: 1,
  answer: 2,
  proof: 3,
  welcome: 4,
  refuse: 5,
  start: 6,
  ops: 7,
  ack: 8,
  nak: 9,
  items: 10,
  bye: 11,
  group: 12,
  epochRequest: 13,
  epochRecords: 14,
  levels: 15,
  /** Asks for the time, or tells it. */
  clock: 16,
} as const
export type FrameKind = (typeof frameKinds)[keyof typeof frameKinds]

const lastKind = 16

export interface FrameHead {
  readonly kind: number
  readonly version: number
  readonly sequence: number
  readonly g: number
  readonly epoch: Epoch
  /** Stamp from which on the sender writes apart from the majority of its group; 0 while it does not. */
  readonly apartSince: number
}

/** Begins a frame in the empty writer; `sealFrame` completes it. */
export function openFrame(writer: BytesWriter, kind: FrameKind): void {
  writer.reset()
  const at = writer.reserve(frameHeadBytes)
  writer.bytes.fill(0, at, at + frameHeadBytes)
  writer.bytes[0] = kind
  writer.bytes[1] = protocolVersion
}

/** The frame's bytes, its own, with the sequence number and the stamp that hold when it is sent. */
export function sealFrame(writer: BytesWriter, sequence: number, g: number): Buffer {
  writer.putU32(4, sequence)
  writer.bytes.writeDoubleLE(g, 8)
  return writer.copy()
}

/** Completes the head with the schema under which the frame is sent, and whether apart from the majority. */
export function stampEpoch(frame: Buffer, { generation, group, index }: Epoch, apartSince = 0): void {
  frame.writeDoubleLE(apartSince, 16)
  frame.writeUInt32LE(generation, 24)
  frame.writeUInt32LE(group, 28)
  frame.writeDoubleLE(index, 32)
}

/** Changes the stream-dependent part of a frame that goes to several peers. */
export function stampFrame(frame: Buffer, sequence: number, g: number): void {
  frame.writeUInt32LE(sequence, 4)
  frame.writeDoubleLE(g, 8)
}

/** Checks the head and leaves the reader at the body. Throws ERR_FRAME_INVALID. */
export function readHead(frame: Buffer): FrameHead {
  if (frame.length < frameHeadBytes) throw malformed(`${frame.length} bytes are no head`)
  if (frame.length > frameLimitBytes) throw malformed(`${frame.length} bytes are above the limit`)
  const reader = new BytesReader(frame)
  const kind = reader.u8()
  const version = reader.u8()
  reader.skip(2)
  if (kind === 0 || kind > lastKind) throw malformed(`unknown kind ${kind}`)
  const sequence = reader.u32()
  const g = reader.count()
  const apartSince = reader.count()
  const generation = reader.u32()
  const group = reader.u32()
  return { kind, version, sequence, g, epoch: { group, generation, index: reader.count() }, apartSince }
}

/** Reader of a frame's body. */
export function bodyOf(frame: Buffer): BytesReader {
  return new BytesReader(frame, frameHeadBytes)
}

/** What an `items` frame is made of: calls one way, replies and pushes the other, in one order. */
export const itemKinds = { call: 1, reply: 2, failure: 3, push: 4, cancel: 5 } as const

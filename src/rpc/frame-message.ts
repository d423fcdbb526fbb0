import { MnemeshError } from '../core/errors.ts'
import { frameLimitBytes } from '../core/frame.ts'

/**
 * Messages of the streams of frames, `message { bytes frame = 1; }`, written and read by hand: the generic codec costs
 * several times what everything else about a frame does.
 */
const tag = 0x0a

export function serializeFrame(frame: Buffer): Buffer {
  const size = frame.length
  let lengthBytes = 1
  for (let left = size >>> 7; left > 0; left >>>= 7) lengthBytes++
  const out = Buffer.allocUnsafeSlow(1 + lengthBytes + size)
  out[0] = tag
  let left = size
  for (let i = 1; i <= lengthBytes; i++) {
    out[i] = i < lengthBytes ? (left & 0x7f) | 0x80 : left
    left >>>= 7
  }
  frame.copy(out, 1 + lengthBytes)
  return out
}

/** The frame as a window on the message; empty for a message without one. Throws ERR_FRAME_INVALID. */
export function deserializeFrame(message: Buffer): Buffer {
  return fieldsOf(message).at(-1) ?? empty
}

/** The byte fields with number 1, as windows on the message; other fields are passed over. Throws ERR_FRAME_INVALID. */
export function fieldsOf(message: Buffer): Buffer[] {
  let at = 0
  const out: Buffer[] = []
  while (at < message.length) {
    const key = readVarint(message, at)
    const wire = key.value & 7
    at = key.next
    if (wire === 0) at = skipVarint(message, at)
    else if (wire === 1) at += 8
    else if (wire === 5) at += 4
    else if (wire === 2) {
      const size = readVarint(message, at)
      at = size.next + size.value
      if (at > message.length) throw invalid()
      if (key.value >>> 3 === 1) out.push(message.subarray(size.next, at))
    } else throw invalid()
    if (at > message.length) throw invalid()
  }
  return out
}

const empty = Buffer.alloc(0)

function readVarint(bytes: Buffer, start: number): { value: number; next: number } {
  let value = 0
  for (let i = 0; i < 5; i++) {
    const byte = bytes[start + i]
    if (byte === undefined) throw invalid()
    value += (byte & 0x7f) * 2 ** (7 * i)
    if (byte < 0x80) return { value, next: start + i + 1 }
  }
  throw invalid()
}

// Numbers of later versions may have all 64 bits, which takes ten bytes; lengths and field numbers never do.
function skipVarint(bytes: Buffer, start: number): number {
  for (let i = 0; i < 10; i++) if (bytes[start + i] < 0x80) return start + i + 1
  throw invalid()
}

function invalid(): MnemeshError {
  return new MnemeshError('ERR_FRAME_INVALID', `not a protobuf message of at most ${frameLimitBytes} bytes`)
}

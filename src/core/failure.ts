import { decode, encode } from '@msgpack/msgpack'
import type { BytesReader, BytesWriter } from './bytes.ts'
import { malformed } from './bytes.ts'
import { errorCode, MnemeshError, withoutStack } from './errors.ts'

/** Plain data in a frame, for what is rare: handshakes, errors, status. */
export function writePlain(writer: BytesWriter, value: unknown): void {
  writer.raw(encode(value, { ignoreUndefined: true }))
}

/** The rest of the reader as plain data; the caller checks every field that it uses. Throws ERR_FRAME_INVALID. */
export function readPlain(reader: BytesReader): Readonly<Record<string, unknown>> {
  const at = reader.skip(reader.left)
  try {
    const value = decode(reader.bytes.subarray(at, reader.end))
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>
  } catch {}
  throw malformed('a body that is no record')
}

export function writeError(writer: BytesWriter, error: MnemeshError): void {
  const { code, message, maybeApplied, details } = error
  writePlain(writer, { code, message, maybeApplied, details })
}

/** The error as the other side had it. */
export function readError(reader: BytesReader): MnemeshError {
  const { code, message, maybeApplied, details } = readPlain(reader)
  const known = errorCode(String(code))
  const options = {
    maybeApplied: maybeApplied === true,
    details:
      typeof details === 'object' && details !== null ? (details as Record<string, unknown>) : undefined,
  }
  const make = () => new MnemeshError(known, String(message), options)
  return known === 'ERR_OVERLOADED' ? withoutStack(make) : make()
}

import type { BytesReader } from '../core/bytes.ts'
import { type CodecName, checkEncoded } from '../core/codec.ts'
import { MnemeshError } from '../core/errors.ts'
import { isCanonicalKey, maxKeyBytes } from '../core/key.ts'
import type { Operation } from '../core/operation.ts'
import type { OpenTable } from '../replication/open-tables.ts'

/** A window on the body. */
export function readWindow(body: BytesReader): Buffer {
  const length = body.windowLength()
  const at = body.skip(length)
  return body.bytes.subarray(at, at + length)
}

// Clients are not trusted to encode keys and values rightly: what cannot be read back must not get in.
export function readKey(body: BytesReader): Buffer {
  const key = readWindow(body)
  if (key.length > maxKeyBytes + 1 || !isCanonicalKey(key, 0, key.length)) throw badKey()
  return key
}

/** An encoded value that every reader of the table can decode. */
export function readValue(body: BytesReader, codec: CodecName, limit: number): Buffer {
  const value = readWindow(body)
  checkValue(value, 0, value.length, codec, limit)
  return value
}

/** Throws ERR_VALUE_TOO_LARGE and ERR_CODEC. */
export function checkValue(bytes: Buffer, start: number, end: number, codec: CodecName, limit: number): void {
  if (end - start > limit) {
    throw new MnemeshError(
      'ERR_VALUE_TOO_LARGE',
      `the value takes ${end - start} bytes, the limit is ${limit}; split it`,
    )
  }
  if (codec === 'msgpack') checkEncoded(bytes, start, end)
}

/** The operation, with the table's acknowledgement where it asks for that. Throws as `readKey` and `checkValue` do. */
export function checkOperation(operation: Operation, table: OpenTable, asTable: boolean): Operation {
  const { codec, ack } = table.entry.definition
  const { key, value } = operation
  if (!isCanonicalKey(key, 0, key.length)) throw badKey()
  if (operation.kind === 'set') checkValue(value, 0, value.length, codec, table.maxValueBytes)
  return asTable ? { ...operation, ack } : operation
}

/** Throws ERR_INVALID_ARGUMENT. */
export function checkTtl(ttlMs: number): number {
  if (Number.isSafeInteger(ttlMs) && ttlMs > 0) return ttlMs
  throw new MnemeshError('ERR_INVALID_ARGUMENT', `ttl must be a positive whole number of ms, got ${ttlMs}`)
}

/** The error of a key that nobody could have encoded so. */
export function badKey(): MnemeshError {
  return new MnemeshError(
    'ERR_INVALID_ARGUMENT',
    'bytes that are no canonical key; encode keys as this package does',
  )
}

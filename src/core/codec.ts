import { isUtf8 } from 'node:buffer'
import { Decoder, Encoder } from '@msgpack/msgpack'
import { copyOf } from './bytes.ts'
import { MnemeshError } from './errors.ts'

/** How a table keeps its values: MessagePack of plain data, or raw bytes untouched. */
export type CodecName = 'msgpack' | 'bytes'

/** Longest encoded value in bytes unless a node is told otherwise; never above `hardMaxValueBytes`. */
export const maxValueBytes = 1024 * 1024
export const hardMaxValueBytes = 3 * 1024 * 1024

const maxValueDepth = 64
// Depth is checked before, with an error that names the place.
const encoder = new Encoder({ initialBufferSize: 4096, maxDepth: maxValueDepth + 2, ignoreUndefined: false })
const decoder = new Decoder({ mapKeyConverter: stringKey })

/** Encodes values into one buffer that every `write` reuses: copy what must be kept. */
export class ValueWriter {
  /** Holds the last value written in its first `length` bytes. */
  bytes: Buffer = Buffer.alloc(4096)
  length = 0

  /**
   * Plain MessagePack (or the bytes as they are). Throws ERR_CODEC for what another language could not read back:
   * undefined, functions, symbols, bigints and class instances; ERR_BAD_TYPE for other than bytes in a bytes table;
   * ERR_VALUE_TOO_LARGE above `limit` bytes.
   */
  write(value: unknown, codec: CodecName, limit: number = maxValueBytes): number {
    this.length = 0
    if (codec === 'bytes') this.#raw(value)
    else if (typeof value === 'string') this.#string(value)
    else if (value instanceof Uint8Array) this.#binary(value)
    else this.#encoded(value)
    if (this.length > limit) throw tooLarge(this.length, limit)
    return this.length
  }

  #raw(value: unknown): void {
    if (!(value instanceof Uint8Array)) {
      throw new MnemeshError(
        'ERR_BAD_TYPE',
        `a table with codec 'bytes' stores a Uint8Array, got ${typeof value}`,
      )
    }
    this.#copy(value, 0)
  }

  // Strings and bytes at the top are the common values of a cache; the library takes five times as long for them.
  #string(text: string): void {
    if (!text.isWellFormed()) throw notPlain(text, 0, [])
    this.#grow(text.length * 3 + 5)
    let size = text.length < 32 ? this.bytes.write(text, 1) : this.bytes.write(text, 3)
    if (text.length < 32 && size > 31) {
      this.bytes.copyWithin(3, 1, 1 + size)
    } else if (text.length < 32) {
      this.bytes[0] = 0xa0 | size
      this.length = 1 + size
      return
    }
    if (size > 0xffff) {
      this.bytes.copyWithin(5, 3, 3 + size)
      this.bytes[0] = 0xdb
      this.bytes.writeUInt32BE(size, 1)
      size += 2
    } else {
      this.bytes[0] = 0xda
      this.bytes.writeUInt16BE(size, 1)
    }
    this.length = 3 + size
  }

  #binary(value: Uint8Array): void {
    this.#copy(value, 5)
    this.bytes[0] = 0xc6
    this.bytes.writeUInt32BE(value.length, 1)
  }

  #encoded(value: unknown): void {
    assertPlain(value, 0, [])
    this.#copy(encoder.encodeSharedRef(value), 0)
  }

  #copy(value: Uint8Array, at: number): void {
    this.#grow(at + value.length)
    this.bytes.set(value, at)
    this.length = at + value.length
  }

  #grow(size: number): void {
    if (size <= this.bytes.length) return
    // An absurd size must not be allocated just to be refused afterwards.
    if (size > hardMaxValueBytes * 3 + 8) throw tooLarge(size, hardMaxValueBytes)
    this.bytes = Buffer.alloc(Math.max(size, this.bytes.length * 2))
  }
}

/** The value that the bytes from `start` to `end` encode, sharing no memory with them. Throws ERR_CODEC. */
export function decodeValue(bytes: Buffer, start: number, end: number, codec: CodecName): unknown {
  if (codec === 'bytes') return copyOf(bytes, start, end)
  const first = bytes[start]
  if ((first & 0xe0) === 0xa0) return bytes.toString('utf8', start + 1, end)
  if (first >= 0xd9 && first <= 0xdb) return bytes.toString('utf8', start + 1 + (1 << (first - 0xd9)), end)
  if (first === 0xc6 && start + 5 <= end) return copyOf(bytes, start + 5, end)
  try {
    return decoder.decode(bytes.subarray(start, end))
  } catch (cause) {
    throw new MnemeshError('ERR_CODEC', 'stored bytes that are not MessagePack', { cause })
  }
}

/**
 * Throws ERR_CODEC unless the bytes are one whole MessagePack value that every reader of the table can decode:
 * for values that come encoded from clients. No extension types, map keys are strings, valid UTF-8, depth at most 64.
 */
export function checkEncoded(bytes: Buffer, start: number, end: number): void {
  if (skip(bytes, start, end, 0) !== end) throw malformed('bytes after the value')
}

function stringKey(key: unknown): string {
  if (typeof key === 'string') return key
  throw new MnemeshError('ERR_CODEC', 'a map whose keys are not strings')
}

function assertPlain(value: unknown, depth: number, path: (string | number)[]): void {
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return
  if (typeof value === 'string' && value.isWellFormed()) return
  if (typeof value !== 'object' || depth >= maxValueDepth) throw notPlain(value, depth, path)
  if (value instanceof Uint8Array) return
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) assertField(value[i], depth, path, i)
    return
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) throw notPlain(value, depth, path)
  for (const [name, field] of Object.entries(value)) {
    if (name === '__proto__')
      throw new MnemeshError('ERR_CODEC', 'a field of a value cannot be named __proto__')
    if (!name.isWellFormed()) throw notPlain(name, depth, path)
    assertField(field, depth, path, name)
  }
}

const maxShownSteps = 6

function assertField(field: unknown, depth: number, path: (string | number)[], step: string | number): void {
  if (field === null || typeof field === 'number') return
  path.push(step)
  assertPlain(field, depth + 1, path)
  path.pop()
}

function notPlain(value: unknown, depth: number, path: readonly (string | number)[]): MnemeshError {
  const steps = path.length > maxShownSteps ? [...path.slice(0, maxShownSteps), '…'] : path
  const where = path.length === 0 ? 'the value' : `the value at ${steps.join('.')}`
  const what =
    depth >= maxValueDepth && typeof value === 'object'
      ? `nested deeper than ${maxValueDepth}, or contains itself`
      : nameOf(value)
  return new MnemeshError(
    'ERR_CODEC',
    `${where} is ${what}; a value is plain data: null, booleans, numbers, strings, Uint8Array, arrays, plain objects`,
  )
}

function nameOf(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (typeof value === 'string') return 'a string with a lone surrogate'
  if (typeof value !== 'object') return `a ${typeof value}`
  return `an instance of ${value.constructor?.name ?? 'an unknown class'}`
}

function tooLarge(size: number, limit: number): MnemeshError {
  return new MnemeshError(
    'ERR_VALUE_TOO_LARGE',
    `the value takes ${size} bytes, the limit is ${limit}; split it`,
  )
}

function malformed(what: string): MnemeshError {
  return new MnemeshError('ERR_CODEC', `not a MessagePack value: ${what}`)
}

// Sizes of the fixed forms 0xca to 0xd3 behind their first byte: floats, unsigned, signed.
const fixedSizes = [4, 8, 1, 2, 4, 8, 1, 2, 4, 8]

// Walks over one value without building it and returns where it ends (MessagePack specification, formats).
function skip(bytes: Buffer, at: number, end: number, depth: number): number {
  if (at >= end) throw malformed('it ends too early')
  if (depth > maxValueDepth) throw malformed(`it is nested deeper than ${maxValueDepth}`)
  const first = bytes[at]
  if (first < 0x80 || first >= 0xe0 || first === 0xc0 || first === 0xc2 || first === 0xc3) return at + 1
  if (first < 0x90) return skipItems(bytes, at + 1, end, first & 0x0f, true, depth)
  if (first < 0xa0) return skipItems(bytes, at + 1, end, first & 0x0f, false, depth)
  if (first < 0xc0) return skipText(bytes, at + 1, end, first & 0x1f)
  if (first >= 0xca && first <= 0xd3) return within(at + 1 + fixedSizes[first - 0xca], end)
  if (first >= 0xc4 && first <= 0xc6) {
    const width = 1 << (first - 0xc4)
    return within(at + 1 + width + length(bytes, at + 1, width, end), end)
  }
  if (first >= 0xd9 && first <= 0xdb) {
    const width = 1 << (first - 0xd9)
    return skipText(bytes, at + 1 + width, end, length(bytes, at + 1, width, end))
  }
  if (first >= 0xdc && first <= 0xdf) {
    const width = (first & 1) === 0 ? 2 : 4
    return skipItems(bytes, at + 1 + width, end, length(bytes, at + 1, width, end), first >= 0xde, depth)
  }
  throw malformed('an extension or unused type')
}

function skipItems(
  bytes: Buffer,
  start: number,
  end: number,
  count: number,
  map: boolean,
  depth: number,
): number {
  let at = start
  // Every item takes a byte at least, so a huge count cannot keep this loop busy beyond the bytes that came.
  for (let i = 0; i < count; i++) {
    if (map) at = skipMapKey(bytes, at, end)
    at = skip(bytes, at, end, depth + 1)
  }
  return at
}

function skipMapKey(bytes: Buffer, at: number, end: number): number {
  const first = at < end ? bytes[at] : 0
  const wide = first >= 0xd9 && first <= 0xdb
  if ((first & 0xe0) !== 0xa0 && !wide) throw malformed('a map key that is no string')
  const after = skip(bytes, at, end, 0)
  const text = bytes.toString('latin1', at + 1 + (wide ? 1 << (first - 0xd9) : 0), Math.min(after, at + 15))
  if (text === '__proto__') throw malformed('a map key __proto__')
  return after
}

function skipText(bytes: Buffer, start: number, end: number, size: number): number {
  const after = within(start + size, end)
  for (let i = start; i < after; i++) {
    if (bytes[i] > 0x7f) {
      if (!isUtf8(bytes.subarray(i, after))) throw malformed('a string that is not UTF-8')
      break
    }
  }
  return after
}

function length(bytes: Buffer, at: number, width: number, end: number): number {
  within(at + width, end)
  return bytes.readUIntBE(at, width)
}

function within(at: number, end: number): number {
  if (at > end) throw malformed('it ends too early')
  return at
}

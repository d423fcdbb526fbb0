import { isUtf8 } from 'node:buffer'
import { copyOf } from './bytes.ts'
import { show } from './duration.ts'
import { MnemeshError } from './errors.ts'

/**
 * A key of a table. All keys stand in one total order: numbers < booleans (false first) < strings by their UTF-8
 * bytes < bytes < tuples, element by element, a prefix first. -0 is 0. Refused with ERR_INVALID_ARGUMENT: NaN,
 * strings with lone surrogates, the empty tuple, tuples deeper than 8. Refused with ERR_KEY_TOO_LARGE: above 1 KiB.
 */
export type Key = string | number | boolean | Uint8Array | readonly Key[]

/** Longest encoded key in bytes, its leading type byte not counted. */
export const maxKeyBytes = 1024
const maxDepth = 8

// Type bytes leave gaps for types to come. 0x00 ends a nested string, byte string or tuple, and is written as
// 0x00 0xff inside one, so that plain byte comparison gives the order above (FoundationDB, tuple layer specification).
const numberTag = 0x10
const falseTag = 0x20
const trueTag = 0x21
const stringTag = 0x30
const bytesTag = 0x40
const tupleTag = 0x50

const float = new Float64Array(1)
const floatBits = new Uint32Array(float.buffer)

/** Encodes keys into one buffer that every `write` reuses: copy what must be kept. */
export class KeyWriter {
  /** Holds the last key written in its first `length` bytes. */
  readonly bytes: Buffer = Buffer.alloc(maxKeyBytes + 16)
  length = 0

  /** The key's one canonical encoding, whose byte order is the keys' order. Returns its length. */
  write(key: Key): number {
    this.length = 0
    if (typeof key === 'string') this.#topString(key)
    else this.#element(key, 0)
    if (this.length > maxKeyBytes + 1) throw tooLarge()
    return this.length
  }

  // At the top nothing follows, so a string needs neither escapes nor an end; ASCII needs no native call.
  #topString(text: string): void {
    const { bytes } = this
    const size = text.length
    if (size > maxKeyBytes) throw tooLarge()
    bytes[0] = stringTag
    for (let i = 0; i < size; i++) {
      const unit = text.charCodeAt(i)
      if (unit > 0x7f) {
        this.length = 1 + this.#utf8(text, 1)
        return
      }
      bytes[i + 1] = unit
    }
    this.length = size + 1
  }

  #utf8(text: string, at: number): number {
    if (!text.isWellFormed()) throw invalid('a string with a lone surrogate')
    const size = Buffer.byteLength(text)
    if (at + size > maxKeyBytes + 1) throw tooLarge()
    return this.bytes.write(text, at)
  }

  #element(key: Key, depth: number): void {
    if (typeof key === 'number') this.#number(key)
    else if (typeof key === 'boolean') this.#byte(key ? trueTag : falseTag)
    else if (typeof key === 'string') this.#nested(stringTag, this.#encoded(key))
    else if (key instanceof Uint8Array) {
      if (depth === 0) this.#topBytes(key)
      else this.#nested(bytesTag, key)
    } else if (Array.isArray(key)) this.#tuple(key, depth + 1)
    else throw invalid(key === undefined || key === null ? String(key) : `a value of type ${typeof key}`)
  }

  #tuple(elements: readonly Key[], depth: number): void {
    if (elements.length === 0) throw invalid('an empty tuple')
    if (depth > maxDepth) throw invalid(`a tuple nested deeper than ${maxDepth}`)
    this.#byte(tupleTag)
    for (const element of elements) this.#element(element, depth)
    if (depth > 1) this.#byte(0)
  }

  #number(value: number): void {
    if (Number.isNaN(value)) throw invalid('NaN')
    float[0] = value === 0 ? 0 : value
    const sign = floatBits[1] >>> 31
    // Big-endian; negative numbers with every bit turned, so that larger magnitudes sort first.
    const high = sign === 1 ? ~floatBits[1] : floatBits[1] ^ 0x80000000
    const low = sign === 1 ? ~floatBits[0] : floatBits[0]
    this.#byte(numberTag)
    this.#room(8)
    this.bytes.writeUInt32BE(high >>> 0, this.length)
    this.bytes.writeUInt32BE(low >>> 0, this.length + 4)
    this.length += 8
  }

  #encoded(text: string): Uint8Array {
    if (text.length > maxKeyBytes) throw tooLarge()
    if (!text.isWellFormed()) throw invalid('a string with a lone surrogate')
    return Buffer.from(text)
  }

  #topBytes(value: Uint8Array): void {
    this.#byte(bytesTag)
    this.#room(value.length)
    this.bytes.set(value, this.length)
    this.length += value.length
  }

  #nested(tag: number, value: Uint8Array): void {
    this.#byte(tag)
    for (const byte of value) {
      this.#byte(byte)
      if (byte === 0) this.#byte(0xff)
    }
    this.#byte(0)
  }

  #byte(value: number): void {
    this.#room(1)
    this.bytes[this.length++] = value
  }

  #room(size: number): void {
    if (this.length + size > maxKeyBytes + 1) throw tooLarge()
  }
}

const shared = new KeyWriter()

/** The key's encoding in bytes of its own. */
export function encodeKey(key: Key): Buffer {
  const length = shared.write(key)
  return copyOf(shared.bytes, 0, length)
}

/** Negative, zero or positive as `a` stands before, at or after `b` in the order of keys. */
export function compareKeys(a: Key, b: Key): number {
  return Buffer.compare(encodeKey(a), encodeKey(b))
}

/** True for bytes that `encodeKey` could have made: what must hold before foreign bytes become a key. */
export function isCanonicalKey(bytes: Buffer, start: number, end: number): boolean {
  try {
    const key = decodeKey(bytes, start, end)
    const length = shared.write(key)
    return bytes.compare(shared.bytes, 0, length, start, end) === 0
  } catch {
    return false
  }
}

/** The key that the bytes from `start` to `end` encode. Throws ERR_FRAME_INVALID for bytes that encode none. */
export function decodeKey(bytes: Buffer, start: number, end: number): Key {
  const tag = start < end ? bytes[start] : -1
  if (tag === stringTag) return utf8(bytes, start + 1, end)
  if (tag === bytesTag) return new Uint8Array(bytes.subarray(start + 1, end))
  const reader: Reader = { bytes, at: start, end }
  const key = element(reader, 0)
  if (reader.at !== end) throw malformed()
  return key
}

interface Reader {
  readonly bytes: Buffer
  at: number
  readonly end: number
}

function element(reader: Reader, depth: number): Key {
  const tag = next(reader)
  if (tag === numberTag) return decodeNumber(reader)
  if (tag === falseTag) return false
  if (tag === trueTag) return true
  if (tag === stringTag) {
    const bytes = unescaped(reader)
    return utf8(bytes, 0, bytes.length)
  }
  if (tag === bytesTag) return new Uint8Array(unescaped(reader))
  if (tag !== tupleTag || depth >= maxDepth) throw malformed()
  const elements: Key[] = []
  while (reader.at < reader.end && reader.bytes[reader.at] !== 0) elements.push(element(reader, depth + 1))
  if (depth > 0 && next(reader) !== 0) throw malformed()
  if (elements.length === 0) throw malformed()
  return elements
}

function decodeNumber(reader: Reader): number {
  if (reader.at + 8 > reader.end) throw malformed()
  const high = reader.bytes.readUInt32BE(reader.at)
  const low = reader.bytes.readUInt32BE(reader.at + 4)
  reader.at += 8
  floatBits[1] = high >= 0x80000000 ? high ^ 0x80000000 : ~high
  floatBits[0] = high >= 0x80000000 ? low : ~low
  return float[0]
}

function unescaped(reader: Reader): Buffer {
  const out: number[] = []
  for (;;) {
    const byte = next(reader)
    if (byte === 0) {
      if (reader.bytes[reader.at] !== 0xff || reader.at >= reader.end) return Buffer.from(out)
      reader.at++
    }
    out.push(byte)
  }
}

function next(reader: Reader): number {
  if (reader.at >= reader.end) throw malformed()
  return reader.bytes[reader.at++]
}

function utf8(bytes: Buffer, start: number, end: number): string {
  for (let i = start; i < end; i++) {
    if (bytes[i] > 0x7f) {
      if (!isUtf8(bytes.subarray(start, end))) throw malformed()
      return bytes.toString('utf8', start, end)
    }
  }
  return bytes.toString('latin1', start, end)
}

/**
 * A primitive that stands for the key in a JavaScript Map: primitives stand for themselves; bytes and tuples by
 * their encoding behind a lone surrogate, which no valid string key contains, so that none can be mistaken.
 */
export function mapKey(key: Key): string | number | boolean {
  if (typeof key !== 'object') return key
  const length = shared.write(key)
  return `\ud800${shared.bytes.toString('latin1', 0, length)}`
}

/** The same primitive, from the key's encoding. */
export function mapKeyOf(bytes: Buffer, start: number, end: number): string | number | boolean {
  const tag = bytes[start]
  if (tag === bytesTag || tag === tupleTag) return `\ud800${bytes.toString('latin1', start, end)}`
  return decodeKey(bytes, start, end) as string | number | boolean
}

/** A key as it may stand in an error message or a log of an operator. */
export function showKey(key: Key): string {
  if (Array.isArray(key)) return `[${key.map(showKey).join(', ')}]`
  if (key instanceof Uint8Array) return `bytes(${key.length})`
  return show(key)
}

function invalid(what: string): MnemeshError {
  return new MnemeshError(
    'ERR_INVALID_ARGUMENT',
    `a key is a string, number, boolean, Uint8Array or a tuple of those, got ${what}`,
  )
}

function tooLarge(): MnemeshError {
  return new MnemeshError(
    'ERR_KEY_TOO_LARGE',
    `a key takes at most ${maxKeyBytes} bytes once encoded; hash what is longer`,
  )
}

function malformed(): MnemeshError {
  return new MnemeshError('ERR_FRAME_INVALID', 'bytes that encode no key')
}

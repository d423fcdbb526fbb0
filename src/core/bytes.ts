import { MnemeshError } from './errors.ts'

/** Appends numbers (little-endian) and bytes to one growing buffer, used again after `reset`. */
export class BytesWriter {
  /** What was written lies in its first `length` bytes. */
  bytes: Buffer
  length = 0

  constructor(capacity = 1024) {
    this.bytes = Buffer.allocUnsafeSlow(capacity)
  }

  reset(): void {
    this.length = 0
  }

  /** Makes room for `size` more bytes and returns where they go. */
  reserve(size: number): number {
    const at = this.length
    this.length += size
    if (this.length > this.bytes.length) this.#grow()
    return at
  }

  u8(value: number): void {
    // Room first: it may replace the buffer.
    const at = this.reserve(1)
    this.bytes[at] = value
  }

  u16(value: number): void {
    const at = this.reserve(2)
    const { bytes } = this
    bytes[at] = value
    bytes[at + 1] = value >>> 8
  }

  u32(value: number): void {
    const at = this.reserve(4)
    this.putU32(at, value)
  }

  putU32(at: number, value: number): void {
    const { bytes } = this
    bytes[at] = value
    bytes[at + 1] = value >>> 8
    bytes[at + 2] = value >>> 16
    bytes[at + 3] = value >>> 24
  }

  f64(value: number): void {
    const at = this.reserve(8)
    this.bytes.writeDoubleLE(value, at)
  }

  raw(bytes: Uint8Array): void {
    const at = this.reserve(bytes.length)
    this.bytes.set(bytes, at)
  }

  /** The bytes from `start` on, `length` of them, behind their length (32 bits). */
  window(bytes: Buffer, start: number, length: number): void {
    this.u32(length)
    const at = this.reserve(length)
    bytes.copy(this.bytes, at, start, start + length)
  }

  /** Text behind its length in bytes (16 bits). */
  text(value: string): void {
    const size = Buffer.byteLength(value)
    if (size > 0xffff) throw new RangeError('a text in a frame takes at most 65,535 bytes')
    this.u16(size)
    const at = this.reserve(size)
    this.bytes.write(value, at)
  }

  /** What was written, in bytes of its own. */
  copy(): Buffer {
    return copyOf(this.bytes, 0, this.length)
  }

  #grow(): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(this.length, this.bytes.length * 2))
    this.bytes.copy(larger)
    this.bytes = larger
  }
}

/** Reads what a `BytesWriter` wrote. Throws ERR_FRAME_INVALID at the first byte that is not there. */
export class BytesReader {
  readonly bytes: Buffer
  at: number
  readonly end: number

  constructor(bytes: Buffer, start = 0, end = bytes.length) {
    this.bytes = bytes
    this.at = start
    this.end = end
  }

  get left(): number {
    return this.end - this.at
  }

  u8(): number {
    return this.bytes[this.skip(1)]
  }

  u16(): number {
    const at = this.skip(2)
    return this.bytes[at] | (this.bytes[at + 1] << 8)
  }

  u32(): number {
    const at = this.skip(4)
    const { bytes } = this
    return (bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)) >>> 0
  }

  f64(): number {
    return this.bytes.readDoubleLE(this.skip(8))
  }

  /** A whole number that is exact in JavaScript: stamps, sequence numbers. */
  count(): number {
    const value = this.f64()
    if (!Number.isSafeInteger(value) || value < 0) throw malformed('a number out of range')
    return value
  }

  text(): string {
    const size = this.u16()
    const at = this.skip(size)
    return this.bytes.toString('utf8', at, at + size)
  }

  /** Length of the bytes behind it, which then begin at `at`; the caller moves on with `skip`. */
  windowLength(): number {
    const length = this.u32()
    if (length > this.left) throw malformed('bytes beyond the end')
    return length
  }

  /** Bytes that were written as a window, in a buffer of their own. */
  ownBytes(): Buffer {
    const length = this.windowLength()
    const at = this.skip(length)
    return copyOf(this.bytes, at, at + length)
  }

  /** Moves on by `size` bytes and returns where they begin. */
  skip(size: number): number {
    const at = this.at
    if (size > this.end - at) throw malformed('it ends too early')
    this.at = at + size
    return at
  }
}

/** Reads texts of which the same one comes again and again: then it is the same string, too. */
export class RepeatedText {
  #text = ''
  #bytes: Uint8Array = new Uint8Array()

  read(reader: BytesReader): string {
    const size = reader.u16()
    const at = reader.skip(size)
    if (!this.#isAt(reader.bytes, at, size)) {
      this.#bytes = Uint8Array.from(reader.bytes.subarray(at, at + size))
      this.#text = reader.bytes.toString('utf8', at, at + size)
    }
    return this.#text
  }

  #isAt(bytes: Buffer, at: number, size: number): boolean {
    const known = this.#bytes
    if (known.length !== size) return false
    for (let i = 0; i < size; i++) if (bytes[at + i] !== known[i]) return false
    return true
  }
}

/** The bytes from `start` to `end` in a buffer of their own. */
export function copyOf(bytes: Buffer, start = 0, end = bytes.length): Buffer {
  const out = Buffer.allocUnsafe(end - start)
  // Buffer's own copy makes a window first; few bytes are moved sooner than that.
  if (end - start > fewBytes) bytes.copy(out, 0, start, end)
  else for (let i = start; i < end; i++) out[i - start] = bytes[i]
  return out
}

/** True when both have the same bytes. */
export function sameBytes(a: Buffer, b: Buffer): boolean {
  const { length } = a
  if (b.length !== length) return false
  if (length > fewBytes) return a.equals(b)
  // Keys of one table mostly differ at their ends.
  for (let i = length - 1; i >= 0; i--) if (a[i] !== b[i]) return false
  return true
}

const fewBytes = 64

export function malformed(what: string): MnemeshError {
  return new MnemeshError('ERR_FRAME_INVALID', `not a valid frame: ${what}`)
}

import { BytesReader, type BytesWriter } from './bytes.ts'
import type { Row } from './entry.ts'
import { maxKeyBytes } from './key.ts'

/**
 * Rows of a counter table. Each writer has a row of its own under every key that it counted at, and nobody else writes
 * it: so two of them never meet in one row, and none is lost to another. A row holds parts:
 *
 *     key: the key as users know it, the writer's identity, when its copy began (float64), length of the identity (8)
 *     value: reset (float64), count (16), then for each part its origin (text), birth, up and down (float64 each)
 *
 * A part is named by the process that counts in it and by when that began, and only ever grows. It may stand in several
 * rows, once somebody took it over from a writer that is gone: the highest of each part counts, once. What was born
 * before the last reset of its key counts for nothing.
 */
export interface CounterPart {
  readonly origin: string
  readonly birth: number
  up: number
  down: number
}

const fixedSuffixBytes = 9
const longestWriter = 100
/** Longest encoded key of a counter: behind it stands who counts. */
export const maxCounterKeyBytes = maxKeyBytes - longestWriter - fixedSuffixBytes

/** Who writes a row: a process, and when the copy began in which it counts. */
export interface CounterWriter {
  readonly origin: string
  readonly since: number
}

/** Puts what makes the key of that writer's row behind a key of that length, and gives the length of both. */
export function writeCounterKey(into: Buffer, length: number, { origin, since }: CounterWriter): number {
  const size = into.write(origin, length, 'latin1')
  into.writeDoubleLE(since, length + size)
  into[length + size + 8] = size
  return length + size + fixedSuffixBytes
}

/** Length of the key that users know, of a row's key. */
export function counterKeyLength(bytes: Uint8Array, start: number, length: number): number {
  if (length < fixedSuffixBytes) return length
  return Math.max(0, length - fixedSuffixBytes - bytes[start + length - 1])
}

export function counterWriterOf({ keyBytes, keyStart, keyLength }: Row): CounterWriter {
  const at = keyStart + counterKeyLength(keyBytes, keyStart, keyLength)
  const end = keyStart + keyLength - fixedSuffixBytes
  return { origin: keyBytes.toString('latin1', at, end), since: keyBytes.readDoubleLE(end) }
}

/** What rows of one key come to: of every part the highest that any of them has. */
export class CounterTally {
  /** What was born up to this stamp counts no more. */
  reset: number
  readonly #parts = new Map<number, CounterPart[]>()

  constructor(reset = 0) {
    this.reset = reset
  }

  /** Takes in the row's value. Throws ERR_FRAME_INVALID. */
  addRow({ valueBytes, valueStart, valueLength }: Row): this {
    const reader = new BytesReader(valueBytes, valueStart, valueStart + valueLength)
    this.reset = Math.max(this.reset, reader.count())
    for (let left = reader.u16(); left > 0; left--) {
      const size = reader.u16()
      const at = reader.skip(size)
      const origin = valueBytes.toString('latin1', at, at + size)
      this.raise({ origin, birth: reader.count(), up: reader.count(), down: reader.count() })
    }
    return this
  }

  /** Keeps the higher of that part and the one that is here. True if it was higher, or new. */
  raise(part: CounterPart): boolean {
    const known = this.find(part)
    if (known === undefined) {
      const sameBirth = this.#parts.get(part.birth)
      if (sameBirth === undefined) this.#parts.set(part.birth, [part])
      else sameBirth.push(part)
      return true
    }
    const isHigher = part.up > known.up || part.down > known.down
    known.up = Math.max(known.up, part.up)
    known.down = Math.max(known.down, part.down)
    return isHigher
  }

  find({ origin, birth }: Pick<CounterPart, 'origin' | 'birth'>): CounterPart | undefined {
    return this.#parts.get(birth)?.find(part => part.origin === origin)
  }

  /** The parts that count. */
  parts(): CounterPart[] {
    const out: CounterPart[] = []
    for (const [birth, same] of this.#parts) if (birth > this.reset) out.push(...same)
    return out
  }

  /** True where nobody has ever counted, as far as is known. */
  get isEmpty(): boolean {
    return this.#parts.size === 0
  }

  /** Undefined where nothing counts. */
  get value(): number | undefined {
    let sum: number | undefined
    for (const [birth, same] of this.#parts)
      if (birth > this.reset) for (const { up, down } of same) sum = (sum ?? 0) + up - down
    return sum
  }

  /** True when that part is here, and as high. */
  has(part: CounterPart): boolean {
    const known = this.find(part)
    return known !== undefined && known.up >= part.up && known.down >= part.down
  }

  /** Writes what counts as a row's value. */
  writeTo(writer: BytesWriter): void {
    const parts = this.parts()
    writer.f64(this.reset)
    writer.u16(parts.length)
    for (const { origin, birth, up, down } of parts) {
      writer.text(origin)
      writer.f64(birth)
      writer.f64(up)
      writer.f64(down)
    }
  }
}

import { malformed } from './bytes.ts'

/** Plain data that came from elsewhere, asked for field by field; each throws ERR_FRAME_INVALID for another type. */
export class PlainFields {
  readonly #fields: Readonly<Record<string, unknown>>

  constructor(value: unknown) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed('no record')
    this.#fields = value as Readonly<Record<string, unknown>>
  }

  /** Text of at most so many characters. */
  text(name: string, longest = 1024): string {
    const value = this.#fields[name]
    if (typeof value !== 'string' || value.length > longest) throw wrong(name)
    return value
  }

  /** Text of one character at least. */
  name(name: string, longest?: number): string {
    const value = this.text(name, longest)
    if (value === '') throw wrong(name)
    return value
  }

  /** A whole number of at least so much. */
  count(name: string, least = 0): number {
    const value = this.#fields[name]
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least) throw wrong(name)
    return value
  }

  number(name: string): number {
    const value = this.#fields[name]
    if (typeof value !== 'number') throw wrong(name)
    return value
  }

  flag(name: string): boolean {
    const value = this.#fields[name]
    if (typeof value !== 'boolean') throw wrong(name)
    return value
  }

  oneOf<T extends string>(name: string, known: readonly T[]): T {
    const value = known.find(one => one === this.#fields[name])
    if (value === undefined) throw wrong(name)
    return value
  }

  /** A window on the bytes that were read. */
  bytes(name: string, least = 0, most = Number.MAX_SAFE_INTEGER): Buffer {
    const value = this.#fields[name]
    if (!(value instanceof Uint8Array) || value.length < least || value.length > most) throw wrong(name)
    return Buffer.from(value.buffer, value.byteOffset, value.length)
  }

  list<T>(name: string, read: (item: unknown) => T): T[] {
    const value = this.#fields[name]
    if (!Array.isArray(value)) throw wrong(name)
    return value.map(read)
  }

  record(name: string): PlainFields {
    return new PlainFields(this.#fields[name])
  }

  /** What `read` makes of the field; undefined where there is none. */
  optional<T>(name: string, read: (fields: this) => T): T | undefined {
    return this.#fields[name] === undefined || this.#fields[name] === null ? undefined : read(this)
  }

  /** The field as it came. */
  raw(name: string): unknown {
    return this.#fields[name]
  }
}

/** A pair, as the entries of a map are. */
export function pairOf(value: unknown): readonly [unknown, unknown] {
  if (!Array.isArray(value) || value.length !== 2) throw malformed('no pair')
  return [value[0], value[1]]
}

function wrong(name: string): Error {
  return malformed(`a field ${name} that is not what it should be`)
}

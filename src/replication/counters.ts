import { BytesWriter } from '../core/bytes.ts'
import { ValueWriter } from '../core/codec.ts'
import {
  type CounterPart,
  CounterTally,
  type CounterWriter,
  counterKeyLength,
  maxCounterKeyBytes,
  writeCounterKey,
} from '../core/counter.ts'
import { Row } from '../core/entry.ts'
import { MnemeshError } from '../core/errors.ts'
import { decodeKey, maxKeyBytes, showKey } from '../core/key.ts'
import { type Operation, ownRow } from '../core/operation.ts'
import type { HybridClock, Origins } from '../core/version.ts'
import type { HeldCopy } from '../storage/copies.ts'
import type { TableCopy } from '../storage/table.ts'
import { tallyOf } from './counter-view.ts'
import type { Made } from './operator.ts'
import type { Writer } from './writer.ts'

export interface CountersParts {
  readonly hybrid: HybridClock
  readonly origins: Origins
  readonly writer: Writer
  /** Index of this process in the origins. */
  readonly self: number
}

const keyBytes = Buffer.alloc(maxKeyBytes + 16)

/** A key of a copy. */
export interface Place {
  readonly held: HeldCopy
  readonly hash: number
  readonly key: Buffer
}

/**
 * Counts on this node's copies (5.10). Every copy that this process holds, one after another, is a writer of its own: what
 * it writes only ever grows, so that rows need no order but their writer's, and a copy that was set aside and comes back
 * is counted once.
 */
export class Counters {
  readonly #parts: CountersParts
  readonly #writers = new WeakMap<TableCopy, CounterWriter>()
  readonly #row = new Row()
  readonly #found = new Row()
  readonly #value = new BytesWriter(256)
  readonly #sums = new ValueWriter()

  constructor(parts: CountersParts) {
    this.#parts = parts
  }

  /** Who this process is in the rows of that copy. */
  writerOf(copy: TableCopy): CounterWriter {
    const known = this.#writers.get(copy)
    if (known !== undefined) return known
    const { origins, hybrid, self } = this.#parts
    const writer = { origin: origins.nameOf(self), since: hybrid.issue() }
    this.#writers.set(copy, writer)
    return writer
  }

  /**
   * Adds, or deletes: then the key counts from nothing again, and what others add before they know is lost. Throws
   * ERR_BAD_TYPE for any other operation, and ERR_KEY_TOO_LARGE, ERR_LIMIT_EXCEEDED and what a write throws.
   */
  make(held: HeldCopy, operation: Operation, deadline: number): Made {
    const { key, kind, condition, lifetime } = operation
    const { copy } = held
    if ((kind !== 'increment' && kind !== 'delete') || condition !== 'none')
      throw noPlainWrite(copy.name, condition === 'none' ? kind : `${kind} with a condition`)
    if (kind === 'increment' && lifetime !== 'keep') throw noPlainWrite(copy.name, 'a ttl')
    if (key.length > maxCounterKeyBytes) throw keyTooLarge(key.length)
    const place = { held, hash: copy.hashOf(key, 0, key.length), key }
    return kind === 'increment'
      ? this.#add(place, operation, deadline)
      : this.#reset(place, operation, deadline)
  }

  /**
   * Takes over what counts in the row and is not here, as far as this can be told, into what this process writes: nobody
   * writes another one's row. A key of which nothing is here was deleted, if the row is none above the floor.
   */
  adopt(held: HeldCopy, from: Row, floor: number): 'reissued' | 'dropped' | 'orphan' {
    const place = this.placeOf(held, from)
    const all = tallyOf(held.copy, place.hash, place.key, place.key.length)
    const own = this.own(place)?.tally ?? new CounterTally()
    const theirs = new CounterTally().addRow(from)
    own.reset = Math.max(theirs.reset, all.reset)
    const missing = theirs.parts().filter(part => part.birth > own.reset && !all.has(part))
    if (missing.length === 0 && own.reset === all.reset) return 'dropped'
    if (all.isEmpty && from.h <= floor) return missing.length === 0 ? 'dropped' : 'orphan'
    for (const part of missing) own.raise(part)
    this.write(place, own)
    return 'reissued'
  }

  /** The key of that row, as users know it. */
  placeOf(held: HeldCopy, { keyBytes, keyStart, keyLength }: Row): Place {
    const length = counterKeyLength(keyBytes, keyStart, keyLength)
    const key = Buffer.from(keyBytes.subarray(keyStart, keyStart + length))
    // The row's hash may be of another seed.
    return { held, hash: held.copy.hashOf(key, 0, length), key }
  }

  /** What this process has written under the key into that copy, and when. */
  own({ held: { copy }, hash, key }: Place): { tally: CounterTally; stamp: number } | undefined {
    this.#fillKey(copy, key)
    const found = this.#found
    if (!copy.read(hash, keyBytes, 0, this.#row.keyLength, found) || found.isDead) return undefined
    return { tally: new CounterTally().addRow(found), stamp: found.stamp }
  }

  /** Writes that in the place of what this process had written under the key; it needs no room. */
  write({ held, hash, key }: Place, tally: CounterTally): void {
    this.#fill(held.copy, hash, key, tally)
    this.#parts.writer.replace(held, this.#row, 'local', 0)
  }

  #fill(copy: TableCopy, hash: number, key: Buffer, tally: CounterTally): void {
    const row = this.#row
    this.#fillKey(copy, key)
    row.hash = hash
    row.flags = 0
    row.expiresAt = 0
    this.#value.reset()
    tally.writeTo(this.#value)
    row.valueBytes = this.#value.bytes
    row.valueStart = 0
    row.valueLength = this.#value.length
  }

  #add(place: Place, { by, ack, key }: Operation, deadline: number): Made {
    const { held, hash } = place
    const all = tallyOf(held.copy, hash, key, key.length)
    const own = this.own(place)?.tally ?? new CounterTally()
    own.reset = all.reset
    const part = this.#partOf(held.copy, own)
    const sum = (all.value ?? 0) + by
    const next: CounterPart = { ...part, up: part.up + Math.max(by, 0), down: part.down + Math.max(-by, 0) }
    for (const number of [by, sum, next.up, next.down])
      if (!Number.isSafeInteger(number)) throw outOfRange(key, held.copy.name, by)
    own.raise(next)
    this.#fill(held.copy, hash, key, own)
    const acknowledged = this.#parts.writer.write(held, this.#row, ack, deadline)
    const row = ownRow(this.#row)
    row.keyBytes = key
    row.keyStart = 0
    row.keyLength = key.length
    row.valueLength = this.#sums.write(sum, 'msgpack')
    row.valueBytes = Buffer.from(this.#sums.bytes.subarray(0, row.valueLength))
    row.valueStart = 0
    return { outcome: { applied: true, row }, acknowledged }
  }

  // Parts that this copy has begun; those of before it, taken over, grow no more.
  #partOf(copy: TableCopy, own: CounterTally): CounterPart {
    const { origin, since } = this.writerOf(copy)
    const mine = own.parts().find(part => part.origin === origin && part.birth > since)
    return mine ?? { origin, birth: this.#parts.hybrid.issue(), up: 0, down: 0 }
  }

  #reset(place: Place, { ack }: Operation, deadline: number): Made {
    const { copy } = place.held
    const all = tallyOf(copy, place.hash, place.key, place.key.length)
    if (all.value === undefined)
      return { outcome: { applied: false, row: undefined }, acknowledged: undefined }
    this.#fill(copy, place.hash, place.key, new CounterTally(this.#parts.hybrid.issue()))
    // It makes room rather than needing it.
    const acknowledged = this.#parts.writer.replace(place.held, this.#row, ack, deadline)
    return { outcome: { applied: true, row: undefined }, acknowledged }
  }

  // The bytes are good until the next key.
  #fillKey(copy: TableCopy, key: Buffer): number {
    key.copy(keyBytes)
    this.#row.keyBytes = keyBytes
    this.#row.keyStart = 0
    this.#row.keyLength = writeCounterKey(keyBytes, key.length, this.writerOf(copy))
    return this.#row.keyLength
  }
}

/** The error of an operation that counters do not take. */
export function noPlainWrite(table: string, what: string): MnemeshError {
  return new MnemeshError(
    'ERR_BAD_TYPE',
    `table ${table} holds counters, which take increment and delete, not ${what}; use a table of type 'set' for that`,
  )
}

function outOfRange(key: Buffer, table: string, by: number): MnemeshError {
  const name = showKey(decodeKey(key, 0, key.length))
  return new MnemeshError(
    'ERR_LIMIT_EXCEEDED',
    `counter ${name} of table ${table} cannot be moved by ${by}: it counts whole numbers up to 2^53 - 1; delete it first`,
  )
}

function keyTooLarge(length: number): MnemeshError {
  return new MnemeshError(
    'ERR_KEY_TOO_LARGE',
    `a counter's key of ${length} bytes, the limit is ${maxCounterKeyBytes}; use a shorter one`,
  )
}

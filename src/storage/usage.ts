import { isSpent, type Row } from '../core/entry.ts'
import { type Random, randomBelow } from '../core/environment.ts'
import { partitionCount } from '../core/partition.ts'
import type { Partitions } from './partitions.ts'
import { usedMask } from './record.ts'

/** The more rows are looked at for one to evict, the nearer it is to the least recently used one of all. */
const sampleSize = 16
/** A table's worth of uses makes so many ticks; 64 tables' worth, and an unused row seems to be used just now. */
const ticksPerTurnover = 128

/**
 * How much lies in each partition, and when each row was used last, about: a row carries the tick of its last use, and
 * the tick goes on as the table is used.
 */
export class Usage {
  readonly #partitions: Partitions
  readonly #entries = new Uint32Array(partitionCount)
  readonly #bytes = new Float64Array(partitionCount)
  #uses = 0

  constructor(partitions: Partitions) {
    this.#partitions = partitions
  }

  /** A live row came or went. */
  count(hash: number, sign: 1 | -1, bytes: number): void {
    this.#entries[hash >>> 24] += sign
    this.#bytes[hash >>> 24] += sign * bytes
  }

  /** Live entries of those partitions. */
  entriesIn(partitions: readonly number[]): number {
    let sum = 0
    for (const partition of partitions) sum += this.#entries[partition]
    return sum
  }

  /** Bytes of live entries of those partitions. */
  bytesIn(partitions: readonly number[]): number {
    let sum = 0
    for (const partition of partitions) sum += this.#bytes[partition]
    return sum
  }

  /** The table, of so many rows, was used once more. */
  advance(rows: number): void {
    if (++this.#uses * ticksPerTurnover < rows) return
    this.#uses = 0
    this.#partitions.tick = (this.#partitions.tick + 1) & usedMask
  }

  /** A row whose key has that hash was used. */
  touch(hash: number, rows: number): void {
    const address = this.#partitions.findHash(hash)
    if (address === 0) return
    this.advance(rows)
    this.#partitions.markUsed(address)
  }

  /** Fills `into` from a live row whose key has that hash; false when there is none. */
  find(hash: number, into: Row): boolean {
    const address = this.#partitions.findHash(hash)
    if (address === 0) return false
    this.#partitions.read(address, into)
    return !isSpent(into)
  }

  /** Fills `into` from the least recently used of a few live rows of those partitions; false when there is none. */
  leastRecent(among: readonly number[], random: Random, into: Row): boolean {
    const { tick } = this.#partitions
    let best = 0
    let bestAge = -1
    let left = sampleSize
    const start = randomBelow(random, among.length)
    for (let i = 0; i < among.length && left > 0; i++) {
      const partition = among[(start + i) % among.length]
      if (this.#entries[partition] === 0) continue
      this.#partitions.walk(partition, random.uint32(), address => {
        this.#partitions.read(address, into)
        if (isSpent(into)) return true
        const age = (tick - this.#partitions.usedAt(address)) & usedMask
        if (age > bestAge) {
          best = address
          bestAge = age
        }
        return --left > 0
      })
    }
    if (best !== 0) this.#partitions.read(best, into)
    return best !== 0
  }
}

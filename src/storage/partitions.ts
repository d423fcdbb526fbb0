import type { Row } from '../core/entry.ts'
import { type HashSeed, hashBytes } from '../core/hash.ts'
import { partitionCount, partitionSpan, type ScanCursor } from '../core/partition.ts'
import { Arena, type Slab, slabShift, unitMask } from './arena.ts'
import { HashStore } from './hash-store.ts'
import {
  isFreedRecord,
  markFreedRecord,
  markUsed,
  readRecord,
  recordHash,
  recordUnits,
  unitsOf,
  usedAt,
  writeRecord,
} from './record.ts'

// Rows that are gone through at a time.
const rowsPerSlice = 256

/** The rows of one table copy under one hash seed: 256 hash stores over one arena. It knows bytes, not versions. */
export class Partitions {
  readonly seed: HashSeed
  /** Rows that are put in or marked now count as used at this tick. */
  tick = 0
  readonly #arena: Arena
  readonly #stores: HashStore[]

  constructor(seed: HashSeed) {
    this.seed = seed
    this.#arena = new Arena({
      unitsAt: recordUnits,
      isFreed: isFreedRecord,
      markFreed: markFreedRecord,
      moved: (slab: Slab, unit: number, from: number, to: number) => {
        const hash = recordHash(slab, unit)
        this.#stores[hash >>> 24].replace(hash, from, to)
      },
    })
    this.#stores = Array.from({ length: partitionCount }, () => new HashStore(this.#arena))
  }

  hashOf(key: Uint8Array, start: number, length: number): number {
    return hashBytes(this.seed, key, start, start + length)
  }

  /** Address of the row with that key, or 0. Valid until the next `put`. */
  find(hash: number, key: Uint8Array, start: number, length: number): number {
    return this.#stores[hash >>> 24].find(hash, key, start, length)
  }

  /** Fills the row from the record; its bytes are windows on the arena, valid until the next `put`. */
  read(address: number, row: Row): void {
    readRecord(this.#arena.slabs[address >>> slabShift], address & unitMask, row)
  }

  /** Bytes that the record takes. */
  sizeAt(address: number): number {
    return recordUnits(this.#arena.slabs[address >>> slabShift], address & unitMask) * 8
  }

  /** Copies the row in. `previous` is the address of the record with the same key, or 0. */
  put(row: Row, previous: number): void {
    const units = unitsOf(row)
    if (previous !== 0) {
      const slab = this.#arena.slabs[previous >>> slabShift]
      const unit = previous & unitMask
      // The common overwrite, a value of about the same length, needs no allocation at all.
      if (recordUnits(slab, unit) === units) {
        writeRecord(slab, unit, row, this.tick)
        return
      }
    }
    const store = this.#stores[row.hash >>> 24]
    if (previous !== 0) {
      store.remove(row.hash, previous)
      this.#arena.free(previous)
    }
    const address = this.#arena.allocate(units)
    writeRecord(this.#arena.slabs[address >>> slabShift], address & unitMask, row, this.tick)
    store.insert(row.hash, address)
  }

  /** Gives all memory back: none of this may be used any more. */
  dispose(): void {
    this.#arena.dispose()
  }

  /** Address of a row whose key has that hash, or 0. */
  findHash(hash: number): number {
    return this.#stores[hash >>> 24].findHash(hash)
  }

  /** Visits the addresses of all rows with that hash. `visit` must change nothing. */
  eachWith(hash: number, visit: (address: number) => void): void {
    const place = hash & 0xffffff
    this.#stores[hash >>> 24].eachInRange(place, place + 1, visit)
  }

  /** Marks the row as used now. */
  markUsed(address: number): void {
    markUsed(this.#arena.slabs[address >>> slabShift], address & unitMask, this.tick)
  }

  usedAt(address: number): number {
    return usedAt(this.#arena.slabs[address >>> slabShift], address & unitMask)
  }

  /** Addresses of rows of one partition, from a place that the number says on, until `visit` returns false. */
  walk(partition: number, place: number, visit: (address: number) => boolean): void {
    this.#stores[partition].walk(place, visit)
  }

  remove(hash: number, address: number): void {
    this.#stores[hash >>> 24].remove(hash, address)
    this.#arena.free(address)
  }

  /**
   * Visits the addresses of a few hundred rows from the cursor on and returns where to go on (`scanEnd`: all done).
   * Each step of `narrow` halves the slice. `visit` must change nothing.
   */
  slice(cursor: ScanCursor, visit: (address: number) => void, narrow = 0): ScanCursor {
    const partition = Math.floor(cursor / partitionSpan)
    const from = cursor % partitionSpan
    const span = Math.max(1, Math.floor(spanOf(this.#stores[partition].count) / 2 ** narrow))
    this.#stores[partition].eachInRange(from, Math.min(from + span, partitionSpan), visit)
    return from + span >= partitionSpan ? (partition + 1) * partitionSpan : cursor + span
  }

  /** Addresses of the rows of one partition whose hash behind the partition's bits is in [from, to). */
  eachInRange(partition: number, from: number, to: number, visit: (address: number) => void): void {
    this.#stores[partition].eachInRange(from, to, visit)
  }

  /** Bytes taken from the system for rows and index. */
  get residentBytes(): number {
    return this.#arena.capacityBytes + this.#indexBytes
  }

  /** What they come down to when of all rows only those of so many bytes are left, and holes are closed. */
  settledBytes(liveBytes: number): number {
    return this.#arena.settledBytes(liveBytes) + this.#indexBytes
  }

  /** A bounded step of compaction for idle moments; false when there is nothing to gain. */
  compact(isShort: boolean): boolean {
    this.#arena.isShort = isShort
    return this.#arena.compact(4096)
  }

  get #indexBytes(): number {
    let bytes = 0
    for (const store of this.#stores) bytes += store.indexBytes
    return bytes
  }
}

// The part of a partition with so many rows in which a few hundred of them are to be expected.
function spanOf(rows: number): number {
  let span = partitionSpan
  for (let left = rows; left > rowsPerSlice; left /= 2) span /= 2
  return span
}

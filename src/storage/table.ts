import { counterKeyLength } from '../core/counter.ts'
import type { Digest } from '../core/digest.ts'
import { type ClearVersion, isNewer, isTouchOf, Row } from '../core/entry.ts'
import type { HashSeed } from '../core/hash.ts'
import { partitionOfBucket, type ScanCursor } from '../core/partition.ts'
import type { TableDefinition } from '../core/schema.ts'
import type { Origins } from '../core/version.ts'
import { Contents } from './contents.ts'
import { Retired } from './retired.ts'
import { sweepSlice } from './sweeper.ts'
import type { Usage } from './usage.ts'

/** Told of every change of a copy, after it, in the order of the changes. The row is valid during the call only. */
export interface CopyListener {
  /** `isTouch`: of the entry that was there only the end has changed. */
  applied(row: Row, isTouch?: boolean): void
  expired(row: Row): void
  /** Nothing remembered about this copy holds any longer: the table was cleared, or all rows came anew. */
  cleared(why: 'clear' | 'resync'): void
  /** This node gives the copy up: no more comes. */
  gone(): void
}

/**
 * This node's copy of one table: rows, tombstones and digests under one merge rule. It takes no time and no
 * network; whoever calls passes the wall clock.
 */
export class TableCopy {
  readonly id: string
  readonly name: string
  #definition: TableDefinition
  readonly origins: Origins
  // Replaced, never changed: a listener may leave while it is being told.
  #listeners: readonly CopyListener[] = []
  readonly #found = new Row()
  readonly #moving = new Row()
  #contents: Contents
  #retired = new Retired()
  readonly #recall = (row: Row): boolean => {
    if (!isNewer(this.origins, row, this.#clear)) return false
    row.hash = this.#contents.partitions.hashOf(row.keyBytes, row.keyStart, this.keyLengthOf(row))
    this.#store(row, 0)
    return true
  }
  #highest = 0
  #clear: ClearVersion = { h: 0, origin: 0, flags: 0 }
  #floor = 0
  #blocked = 0

  constructor(
    origins: Origins,
    table: { readonly id: string; readonly name: string; readonly definition: TableDefinition },
    seed: HashSeed,
  ) {
    this.id = table.id
    this.name = table.name
    this.#definition = table.definition
    this.origins = origins
    this.#contents = new Contents(origins, seed)
  }

  get definition(): TableDefinition {
    return this.#definition
  }

  /** Another definition with the same codec holds from now on. */
  redefine(definition: TableDefinition): void {
    this.#definition = definition
  }

  /** Live entries; an expired one counts until it is swept. */
  get size(): number {
    return this.#contents.liveCount
  }

  /** Bytes of live entries as `maxBytes` counts them: key, value and 24 to 40 bytes each. */
  get bytes(): number {
    return this.#contents.liveBytes
  }

  get tombstones(): number {
    return this.#contents.deadCount
  }

  /** Every copy had what was written up to this stamp: what is not here of that has been deleted, and stays so. */
  get floor(): number {
    return this.#floor
  }

  /** Rows below the floor that somebody brought and this copy refused. */
  get blocked(): number {
    return this.#blocked
  }

  /** Tombstones, and rows that have expired, up to that stamp need not be remembered any longer. Never sinks. */
  raiseFloor(floor: number): void {
    if (floor > this.#floor) this.#floor = floor
  }

  /** Bytes that this copy takes from the system: rows, tombstones, index and room to grow. */
  get residentBytes(): number {
    return this.#contents.partitions.residentBytes + this.#retired.residentBytes
  }

  /** Bytes that it comes down to once what was deleted is forgotten and holes are closed. */
  get settledBytes(): number {
    return this.#contents.partitions.settledBytes(this.#contents.liveBytes)
  }

  /** Sizes by partition, and which rows were used when. While the copy is settling, of a part of it only. */
  get usage(): Usage {
    return this.#contents.usage
  }

  get clearVersion(): ClearVersion {
    return this.#clear
  }

  get digest(): Digest {
    return this.#contents.digest
  }

  /** Of the hashes that a scan goes by. */
  get seed(): HashSeed {
    return this.#contents.partitions.seed
  }

  /** True while rows of before a clear or another seed are moved over: the digest does not have all of them yet. */
  get isSettling(): boolean {
    return !this.#retired.isEmpty
  }

  listen(listener: CopyListener): void {
    this.#listeners = [...this.#listeners, listener]
  }

  unlisten(listener: CopyListener): void {
    this.#listeners = this.#listeners.filter(other => other !== listener)
  }

  /** Tells the listeners that this node gives the copy up. */
  giveUp(): void {
    for (const listener of this.#listeners) listener.gone()
  }

  /** True where a key has a row for each of its writers (see `CounterPart`). */
  get isCounter(): boolean {
    return this.#definition.type === 'counter'
  }

  /** Of a key as users know it. */
  hashOf(key: Uint8Array, start: number, length: number): number {
    return this.#contents.partitions.hashOf(key, start, length)
  }

  /** Length of the key as users know it, of a row's key. */
  keyLengthOf({ keyBytes, keyStart, keyLength }: Row): number {
    return this.isCounter ? counterKeyLength(keyBytes, keyStart, keyLength) : keyLength
  }

  /**
   * Fills `into` from the row with that key, live or not; false when there is none. Its bytes are windows on this
   * copy, valid until the next change of it.
   */
  read(hash: number, key: Buffer, start: number, length: number, into: Row): boolean {
    const address = this.#find(hash, key, start, length)
    if (address !== 0) this.#contents.partitions.read(address, into)
    return address !== 0
  }

  /** Visits every row of a counter's key, live or not: all have the hash of that key. `visit` must change nothing. */
  eachOf(hash: number, key: Buffer, length: number, visit: (row: Row) => void): void {
    if (!this.#retired.isEmpty) this.#retired.recallWith(key, length, this.#recall)
    this.#contents.partitions.eachWith(hash, address => {
      this.#contents.partitions.read(address, this.#found)
      const { keyBytes, keyStart } = this.#found
      const isLong = this.keyLengthOf(this.#found) === length
      if (isLong && key.compare(keyBytes, keyStart, keyStart + length, 0, length) === 0) visit(this.#found)
    })
  }

  /**
   * Keeps the newer of the given row and the one under its key; true when the given one was kept. Late, repeated
   * and reordered rows are harmless. With `bounded` (local writes) a row that would pass the table's limits throws
   * ERR_TABLE_FULL and changes nothing. The row's bytes are copied; they must not be windows on this copy.
   */
  merge(row: Row, bounded = false): boolean {
    if (this.#clear.h >= row.h && !isNewer(this.origins, row, this.#clear)) return false
    const address = this.#find(row.hash, row.keyBytes, row.keyStart, row.keyLength)
    if (address !== 0) {
      this.#contents.partitions.read(address, this.#found)
      if (!isNewer(this.origins, row, this.#found)) return false
    } else if (row.h <= this.#floor) {
      // Every copy had it, so this one has deleted and forgotten it since.
      this.#blocked++
      return false
    }
    if (bounded) this.#contents.checkRoom(row, this.#found, address, this)
    if (address !== 0) this.#contents.account(this.#found, -1, this.#contents.partitions.sizeAt(address))
    const isTouch = address !== 0 && isTouchOf(row, this.#found)
    this.#store(row, address)
    for (const listener of this.#listeners) listener.applied(row, isTouch)
    return true
  }

  /** Throws ERR_TABLE_FULL when the rows, each of another key, would together pass the table's limits. */
  checkRoom(rows: readonly Row[]): void {
    const growth = { entries: 0, bytes: 0 }
    for (const row of rows) {
      const has = this.read(row.hash, row.keyBytes, row.keyStart, row.keyLength, this.#found)
      this.#contents.grow(growth, row, has ? this.#found : undefined)
    }
    this.#contents.checkGrowth(growth, this)
  }

  /**
   * Puts the row in the place of the one under its key, whatever their versions: for a table whose order of writes
   * is decided elsewhere. The row's bytes are copied; they must not be windows on this copy.
   */
  put(row: Row): void {
    const address = this.#find(row.hash, row.keyBytes, row.keyStart, row.keyLength)
    if (address !== 0) {
      this.#contents.partitions.read(address, this.#found)
      this.#contents.account(this.#found, -1, this.#contents.partitions.sizeAt(address))
    }
    this.#store(row, address)
    for (const listener of this.#listeners) listener.applied(row)
  }

  /** Removes the row under that key and leaves no tombstone, for such a table. Listeners are told with this row. */
  erase(row: Row, why: 'deleted' | 'expired'): void {
    const address = this.#find(row.hash, row.keyBytes, row.keyStart, row.keyLength)
    if (address === 0) return
    this.#contents.partitions.read(address, this.#found)
    this.#contents.drop(this.#found, address)
    const told = why === 'deleted' ? 'applied' : 'expired'
    for (const listener of this.#listeners) listener[told](row)
  }

  /** Each gets the other's rows, at once however many they are. Listeners of both are told `cleared`, and why. */
  exchange(other: TableCopy, why: 'clear' | 'resync'): void {
    ;[this.#contents, other.#contents] = [other.#contents, this.#contents]
    ;[this.#retired, other.#retired] = [other.#retired, this.#retired]
    ;[this.#highest, other.#highest] = [other.#highest, this.#highest]
    ;[this.#clear, other.#clear] = [other.#clear, this.#clear]
    for (const listener of [...this.#listeners, ...other.#listeners]) listener.cleared(why)
  }

  /** Removes everything at or below the version, now and whenever it arrives later. False if already cleared beyond. */
  clear(h: number, origin: number): boolean {
    const version: ClearVersion = { h, origin, flags: 0 }
    if (!isNewer(this.origins, version, this.#clear)) return false
    this.#clear = version
    // Nothing newer is held, as a rule: then there is nothing to look for in what was cleared.
    if (this.#highest < h) this.#retired.dispose()
    this.#renew(this.#contents.partitions.seed, this.#highest >= h)
    for (const listener of this.#listeners) listener.cleared('clear')
    return true
  }

  /** Takes over another hash seed and inserts every row anew, in small steps. */
  rehash(seed: HashSeed): void {
    this.#renew(seed, true)
    for (const listener of this.#listeners) listener.cleared('resync')
  }

  /**
   * Visits a few hundred rows from the cursor on, tombstones included, and returns where to go on (`scanEnd`: all
   * done). Every row that stays during a whole scan is visited exactly once, whatever changes between the slices.
   * `visit` must not change this copy. Each step of `narrow` halves the slice, down to single rows.
   */
  scan(cursor: ScanCursor, visit: (row: Row) => void, narrow = 0): ScanCursor {
    if (!this.#retired.isEmpty) {
      this.#retired.recallSlice(this.#recall)
      return cursor
    }
    const onAddress = (address: number) => {
      this.#contents.partitions.read(address, this.#moving)
      visit(this.#moving)
    }
    return this.#contents.partitions.slice(cursor, onAddress, narrow)
  }

  /** Visits every row of one digest bucket, tombstones included. `visit` must not change this copy. */
  eachInBucket(bucket: number, visit: (row: Row) => void): void {
    while (!this.#retired.isEmpty) this.#retired.recallSlice(this.#recall)
    const from = (bucket & 15) << 20
    this.#contents.partitions.eachInRange(partitionOfBucket(bucket), from, from + (1 << 20), address => {
      this.#contents.partitions.read(address, this.#moving)
      visit(this.#moving)
    })
  }

  /**
   * One bounded step (well under a ms) of what has to be done in idle moments: moving retired rows, dropping the
   * values of expired entries, forgetting old tombstones, compaction, the more where memory is short. False: nothing is due.
   */
  maintain(wallMs: number, isShort = false): boolean {
    if (!this.#retired.isEmpty) {
      this.#retired.recallSlice(this.#recall)
      return true
    }
    const contents = this.#contents
    const cursor = contents.sweep.next(wallMs, this.#floor)
    if (cursor === undefined) return contents.partitions.compact(isShort)
    sweepSlice(contents, { cursor, wallMs, floor: this.#floor }, row => {
      for (const listener of this.#listeners) listener.expired(row)
    })
    return true
  }

  #find(hash: number, key: Buffer, start: number, length: number): number {
    const address = this.#contents.partitions.find(hash, key, start, length)
    if (address !== 0 || this.#retired.isEmpty) return address
    const hashed = this.isCounter ? counterKeyLength(key, start, length) : length
    if (!this.#retired.recall(key, { start, length, hashed }, this.#recall)) return 0
    return this.#contents.partitions.find(hash, key, start, length)
  }

  #store(row: Row, previous: number): void {
    this.#contents.store(row, previous)
    if (row.h > this.#highest) this.#highest = row.h
  }

  #renew(seed: HashSeed, keep: boolean): void {
    if (keep) this.#retired.add(this.#contents.partitions)
    else this.#contents.partitions.dispose()
    this.#contents = new Contents(this.origins, seed)
  }
}

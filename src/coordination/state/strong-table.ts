import { Row, rowFlags } from '../../core/entry.ts'
import { partitionCount, partitionOf } from '../../core/partition.ts'
import type { TableDefinition } from '../../core/schema.ts'
import { msToStamp } from '../../core/version.ts'
import type { TableEntry } from '../../replication/catalog.ts'
import { unitsOf } from '../../storage/record.ts'
import type { TableCopy } from '../../storage/table.ts'
import { ExpiryPlan } from './expiry-plan.ts'
import { Fingerprint, groupHash } from './fingerprint.ts'

/** Whoever reads a state that goes on changing: told of each row before it is changed or removed. */
export interface PreImages {
  changing(table: StrongTable, row: Row): void
  /** The table's rows are in that copy from now on, and change no more. */
  detached(table: StrongTable, rows: TableCopy): void
}

/** A row to be put, in bytes of somebody else's. */
export interface NewRow {
  readonly key: Buffer
  /** The key's, as `hashOf` tells it. */
  readonly hash: number
  readonly valueBytes: Buffer
  readonly valueStart: number
  readonly valueLength: number
  /** Unix ms by the group's clock; 0 for never. */
  readonly expiresAt: number
}

/**
 * One majority table: its rows, which of them changed when, and a fingerprint of them. A row's version is the index
 * that last changed it; a row whose time is over by the group's clock is absent, though it is removed only later.
 */
export class StrongTable {
  readonly copy: TableCopy
  entry: TableEntry
  readonly fingerprint = new Fingerprint()
  /** The index that last changed each of the group's partitions, which are not those of the copy. */
  readonly partitionMods = new Float64Array(partitionCount)
  /** The index that last changed a row. */
  mod = 0
  /** Rows, and their bytes as `maxBytes` counts them. Those of the copy do not tell while its rows are rehashed. */
  size = 0
  bytes = 0
  readonly #readers: ReadonlySet<PreImages>
  readonly #expiry = new ExpiryPlan()
  readonly #row = new Row()
  readonly #found = new Row()

  constructor(copy: TableCopy, entry: TableEntry, readers: ReadonlySet<PreImages>) {
    this.copy = copy
    this.entry = entry
    this.#readers = readers
    const nothing = () => {}
    copy.listen({ applied: nothing, expired: nothing, gone: nothing, cleared: () => this.#expiry.forget() })
  }

  get definition(): TableDefinition {
    return this.copy.definition
  }

  hashOf(key: Buffer): number {
    return this.copy.hashOf(key, 0, key.length)
  }

  /** Fills `into` from the row, dead by its time or not; false when there is none. Windows, as those of a copy. */
  find(key: Buffer, into: Row, hash = this.hashOf(key)): boolean {
    return this.copy.read(hash, key, 0, key.length, into)
  }

  /** The version that a reader at that instant sees: 0 for none. */
  versionOf(key: Buffer, clock: number): number {
    return this.find(key, this.#found) && isThere(this.#found, clock) ? this.#found.h : 0
  }

  /** The index that last changed the whole table or one of the group's partitions. */
  changedAt(partition: number | undefined): number {
    return partition === undefined ? this.mod : this.partitionMods[partition]
  }

  put(index: number, clock: number, given: NewRow): void {
    const identity = groupHash(given.key)
    const { hash } = given
    this.#leave(given.key, hash, identity)
    const row = this.#fill(hash, given.key, index, clock)
    row.flags = rowFlags.ownStamp
    row.expiresAt = given.expiresAt
    row.valueBytes = given.valueBytes
    row.valueStart = given.valueStart
    row.valueLength = given.valueLength
    this.copy.put(row)
    this.#count(row, identity, 1)
    this.#changed(identity, index)
    if (row.expiresAt !== 0) this.#expiry.note(hash, row.expiresAt)
  }

  /** Takes a row of another member's state in, with the version and stamp that it had there. */
  load(row: Row): void {
    row.flags = rowFlags.ownStamp
    row.hash = this.copy.hashOf(row.keyBytes, row.keyStart, row.keyLength)
    this.copy.put(row)
    const key = row.keyBytes.subarray(row.keyStart, row.keyStart + row.keyLength)
    this.#count(row, groupHash(key), 1)
    if (row.expiresAt !== 0) this.#expiry.note(row.hash, row.expiresAt)
  }

  /** Removes the row; nothing happens when there is none. */
  erase(key: Buffer, index: number, clock: number): void {
    if (this.find(key, this.#found)) this.#erase(key, index, clock, 0)
  }

  /** Removes the row if it has that version and its time is over. */
  expire(key: Buffer, version: number, index: number, clock: number): void {
    if (!this.find(key, this.#found) || this.#found.h !== version || isThere(this.#found, clock)) return
    this.#erase(key, index, clock, this.#found.expiresAt)
  }

  /** Puts the rows of that copy in the place of its own, which whoever reads them keeps. */
  replaceRows(rows: TableCopy, why: 'clear' | 'resync'): void {
    this.copy.exchange(rows, why)
    for (const reader of this.#readers) reader.detached(this, rows)
  }

  /** `rows` is an empty copy of the same table, which gets what was. */
  clear(index: number, rows: TableCopy): void {
    this.replaceRows(rows, 'clear')
    this.fingerprint.clear()
    this.size = 0
    this.bytes = 0
    this.mod = index
    this.partitionMods.fill(index)
  }

  /** Everything becomes as it is in the other one, of the same table. */
  adopt(other: StrongTable): void {
    this.replaceRows(other.copy, 'resync')
    this.redefine(other.entry)
    this.fingerprint.low = other.fingerprint.low
    this.fingerprint.high = other.fingerprint.high
    this.partitionMods.set(other.partitionMods)
    this.mod = other.mod
    this.size = other.size
    this.bytes = other.bytes
  }

  /** Other options of the same table hold from now on. */
  redefine(entry: TableEntry): void {
    this.entry = entry
    this.copy.redefine(entry.definition)
  }

  /** Rows that are due at that instant, `limit` at most; their bytes are windows. */
  eachDue(atMs: number, limit: number, visit: (row: Row) => void): void {
    this.#expiry.each(this.copy, atMs, limit, visit)
  }

  /** No row is due before it, Unix ms. */
  get nextExpiry(): number {
    return this.#expiry.next
  }

  #erase(key: Buffer, index: number, clock: number, expiredAt: number): void {
    const identity = groupHash(key)
    const hash = this.hashOf(key)
    this.#leave(key, hash, identity)
    const row = this.#fill(hash, key, index, clock)
    row.flags = rowFlags.ownStamp | rowFlags.dead
    row.expiresAt = expiredAt
    row.valueLength = 0
    this.copy.erase(row, expiredAt === 0 ? 'deleted' : 'expired')
    this.#changed(identity, index)
  }

  // What is under the key goes out of the count, and to whoever has still to read it.
  #leave(key: Buffer, hash: number, identity: number): void {
    const found = this.#found
    if (!this.find(key, found, hash)) return
    for (const reader of this.#readers) reader.changing(this, found)
    this.#count(found, identity, -1)
  }

  #fill(hash: number, key: Buffer, index: number, clock: number): Row {
    const row = this.#row
    row.hash = hash
    row.h = index
    row.stamp = msToStamp(clock)
    row.keyBytes = key
    row.keyStart = 0
    row.keyLength = key.length
    return row
  }

  #changed(identity: number, index: number): void {
    this.mod = index
    this.partitionMods[partitionOf(identity)] = index
  }

  // The end of the value stands for all of it: where members could differ, as in the sum of an increment, it would.
  #count(row: Row, identity: number, sign: 1 | -1): void {
    this.size += sign
    this.bytes += sign * unitsOf(row) * 8
    const { valueBytes, valueStart, valueLength } = row
    let ending = valueLength
    const end = valueStart + valueLength
    for (let at = Math.max(valueStart, end - 8); at < end; at++)
      ending = (Math.imul(ending, 31) + valueBytes[at]) | 0
    this.fingerprint.toggle(identity, row.h, row.expiresAt, ending)
  }
}

/** True when the row's time is not over by that clock. */
export function isThere(row: Row, clock: number): boolean {
  return row.expiresAt === 0 || clock < row.expiresAt
}

/** True when the definition is one of a majority table. */
export function isMajority(definition: TableDefinition & { readonly majority?: boolean }): boolean {
  return definition.majority === true
}

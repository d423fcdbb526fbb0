import { Row, rowFlags } from '../core/entry.ts'
import { MnemeshError } from '../core/errors.ts'
import { overloaded, type Refusals } from '../core/overload.ts'
import type { Ack } from '../core/schema.ts'
import type { HybridClock } from '../core/version.ts'
import type { HeldCopy } from '../storage/copies.ts'
import { recordOverhead } from '../storage/record.ts'
import type { Acks } from './acks.ts'
import type { Holders } from './holders.ts'
import type { MemoryGuard } from './memory-guard.ts'
import type { Outbox } from './outbox.ts'
import type { Peers } from './peers.ts'
import type { WriteGuard } from './write-guard.ts'

export interface WriterParts {
  readonly hybrid: HybridClock
  readonly outbox: Outbox
  readonly acks: Acks
  readonly holders: Holders
  readonly guard: WriteGuard
  /** The other nodes, once there is somebody to reach them. */
  readonly peers: () => Pick<Peers, 'areOutrun'>
  /** Writes that were refused because no other node keeps up. */
  readonly refusals: Refusals
  readonly memory: MemoryGuard
  /** Index of this process in the origins. */
  readonly self: number
}

/** A row that clears a table has no key of its own; a frame wants one byte at least. */
const clearKey = Buffer.from([0])
const nothing = Buffer.alloc(0)
/** Until peers have taken a good part of a full outbox. */
const outrunHintMs = 100

/** An operation that has left, and what it waits for. */
interface Waiting {
  readonly sequence: number
  readonly ack: Ack
  readonly needed: number
  readonly deadline: number
}

/**
 * Makes operations: stamps a row once, applies it to this node's copy and hands it to the peers, all in one turn.
 * Only nodes with an active copy of a table originate operations on it.
 */
export class Writer {
  readonly #parts: WriterParts
  readonly #reissued = new Row()

  constructor(parts: WriterParts) {
    this.#parts = parts
  }

  /**
   * Writes the row's key, value, expiry and `dead` flag under a new version, which it leaves in the row. Returns
   * undefined when nothing has to be waited for, else what resolves with the acknowledgement. Throws ERR_TABLE_FULL,
   * ERR_NO_QUORUM, ERR_READ_ONLY, ERR_OVERLOADED and ERR_CLOCK_SKEW, nothing written.
   */
  write(held: HeldCopy, row: Row, ack: Ack, deadline: number): Promise<void> | undefined {
    this.#checkPace()
    if (!row.isDead) this.#parts.memory.checkRoom(held, row.keyLength + row.valueLength + recordOverhead)
    return this.#write(held, row, ack, deadline, true)
  }

  /** The same for a row that needs no room: it says less than before, or what had its room elsewhere. */
  replace(held: HeldCopy, row: Row, ack: Ack, deadline: number): Promise<void> | undefined {
    return this.#write(held, row, ack, deadline, false)
  }

  #write(held: HeldCopy, row: Row, ack: Ack, deadline: number, bounded: boolean): Promise<void> | undefined {
    const { hybrid, outbox, self } = this.#parts
    const needed = this.#needed(held, ack)
    row.h = hybrid.issue()
    row.stamp = row.h
    row.origin = self
    held.copy.merge(row, bounded)
    const sequence = outbox.append(held.copy.id, row)
    return needed === 0 ? undefined : this.#acknowledged(held, { sequence, ack, needed, deadline })
  }

  // How many other copies have to confirm it. Throws where the table cannot be written now, or not so.
  #needed(held: HeldCopy, ack: Ack): number {
    const { acks, guard, holders } = this.#parts
    guard.checkWrite(held.copy)
    if (ack === 'local') return 0
    const current = holders.of(held.copy.id)
    return current === undefined ? 0 : acks.needed(ack, current)
  }

  // In the turn of the write: the holders are those by whom `needed` was found.
  #acknowledged({ copy }: HeldCopy, { sequence, ack, needed, deadline }: Waiting): Promise<void> | undefined {
    const { acks, holders } = this.#parts
    const current = holders.of(copy.id)
    return current === undefined ? undefined : acks.wait(sequence, ack, needed, current, deadline)
  }

  /**
   * Writes rows, each of another key, as one operation under one version: all of them, or none when it throws, as
   * `write` does.
   */
  writeAll(held: HeldCopy, rows: readonly Row[], ack: Ack, deadline: number): Promise<void> | undefined {
    const { outbox, self, hybrid } = this.#parts
    this.#checkPace()
    const needed = this.#needed(held, ack)
    this.#parts.memory.checkRoom(held, bytesOf(rows))
    held.copy.checkRoom(rows)
    const stamp = hybrid.issue()
    for (const row of rows) {
      row.h = stamp
      row.stamp = stamp
      row.origin = self
      held.copy.merge(row)
    }
    const sequence = outbox.appendAll(held.copy.id, rows)
    return needed === 0 ? undefined : this.#acknowledged(held, { sequence, ack, needed, deadline })
  }

  // Else the oldest operations would be dropped for all peers, and each of them had to be repaired instead. One that
  // is slower than another one never holds writers back.
  #checkPace(): void {
    const { outbox, peers, refusals } = this.#parts
    if (!outbox.isCrowded || !peers().areOutrun) return
    refusals.note(1)
    throw outrun()
  }

  /** Writes a row anew as it is, an entry or a tombstone, under a version that stands above all that were seen. */
  reissue(held: HeldCopy, from: Row): void {
    const row = this.#reissued
    // The seed may be another one by now.
    row.hash = held.copy.hashOf(from.keyBytes, from.keyStart, from.keyLength)
    row.flags = from.flags & rowFlags.dead
    row.expiresAt = from.expiresAt
    row.keyBytes = from.keyBytes
    row.keyStart = from.keyStart
    row.keyLength = from.keyLength
    row.valueBytes = from.valueBytes
    row.valueStart = from.valueStart
    row.valueLength = from.valueLength
    this.#write(held, row, 'local', 0, true)
  }

  /** True when the table can be written here now. */
  canWrite(held: HeldCopy): boolean {
    try {
      this.#parts.guard.checkWrite(held.copy)
      return true
    } catch {
      return false
    }
  }

  /** Gives the entry, whose row that is with bytes of its own, another end. Otherwise as `write`; it needs no room. */
  touch(held: HeldCopy, row: Row, ack: Ack, deadline: number): Promise<void> | undefined {
    const { outbox, hybrid } = this.#parts
    const needed = this.#needed(held, ack)
    row.stamp = hybrid.issue()
    row.flags |= rowFlags.touched | rowFlags.ownStamp
    held.copy.merge(row)
    const sequence = outbox.append(held.copy.id, row)
    return needed === 0 ? undefined : this.#acknowledged(held, { sequence, ack, needed, deadline })
  }

  /**
   * Removes exactly that version of an entry, whose key and version the row has: what anybody wrote since stays. The
   * row's key must be no window on the copy.
   */
  kill(held: HeldCopy, row: Row): void {
    row.stamp = this.#parts.hybrid.issue()
    row.flags = rowFlags.dead | rowFlags.kill | rowFlags.ownStamp
    row.expiresAt = 0
    row.valueBytes = nothing
    row.valueStart = 0
    row.valueLength = 0
    if (held.copy.merge(row)) this.#parts.outbox.append(held.copy.id, row)
  }

  /** Every stamp seen moves this node's clock, so that what it writes next dominates what it has. */
  observe(stamp: number): void {
    this.#parts.hybrid.merge(stamp)
  }

  /** Removes everything that is in the table now; what others write at the same time may stay. */
  clear(held: HeldCopy, ack: Ack, row: Row, deadline: number): Promise<void> | undefined {
    const { outbox, self, hybrid } = this.#parts
    this.#checkPace()
    const needed = this.#needed(held, ack)
    row.h = hybrid.issue()
    row.stamp = row.h
    row.origin = self
    row.hash = 0
    row.flags = rowFlags.clear
    row.expiresAt = 0
    row.keyBytes = clearKey
    row.keyStart = 0
    row.keyLength = 1
    row.valueBytes = nothing
    row.valueLength = 0
    held.copy.clear(row.h, self)
    const sequence = outbox.append(held.copy.id, row)
    return needed === 0 ? undefined : this.#acknowledged(held, { sequence, ack, needed, deadline })
  }
}

function outrun(): MnemeshError {
  return overloaded(
    'this node writes faster than any other node takes it, and what they lack is kept up to a limit; nothing was ' +
      'written; await your writes, or write fewer at a time',
    outrunHintMs,
  )
}

function bytesOf(rows: readonly Row[]): number {
  return rows.reduce((sum, row) => sum + row.keyLength + row.valueLength + recordOverhead, 0)
}

/** The error of who asks this node for a table that it does not hold. */
export function notHeld(name: string): MnemeshError {
  return new MnemeshError(
    'ERR_NOT_READY',
    `this node holds no active copy of table ${name} now; ask another node`,
  )
}

import { msToStamp, type Origins } from './version.ts'

/** Clocks of a cluster's nodes differ by this much at most; a node whose clock is further off may not write. */
export const maxSkewMs = 2000

/** What a row says besides its version; combined in `Row.flags`. */
export const rowFlags = {
  /** A tombstone: the key was deleted. */
  dead: 1,
  /** Kills exactly the version it carries, and loses to every newer one: eviction. */
  kill: 2,
  /** The issue stamp differs from the version's stamp and travels beside it. */
  ownStamp: 4,
  /** Expired, and its value dropped to save memory; the version stays, so that no older write comes back. */
  stripped: 8,
  /** In a stream only, no row of a table: everything at or below its version is gone. */
  clear: 16,
  /** Its end was moved by a touch, at the issue stamp: no other version of the entry, but a later one of its end. */
  touched: 32,
} as const

/** What belongs to the row itself and is equal on every copy, apart from how a copy stores it. */
export const lastingFlags = rowFlags.dead | rowFlags.kill | rowFlags.touched

/**
 * One row on its way into or out of a copy: a window on bytes that somebody else owns. There are few of these
 * objects and they are filled again and again, so that a million operations allocate none.
 *
 * A row's version is (`h`, `origin`, kill): the stamp of the write, who stamped it, and 1 for a kill. Of one version the
 * row that was touched last stands above others: a touch loses to every write and every delete of its time (D-8).
 */
export class Row {
  hash = 0
  h = 0
  /** Index into this node's `Origins`. */
  origin = 0
  flags = 0
  /** Unix ms; 0 for never. */
  expiresAt = 0
  /** When the operation was issued at its origin; the version's own stamp unless `ownStamp` is set. */
  stamp = 0
  keyBytes: Buffer = empty
  keyStart = 0
  keyLength = 0
  valueBytes: Buffer = empty
  valueStart = 0
  valueLength = 0

  get isDead(): boolean {
    return (this.flags & rowFlags.dead) !== 0
  }
}

/** A version floor: everything at or below it is gone (`clear`). */
export interface ClearVersion {
  readonly h: number
  readonly origin: number
  readonly flags: 0
}

const empty = Buffer.alloc(0)

/** What decides between two rows of a key. */
export interface Ranked {
  readonly h: number
  readonly origin: number
  readonly flags: number
  /** Of rows that were touched. */
  readonly stamp?: number
  readonly expiresAt?: number
}

/**
 * The merge: true when a stands after b. Keeping the newer is commutative, associative and idempotent, so order and
 * repetition of deliveries do not matter.
 */
export function isNewer(origins: Origins, a: Ranked, b: Ranked): boolean {
  if (a.h !== b.h) return a.h > b.h
  if (a.origin !== b.origin) return origins.isAfter(a.origin, b.origin)
  const kill = (a.flags & rowFlags.kill) - (b.flags & rowFlags.kill)
  if (kill !== 0) return kill > 0
  return ((a.flags | b.flags) & rowFlags.touched) !== 0 && isTouchedLater(a, b)
}

/** True when both are of the same write. */
export function isSameVersion(a: Ranked, b: Ranked): boolean {
  return a.h === b.h && a.origin === b.origin && ((a.flags ^ b.flags) & rowFlags.kill) === 0
}

/** True when the row only moves the end of an entry that is there. */
export function isTouchOf(row: Row, found: Row): boolean {
  return (row.flags & rowFlags.touched) !== 0 && isSameVersion(row, found) && !isSpent(found)
}

/** When the row was touched: 0 for never. */
export function touchOf({ flags, stamp = 0 }: Ranked): number {
  return (flags & rowFlags.touched) === 0 ? 0 : stamp
}

// Two clocks may issue one stamp: then the later end is taken, on every copy.
function isTouchedLater(a: Ranked, b: Ranked): boolean {
  const [at, other] = [touchOf(a), touchOf(b)]
  return at === other ? (a.expiresAt ?? 0) > (b.expiresAt ?? 0) : at > other
}

/** True when a reader may see the row: not deleted, not past its end. */
export function isLive(flags: number, expiresAt: number, wallMs: number): boolean {
  return (flags & (rowFlags.dead | rowFlags.stripped)) === 0 && (expiresAt === 0 || wallMs < expiresAt)
}

/** True when a reader may see the row now. */
export function isVisible({ flags, expiresAt }: Row, wallMs: number): boolean {
  return isLive(flags, expiresAt, wallMs)
}

/** True for a row that is no entry any more, of which only the version is kept. */
export function isSpent(row: Row): boolean {
  return (row.flags & (rowFlags.dead | rowFlags.stripped)) !== 0
}

/**
 * The floor from which on a row need not be remembered: that of its issue for a tombstone; for an entry that ends by
 * itself, once its end has passed on every clock, too. Never for others.
 */
export function forgettableAt(row: Row): number {
  if ((row.flags & rowFlags.dead) !== 0) return row.stamp
  if (row.expiresAt === 0) return Number.POSITIVE_INFINITY
  return Math.max(row.stamp, msToStamp(row.expiresAt + 2 * maxSkewMs))
}

/** A version as users and other languages see it: opaque, equal only to itself. */
export function versionText(origins: Origins, h: number, origin: number, flags: number): string {
  return `${h.toString(36)}@${origins.nameOf(origin)}${(flags & rowFlags.kill) === 0 ? '' : '!'}`
}

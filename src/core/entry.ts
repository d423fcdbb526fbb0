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
} as const

/** What belongs to the row itself and is equal on every copy, apart from how a copy stores it. */
export const lastingFlags = rowFlags.dead | rowFlags.kill

/**
 * One row on its way into or out of a copy: a window on bytes that somebody else owns. There are few of these
 * objects and they are filled again and again, so that a million operations allocate none.
 *
 * A row's version is (`h`, `origin`, kill): the stamp of the write, who stamped it, and 1 for a kill.
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

/**
 * The merge: true when version a stands after version b. Keeping the newer is commutative, associative and
 * idempotent, so order and repetition of deliveries do not matter.
 */
export function isNewer(
  origins: Origins,
  a: { h: number; origin: number; flags: number },
  b: { h: number; origin: number; flags: number },
): boolean {
  if (a.h !== b.h) return a.h > b.h
  if (a.origin !== b.origin) return origins.isAfter(a.origin, b.origin)
  return (a.flags & rowFlags.kill) > (b.flags & rowFlags.kill)
}

/** True when a reader may see the row: not deleted, not past its end. */
export function isLive(flags: number, expiresAt: number, wallMs: number): boolean {
  return (flags & (rowFlags.dead | rowFlags.stripped)) === 0 && (expiresAt === 0 || wallMs < expiresAt)
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

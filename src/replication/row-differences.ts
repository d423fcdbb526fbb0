import { lastingFlags, type Row, rowFlags } from '../core/entry.ts'
import type { RowVersion } from './replica.ts'

/** What decides between this row and others of its key. */
export function versionOf({ hash, h, origin, flags, stamp, expiresAt }: Row): RowVersion {
  const version = { hash, h, origin, flags: flags & lastingFlags }
  return (flags & rowFlags.touched) === 0 ? version : { ...version, stamp, expiresAt }
}

/**
 * Hashes of the rows in `a` that `b` lacks or has older. Two keys may share a hash: then only an equal version counts
 * as had, and merging what comes too much is harmless. Rows of a counter's key always do: then `newer` is left out.
 */
export function newerThan(
  a: readonly RowVersion[],
  b: readonly RowVersion[],
  newer: ((a: RowVersion, b: RowVersion) => boolean) | undefined,
): number[] {
  const theirs = byHash(b)
  const out: number[] = []
  for (const [hash, mine] of byHash(a)) {
    const others = theirs.get(hash) ?? []
    const had =
      newer !== undefined && mine.length === 1 && others.length === 1
        ? !newer(mine[0], others[0])
        : mine.every(version => others.some(other => isSame(version, other)))
    if (!had) out.push(hash)
  }
  return out
}

function byHash(versions: readonly RowVersion[]): Map<number, RowVersion[]> {
  const out = new Map<number, RowVersion[]>()
  for (const version of versions) {
    const same = out.get(version.hash)
    if (same === undefined) out.set(version.hash, [version])
    else same.push(version)
  }
  return out
}

function isSame(a: RowVersion, b: RowVersion): boolean {
  const isTouchedAlike = a.stamp === b.stamp && a.expiresAt === b.expiresAt
  return a.h === b.h && a.origin === b.origin && a.flags === b.flags && isTouchedAlike
}

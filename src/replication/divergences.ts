import { isLive, type Row, rowFlags } from '../core/entry.ts'
import type { Clock } from '../core/environment.ts'
import type { Events } from '../core/events.ts'
import { ownRow } from '../core/operation.ts'
import { bucketOf } from '../core/partition.ts'
import type { TableCopy } from '../storage/table.ts'
import type { RowVersion } from './replica.ts'

/** Comparisons in a row in which the same row must be missing on the other side before anything is concluded. */
const rounds = 3

export interface DivergencesParts {
  readonly events: Events
  /** Writes a row of a copy of this node anew. */
  readonly reissue: (copy: TableCopy, row: Row) => void
}

/**
 * Live rows that another copy lacks although both sides say that every copy has had everything up to them (D-15). That
 * must not be; it is a defect or a broken memory. Repair merges and never deletes, and the other copy refuses what is
 * below its floor: so such a row is written anew by who has it.
 */
export class Divergences {
  readonly #clock: Clock
  readonly #events: Events
  readonly #reissue: (copy: TableCopy, row: Row) => void
  // By node and table: how often each version was missing there, as of the last comparison.
  readonly #missing = new Map<string, Map<string, number>>()
  #found = 0

  constructor(clock: Clock, parts: DivergencesParts) {
    this.#clock = clock
    this.#events = parts.events
    this.#reissue = parts.reissue
  }

  /** Rows that had to be written anew so far. */
  get found(): number {
    return this.#found
  }

  /** What the other node lacked in one whole comparison of that copy, of live rows up to the floors of both sides. */
  compared(node: string, copy: TableCopy, lacking: readonly RowVersion[]): void {
    const at = `${node} ${copy.id}`
    const before = this.#missing.get(at)
    const now = new Map<string, number>()
    const proven: RowVersion[] = []
    for (const version of lacking) {
      const key = `${version.hash} ${version.h} ${version.origin}`
      const count = (before?.get(key) ?? 0) + 1
      if (count < rounds) now.set(key, count)
      else proven.push(version)
    }
    if (now.size > 0) this.#missing.set(at, now)
    else this.#missing.delete(at)
    if (proven.length > 0) this.#mend(node, copy, proven)
  }

  #mend(node: string, copy: TableCopy, versions: readonly RowVersion[]): void {
    const wallMs = this.#clock.wall()
    const rows: Row[] = []
    // What has expired the other side may have forgotten already.
    for (const bucket of new Set(versions.map(({ hash }) => bucketOf(hash))))
      copy.eachInBucket(bucket, row => {
        if (!isLive(row.flags, row.expiresAt, wallMs)) return
        if (versions.some(({ hash, h, origin }) => row.hash === hash && row.h === h && row.origin === origin))
          rows.push(ownRow(row))
      })
    if (rows.length === 0) return
    this.#events.emit('invariant-violation', {
      ...{ what: 'a copy lacks rows that every copy has had; they are written anew' },
      ...{ table: copy.name, member: node, rows: rows.length },
    })
    this.#found += rows.length
    for (const row of rows) this.#reissue(copy, row)
  }
}

/** Of the versions with these hashes those that are live and not above the floor. */
export function liveBelow(
  versions: readonly RowVersion[],
  hashes: readonly number[],
  floor: number,
): RowVersion[] {
  const wanted = new Set(hashes)
  return versions.filter(
    ({ hash, h, flags }) => wanted.has(hash) && h <= floor && (flags & rowFlags.dead) === 0,
  )
}

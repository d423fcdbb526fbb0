import { isLive, type Row } from '../core/entry.ts'
import type { Clock } from '../core/environment.ts'
import type { Events } from '../core/events.ts'
import { scanEnd } from '../core/partition.ts'
import { RowBatch } from '../core/rows.ts'
import type { HybridClock, Origins } from '../core/version.ts'
import type { TableCopy } from '../storage/table.ts'
import type { Call } from '../wire/caller.ts'
import type { Catalog } from './catalog.ts'
import type { CopyLife } from './coverage.ts'
import type { Receipts } from './receipts.ts'
import type { Replica, RowVersion } from './replica.ts'

const hashesPerCall = 4096
const pushBytes = 256 * 1024

export interface ExchangeParts {
  readonly clock: Clock
  readonly events: Events
  readonly catalog: Catalog
  readonly hybrid: HybridClock
  readonly origins: Origins
}

/** Two copies of a table between which rows go. */
export interface Exchanged {
  readonly replica: Replica
  readonly copy: TableCopy
  readonly theirs: CopyLife
  /** Throws when the copies are not to be compared any more. */
  readonly check: () => void
  readonly call: () => Call
  /** Where it is written down what became of each row. */
  readonly receipts: Receipts | undefined
  readonly parts: ExchangeParts
}

/** Fetches the rows with those hashes and keeps what is newer. `mine`: what this copy had. Gives how many were kept. */
export async function takeRows(
  pair: Exchanged,
  hashes: readonly number[],
  mine: readonly RowVersion[],
): Promise<number> {
  const { replica, copy, receipts } = pair
  const meeting = { copy, node: replica.node }
  // Rows of a counter's key have one hash, and none takes another one's place.
  const had = receipts === undefined || copy.isCounter ? undefined : byHash(mine)
  const wallMs = pair.parts.clock.wall()
  let kept = 0
  let blocked = 0
  for (let i = 0; i < hashes.length; i += hashesPerCall) {
    let wanted = hashes.slice(i, i + hashesPerCall)
    while (wanted.length > 0) {
      const page = await replica.rows(pair.theirs, wanted, pair.call())
      pair.check()
      const came = new Set<number>()
      page.rows.each(row => {
        came.add(row.hash)
        pair.parts.hybrid.merge(row.stamp)
        const isKept = copy.merge(row)
        if (isKept) kept++
        if (isKept) receipts?.pulled(meeting, row, had?.get(row.hash))
        else receipts?.refused(meeting, row, had?.get(row.hash))
        if (!isKept && isResurrected(copy, row, wallMs)) blocked++
      })
      if (page.next === scanEnd || came.size === 0) break
      wanted = wanted.filter(hash => !came.has(hash))
    }
  }
  if (blocked > 0)
    pair.parts.events.emit('resurrect-blocked', { table: copy.name, member: replica.node, rows: blocked })
  return kept
}

/** Gives the rows with those hashes. `theirs`: what the other copy had. Gives how many they were. */
export async function giveRows(
  pair: Exchanged,
  hashes: readonly number[],
  theirs: readonly RowVersion[],
): Promise<number> {
  const { replica, copy, receipts } = pair
  const { catalog, origins } = pair.parts
  const meeting = { copy, node: replica.node }
  const had = receipts === undefined || copy.isCounter ? undefined : byHash(theirs)
  const wanted = new Set(hashes)
  const push = async (rows: RowBatch) => {
    pair.check()
    await replica.merge(pair.theirs, rows, catalog.epoch, pair.call())
  }
  let given = 0
  let batch = new RowBatch(origins)
  for (const bucket of new Set(hashes.map(hash => hash >>> 20))) {
    const full: RowBatch[] = []
    copy.eachInBucket(bucket, (row: Row) => {
      if (!wanted.has(row.hash)) return
      given++
      receipts?.pushed(meeting, row, had?.get(row.hash))
      batch.add(row)
      if (batch.size < pushBytes) return
      full.push(batch)
      batch = new RowBatch(origins)
    })
    for (const rows of full) await push(rows)
  }
  if (batch.count > 0) await push(batch)
  return given
}

// Live there, and neither here nor cleared: it was deleted here, and that is forgotten.
function isResurrected(copy: TableCopy, row: Row, wallMs: number): boolean {
  return isLive(row.flags, row.expiresAt, wallMs) && row.h <= copy.floor && row.h > copy.clearVersion.h
}

function byHash(versions: readonly RowVersion[]): Map<number, RowVersion> {
  return new Map(versions.map(version => [version.hash, version]))
}

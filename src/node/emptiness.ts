import { isLive } from '../core/entry.ts'
import type { Clock } from '../core/environment.ts'
import { scanEnd } from '../core/partition.ts'
import type { View } from '../membership/view.ts'
import type { TableEntry } from '../replication/catalog.ts'
import type { Replica, Replicas } from '../replication/replica.ts'

const maxBytes = 64 * 1024
const timeoutMs = 5000

/**
 * True when no live holder of an active copy has a row of the table that can be seen, false when one has; undefined where
 * one does not answer, or none of those that the schema names is alive.
 */
export async function isEmpty(
  clock: Clock,
  { view, replicas }: { readonly view: View; readonly replicas: Replicas },
  { id, copies }: TableEntry,
): Promise<boolean | undefined> {
  const active = [...copies].filter(([, { state }]) => state === 'active')
  const live = active.filter(([node, { incarnation }]) => view.get(node)?.incarnation === incarnation)
  if (live.length === 0) return active.length === 0 ? true : undefined
  const deadline = clock.monotonic() + timeoutMs
  const answers = await Promise.all(
    live.map(([node]) => hasNoRow(clock, replicas(node), { table: id, deadline }).catch(() => undefined)),
  )
  if (answers.includes(false)) return false
  return answers.includes(undefined) ? undefined : true
}

async function hasNoRow(
  clock: Clock,
  holder: Replica,
  { table, deadline }: { readonly table: string; readonly deadline: number },
): Promise<boolean> {
  const prefix = Buffer.alloc(0)
  let isFound = false
  for (let cursor = 0; cursor !== scanEnd && !isFound; ) {
    const page = await holder.page(table, { cursor, end: scanEnd, prefix, maxBytes }, { deadline })
    page.rows.each(row => {
      isFound ||= isLive(row.flags, row.expiresAt, clock.wall())
    })
    cursor = page.next
  }
  return !isFound
}

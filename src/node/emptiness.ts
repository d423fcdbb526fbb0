import { isLive } from '../core/entry.ts'
import type { Clock } from '../core/environment.ts'
import { scanEnd } from '../core/partition.ts'
import type { Replica } from '../replication/replica.ts'

const maxBytes = 64 * 1024
const timeoutMs = 5000

/** True when the first of those holders that answers has no row of the table that can be seen; false when none does. */
export async function isEmpty(clock: Clock, holders: readonly Replica[], table: string): Promise<boolean> {
  const deadline = clock.monotonic() + timeoutMs
  for (const holder of holders) {
    try {
      return await hasNoRow(clock, holder, { table, deadline })
    } catch {
      // Another one may be nearer to an answer.
    }
  }
  return false
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

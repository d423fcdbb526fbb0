import { memberId } from '../../membership/view.ts'
import { isHolding, type TableEntry } from '../../replication/catalog.ts'
import type { SchemaChange } from '../../replication/schema-change.ts'
import type { MemberId } from '../consensus/types.ts'

/** What the leader knows of those who hold copies of default tables. */
export interface HoldersSeen {
  readonly tables: Iterable<TableEntry>
  readonly isMember: (member: MemberId) => boolean
  /** Ms since anybody that tells the leader heard the member. */
  readonly silentMs: (member: MemberId) => number
  readonly tombstoneGraceMs: number
  /** So long without it, and what a node writes is apart from the majority. */
  readonly apartMs: number
  /** True while somebody remembers more deletes of the table than it has room for. */
  readonly isPressed: (table: string) => boolean
}

/** Who is silent for so long is no longer waited for where deletes fill the memory of the others. */
const pressedMs = 30_000

/**
 * The copies that the others need not wait for any longer (D5, D7): of processes that are no members any more, and of
 * those that nobody has heard for longer than deletes are remembered, or, of a table that merges otherwise than by the
 * newest, for as long as makes a split (D-18), or of one whose deletes fill somebody's memory for 30 s (D7), if somebody
 * who is heard has a copy. One that lives all the same learns
 * of it from the epoch of any frame, and begins anew. Only a leader decides so: a minority expels nobody.
 */
export function copiesToExpel(seen: HoldersSeen): Extract<SchemaChange, { kind: 'setCopy' }>[] {
  const out: Extract<SchemaChange, { kind: 'setCopy' }>[] = []
  for (const table of seen.tables) {
    const { name, definition, copies } = table
    if (definition.majority) continue
    const limitMs = silenceLimit(seen, table)
    for (const [node, { state, incarnation }] of copies) {
      if (!isHolding(state) || !isGone(seen, memberId({ name: node, incarnation }), limitMs)) continue
      out.push({ kind: 'setCopy', table: name, node, copy: { state: 'wanted', incarnation } })
    }
  }
  return out
}

function silenceLimit(seen: HoldersSeen, { id, definition, copies }: TableEntry): number {
  const { tombstoneGraceMs } = seen
  const isNewest = definition.onMerge === 'newest'
  if (isNewest && !seen.isPressed(id)) return tombstoneGraceMs
  const apartMs = Math.min(isNewest ? pressedMs : seen.apartMs, tombstoneGraceMs)
  // Where all who have the rows are out of reach they are not on the smaller side of anything.
  for (const [name, { state, incarnation }] of copies)
    if (state === 'active' && !isGone(seen, memberId({ name, incarnation }), apartMs)) return apartMs
  return tombstoneGraceMs
}

function isGone({ isMember, silentMs }: HoldersSeen, member: MemberId, limitMs: number): boolean {
  return !isMember(member) || silentMs(member) > limitMs
}

import { memberId } from '../../membership/view.ts'
import { isHolding, type SchemaChange, type TableEntry } from '../../replication/catalog.ts'
import type { MemberId } from '../consensus/types.ts'

/** What the leader knows of those who hold copies of default tables. */
export interface HoldersSeen {
  readonly tables: Iterable<TableEntry>
  readonly isMember: (member: MemberId) => boolean
  /** Ms since anybody that tells the leader heard the member. */
  readonly silentMs: (member: MemberId) => number
  readonly tombstoneGraceMs: number
}

/**
 * The copies that the others need not wait for any longer (D5, D7): of processes that are no members any more, and of
 * those that nobody has heard for longer than deletes are remembered. One that lives all the same learns of it from the
 * epoch of any frame, and begins anew. Only a leader decides so: a minority expels nobody.
 */
export function copiesToExpel(seen: HoldersSeen): Extract<SchemaChange, { kind: 'setCopy' }>[] {
  const out: Extract<SchemaChange, { kind: 'setCopy' }>[] = []
  for (const { name, definition, copies } of seen.tables) {
    if (definition.majority) continue
    for (const [node, { state, incarnation }] of copies) {
      if (!isHolding(state) || !isGone(seen, memberId({ name: node, incarnation }))) continue
      out.push({ kind: 'setCopy', table: name, node, copy: { state: 'wanted', incarnation } })
    }
  }
  return out
}

function isGone({ isMember, silentMs, tombstoneGraceMs }: HoldersSeen, member: MemberId): boolean {
  return !isMember(member) || silentMs(member) > tombstoneGraceMs
}

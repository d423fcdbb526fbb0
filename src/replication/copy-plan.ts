import type { Wanted } from '../core/reconcile.ts'
import type { Member } from '../membership/view.ts'
import { isHolding, type TableEntry } from './catalog.ts'

/** What the schema says of the table to that process. */
export function wantedOf(table: TableEntry, self: Member): Wanted {
  const entry = table.copies.get(self.name)
  const isMine = entry !== undefined && entry.incarnation === self.incarnation && isHolding(entry.state)
  return {
    id: table.id,
    here: shallHold(table, self.name, self),
    recorded: isMine ? (entry.state as Wanted['recorded']) : undefined,
    elsewhere: activeElsewhere(table, self.name).length > 0,
  }
}

/** True when that node shall hold a copy of the table, as the process `self` sees it. */
export function shallHold(table: TableEntry, node: string, self: Member): boolean {
  const entry = table.copies.get(node)
  // Another process than the one that was told to leave need not begin.
  if (entry?.state === 'leaving') return node === self.name && entry.incarnation === self.incarnation
  if (entry !== undefined) return entry.state !== 'removed'
  const { copies } = table.definition
  return copies === 'all' || copies.includes(node)
}

/** The nodes, but that one, that the schema says have an active copy. */
export function activeElsewhere(table: TableEntry, name: string): string[] {
  const active = [...table.copies].filter(([node, { state }]) => state === 'active' && node !== name)
  return active.map(([node]) => node)
}

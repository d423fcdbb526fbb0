import { isNewer, Row } from '../../../src/core/entry.ts'
import { copySetOf } from '../../../src/replication/catalog.ts'
import type { HeldCopy } from '../../../src/storage/copies.ts'
import type { TableCopy } from '../../../src/storage/table.ts'
import { type Applied, covers, type History, nameOf } from './history.ts'
import type { SimNode } from './sim-cluster.ts'

const row = new Row()

/**
 * What a node says of what it has, against what was really issued: undefined when every watermark and every floor of
 * every copy is honest. What only copies have that are gone is void.
 */
export function dishonesty(nodes: readonly SimNode[], history: History, table: string): string | undefined {
  const copies = new Set<object>(nodes.flatMap(node => node.engine.copies.get(table)?.copy ?? []))
  const issued = history.living(table, copies)
  // A copy that loads has not what its source has forgotten by right.
  const forgotten = Math.max(0, ...nodes.map(node => node.engine.copies.get(table)?.copy.floor ?? 0))
  for (const node of nodes) {
    const held = node.engine.copies.get(table)
    if (held === undefined) continue
    const { vector, seals } = node.engine.coverage.before(table)
    for (const applied of issued) {
      // Of what a process issued in an earlier life of its copy it may have less than others.
      if (applied.origin === nameOf(node)) continue
      const claim = seals.get(applied.origin) ?? vector.get(applied.origin) ?? 0
      if (applied.stamp > claim || isThere(node, held, applied, forgotten)) continue
      return `${nameOf(node)} says that it has all of ${applied.origin} up to ${claim}, and lacks ${text(applied)}`
    }
    if (!held.active) continue
    // One that was expelled and does not know it yet is waited for by nobody, and what only it has is no part of this.
    const entry = node.engine.catalog.byId(table)
    const copySet = entry && copySetOf(entry)
    const members = nodes.filter(other => copySet?.has(nameOf(other)) === true)
    const theirs = new Set<object>(members.flatMap(other => other.engine.copies.get(table)?.copy ?? []))
    // One that began empty, since nobody whom it could reach had the rows, says that it has nothing.
    const counting = members.filter(
      ({ engine }) => engine.copies.get(table)?.active === true && engine.coverage.level(table) > 0,
    )
    const lacks = (other: SimNode, applied: Applied) =>
      !isThere(other, other.engine.copies.get(table) as HeldCopy, applied, forgotten)
    const wrong = history
      .living(table, theirs)
      .find(applied => applied.stamp <= held.copy.floor && counting.some(other => lacks(other, applied)))
    if (wrong !== undefined) return `the floor ${held.copy.floor} of ${nameOf(node)} is above ${text(wrong)}`
  }
  return undefined
}

// Below a floor a row may be forgotten, but nothing older may stand in its place.
function isThere(node: SimNode, { copy }: HeldCopy, applied: Applied, forgotten: number): boolean {
  if (applied.h > forgotten) return covers(node, copy, applied, row)
  return !isOlderThere(node, copy, applied)
}

function isOlderThere(node: SimNode, copy: TableCopy, applied: Applied): boolean {
  const { origins } = node.engine
  const key = Buffer.from(applied.key, 'hex')
  if (!copy.read(copy.hashOf(key, 0, key.length), key, 0, key.length, row)) return false
  return isNewer(origins, { h: applied.h, origin: origins.indexOf(applied.origin), flags: 0 }, row)
}

function text({ key, h, origin, dead }: Applied): string {
  return `${dead ? 'the deletion of ' : ''}${Buffer.from(key, 'hex').toString('latin1', 1)} at ${h} by ${origin}`
}

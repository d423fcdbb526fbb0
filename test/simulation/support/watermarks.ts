import { isNewer, Row } from '../../../src/core/entry.ts'
import { isLater } from '../../../src/core/epoch.ts'
import { copySetOf } from '../../../src/replication/catalog.ts'
import type { HeldCopy } from '../../../src/storage/copies.ts'
import type { TableCopy } from '../../../src/storage/table.ts'
import { type Applied, covers, type History, hashOfRow, nameOf, rankOf } from './history.ts'
import type { SimNode } from './sim-cluster.ts'

const row = new Row()

/**
 * What a node says of what it has, against what was really issued: undefined when every watermark and every floor of
 * every copy is honest. What only copies have that are gone is void.
 */
export function dishonesty(nodes: readonly SimNode[], history: History, table: string): string | undefined {
  // A copy that loads has not what its source has forgotten by right.
  const forgotten = Math.max(0, ...nodes.map(node => node.engine.copies.get(table)?.copy.floor ?? 0))
  for (const node of nodes) {
    const held = node.engine.copies.get(table)
    if (held === undefined || isOut(node, nodes, table)) continue
    // What only one has that was expelled and does not know it yet is no part of this.
    const entry = node.engine.catalog.byId(table)
    const copySet = entry && copySetOf(entry)
    const members = nodes.filter(other => copySet?.has(nameOf(other)) === true)
    const copies = new Set<object>(
      [...members, node].flatMap(each => each.engine.copies.get(table)?.copy ?? []),
    )
    const claims = { node, held, history, copies, forgotten }
    const wrong = overstated(claims) ?? tooHigh(claims, members)
    if (wrong !== undefined) return wrong
  }
  return undefined
}

// Others went on without it, which it is still to learn: nobody waits for it, nor it for anybody.
function isOut(node: SimNode, nodes: readonly SimNode[], table: string): boolean {
  const known = node.engine.catalog.epoch
  return nodes.some(({ engine: { catalog } }) => {
    const entry = catalog.byId(table)
    if (entry === undefined || copySetOf(entry).has(nameOf(node))) return false
    return catalog.epoch.group !== known.group || isLater(catalog.epoch, known)
  })
}

interface Claims {
  readonly node: SimNode
  readonly held: HeldCopy
  readonly history: History
  /** Copies of those for whom the node may have to wait: what none of them applied is no part of it. */
  readonly copies: ReadonlySet<object>
  readonly forgotten: number
}

function overstated({ node, held, history, copies, forgotten }: Claims): string | undefined {
  const { vector, seals } = node.engine.coverage.before(held.copy.id)
  const self = nameOf(node)
  const claim = (origin: string) => seals.get(origin) ?? vector.get(origin) ?? 0
  const claimed = history.newest(held.copy.id, copies, ({ issuer, stamp, by }) => {
    // Of what a process issued in an earlier life of its copy it may have less than others.
    if (issuer === self || stamp > claim(issuer)) return false
    // What was written to a copy that is no more comes with what is loaded.
    return held.active || copies.has(by)
  })
  for (const applied of claimed.values())
    if (!isThere(node, held, applied, forgotten))
      return `${self} says that it has all of ${applied.issuer} up to ${claim(applied.issuer)}, and lacks ${text(applied)}`
  return undefined
}

function tooHigh(
  { node, held, history, copies, forgotten }: Claims,
  members: readonly SimNode[],
): string | undefined {
  if (!held.active) return undefined
  const { floor, id } = held.copy
  // One that began empty, since nobody whom it could reach had the rows, says that it has nothing.
  const counting = members.filter(
    ({ engine }) => engine.copies.get(id)?.active === true && engine.coverage.level(id) > 0,
  )
  for (const applied of history.newest(id, copies, ({ stamp }) => stamp <= floor).values())
    for (const other of counting)
      if (!isThere(other, other.engine.copies.get(id) as HeldCopy, applied, forgotten))
        return `the floor ${floor} of ${nameOf(node)} is above ${text(applied)}`
  return undefined
}

// Below a floor a row may be forgotten, but nothing older may stand in its place.
function isThere(node: SimNode, { copy }: HeldCopy, applied: Applied, forgotten: number): boolean {
  if (applied.h > forgotten) return covers(node, copy, applied, row)
  return !isOlderThere(node, copy, applied)
}

function isOlderThere(node: SimNode, copy: TableCopy, applied: Applied): boolean {
  const key = applied.keyBytes
  if (!copy.read(hashOfRow(copy, key), key, 0, key.length, row)) return false
  return isNewer(node.engine.origins, rankOf(node, applied), row)
}

function text({ key, h, origin, dead }: Applied): string {
  return `${dead ? 'the deletion of ' : ''}${Buffer.from(key, 'hex').toString('latin1', 1)} at ${h} by ${origin}`
}

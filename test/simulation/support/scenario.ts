import { lastingFlags } from '../../../src/core/entry.ts'
import { scanEnd } from '../../../src/core/partition.ts'
import { SimCluster, type SimNode } from './sim-cluster.ts'
import { World } from './world.ts'

/** Three hosts, unless a scenario needs others. */
export const names = ['a', 'b', 'c']

/** A cluster that is up, with its tables on every host. */
export async function cluster(
  seed: number,
  tables: Record<string, object> = { t: {} },
  nodes = names,
): Promise<SimCluster> {
  const made = new SimCluster(new World(seed))
  await made.boot(nodes, tables)
  return made
}

/** In the order in which they were started. */
export function nodesOf(sim: SimCluster): SimNode[] {
  return [...sim.nodes.values()]
}

/** The public table of that node, of numbers under texts. */
export function tableOf(node: SimNode, name = 't') {
  return node.table<string, number>(name)
}

/** Every row of the node's copy, tombstones included, in a form that two copies can be compared by. */
export function rowsOf(node: SimNode, name = 't'): string[] {
  const id = node.engine.catalog.get(name)?.id ?? ''
  const copy = node.engine.copies.get(id)?.copy
  if (copy === undefined) return ['no copy']
  const out: string[] = []
  let cursor = 0
  while (cursor !== scanEnd) {
    cursor = copy.scan(cursor, row => {
      const key = row.keyBytes.toString('hex', row.keyStart, row.keyStart + row.keyLength)
      const value = row.valueBytes.toString('hex', row.valueStart, row.valueStart + row.valueLength)
      out.push(
        `${key} ${row.h}@${node.engine.origins.nameOf(row.origin)} ${row.flags & lastingFlags} ${row.expiresAt} ${value}`,
      )
    })
  }
  return out.sort()
}

/** Waits until every copy has the same rows, and nobody has any that were set aside. */
export async function untilEqual(sim: SimCluster, name = 't', limitMs = 60_000): Promise<void> {
  const all = () => nodesOf(sim).map(node => rowsOf(node, name).join('\n'))
  const isThere = (node: SimNode) => node.hasTable(name) && node.engine.setAside.waiting().size === 0
  await sim.world.until(
    () => new Set(all()).size === 1 && nodesOf(sim).every(isThere),
    limitMs,
    'copies equal',
  )
}

/** From now on the sides do not hear each other. */
export function split(sim: SimCluster, ...sides: string[][]): void {
  for (const side of sides)
    for (const a of side) for (const b of sides.flat()) if (!side.includes(b)) sim.cut(a, b)
}

/** Lets time go on until the call ends, and gives what it gave. */
export async function done<T>(sim: SimCluster, promise: Promise<T>, limitMs = 6000): Promise<T> {
  let settled = false
  promise.then(
    () => {
      settled = true
    },
    () => {
      settled = true
    },
  )
  await sim.world.until(() => settled, limitMs, 'the call ends')
  return promise
}

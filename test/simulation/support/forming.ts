import { expect } from 'vitest'
import type { TableOptions } from '../../../src/core/schema.ts'
import type { Table } from '../../../src/face/types.ts'
import { done, names, nodesOf, split } from './scenario.ts'
import { SimCluster, type SimNode } from './sim-cluster.ts'
import { World } from './world.ts'

export const strict = { majority: true } as const

/** A cluster that is one group, with a default and a majority table. */
export async function formed(seed: number, nodes: readonly string[] = names): Promise<SimCluster> {
  const sim = new SimCluster(new World(seed))
  await sim.boot(nodes, { plain: {}, strict })
  await untilOneGroup(sim, nodes.length)
  return sim
}

/** One group, every process a member, as many of them voting as there should be. */
export async function untilOneGroup(sim: SimCluster, nodes: number, limitMs = 30_000): Promise<void> {
  const wanted = nodes <= 2 ? 1 : nodes <= 4 ? 3 : 5
  const isFormed = () =>
    sim.nodes.size === nodes &&
    nodesOf(sim).every(({ engine: { strong } }) => {
      const { id, voters, learners, hasQuorum } = strong.status
      const isSame = id === nodesOf(sim)[0].engine.strong.status.id
      return (
        isSame &&
        hasQuorum &&
        strong.isMember &&
        voters.length === wanted &&
        learners.length === nodes - wanted
      )
    })
  await sim.world.until(isFormed, limitMs, 'one group')
}

/** The majority table of that node, or another one, of numbers. */
export function table(node: SimNode, name = 'strict'): Table<string, number> {
  return node.table<string, number>(name)
}

/** The code of the error with which the call ends, `none` without one. */
export async function codeOf(sim: SimCluster, call: Promise<unknown>): Promise<string> {
  try {
    await done(sim, call, 10_000)
    return 'none'
  } catch (error) {
    return (error as { code?: string }).code ?? String(error)
  }
}

/** Who can have anything decided. */
export function leaderOf(sim: SimCluster): SimNode {
  const leader = nodesOf(sim).find(({ engine }) => engine.strong.group.consensus.takesProposals)
  if (leader === undefined) throw new Error('no leader')
  return leader
}

/** The process of that node. */
export const named = (sim: SimCluster, name: string) => sim.nodes.get(name) as SimNode

/** Two groups that know nothing of each other: that of a and b stays when it meets that of c and d. */
export async function apart(seed: number): Promise<{ sim: SimCluster; a: SimNode; c: SimNode }> {
  const sim = new SimCluster(new World(seed))
  const sides = [
    ['a', 'b'],
    ['c', 'd'],
  ]
  sim.seedsOf = name => sides.find(side => side.includes(name)) ?? []
  split(sim, ...sides)
  for (const name of ['c', 'd']) sim.start(name)
  // The later one has the higher generation.
  await sim.world.run(5000)
  for (const name of ['a', 'b']) sim.start(name)
  await sim.world.until(() => nodesOf(sim).every(({ engine }) => engine.standing.ready), 20_000, 'ready')
  const [a, c] = [named(sim, 'a'), named(sim, 'c')]
  await done(sim, a.create('own', strict))
  await done(sim, table(a, 'own').set('k', 1))
  return { sim, a, c }
}

/** From now on they hear each other, and soon they are one group: that of a. */
export async function met(sim: SimCluster): Promise<void> {
  const { id } = named(sim, 'a').engine.strong.status
  sim.heal()
  await untilOneGroup(sim, sim.nodes.size)
  expect(named(sim, 'a').engine.strong.status.id).toBe(id)
}

/** Creates the table on that one's side of two islands. */
export async function createApart(sim: SimCluster, { name }: SimNode, options: TableOptions): Promise<void> {
  const side = ['a', 'b'].includes(name) ? ['a', 'b'] : ['c', 'd']
  await done(sim, named(sim, name).create('t', options))
  await sim.world.until(() => side.every(each => named(sim, each).hasTable('t')), 10_000, 'the table')
}

/** The same table, where it has another codec. */
export const bytesOf = (node: SimNode): Table<string, Uint8Array> => node.table('t')

/** The rows in all dumps of that node. */
export function dumpedOn({ dumps }: SimNode): { readonly key: string; readonly [field: string]: unknown }[] {
  return dumps.flatMap(dump => [...dump.lines()].map(line => JSON.parse(line)).filter(({ key }) => key))
}

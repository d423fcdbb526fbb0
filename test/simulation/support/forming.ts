import type { Table } from '../../../src/face/types.ts'
import { done, names, nodesOf } from './scenario.ts'
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

import type { Plant } from './plant.ts'
import { nodesOf, split } from './scenario.ts'
import { SimCluster, type SimNode } from './sim-cluster.ts'
import { World } from './world.ts'

const names = ['a', 'b', 'c', 'd', 'e']

/**
 * A process has told one of the others only what it counted last, and is started anew while that one is cut off: then it
 * knows less than it had counted (counterReusesCell).
 */
export async function restartWhileOneKnows(plant: Plant = () => {}): Promise<string | undefined> {
  const sim = new SimCluster(new World(9))
  sim.onStart = plant
  await sim.boot(names, { counts: { type: 'counter' } })
  const [a] = nodesOf(sim)
  await a.table<string, number>('counts').increment('k', 10)
  const values = () => nodesOf(sim).map(sumOn)
  await sim.world.until(() => values().every(value => value === 10), 2000, 'all have 10')
  for (const other of ['c', 'd', 'e']) sim.network.cut('a', other)
  await a.table<string, number>('counts').increment('k', 2)
  const b = sim.nodes.get('b') as SimNode
  await sim.world.until(() => sumOn(b) === 12, 1000, 'b has it')
  sim.crash('a')
  sim.heal()
  split(sim, ['b'], ['a', 'c', 'd', 'e'])
  await sim.world.run(5000)
  const again = sim.start('a')
  await sim.world.until(() => again.hasTable('counts'), 30_000, 'a is back')
  await again.table<string, number>('counts').increment('k', 1)
  await sim.world.run(1000)
  sim.heal()
  await sim.world.run(20_000)
  const wrong = values().find(value => value !== 13)
  return wrong === undefined ? undefined : `13 was counted, and the counter is ${values().join()}`
}

function sumOn(node: SimNode): number | undefined {
  return node.table<string, number>('counts').peek('k')
}

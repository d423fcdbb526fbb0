import type { Plant } from './plant.ts'
import { cluster, done, nodesOf, split, tableOf, untilEqual } from './scenario.ts'
import { SimCluster, type SimNode } from './sim-cluster.ts'
import { World } from './world.ts'

// Where no side of a split could decide anything nobody has gone on without the others: every copy stays, and nothing gives
// way but to what is newer (bothSidesSetAside).
export async function noMajority(plant: Plant = () => {}): Promise<string | undefined> {
  const sim = await cluster(7, { kept: { onMerge: 'majority' } }, ['a', 'b', 'c', 'd', 'e'])
  for (const node of nodesOf(sim)) plant(node)
  split(sim, ['a', 'b'], ['c', 'd'], ['e'])
  const areApart = () => nodesOf(sim).every(({ engine }) => engine.separation.isApart)
  await sim.world.until(areApart, 10_000, 'all are apart')
  for (const node of nodesOf(sim)) await done(sim, tableOf(node, 'kept').set(node.name, 1, { ack: 'local' }))
  sim.heal()
  await sim.world.until(
    () => nodesOf(sim).every(({ engine }) => !engine.separation.isApart),
    20_000,
    'together',
  )
  await sim.world.run(2000)
  await untilEqual(sim, 'kept')
  const lost = nodesOf(sim).filter(({ name }) => tableOf(nodesOf(sim)[0], 'kept').peek(name) !== 1)
  if (lost.length > 0) return `what ${lost.map(({ name }) => name).join(' and ')} wrote is gone`
  const left = nodesOf(sim).find(({ events }) => events.some(({ event }) => event === 'expelled'))
  return left === undefined ? undefined : `${left.name} has given its copy up, without which nobody went on`
}

// One that was apart hears another node before it hears the leader, who may have gone on without it: nothing that it wrote
// apart reaches that one before it has caught up (notKeptApart).
export async function notLeaderFirst(plant: Plant = () => {}): Promise<string | undefined> {
  const sim = await cluster(8, { kept: { onMerge: 'majority' } })
  for (const node of nodesOf(sim)) plant(node)
  const isLeader = ({ engine }: SimNode) => engine.strong.group.consensus.isLeader
  const leader = nodesOf(sim).find(isLeader) ?? nodesOf(sim)[0]
  const [one, other] = nodesOf(sim).filter(node => node !== leader)
  split(sim, [one.name], [leader.name, other.name])
  await sim.world.until(() => one.engine.separation.isApart, 10_000, `${one.name} is apart`)
  await done(sim, tableOf(one, 'kept').set('k', 1, { ack: 'local' }))
  sim.heal(one.name, other.name)
  await sim.world.until(() => one.engine.peers.isConnected(other.name), 5000, 'they hear each other')
  await sim.world.run(1500)
  const isMixed = one.engine.separation.isApart && tableOf(other, 'kept').peek('k') === 1
  sim.heal()
  await untilEqual(sim, 'kept')
  return isMixed ? `${other.name} has what ${one.name} wrote apart and may have to discard` : undefined
}

// Both nodes of the smaller side have what one of them wrote: it goes through the function of the table once (functionTwice).
export async function functionOnce(plant: Plant = () => {}): Promise<string | undefined> {
  const sim = new SimCluster(new World(9))
  sim.mergeFunctions = { sum: (current, aside) => Number(current ?? 0) + Number(aside ?? 0) }
  await sim.boot(['a', 'b', 'c', 'd', 'e'], { sums: { onMerge: 'sum' } })
  const [a, , c] = nodesOf(sim)
  for (const node of nodesOf(sim)) plant(node)
  split(sim, ['a', 'b'], ['c', 'd', 'e'])
  await sim.world.until(() => a.engine.separation.isApart, 10_000, 'a is apart')
  await done(sim, tableOf(a, 'sums').set('k', 3, { ack: 'one' }))
  await done(sim, tableOf(c, 'sums').set('k', 10, { ack: 'one' }))
  await sim.world.run(6000)
  sim.heal()
  await sim.world.until(
    () => nodesOf(sim).every(({ engine }) => !engine.separation.isApart),
    20_000,
    'together',
  )
  await untilEqual(sim, 'sums')
  const sum = tableOf(c, 'sums').peek('k')
  return sum === 13 ? undefined : `3 and 10 are ${sum} together`
}

import { describe, expect, it } from 'vitest'
import { type Epoch, isLater } from '../../src/core/epoch.ts'
import { nodeOf } from '../../src/membership/view.ts'
import { cluster, done, nodesOf, rowsOf, split, tableOf, untilEqual } from './support/scenario.ts'
import type { SimCluster, SimNode } from './support/sim-cluster.ts'

/** The leader, a member whose traffic with it vanishes, and one that both still hear, but that feeds no log (D-16). */
async function cutFromLeader(sim: SimCluster) {
  const leader = nodesOf(sim).find(({ engine }) => engine.strong.group.consensus.isLeader) as SimNode
  const [behind, between] = nodesOf(sim).filter(node => node !== leader)
  sim.cut(leader.name, behind.name)
  sim.cut(behind.name, leader.name)
  const { peers } = between.engine
  const send = peers.sendToGroup.bind(peers)
  peers.sendToGroup = (member, bytes) => {
    if (nodeOf(member) !== behind.name || healed.has(sim)) send(member, bytes)
  }
  await sim.world.run(100)
  return { leader, behind, between }
}

const healed = new WeakSet<SimCluster>()

function heal(sim: SimCluster): void {
  healed.add(sim)
  sim.heal()
}

const own = ({ engine }: SimNode): Epoch => engine.strong.epoch
const known = ({ engine }: SimNode): Epoch => engine.catalog.epoch

describe('a member that is cut from the leader', () => {
  it.each([
    1, 2, 3, 4, 5,
  ])('learns of a new table and its copies from another member, and uses it (SEED=%i)', async seed => {
    const sim = await cluster(seed)
    const { leader, behind, between } = await cutFromLeader(sim)
    await done(sim, leader.create('late'))
    await sim.world.until(() => between.hasTable('late'), 5000, 'the table between them')
    await done(sim, tableOf(between, 'late').set('k', 1, { ack: 'local' }))
    const stateOf = (node: SimNode) => behind.engine.catalog.get('late')?.copies.get(node.name)?.state
    await sim.world.until(() => stateOf(between) === 'active', 5000, 'what the log could not bring')
    expect(isLater(known(behind), own(behind))).toBe(true)
    // It reads and writes at who has a copy. Its own it begins when it can say so, lest others forget what it lacks.
    expect(await done(sim, tableOf(behind, 'late').get('k'))).toBe(1)
    await done(sim, tableOf(behind, 'late').set('k', 2, { ack: 'local' }))
    expect(tableOf(between, 'late').peek('k')).toBe(2)
    expect(behind.hasTable('late')).toBe(false)
    heal(sim)
    await sim.world.until(
      () => nodesOf(sim).every(node => own(node).index === own(leader).index),
      10_000,
      'all logs as far',
    )
    for (const node of nodesOf(sim)) expect(known(node)).toEqual(own(node))
    expect(behind.engine.catalog.tables()).toEqual(leader.engine.catalog.tables())
    await untilEqual(sim, 'late')
    expect(rowsOf(behind, 'late')).toHaveLength(1)
  })

  it('learns that a table is gone, and that another one has its name', async () => {
    const sim = await cluster(11)
    const { leader, behind, between } = await cutFromLeader(sim)
    const before = behind.engine.catalog.get('t')?.id
    await done(sim, leader.engine.changes.drop('t'))
    await done(sim, leader.create('t'))
    await sim.world.until(() => between.hasTable('t'), 5000, 'the table between them')
    await done(sim, tableOf(between).set('new', 1, { ack: 'local' }))
    const present = () => behind.engine.catalog.get('t')
    await sim.world.until(() => present()?.id !== before, 5000, 'the new one')
    const isThere = () => present()?.copies.get(between.name)?.state === 'active'
    await sim.world.until(isThere, 5000, 'a holder within reach')
    expect(await done(sim, tableOf(behind).get('new'))).toBe(1)
    expect(behind.engine.copies.get(before ?? '')).toBeUndefined()
    heal(sim)
    await untilEqual(sim)
  })

  it('waits for majority tables: they come with the log and their rows', async () => {
    const sim = await cluster(13)
    const { leader, behind, between } = await cutFromLeader(sim)
    await done(sim, leader.create('m', { majority: true }))
    await done(sim, leader.create('late'))
    await sim.world.until(() => behind.engine.catalog.get('late') !== undefined, 5000, 'the default table')
    expect(between.engine.catalog.get('m')).toBeDefined()
    expect(behind.engine.catalog.get('m')).toBeUndefined()
    heal(sim)
    await sim.world.until(() => behind.engine.catalog.get('m') !== undefined, 10_000, 'the majority table')
  })
})

describe('two islands', () => {
  it('keep their tables while they are two groups, whichever epoch is higher', async () => {
    const sim = await cluster(14, {}, ['a', 'b'])
    split(sim, ['a'], ['b'])
    await sim.world.run(100)
    const [a] = nodesOf(sim)
    const records = a.engine.catalog.records()
    a.engine.catalog.adopt({
      ...{ ...records, group: `${records.group.slice(0, 8)}${'0'.repeat(24)}`, tables: new Map() },
      epoch: { ...records.epoch, index: records.epoch.index + 1 },
    })
    expect(a.engine.catalog.epoch).toEqual(records.epoch)
  })
})

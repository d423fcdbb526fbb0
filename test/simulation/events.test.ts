import { describe, expect, it } from 'vitest'
import type { ClusterEvent, EventName } from '../../src/core/events.ts'
import { openEvent } from './support/event-laws.ts'
import { cluster, nodesOf, split, tableOf, untilEqual } from './support/scenario.ts'
import { SimCluster, type SimNode } from './support/sim-cluster.ts'
import { World } from './support/world.ts'

const five = ['a', 'b', 'c', 'd', 'e']

const told = <N extends EventName>(node: SimNode, type: N): ClusterEvent<N>[] =>
  node.engine.events.recent().filter((event): event is ClusterEvent<N> => event.type === type)

const untilTold = (sim: SimCluster, node: SimNode, type: EventName, count = 1) =>
  sim.world.until(() => told(node, type).length >= count, 30_000, `${node.name} tells ${type}`)

describe('a partition', () => {
  it('is suspected on both sides, and healed with what was exchanged', async () => {
    const sim = await cluster(41, { t: {} }, five)
    const [a, , , d] = nodesOf(sim)
    split(sim, ['a', 'b', 'c'], ['d', 'e'])
    for (const node of [a, d]) await untilTold(sim, node, 'partition-suspected')
    expect(told(a, 'partition-suspected')[0].unreachable).toEqual(['d', 'e'])
    expect(told(a, 'partition-suspected')[0].fraction).toBe(0.4)
    expect(told(d, 'partition-suspected').at(-1)?.unreachable.length).toBeGreaterThanOrEqual(2)
    expect(told(a, 'strong-quorum-lost')).toEqual([])
    await untilTold(sim, d, 'strong-quorum-lost')
    for (let i = 0; i < 10; i++) tableOf(a).set(`a${i}`, i, { ack: 'local' })
    for (let i = 0; i < 7; i++) tableOf(d).set(`d${i}`, i, { ack: 'local' })
    await sim.world.run(6000)
    expect([...told(a, 'partition-healed'), ...told(d, 'partition-healed')]).toEqual([])
    sim.heal()
    await untilEqual(sim)
    for (const node of nodesOf(sim)) await untilTold(sim, node, 'partition-healed')
    const [healed] = told(a, 'partition-healed')
    expect(healed.returned).toEqual(['d', 'e'])
    expect(healed.durationMs).toBeGreaterThan(6000)
    // Whoever of two compares first writes it down.
    const all = nodesOf(sim).flatMap(node => told(node, 'partition-healed'))
    const rows = all.reduce((sum, { pushed, pulled }) => sum + pushed + pulled, 0)
    expect(rows).toBeGreaterThanOrEqual(17)
    const samples = all.flatMap(({ sample }) => sample)
    expect(samples.map(({ key }) => String(key).slice(0, 1))).toEqual(expect.arrayContaining(['a', 'd']))
    expect(told(d, 'partition-healed')[0].returned).toEqual(['a', 'b', 'c'])
    await untilTold(sim, d, 'strong-quorum-regained')
    expect(openEvent(nodesOf(sim))).toBeUndefined()
  })

  it('is not what one process of five that fails is taken for', async () => {
    const sim = await cluster(42, { t: {} }, five)
    sim.crash('c')
    const left = nodesOf(sim)
    for (const node of left) await untilTold(sim, node, 'member-dead')
    await sim.world.run(8000)
    expect(left.flatMap(node => told(node, 'partition-suspected'))).toEqual([])
    sim.start('c')
    for (const node of left)
      await sim.world.until(
        () => told(node, 'member-up').filter(({ member }) => member === 'c').length === 2,
        10_000,
        'seen again',
      )
  })

  it('of members that fail one long after another is none', async () => {
    const sim = await cluster(43, { t: {} }, five)
    const [a] = nodesOf(sim)
    sim.crash('d')
    await untilTold(sim, a, 'member-dead')
    await sim.world.run(6000)
    sim.crash('e')
    await untilTold(sim, a, 'member-dead', 2)
    await sim.world.run(3000)
    expect(told(a, 'partition-suspected')).toEqual([])
  })

  it('has not healed while those who return are still compared with', async () => {
    const sim = await cluster(44, { t: {} }, five)
    const [a] = nodesOf(sim)
    split(sim, ['a', 'b', 'c'], ['d', 'e'])
    await untilTold(sim, a, 'partition-suspected')
    const { repairer } = a.engine
    repairer.schedule = () => {}
    sim.heal()
    await sim.world.until(() => a.membership.view.members.length === 5, 10_000, 'all are back')
    await sim.world.run(10_000)
    expect(told(a, 'partition-healed')).toEqual([])
  })
})

describe('a copy', () => {
  it('tells that it loads, and that it is active, once', async () => {
    const sim = await cluster(45)
    const [a] = nodesOf(sim)
    for (let i = 0; i < 300; i++) tableOf(a).set(`k${i}`, i, { ack: 'local' })
    await sim.world.run(500)
    const d = sim.start('d')
    await sim.world.until(() => d.hasTable('t'), 20_000, 'loaded')
    const ofCopy = d.engine.events.recent().filter(({ type }) => type.startsWith('copy-'))
    expect(ofCopy).toMatchObject([
      { type: 'copy-loading', table: 't' },
      { type: 'copy-active', table: 't', rows: 300 },
    ])
  })

  it('that others went on without tells so, and what became of its rows', async () => {
    const sim = new SimCluster(new World(46))
    sim.tombstoneGraceMs = 5000
    await sim.boot(['a', 'b', 'c'], { t: {} })
    const [a, , c] = nodesOf(sim)
    split(sim, ['a', 'b'], ['c'])
    await sim.world.run(3000)
    tableOf(c).set('only here', 1, { ack: 'local' })
    const expelled = () => a.engine.catalog.get('t')?.copies.get('c')?.state === 'wanted'
    await sim.world.until(expelled, 60_000, 'expelled')
    sim.heal()
    await untilTold(sim, c, 'rejoined')
    expect(told(c, 'expelled')).toMatchObject([{ table: 't', reason: 'silent' }])
    expect(told(c, 'rejoined')).toMatchObject([{ table: 't', reissued: 1, orphans: 0 }])
    await untilEqual(sim)
  })
})

describe('the group', () => {
  it('tells who leads it and who is in it', async () => {
    const sim = await cluster(47)
    const [first] = nodesOf(sim)
    const leader = nodesOf(sim).find(({ engine }) => engine.strong.group.consensus.isLeader)?.name ?? ''
    for (const node of nodesOf(sim)) expect(told(node, 'strong-leader').at(-1)?.leader).toBe(leader)
    await sim.world.until(
      () => told(first, 'strong-config').at(-1)?.voters.length === 3,
      20_000,
      'all of them vote',
    )
    sim.crash(leader)
    const left = nodesOf(sim)[0]
    await sim.world.until(
      () => ![leader, undefined].includes(told(left, 'strong-leader').at(-1)?.leader),
      10_000,
      'another one leads',
    )
  })
})

import { describe, expect, it } from 'vitest'
import { cluster, nodesOf, split, tableOf, untilEqual } from './support/scenario.ts'
import type { SimCluster } from './support/sim-cluster.ts'

/** What all nodes remember, each receipt with the node that wrote it. */
const receiptsOf = (sim: SimCluster) =>
  nodesOf(sim).flatMap(({ name, engine }) =>
    engine.repairer.receipts.list(1000).map(receipt => ({ ...receipt, by: name })),
  )
const countsOf = (sim: SimCluster) =>
  nodesOf(sim)
    .map(({ engine }) => engine.repairer.receipts.counts)
    .reduce((sum, { pushed, pulled, overwrittenHere, overwrittenThere }) => ({
      ...{ pushed: sum.pushed + pushed, pulled: sum.pulled + pulled, orphans: 0, discarded: 0 },
      overwrittenHere: sum.overwrittenHere + overwrittenHere,
      overwrittenThere: sum.overwrittenThere + overwrittenThere,
    }))

describe('receipts', () => {
  it('say of each key that differed after a split which version gave way to which, and why', async () => {
    const sim = await cluster(11)
    const [a, , c] = nodesOf(sim)
    for (const key of ['both', 'deleted', 'same']) tableOf(a).set(key, 0, { ack: 'local' })
    await sim.world.run(500)
    const before = countsOf(sim)
    split(sim, ['a', 'b'], ['c'])
    await sim.world.run(4000)
    tableOf(a).set('both', 1, { ack: 'local' })
    await sim.world.run(50)
    tableOf(c).set('both', 2, { ack: 'local' })
    tableOf(c).delete('deleted', { ack: 'local' })
    tableOf(c).set('new', 1, { ack: 'local' })
    sim.heal()
    await untilEqual(sim)
    const receipts = receiptsOf(sim)
    const met = receipts.filter(({ key }) => key === 'both')
    // Each of a and b met c; whichever side compared wrote it down.
    expect(met.length).toBeGreaterThanOrEqual(2)
    for (const { by, node, here, there, wins, rule, table } of met) {
      const [winner, loser] = by === 'c' ? [here, there] : [there, here]
      expect([by, node]).toContain('c')
      expect([table, rule, wins]).toEqual(['t', 'newest', by === 'c' ? 'here' : 'there'])
      expect([winner?.writer, loser?.writer]).toEqual([
        expect.stringMatching(/^c#/),
        expect.stringMatching(/^a#/),
      ])
      expect((winner?.writtenAt ?? 0) > (loser?.writtenAt ?? 0)).toBe(true)
    }
    const deleted = receipts.find(({ key }) => key === 'deleted')
    expect([deleted?.here?.state, deleted?.there?.state].sort()).toEqual(['deleted', 'live'])
    const added = receipts.find(({ key }) => key === 'new')
    expect([added?.here, added?.there].filter(version => version === undefined)).toHaveLength(1)
    expect(receipts.some(({ key }) => key === 'same')).toBe(false)
    const after = countsOf(sim)
    const overwritten =
      after.overwrittenHere + after.overwrittenThere - before.overwrittenHere - before.overwrittenThere
    expect(overwritten).toBeGreaterThanOrEqual(4)
    expect(after.pushed + after.pulled - before.pushed - before.pulled).toBeGreaterThanOrEqual(
      overwritten + 2,
    )
  })

  it('are bounded, and keep where a version gave way before what one side lacked', async () => {
    const sim = await cluster(13)
    const [a, , c] = nodesOf(sim)
    tableOf(a).set('both', 0, { ack: 'local' })
    await sim.world.run(500)
    split(sim, ['a', 'b'], ['c'])
    await sim.world.run(4000)
    tableOf(a).set('both', 1, { ack: 'local' })
    tableOf(c).set('both', 2, { ack: 'local' })
    for (let i = 0; i < 3000; i++) tableOf(c).set(`k${i}`, i, { ack: 'local' })
    sim.heal()
    await untilEqual(sim)
    const writers = nodesOf(sim).filter(
      ({ engine }) => engine.repairer.receipts.counts.pushed + engine.repairer.receipts.counts.pulled > 3000,
    )
    expect(writers.length).toBeGreaterThan(0)
    for (const { engine } of writers) {
      expect(engine.repairer.receipts.list(1000).length).toBeLessThanOrEqual(1000)
      expect(engine.repairer.receipts.list(1).map(({ key }) => key)).toEqual(['both'])
      expect(engine.repairer.receipts.list(5000).length).toBeLessThan(1100)
    }
  })
})

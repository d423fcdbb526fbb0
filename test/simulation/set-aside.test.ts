import { describe, expect, it } from 'vitest'
import { done, nodesOf, split, tableOf, untilEqual } from './support/scenario.ts'
import { SimCluster } from './support/sim-cluster.ts'
import { World } from './support/world.ts'

/** Others go on soon without a copy that is silent. */
async function cluster(seed: number): Promise<SimCluster> {
  const sim = new SimCluster(new World(seed))
  sim.tombstoneGraceMs = 5000
  sim.expelAfterMs = 1500
  await sim.boot(['a', 'b', 'c'], { t: {} })
  return sim
}

describe('a copy that others went on without', () => {
  it('lets go of its rows when the table is dropped before they are back (default suite, SEED=57)', async () => {
    const sim = await cluster(2)
    const [a, , c] = nodesOf(sim)
    await done(sim, tableOf(a).set('k', 1, { ack: 'all' }))
    split(sim, ['a', 'b'], ['c'])
    await sim.world.run(6000)
    sim.heal()
    await sim.world.until(() => c.engine.setAside.waiting().size > 0, 10_000, 'rows set aside')
    const dropped = a.engine.changes.drop('t')
    // Until it has heard of that it loads, and has not brought them back.
    split(sim, ['a', 'b'], ['c'])
    await done(sim, dropped)
    sim.heal()
    await sim.world.until(() => c.engine.catalog.get('t') === undefined, 10_000, 'the table is gone')
    await sim.world.run(1000)
    expect(c.engine.setAside.waiting().size).toBe(0)
  })

  it('brings back all that only it has, however long that takes', async () => {
    const sim = new SimCluster(new World(3))
    sim.expelAfterMs = 1500
    await sim.boot(['a', 'b', 'c'], { t: {} })
    const [a, , c] = nodesOf(sim)
    split(sim, ['a', 'b'], ['c'])
    const keys = Array.from({ length: 12_000 }, (_, i) => `k${i}`)
    for (const key of keys) void tableOf(c).set(key, 1, { ack: 'local' })
    await sim.world.run(20_000)
    sim.heal()
    const { setAside } = c.engine
    await sim.world.until(() => setAside.count > 0 && setAside.waiting().size === 0, 60_000, 'all is back')
    await sim.world.run(1000)
    await untilEqual(sim)
    expect(keys.filter(key => tableOf(a).peek(key) !== 1)).toHaveLength(0)
  })
})

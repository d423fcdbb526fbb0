import { describe, expect, it } from 'vitest'
import { cluster, done, nodesOf, rowsOf, split, tableOf, untilEqual } from './support/scenario.ts'
import type { SimCluster, SimNode } from './support/sim-cluster.ts'

const copyOf = (node: SimNode, name = 't') =>
  node.engine.copies.get(node.engine.catalog.get(name)?.id ?? '')!.copy
const evictedBy = (node: SimNode, name = 't') =>
  node.engine.evictions.evicted(node.engine.catalog.get(name)?.id ?? '')
const sizes = (sim: SimCluster) => nodesOf(sim).map(node => copyOf(node).size)

/** Each node writes entries of its own in rounds, so that all owners evict at once. */
async function fill(sim: SimCluster, count: number, perRound = 40, value = (i: number) => i): Promise<void> {
  for (let from = 0; from < count; from += perRound) {
    for (const node of nodesOf(sim))
      for (let i = from; i < Math.min(count, from + perRound); i++)
        void tableOf(node).set(`${node.name}${i}`, value(i), { ack: 'local' })
    await sim.world.run(20)
  }
}

describe('a table over its limit (D-20)', () => {
  it.each(['lru', 'tinylfu'])('comes down to it, not n times as far (%s)', async eviction => {
    const sim = await cluster(1, { t: { eviction, maxEntries: 600 } })
    await fill(sim, 400)
    await sim.world.run(2000)
    await untilEqual(sim)
    for (const size of sizes(sim)) {
      expect(size).toBeLessThanOrEqual(600)
      // Owners that each removed all that was too much would leave a third of it.
      expect(size).toBeGreaterThan(540)
    }
    const evicted = nodesOf(sim).map(node => evictedBy(node))
    expect(Math.min(...evicted)).toBeGreaterThan(100)
    expect(evicted.reduce((a, b) => a + b)).toBeLessThan(1200 - 540 + 1)
  })

  it('whose limit sinks is left with that much, though all owners begin at the same time', async () => {
    const sim = await cluster(8, { t: { eviction: 'lru', maxEntries: 600 } })
    await fill(sim, 200)
    await sim.world.run(500)
    for (const node of nodesOf(sim)) copyOf(node).redefine({ ...copyOf(node).definition, maxEntries: 300 })
    await sim.world.run(2000)
    await untilEqual(sim)
    expect(sizes(sim)[0]).toBeLessThanOrEqual(300)
    expect(sizes(sim)[0]).toBeGreaterThan(290)
  })

  it('keeps to maxBytes, and refuses a value that alone is larger', async () => {
    const sim = await cluster(2, { t: { eviction: 'lru', maxBytes: 40_000 } })
    const [a] = nodesOf(sim)
    await fill(sim, 400)
    await sim.world.run(1000)
    await untilEqual(sim)
    for (const node of nodesOf(sim)) {
      expect(copyOf(node).bytes).toBeLessThanOrEqual(40_000)
      expect(copyOf(node).bytes).toBeGreaterThan(35_000)
    }
    const large = a.table<string, string>('t').set('large', 'x'.repeat(50_000), { ack: 'local' })
    await expect(done(sim, large)).rejects.toMatchObject({ code: 'ERR_TABLE_FULL' })
  })

  it('evicts nothing while it is below, however unevenly the owners fill', async () => {
    const sim = await cluster(3, { t: { eviction: 'lru', maxEntries: 90 } })
    for (let i = 0; i < 90; i++) void tableOf(nodesOf(sim)[0]).set(`k${i}`, i, { ack: 'local' })
    await sim.world.run(3000)
    expect(sizes(sim)).toEqual([90, 90, 90])
  })

  it('keeps what is read, on whichever node it is read', async () => {
    const sim = await cluster(4, { t: { eviction: 'lru', maxEntries: 300 } })
    const [a, b] = nodesOf(sim)
    const hot = Array.from({ length: 40 }, (_, i) => `hot${i}`)
    for (const key of hot) void tableOf(a).set(key, 1, { ack: 'local' })
    await sim.world.run(200)
    for (let round = 0; round < 60; round++) {
      // Only there, and from its cache after the first time: the owners must hear of it.
      for (const key of hot) tableOf(b).peek(key)
      for (let i = 0; i < 40; i++) void tableOf(a).set(`cold${round}-${i}`, 1, { ack: 'local' })
      await sim.world.run(150)
    }
    await untilEqual(sim)
    const kept = hot.filter(key => tableOf(a).peek(key) === 1)
    expect(kept.length).toBeGreaterThanOrEqual(38)
  })

  it('with tinylfu lets a scan pass by', async () => {
    const kept = async (eviction: string) => {
      const sim = await cluster(5, { t: { eviction, maxEntries: 300 } })
      const [a] = nodesOf(sim)
      const hot = Array.from({ length: 200 }, (_, i) => `hot${i}`)
      for (const key of hot) void tableOf(a).set(key, 1, { ack: 'local' })
      for (let round = 0; round < 8; round++) {
        for (const key of hot) tableOf(a).peek(key)
        await sim.world.run(150)
      }
      for (let round = 0; round < 100; round++) {
        for (let i = 0; i < 40; i++) void tableOf(a).set(`scan${round}-${i}`, 1, { ack: 'local' })
        await sim.world.run(20)
      }
      await untilEqual(sim)
      return hot.filter(key => tableOf(a).peek(key) === 1).length
    }
    expect(await kept('tinylfu')).toBeGreaterThan(190)
    expect(await kept('lru')).toBeLessThan(20)
  })
})

describe('an eviction', () => {
  it.each([1, 2, 3, 4, 5, 6])('never removes what was written at the same time (SEED=%i)', async seed => {
    const sim = await cluster(seed, { t: { eviction: 'lru', maxEntries: 100 } })
    const [a, b, c] = nodesOf(sim)
    for (let i = 0; i < 100; i++) void tableOf(a).set(`k${i}`, 0, { ack: 'local' })
    await sim.world.run(500)
    // The owners evict what is there, and do not hear yet that it has been written anew.
    split(sim, ['a', 'b'], ['c'])
    for (let i = 0; i < 100; i++) void tableOf(c).set(`k${i}`, 1, { ack: 'local' })
    for (let i = 0; i < 100; i++) void tableOf(a).set(`n${i}`, 0, { ack: 'local' })
    await sim.world.run(400)
    const gone = Array.from({ length: 100 }, (_, i) => `k${i}`).filter(
      key => tableOf(b).peek(key) === undefined,
    )
    expect(gone.length).toBeGreaterThan(10)
    // Room for all, so that nothing is evicted once they meet.
    for (const node of nodesOf(sim)) copyOf(node).redefine({ ...copyOf(node).definition, maxEntries: 1000 })
    sim.heal()
    await untilEqual(sim)
    expect(gone.filter(key => tableOf(a).peek(key) !== 1)).toEqual([])
  })

  it('is forgotten like a delete, and its entry does not come back', async () => {
    const sim = await cluster(7, { t: { eviction: 'lru', maxEntries: 50 } })
    const [a, , c] = nodesOf(sim)
    for (let i = 0; i < 50; i++) void tableOf(a).set(`old${i}`, 0, { ack: 'local' })
    await sim.world.run(500)
    split(sim, ['a', 'b'], ['c'])
    for (let i = 0; i < 100; i++) void tableOf(a).set(`new${i}`, 0, { ack: 'local' })
    await sim.world.run(1000)
    expect(copyOf(c).size).toBeGreaterThanOrEqual(50)
    sim.heal()
    await sim.world.run(30_000)
    await untilEqual(sim)
    expect(nodesOf(sim).map(node => copyOf(node).tombstones)).toEqual([0, 0, 0])
    expect(rowsOf(a).length).toBeLessThanOrEqual(50)
  })
})

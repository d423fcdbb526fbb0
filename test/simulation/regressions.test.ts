import { describe, expect, it } from 'vitest'
import { named, untilOneGroup } from './support/forming.ts'
import { eachReplica, replace } from './support/plant.ts'
import { cluster, done, nodesOf, rowsOf, split, tableOf, untilEqual } from './support/scenario.ts'
import { SimCluster, type SimNode } from './support/sim-cluster.ts'
import { World } from './support/world.ts'

const keys = Array.from({ length: 30 }, (_, i) => `k${i}`)
const heldBy = (node: SimNode) => node.engine.copies.get(node.engine.catalog.get('t')?.id ?? '')
const peeks = (sim: SimCluster, key: string) => nodesOf(sim).map(node => tableOf(node).peek(key))

/** Others go on without a copy that is silent for 1.5 s; deletes are kept for it as long as given. */
async function impatient(seed: number, tombstoneGraceMs: number): Promise<SimCluster> {
  const sim = new SimCluster(new World(seed))
  sim.tombstoneGraceMs = tombstoneGraceMs
  sim.expelAfterMs = 1500
  await sim.boot(['a', 'b', 'c'], { t: {} })
  return sim
}

// What went wrong elsewhere with replicated rows, one course of events each.
describe('directed regressions of default tables', () => {
  it('copy-set change before repair: a copy that is taken away has told all it knew (Scylla #5251)', async () => {
    const sim = await cluster(1, { t: { copies: ['a', 'b', 'c'] } })
    const [a, b, c] = nodesOf(sim)
    sim.network.cut('c', 'a')
    sim.network.cut('c', 'b')
    for (const key of keys) void tableOf(c).set(key, 1, { ack: 'local' })
    await sim.world.run(300)
    a.engine.changes.removeCopy('t', 'c').catch(() => {})
    await sim.world.run(200)
    sim.heal()
    await sim.world.until(() => heldBy(c) === undefined, 30_000, 'c has no copy')
    for (const node of [a, b]) expect(rowsOf(node)).toHaveLength(keys.length)
  })

  it('local read at a copy: a writer reads its own write at once, others once it is acknowledged by all (VoltDB, etcd #741)', async () => {
    const sim = await cluster(2)
    for (let i = 0; i < 30; i++) {
      const writer = nodesOf(sim)[i % 3]
      const written = tableOf(writer).set('k', i, { ack: 'all' })
      expect(tableOf(writer).peek('k')).toBe(i)
      await done(sim, written)
      expect(peeks(sim, 'k')).toEqual([i, i, i])
    }
  })

  it('delete, partition longer than the grace, return: nothing that was deleted comes back, the rest does (Cassandra, Akka)', async () => {
    const sim = await impatient(3, 5000)
    const [a, b, c] = nodesOf(sim)
    for (const key of keys) await done(sim, tableOf(a).set(key, 1, { ack: 'all' }))
    split(sim, ['a', 'b'], ['c'])
    for (const key of keys.slice(0, 10)) await done(sim, tableOf(a).delete(key, { ack: 'local' }))
    const left = () => [a, b].reduce((sum, node) => sum + (heldBy(node)?.copy.tombstones ?? 0), 0)
    await sim.world.until(() => left() === 0, 30_000, 'the deletes are forgotten')
    await done(sim, tableOf(c).set('only', 1, { ack: 'local' }))
    sim.heal()
    await untilEqual(sim)
    expect(c.engine.setAside.count).toBe(1)
    for (const node of [a, b, c]) {
      for (const key of keys) expect(tableOf(node).peek(key)).toBe(keys.indexOf(key) < 10 ? undefined : 1)
      expect(tableOf(node).peek('only')).toBe(1)
    }
  })

  it('expire, then a late older put: it stays away', async () => {
    const sim = await cluster(4)
    const [a, , c] = nodesOf(sim)
    split(sim, ['a', 'b'], ['c'])
    await done(sim, tableOf(c).set('k', 1, { ack: 'local' }))
    await sim.world.run(10)
    await done(sim, tableOf(a).set('k', 2, { ack: 'local', ttl: 1000 }))
    await sim.world.run(3000)
    expect([tableOf(a).peek('k'), tableOf(c).peek('k')]).toEqual([undefined, 1])
    sim.heal()
    await sim.world.run(40_000)
    expect(peeks(sim, 'k')).toEqual([undefined, undefined, undefined])
  })

  it('clear during a snapshot: the new copy has what was written after it, and nothing else', async () => {
    const sim = await cluster(5, { t: { copies: ['a', 'b'] } })
    const [a, b, c] = nodesOf(sim)
    for (let i = 0; i < 5000; i++) void tableOf(a).set(`row ${i}`, i, { ack: 'local' })
    await sim.world.run(500)
    eachReplica(c, replica =>
      replace(replica, 'page', page => async (...args) => {
        const answer = await page(...args)
        if (heldBy(c)?.active === false && cleared === undefined)
          cleared = tableOf(b)
            .clear({ ack: 'local' })
            .then(() => void tableOf(b).set('after', 1, { ack: 'local' }))
        return answer
      }),
    )
    let cleared: Promise<void> | undefined
    a.engine.changes.addCopy('t', 'c').catch(() => {})
    await sim.world.until(() => heldBy(c)?.active === true, 20_000, 'c has a copy')
    expect(cleared).toBeDefined()
    await sim.world.run(2000)
    for (const node of [a, b, c]) expect(rowsOf(node)).toHaveLength(1)
    expect(peeks(sim, 'after')).toEqual([1, 1, 1])
  })

  it('clear during a partition: what the other side wrote after it stays, what it wrote before goes', async () => {
    const sim = await cluster(6)
    const [a, , c] = nodesOf(sim)
    for (const key of keys) void tableOf(a).set(key, 0, { ack: 'local' })
    await sim.world.run(200)
    split(sim, ['a', 'b'], ['c'])
    await done(sim, tableOf(c).set('before', 1, { ack: 'local' }))
    await sim.world.run(10)
    await done(sim, tableOf(a).clear({ ack: 'local' }))
    await sim.world.run(10)
    await done(sim, tableOf(c).set('after', 1, { ack: 'local' }))
    sim.heal()
    await untilEqual(sim)
    expect([...peeks(sim, 'before'), ...peeks(sim, 'k1')]).toEqual(Array(6).fill(undefined))
    expect(peeks(sim, 'after')).toEqual([1, 1, 1])
  })

  it('counter after a restart: it goes on where the others have it', async () => {
    const sim = await cluster(7)
    for (let i = 1; i <= 6; i++) {
      const name = ['a', 'b', 'c'][i % 3]
      expect(await done(sim, tableOf(named(sim, name)).increment('sum', 1, { ack: 'all' }))).toBe(i)
      sim.crash(name)
      const node = sim.start(name)
      await sim.world.until(() => node.hasTable('t'), 20_000, `${name} is back`)
      await sim.world.run(500)
    }
  })

  it.each([
    ['+1 h', 3_600_000],
    ['-1 h', -3_600_000],
    ['to 2090', Date.UTC(2090, 0, 1) - Date.UTC(2026, 5, 1)],
  ])('clock %s: that node writes nothing, and the others go on', async (_, stepMs) => {
    const sim = await cluster(8)
    const [a, b, c] = nodesOf(sim)
    await done(sim, tableOf(a).set('k', 1, { ack: 'all' }))
    sim.stepClock('c', stepMs)
    await sim.world.run(10_000)
    const late = tableOf(c).set('k', 2, { ack: 'local' })
    await expect(done(sim, late)).rejects.toMatchObject({ code: 'ERR_CLOCK_SKEW' })
    await done(sim, tableOf(b).set('k', 3, { ack: 'local' }))
    await sim.world.run(1000)
    expect([tableOf(a).peek('k'), tableOf(b).peek('k')]).toEqual([3, 3])
    sim.stepClock('c', -stepMs)
    await untilEqual(sim)
    expect(tableOf(c).peek('k')).toBe(3)
  })

  it('HLC counter overflow: more writes in one ms than it counts have versions in their order', async () => {
    const sim = await cluster(9)
    const [a, b] = nodesOf(sim)
    let before = 0
    for (let i = 0; i < 10_000; i++) {
      const stamp = a.engine.hybrid.issue()
      expect(stamp).toBeGreaterThan(before)
      before = stamp
    }
    await done(sim, tableOf(a).set('k', 1, { ack: 'all' }))
    await done(sim, tableOf(b).set('k', 2, { ack: 'all' }))
    expect(peeks(sim, 'k')).toEqual([2, 2, 2])
  })

  it('anti-entropy against a table that changes: all is there when the writes end', async () => {
    const sim = await cluster(10)
    const [a, b, c] = nodesOf(sim)
    split(sim, ['a', 'b'], ['c'])
    for (let i = 0; i < 3000; i++) void tableOf(a).set(`row ${i}`, i, { ack: 'local' })
    await sim.world.run(4000)
    sim.heal()
    for (let i = 0; i < 1000; i++) {
      const node = [a, b, c][i % 3]
      void tableOf(node).set(`row ${(i * 7) % 3000}`, -i, { ack: 'local' })
      if (i % 10 === 0) void tableOf(node).delete(`row ${i}`, { ack: 'local' })
      await sim.world.run(1)
    }
    await untilEqual(sim)
    expect(rowsOf(c).length).toBeGreaterThan(2800)
  })

  it('joiner expelled while it loads: it begins again, and keeps what it had set aside', async () => {
    const sim = await impatient(11, 3_600_000)
    const [a, , c] = nodesOf(sim)
    for (let i = 0; i < 3000; i++) void tableOf(a).set(`row ${i}`, i, { ack: 'local' })
    await sim.world.run(500)
    split(sim, ['a', 'b'], ['c'])
    await done(sim, tableOf(c).set('only', 1, { ack: 'local' }))
    await sim.world.run(6000)
    sim.heal()
    await sim.world.until(() => heldBy(c)?.active === false, 30_000, 'c loads')
    split(sim, ['a', 'b'], ['c'])
    await sim.world.run(6000)
    sim.heal()
    await untilEqual(sim)
    expect(peeks(sim, 'only')).toEqual([1, 1, 1])
    expect(rowsOf(c)).toHaveLength(3001)
  })

  it('2-node cluster split: both go on, and have the newest of both after it', async () => {
    const sim = await cluster(12, { t: {} }, ['a', 'b'])
    const [a, b] = nodesOf(sim)
    split(sim, ['a'], ['b'])
    await done(sim, tableOf(a).set('a', 1, { ack: 'local' }))
    await done(sim, tableOf(b).set('b', 1, { ack: 'local' }))
    await done(sim, tableOf(a).set('k', 1, { ack: 'local' }))
    await sim.world.run(5000)
    await done(sim, tableOf(b).set('k', 2, { ack: 'local' }))
    sim.heal()
    await untilEqual(sim)
    expect(['a', 'b', 'k'].flatMap(key => peeks(sim, key))).toEqual([1, 1, 1, 1, 2, 2])
    await untilOneGroup(sim, 2)
  })
})

import { describe, expect, it } from 'vitest'
import { named } from './support/forming.ts'
import { eachReplica, replace } from './support/plant.ts'
import { cluster, done, nodesOf, rowsOf, split, tableOf, untilEqual } from './support/scenario.ts'
import { SimCluster, type SimNode } from './support/sim-cluster.ts'
import { World } from './support/world.ts'

const keys = Array.from({ length: 40 }, (_, i) => `k${i}`)
const heldBy = (node: SimNode, name = 't') => node.engine.copies.get(node.engine.catalog.get(name)?.id ?? '')
const tombstones = (sim: SimCluster) => nodesOf(sim).map(node => heldBy(node)?.copy.tombstones)

describe('the rules of many tables', () => {
  it('D-1: a comparison of one table vouches for that one only', async () => {
    const sim = new SimCluster(new World(1))
    sim.outboxLimits = { maxOperations: 5, maxBytes: 1 << 20 }
    await sim.boot(['a', 'b'], { one: {}, two: {} })
    const [a, b] = nodesOf(sim)
    const two = a.engine.catalog.get('two')?.id
    for (const node of [a, b])
      eachReplica(node, replica =>
        replace(replica, 'roots', roots => async (tables, ...rest) => {
          const answer = await roots(tables, ...rest)
          return { ...answer, roots: answer.roots.filter(({ table }) => table !== two) }
        }),
      )
    split(sim, ['a'], ['b'])
    for (const key of keys)
      for (const name of ['one', 'two']) void tableOf(a, name).set(key, 1, { ack: 'local' })
    const written = a.engine.hybrid.last
    await sim.world.run(4000)
    sim.heal()
    await sim.world.until(() => rowsOf(b, 'one').length === keys.length, 20_000, 'the one is compared')
    await sim.world.run(5000)
    const of = (name: string) => b.engine.coverage.level(b.engine.catalog.get(name)?.id ?? '')
    expect(of('one')).toBeGreaterThan(written)
    expect(rowsOf(b, 'two')).toHaveLength(0)
    expect(of('two')).toBeLessThan(written)
  })

  it('D-2: what a node without a copy writes is stamped by a holder, and sent to one only', async () => {
    const sim = await cluster(2, { t: { copies: ['a', 'b'] } })
    const c = named(sim, 'c')
    await done(sim, Promise.all(keys.map(key => tableOf(c).set(key, 1))))
    for (const key of keys) expect(['a', 'b']).toContain((await done(sim, tableOf(c).entry(key)))?.node)
    // Whoever it was sent to may have made it: nobody else is asked.
    sim.network.cut('a', 'c')
    sim.network.cut('b', 'c')
    const lost = tableOf(c).set('once', 1, { timeout: 500 })
    lost.catch(() => {})
    await expect(done(sim, lost)).rejects.toMatchObject({ code: 'ERR_TIMEOUT', maybeApplied: true })
    sim.heal()
    await sim.world.run(1000)
    expect(new Set(rowsOf(named(sim, 'a')).map(row => row.split(' ')[1])).size).toBe(keys.length + 1)
  })

  it.each([
    'removeCopy',
    'moveCopy',
  ])('D-6: who gives up its copy loses no write that was made there (%s)', async how => {
    const sim = await cluster(3, { t: { copies: ['a', 'b'] } })
    const [a, b, c] = nodesOf(sim)
    const acknowledged: number[] = []
    const write = (i: number) =>
      tableOf(i % 2 === 0 ? b : c)
        .set(`w${i}`, i, { ack: 'one' })
        .then(() => acknowledged.push(i))
        .catch(() => {})
    for (let i = 0; i < 300; i++) sim.world.after(i * 2, () => void write(i))
    await sim.world.run(200)
    const moved =
      how === 'removeCopy'
        ? a.engine.changes.removeCopy('t', 'b')
        : a.engine.changes.addCopy('t', 'c').then(() => a.engine.changes.removeCopy('t', 'b'))
    await done(sim, moved, 20_000)
    await sim.world.until(() => heldBy(b) === undefined, 20_000, 'b has no copy')
    await sim.world.run(2000)
    expect(acknowledged.length).toBeGreaterThan(200)
    for (const i of acknowledged) expect(tableOf(a).peek(`w${i}`)).toBe(i)
  })

  it('D-12: deletes are forgotten in seconds while all is well, and kept while one is away', async () => {
    const sim = await cluster(4)
    const [a] = nodesOf(sim)
    for (const key of keys) await done(sim, tableOf(a).set(key, 1, { ack: 'all' }))
    await done(sim, tableOf(a).delete('k0', { ack: 'all' }))
    await sim.world.until(() => tombstones(sim).every(count => count === 0), 12_000, 'it is forgotten')
    split(sim, ['a', 'b'], ['c'])
    await done(sim, tableOf(a).delete('k1', { ack: 'local' }))
    await sim.world.run(90_000)
    expect(tombstones(sim)).toEqual([1, 1, 0])
    sim.heal()
    await sim.world.until(() => tombstones(sim).every(count => count === 0), 20_000, 'it is forgotten, too')
    await untilEqual(sim)
    expect(tableOf(a).peek('k1')).toBeUndefined()
  })

  it('D-13: rows of an island without a common past are written anew, each once', async () => {
    const sim = new SimCluster(new World(5))
    split(sim, ['a', 'b'], ['c', 'd'])
    for (const name of ['a', 'b', 'c', 'd']) sim.start(name)
    await sim.world.until(() => nodesOf(sim).every(({ engine }) => engine.standing.ready), 20_000, 'ready')
    for (const name of ['a', 'c']) {
      await done(sim, named(sim, name).create('t'))
      await sim.world.until(() => named(sim, name).hasTable('t'), 10_000, 'the table')
      for (const key of keys) void tableOf(named(sim, name)).set(`${name}${key}`, 1, { ack: 'local' })
    }
    // Longer than deletes are remembered while all is well: absent means unknown to them, not deleted.
    await sim.world.run(20_000)
    sim.heal()
    await untilEqual(sim, 't', 120_000)
    for (const node of nodesOf(sim)) expect(rowsOf(node)).toHaveLength(2 * keys.length)
  })

  it('D-19: the owner of a key decides after the writes that the caller made before', async () => {
    const sim = await cluster(7)
    const [a] = nodesOf(sim)
    sim.network.faults = { ...sim.network.faults, maxDelayMs: 30 }
    const calls = keys.map(key => {
      void tableOf(a).set(key, 1, { ack: 'local' })
      return tableOf(a).set(key, 2, { ifAbsent: true })
    })
    expect(await done(sim, Promise.all(calls))).toEqual(keys.map(() => false))
    expect(keys.map(key => tableOf(a).peek(key))).toEqual(keys.map(() => 1))
  })

  it('D-20: a clear is known to who had no copy when it was made', async () => {
    const sim = await cluster(8, { t: { copies: ['a', 'b'] } })
    const [a, , c] = nodesOf(sim)
    for (const key of keys) void tableOf(a).set(key, 1, { ack: 'local' })
    await sim.world.run(200)
    await done(sim, tableOf(a).clear({ ack: 'all' }))
    await done(sim, a.engine.changes.addCopy('t', 'c'), 20_000)
    await sim.world.until(() => heldBy(c)?.active === true, 10_000, 'c has a copy')
    expect(heldBy(c)?.copy.clearVersion.h).toBe(heldBy(a)?.copy.clearVersion.h)
    expect(rowsOf(c)).toHaveLength(0)
  })
})

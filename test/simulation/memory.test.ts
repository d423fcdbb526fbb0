import { describe, expect, it } from 'vitest'
import type { TableOptions } from '../../src/core/schema.ts'
import { done, nodesOf, split, untilEqual } from './support/scenario.ts'
import { SimCluster, type SimNode } from './support/sim-cluster.ts'
import { World } from './support/world.ts'

const limit = 16 * 1024 * 1024
const value = 'x'.repeat(5000)

/** Three nodes, of which c has memory for little. */
async function cluster(seed: number, tables: Record<string, TableOptions>): Promise<SimCluster> {
  const sim = new SimCluster(new World(seed))
  sim.maxBytesOf = name => (name === 'c' ? limit : Number.POSITIVE_INFINITY)
  await sim.boot(['a', 'b', 'c'], tables)
  return sim
}

const copyOf = (node: SimNode, name = 't') =>
  node.engine.copies.get(node.engine.catalog.get(name)?.id ?? '')!.copy
const evictedBy = (node: SimNode, name = 't') =>
  node.engine.evictions.evicted(node.engine.catalog.get(name)?.id ?? '')
const texts = (node: SimNode, name = 't') => node.table<string, string>(name)
const rowsIn = (node: SimNode) => copyOf(node).size + copyOf(node).tombstones
const shareOf = (node: SimNode) => node.engine.memory.use.usedBytes / limit
const counts = (node: SimNode) => node.engine.events.counts
const codeOf = (write: Promise<unknown>) => write.then(() => 'done').catch(error => error.code)

/** Writes 5 kB at a time on that node until it refuses, or there are so many; gives how many it took. */
async function fill(sim: SimCluster, node: SimNode, count: number, name = 't'): Promise<number> {
  for (let i = 0; i < count; i++) {
    const code = await done(sim, codeOf(texts(node, name).set(`${node.name}${i}`, value, { ack: 'local' })))
    if (code !== 'done') return i
    if (i % 20 === 0) await sim.world.run(20)
  }
  return count
}

describe('a node whose memory is nearly used', () => {
  it.each(['lru', 'tinylfu'] as const)('has the owners make room, wherever they are (%s)', async eviction => {
    const sim = await cluster(1, { t: { eviction, l1: false } })
    const [a, b, c] = nodesOf(sim)
    let most = 0
    for (let round = 0; round < 40; round++) {
      for (const node of [a, b])
        for (let i = 0; i < 80; i++)
          void texts(node).set(`${node.name}${round}-${i}`, value, { ack: 'local' })
      await sim.world.run(200)
      most = Math.max(most, shareOf(c))
    }
    expect(most).toBeGreaterThan(0.8)
    expect(most).toBeLessThan(0.95)
    await untilEqual(sim)
    expect(Math.min(...[a, b, c].map(node => evictedBy(node)))).toBeGreaterThan(500)
    // No more than was needed: holes that are closed slowly take an eighth.
    expect(copyOf(c).bytes / limit).toBeGreaterThan(0.6)
    expect(counts(c)).toMatchObject({ 'memory-pressure': 1 })
    expect(counts(a)['memory-pressure']).toBeUndefined()
  })

  it('leaves other tables as they are', async () => {
    const sim = await cluster(2, { t: { l1: false }, cache: { l1: false, eviction: 'lru' } })
    const [a, , c] = nodesOf(sim)
    expect(await fill(sim, a, 1000, 'cache')).toBe(1000)
    expect(await fill(sim, a, 1500)).toBe(1500)
    const isThere = () => copyOf(c).size === 1500 && counts(c)['memory-pressure'] === 1
    await sim.world.until(isThere, 60_000, 'c has what a wrote')
    await sim.world.run(2000)
    expect(copyOf(c, 'cache').size).toBeGreaterThan(300)
    expect(copyOf(c, 'cache').size).toBeLessThan(1000)
    expect(shareOf(c)).toBeLessThan(0.9)
  })
})

describe('a node whose memory is used', () => {
  it('refuses entries, and so do others; deletes and reads go on, and make room', async () => {
    const sim = await cluster(3, { t: { l1: false } })
    const [a, , c] = nodesOf(sim)
    const taken = await fill(sim, c, 4000)
    expect(taken).toBeGreaterThan(2000)
    expect(taken).toBeLessThan(3300)
    expect(shareOf(c)).toBeGreaterThanOrEqual(0.95)
    // Memory is taken by the slab of 1 MiB.
    expect(shareOf(c)).toBeLessThan(0.95 + 1.1 / 16)
    const refused = texts(c).set('more', 'x', { ack: 'local' })
    await expect(done(sim, refused)).rejects.toThrow(
      new RegExp(
        `node c uses \\d+ bytes of memory, 95 % or more of its limit of ${limit} \\(maxBytes\\); delete`,
      ),
    )
    await sim.world.run(500)
    const elsewhere = texts(a).set('more', value, { ack: 'local' })
    await expect(done(sim, elsewhere)).rejects.toMatchObject({
      code: 'ERR_TABLE_FULL',
      details: { node: 'c' },
    })
    expect(counts(c)).toMatchObject({ 'memory-full': 1 })
    expect(await done(sim, texts(a).get('c5'))).toBe(value)
    for (let i = 0; i < taken; i += 2) expect(await done(sim, texts(c).delete(`c${i}`))).toBe(true)
    await sim.world.run(30_000)
    expect(await done(sim, codeOf(texts(c).set('more', value)))).toBe('done')
    expect(await done(sim, codeOf(texts(a).set('again', value)))).toBe('done')
    expect(counts(c)).toMatchObject({ 'memory-relieved': 1 })
  })

  it('takes what others wrote before they knew', async () => {
    const sim = await cluster(4, { t: { l1: false } })
    const [a, , c] = nodesOf(sim)
    split(sim, ['a', 'b'], ['c'])
    expect(await fill(sim, a, 4000)).toBe(4000)
    sim.heal()
    await sim.world.until(() => copyOf(c).size === 4000, 60_000, 'c has what a wrote')
    expect(shareOf(c)).toBeGreaterThan(1)
    expect(await done(sim, codeOf(texts(c).set('more', 'x', { ack: 'local' })))).toBe('ERR_TABLE_FULL')
  })

  it('that is cut off is no limit for others', async () => {
    const sim = await cluster(5, { t: { l1: false } })
    const [a, , c] = nodesOf(sim)
    await fill(sim, c, 4000)
    await sim.world.run(500)
    expect(await done(sim, codeOf(texts(a).set('more', value, { ack: 'local' })))).toBe('ERR_TABLE_FULL')
    split(sim, ['a', 'b'], ['c'])
    await sim.world.run(4000)
    expect(await done(sim, codeOf(texts(a).set('more', value, { ack: 'local' })))).toBe('done')
  })

  it('refuses entries of majority tables, and takes those that were agreed on', async () => {
    const sim = await cluster(6, { t: { l1: false }, m: { majority: true } })
    const [a, , c] = nodesOf(sim)
    await fill(sim, c, 4000)
    expect(await done(sim, codeOf(texts(c, 'm').set('k', 'v')))).toBe('ERR_TABLE_FULL')
    expect(await done(sim, codeOf(texts(a, 'm').set('k', 'v')))).toBe('done')
    expect(await done(sim, texts(c, 'm').get('k'))).toBe('v')
    expect(await done(sim, codeOf(texts(c, 'm').delete('k')))).toBe('done')
  })
})

describe('entries that have expired', () => {
  it('give their memory back on every node, though nobody reads them', async () => {
    const sim = await cluster(7, { t: { l1: false, ttl: '2m' } })
    const [a] = nodesOf(sim)
    await fill(sim, a, 1000)
    await sim.world.run(1000)
    const used = () => nodesOf(sim).map(node => node.engine.memory.use.usedBytes)
    expect(Math.min(...used())).toBeGreaterThan(5_000_000)
    await sim.world.until(() => Math.max(...used()) < 1_000_000, 180_000, 'memory is free')
    await sim.world.until(
      () => nodesOf(sim).every(node => rowsIn(node) === 0),
      60_000,
      'nothing is remembered',
    )
  })
})

describe('tombstones', () => {
  it('that fill a table because a copy is waited for are told of, once until they are gone', async () => {
    const sim = await cluster(8, { t: { l1: false } })
    const [, b, c] = nodesOf(sim)
    const remove = async (count: number) => {
      for (let i = 0; i < count; i++) {
        void texts(c).delete(`k${i}`, { ack: 'local' })
        if (i % 1000 === 0) await sim.world.run(20)
      }
    }
    const told = () => counts(c)['tombstone-pressure']
    split(sim, ['a'], ['b', 'c'])
    await remove(20_000)
    await sim.world.run(300)
    expect(told()).toBeUndefined()
    await remove(25_000)
    await sim.world.run(1000)
    expect([told(), counts(b)['tombstone-pressure']]).toEqual([1, undefined])
    sim.heal()
    await sim.world.until(() => copyOf(c).tombstones === 0, 120_000, 'all of them are forgotten')
    split(sim, ['a'], ['b', 'c'])
    await remove(25_000)
    await sim.world.run(1000)
    expect(told()).toBe(2)
  })

  it('that fill a table end the wait for a silent copy early, which begins anew when it is back (D7)', async () => {
    const sim = await cluster(9, { t: { l1: false } })
    const [a, b, c] = nodesOf(sim)
    void texts(a).set('there before', 'x', { ack: 'local' })
    await sim.world.run(300)
    split(sim, ['a'], ['b', 'c'])
    await sim.world.run(45_000)
    const isHolder = (node: string) => c.engine.catalog.get('t')?.copies.get(node)?.state === 'active'
    // Deletes are remembered for an hour while there is room for them.
    expect(isHolder('a')).toBe(true)
    for (let i = 0; i < 45_000; i++) {
      void texts(c).delete(`k${i}`, { ack: 'local' })
      if (i % 1000 === 0) await sim.world.run(20)
    }
    await sim.world.until(() => !isHolder('a'), 5000, 'the others go on without it')
    await sim.world.until(() => copyOf(c).tombstones < 1000, 20_000, 'forgotten where there is no room')
    expect(copyOf(b).tombstones).toBe(45_000)
    expect(await done(sim, texts(c).get('there before'))).toBe('x')
    sim.heal()
    await sim.world.until(() => isHolder('a'), 30_000, 'it is back')
    // What only some remember is no difference that anybody would repair.
    await sim.world.run(5000)
    const repaired = () => nodesOf(sim).map(node => counts(node)['ae-repaired'] ?? 0)
    const before = repaired()
    await sim.world.run(30_000)
    expect(repaired()).toEqual(before)
    for (const node of [a, b, c]) expect(await done(sim, texts(node).get('there before'))).toBe('x')
    expect(copyOf(c).tombstones).toBe(0)
  })
})

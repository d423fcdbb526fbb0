import { describe, expect, it } from 'vitest'
import { scanEnd } from '../../src/core/partition.ts'
import type { HeldCopy } from '../../src/storage/copies.ts'
import { apart, bytesOf, codeOf, createApart, dumpedOn, met, named, table } from './support/forming.ts'
import { done, nodesOf, rowsOf, untilEqual } from './support/scenario.ts'
import type { SimNode } from './support/sim-cluster.ts'

describe('default tables of one name on islands that meet', () => {
  it('never take in rows of another codec: those of the group that gives way are in dumps (D-13)', async () => {
    const { sim, a, c } = await apart(61)
    await createApart(sim, a, { codec: 'bytes' })
    await createApart(sim, c, {})
    await done(sim, bytesOf(a).set('mine', Buffer.from([1, 2])))
    for (let i = 0; i < 5; i++) await done(sim, table(c, 't').set(`k${i}`, i))
    await done(sim, table(c, 't').delete('k0'))
    const group = c.engine.strong.status.id
    await met(sim)
    await sim.world.until(
      () => nodesOf(sim).filter(({ dumps }) => dumps.length > 0).length === 2,
      20_000,
      'dumps',
    )
    await untilEqual(sim)
    for (const node of nodesOf(sim)) {
      expect([node.engine.setAside.count, node.dumps.length]).toEqual([0, 'ab'.includes(node.name) ? 0 : 1])
      expect(await done(sim, bytesOf(node).get('mine'))).toEqual(Buffer.from([1, 2]))
      expect(await done(sim, bytesOf(node).get('k1'))).toBeUndefined()
      if (node.dumps.length === 0) continue
      expect(node.dumps[0]).toMatchObject({ group, rows: 4 })
      expect(
        dumpedOn(node)
          .map(({ key, value, codec }) => [key, value, codec])
          .sort(),
      ).toEqual([1, 2, 3, 4].map(i => [`k${i}`, i, 'msgpack']))
    }
  })

  it('give each other nothing, though asked: by stream, comparison or page (D-13)', async () => {
    const { sim, a, c } = await apart(65)
    await createApart(sim, a, { codec: 'bytes' })
    await createApart(sim, c, {})
    await done(sim, bytesOf(a).set('mine', Buffer.from([1, 2])))
    await done(sim, table(c, 't').set('theirs', 1))
    const { copy } = c.engine.copies.get(c.engine.catalog.get('t')?.id ?? '') as HeldCopy
    const [before, after] = [rowsOf(a), rowsOf(c)]
    sim.heal()
    const areConnected = () => a.engine.peers.isConnected('c') && c.engine.peers.isConnected('a')
    await sim.world.until(areConnected, 10_000, 'a and c connected')
    expect(a.engine.strong.status.id).not.toBe(c.engine.strong.status.id)
    const call = { deadline: Number.POSITIVE_INFINITY }
    await done(sim, a.engine.replicas('c').open(copy.id, call))
    await done(sim, table(c, 't').set('late', 2, { ack: 'local' }))
    expect(await done(sim, c.engine.repairer.repair('a', copy))).toBeUndefined()
    const all = { cursor: 0, end: scanEnd, maxBytes: 1000, prefix: Buffer.alloc(0) }
    expect(await codeOf(sim, c.engine.replicas('a').page(copy.id, all, call))).toBe('ERR_NOT_READY')
    const lag = () => c.engine.peers.lags().find(({ node }) => node === 'a')?.operations
    await sim.world.until(() => lag() === 0, 5000, 'a has read all')
    expect(rowsOf(a)).toEqual(before)
    expect(rowsOf(c)).toHaveLength(after.length + 1)
  })

  it('keep the rows of both although one was created anew (D-13)', async () => {
    const { sim, a, c } = await apart(62)
    await createApart(sim, a, {})
    await done(sim, a.engine.changes.drop('t'))
    await createApart(sim, a, {})
    await createApart(sim, c, {})
    await done(sim, table(a, 't').set('mine', 1))
    for (let i = 0; i < 300; i++) await done(sim, table(c, 't').set(`k${i}`, i))
    const ids = [a, c].map(({ engine }) => engine.catalog.get('t')?.id)
    expect(new Set(ids).size).toBe(2)
    await met(sim)
    const isBack = ({ engine }: SimNode) => engine.events.counts.rejoined === 1
    await sim.world.until(() => isBack(c) && isBack(named(sim, 'd')), 90_000, 'the rows are back')
    await untilEqual(sim)
    for (const node of nodesOf(sim)) {
      expect(node.engine.catalog.get('t')?.id).toBe(ids[0])
      expect(node.dumps).toEqual([])
      expect(table(node, 't').peek('mine')).toBe(1)
      for (let i = 0; i < 300; i++) expect(table(node, 't').peek(`k${i}`)).toBe(i)
    }
  })

  it('leave in a dump what a node has that shall not hold the table of the other group', async () => {
    const { sim, a, c } = await apart(63)
    await done(sim, a.create('t', { copies: ['a'] }))
    await sim.world.until(() => a.hasTable('t'), 10_000, 'the table')
    await createApart(sim, c, {})
    await done(sim, table(a, 't').set('mine', 1, { ack: 'local' }))
    await done(sim, table(c, 't').set('k', 2))
    await met(sim)
    await sim.world.until(() => ['c', 'd'].every(name => named(sim, name).dumps.length > 0), 20_000, 'dumps')
    for (const name of ['c', 'd']) {
      expect(dumpedOn(named(sim, name))).toMatchObject([{ table: 't', key: 'k', value: 2 }])
      expect(await done(sim, table(named(sim, name), 't').get('mine'))).toBe(1)
    }
  })

  it('leave nothing when the table is dropped after it came along', async () => {
    const { sim, c } = await apart(64)
    await createApart(sim, c, {})
    await done(sim, table(c, 't').set('k', 2))
    await met(sim)
    const isBack = ({ engine }: SimNode) => engine.events.counts.rejoined === 1
    await sim.world.until(() => isBack(c) || isBack(named(sim, 'd')), 90_000, 'the rows are back')
    await done(sim, c.engine.changes.drop('t'))
    await sim.world.run(5000)
    expect(nodesOf(sim).map(node => [node.engine.copies.all().length, node.dumps.length])).toEqual(
      nodesOf(sim).map(() => [1, 0]),
    )
  })
})

describe('rows that several nodes have set aside', () => {
  it('are brought back by who is left when one of them dies before it has done its part', async () => {
    const { sim, a, c } = await apart(66)
    await createApart(sim, a, {})
    await createApart(sim, c, {})
    const keys = Array.from({ length: 200 }, (_, i) => `k${i}`)
    for (const [i, key] of keys.entries()) await done(sim, table(c, 't').set(key, i, { ack: 'all' }))
    sim.heal()
    const d = named(sim, 'd')
    const areAside = () => [c, d].every(({ engine }) => engine.setAside.waiting().size > 0)
    await sim.world.until(areAside, 30_000, 'both have set them aside')
    // Each leaves about half of them to the other one, as long as that lives.
    sim.crash('c')
    await sim.world.until(() => d.engine.setAside.waiting().size === 0, 90_000, 'd has done its part')
    await untilEqual(sim)
    expect(keys.filter((key, i) => table(a, 't').peek(key) !== i)).toEqual([])
    expect(d.events.find(({ event }) => event === 'rejoined')).toMatchObject({ reissued: 200, dropped: 0 })
  })
})

import { describe, expect, it } from 'vitest'
import { defineOptions, type TableOptions } from '../../src/core/schema.ts'
import type { TableEntry } from '../../src/replication/catalog.ts'
import { apart, bytesOf, createApart, dumpedOn, met, named, strict, table } from './support/forming.ts'
import { eachReplica, replace } from './support/plant.ts'
import { done, nodesOf, rowsOf, split, untilEqual } from './support/scenario.ts'
import { SimCluster, type SimNode } from './support/sim-cluster.ts'
import { World } from './support/world.ts'

describe('an empty default table of the group that stays', () => {
  const ofLoser = { ttl: '1h', ack: 'all' } as const

  it.each<[string, TableOptions, number]>([
    ['other limits', { maxEntries: 7 }, 71],
    ['another codec', { codec: 'bytes' }, 72],
    ['other places', { copies: ['a'] }, 73],
    ['a majority', { majority: true }, 74],
  ])('counts as none: one with %s gives way to that with rows (D-5)', async (_, ofSurvivor, seed) => {
    const { sim, a, c } = await apart(seed)
    await done(sim, a.create('t', ofSurvivor))
    await sim.world.until(() => a.hasTable('t'), 10_000, 'the table')
    await createApart(sim, c, ofLoser)
    const keys = Array.from({ length: 300 }, (_, i) => `k${i}`)
    for (const [i, key] of keys.entries()) await done(sim, table(c, 't').set(key, i))
    await met(sim)
    const { definition } = c.engine.catalog.get('t') as TableEntry
    const isThere = (node: SimNode) => keys.every((key, i) => table(node, 't').peek(key) === i)
    await sim.world.until(() => nodesOf(sim).every(isThere), 90_000, 'the rows everywhere')
    for (const node of nodesOf(sim)) {
      expect(node.engine.catalog.get('t')?.definition).toEqual(definition)
      expect(node.dumps).toEqual([])
    }
    expect(definition).toEqual(defineOptions(ofLoser))
    await done(sim, table(a, 't').set('after', 1))
    await untilEqual(sim, 't', 90_000)
    expect(rowsOf(a)).toHaveLength(301)
  })

  it('stays where the other one has no rows either', async () => {
    const { sim, a, c } = await apart(75)
    await createApart(sim, a, { ttl: '2h' })
    await createApart(sim, c, ofLoser)
    await met(sim)
    await untilEqual(sim)
    for (const { engine } of nodesOf(sim)) expect(engine.catalog.get('t')?.definition.ttlMs).toBe(7_200_000)
  })

  it('is not what callers of the other group see, nor write to, before it is decided', async () => {
    const { sim, a, c } = await apart(76)
    await createApart(sim, a, { codec: 'bytes' })
    await createApart(sim, c, ofLoser)
    await done(sim, table(c, 't').set('k', 1))
    let written = 1
    const write = async () => {
      for (;;) {
        await table(c, 't').set('k', written + 1, { ack: 'local' })
        written++
        await new Promise<void>(resolve => c.env.timers.after(10, resolve))
      }
    }
    write().catch(() => {})
    await met(sim)
    await sim.world.run(5000)
    expect(written).toBeGreaterThan(500)
    for (const { engine, dumps } of nodesOf(sim)) {
      expect(engine.catalog.get('t')?.definition).toEqual(defineOptions(ofLoser))
      expect(dumps).toEqual([])
    }
    expect(table(a, 't').peek('k')).toBeGreaterThan(written - 50)
  })

  it.each([
    ['and is found empty when they do', 3000, 3_600_000, 91],
    ['and stays where they do not', 12_000, 7_200_000, 92],
  ])('waits for its holders to answer, 10 s at most, %s', async (_, silentMs, ttlMs, seed) => {
    const { sim, a, c } = await apart(seed)
    await createApart(sim, a, { ttl: '2h' })
    await createApart(sim, c, ofLoser)
    await done(sim, table(c, 't').set('k', 1))
    let silentUntil = Number.POSITIVE_INFINITY
    for (const node of ['c', 'd'].map(name => named(sim, name)))
      eachReplica(node, replica =>
        replace(replica, 'page', page => async (...args) => {
          if (['a', 'b'].includes(replica.node) && sim.world.now < silentUntil) throw new Error('busy')
          return page(...args)
        }),
      )
    await met(sim)
    silentUntil = sim.world.now + silentMs
    await sim.world.run(2500)
    for (const { engine } of nodesOf(sim)) expect(engine.setAside.count).toBe(0)
    await sim.world.until(
      () => nodesOf(sim).every(node => table(node, 't').peek('k') === 1),
      90_000,
      'the row',
    )
    for (const { engine } of nodesOf(sim)) expect(engine.catalog.get('t')?.definition.ttlMs).toBe(ttlMs)
  })

  it('waits for those who have copies, on nodes that have none', async () => {
    const { sim, a, c } = await apart(93)
    await createApart(sim, a, { codec: 'bytes' })
    await done(sim, c.create('t', { ...ofLoser, copies: ['c'] }))
    const d = named(sim, 'd')
    await sim.world.until(() => c.hasTable('t') && d.hasTable('t'), 10_000, 'the table')
    await done(sim, table(d, 't').set('k', 1))
    const codecs = new Set<string | undefined>()
    const watch = d.env.timers.every(10, () => codecs.add(d.engine.catalog.get('t')?.definition.codec))
    await met(sim)
    await sim.world.until(() => a.engine.catalog.get('t')?.definition.codec === 'msgpack', 10_000, 'theirs')
    await sim.world.until(() => table(c, 't').peek('k') === 1, 90_000, 'the row')
    expect(await done(sim, table(d, 't').get('k'))).toBe(1)
    watch()
    expect([...codecs]).toEqual(['msgpack'])
  })

  it.each([
    ['the one in its place', 'msgpack', 77],
    ['a dump', 'bytes', 79],
  ] as const)('gives what somebody had written there meanwhile to %s', async (_, codec, seed) => {
    const { sim, a, c } = await apart(seed)
    await createApart(sim, a, { copies: ['a', 'b'], codec })
    // So that it has an identity of its own, which it keeps with its rows as they are.
    await createApart(sim, c, {})
    await done(sim, c.engine.changes.drop('t'))
    await createApart(sim, c, {})
    await done(sim, table(c, 't').set('k', 1))
    // What was deleted in a table that counts as none was not deleted in the other one.
    await done(sim, bytesOf(a).set('k', Buffer.from([1])))
    await done(sim, bytesOf(a).delete('k'))
    // After the question whether it is empty, before the answer counts.
    const { strong } = c.engine
    const submit = strong.submit.bind(strong)
    let late: Promise<unknown> | undefined
    strong.submit = async (command, call) => {
      if (command.kind === 'takeAlong') {
        late ??= codec === 'bytes' ? bytesOf(a).set('late', Buffer.from([1])) : table(a, 't').set('late', 2)
        await late
      }
      return submit(command, call)
    }
    await met(sim)
    await sim.world.until(
      () => nodesOf(sim).every(node => table(node, 't').peek('k') === 1),
      90_000,
      'the row',
    )
    await sim.world.run(40_000)
    expect(late).toBeDefined()
    const isMixed = codec === 'msgpack'
    for (const node of nodesOf(sim)) {
      expect(['k', 'late'].map(key => table(node, 't').peek(key))).toEqual([1, isMixed ? 2 : undefined])
      const isHolder = ['a', 'b'].includes(node.name)
      expect(dumpedOn(node).map(({ key }) => key)).toEqual(isHolder && !isMixed ? ['late'] : [])
    }
  })

  it('gives way to the first of several groups, and keeps the rows of all', async () => {
    const sim = new SimCluster(new World(78))
    sim.seedsOf = name => [name]
    split(sim, ['a'], ['c'], ['e'])
    for (const name of ['c', 'e']) sim.start(name)
    await sim.world.run(5000)
    const a = sim.start('a')
    await sim.world.until(() => nodesOf(sim).every(({ engine }) => engine.standing.ready), 20_000, 'ready')
    await done(sim, a.create('own', strict))
    await done(sim, table(a, 'own').set('k', 1))
    await done(sim, a.create('t', { ttl: '3h' }))
    for (const [i, name] of ['c', 'e'].entries()) {
      await done(sim, named(sim, name).create('t', { ttl: `${i + 1}h` }))
      await sim.world.until(() => named(sim, name).hasTable('t'), 10_000, 'the table')
      await done(sim, table(named(sim, name), 't').set(name, i))
    }
    await met(sim)
    await sim.world.until(
      () => ['c', 'e'].every((key, i) => table(a, 't').peek(key) === i),
      90_000,
      'the rows',
    )
    await untilEqual(sim)
    const ttls = new Set(nodesOf(sim).map(({ engine }) => engine.catalog.get('t')?.definition.ttlMs))
    expect(ttls.size).toBe(1)
    expect([3_600_000, 7_200_000]).toContain([...ttls][0])
  })
})

describe('default tables with rows on both islands', () => {
  it.each<[string, TableOptions, number]>([
    ['other limits', { maxEntries: 700 }, 81],
    ['a majority', { majority: true }, 82],
  ])('are as the group that stays has it (%s), and rows that fit come along', async (_, ofSurvivor, seed) => {
    const { sim, a, c } = await apart(seed)
    await done(sim, a.create('t', ofSurvivor))
    await sim.world.until(() => a.hasTable('t'), 10_000, 'the table')
    await createApart(sim, c, { ttl: '1h' })
    await done(sim, table(a, 't').set('mine', 1))
    await done(sim, table(c, 't').set('theirs', 2))
    await met(sim)
    const isMajority = ofSurvivor.majority === true
    const isOver = () =>
      isMajority ? c.dumps.length > 0 : nodesOf(sim).every(node => table(node, 't').peek('theirs') === 2)
    await sim.world.until(isOver, 90_000, 'the rows of c')
    await sim.world.run(2000)
    for (const node of nodesOf(sim)) {
      expect(node.engine.catalog.get('t')?.definition).toEqual(defineOptions(ofSurvivor))
      expect(await done(sim, table(node, 't').get('mine'))).toBe(1)
      expect(await done(sim, table(node, 't').get('theirs'))).toBe(isMajority ? undefined : 2)
    }
  })
})

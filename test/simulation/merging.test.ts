import { describe, expect, it } from 'vitest'
import type { TableOptions } from '../../src/core/schema.ts'
import { apart, formed, met, named, strict, table, untilOneGroup } from './support/forming.ts'
import { done, nodesOf, split } from './support/scenario.ts'
import { SimCluster, type SimNode } from './support/sim-cluster.ts'
import { World } from './support/world.ts'

describe('majority rows of a group that gives way to another one', () => {
  it('are in a dump on each of its members, and those of the other one stay (D-5)', async () => {
    const sim = new SimCluster(new World(6))
    // Two clusters that know nothing of each other: each has heard of all its seeds.
    const sides = [
      ['a', 'b'],
      ['c', 'd'],
    ]
    sim.seedsOf = name => sides.find(side => side.includes(name)) ?? []
    split(sim, ...sides)
    for (const name of ['a', 'b', 'c', 'd']) sim.start(name)
    await sim.world.until(() => nodesOf(sim).every(({ engine }) => engine.standing.ready), 20_000, 'ready')
    for (const name of ['a', 'c']) {
      await done(sim, named(sim, name).create('strict', strict))
      for (let i = 0; i < 30; i++) await done(sim, table(named(sim, name)).set(`${name}${i}`, i))
    }
    const groups = new Map(nodesOf(sim).map(({ name, engine }) => [name, engine.strong.status.id]))
    sim.heal()
    await untilOneGroup(sim, 4)
    const stayed = groups.get('a') === named(sim, 'a').engine.strong.status.id ? 'a' : 'c'
    const gone = stayed === 'a' ? 'c' : 'a'
    for (const { name, dumps, ...node } of nodesOf(sim)) {
      const isLoser = groups.get(name) === groups.get(gone)
      if (isLoser) await sim.world.until(() => dumps.length > 0, 5000, 'a dump')
      expect(dumps).toHaveLength(isLoser ? 1 : 0)
      if (!isLoser) continue
      const [head, ...rows] = [...dumps[0].lines()].map(line => JSON.parse(line))
      expect(head).toMatchObject({ group: groups.get(gone), rows: 30 })
      const found = Object.fromEntries(rows.map(({ key, value }) => [key, value]))
      expect(found).toEqual(Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`${gone}${i}`, i])))
      expect(new Set(rows.map(row => row.table))).toEqual(new Set(['strict']))
      expect(node.engine.strong.status.id).toBe(groups.get(stayed))
    }
    const all = await done(sim, table(named(sim, gone)).getMany([`${stayed}29`, `${gone}29`]))
    expect(all).toEqual([29, undefined])
  })
})

describe('majority tables of a group that gives way to another one', () => {
  const many = 1200

  // The rows of c and d, which found their group first: that of a and b has a higher generation, and stays.
  async function filled(seed: number, here: TableOptions | undefined, row?: number) {
    const { sim, a, c } = await apart(seed)
    if (here !== undefined) {
      await done(sim, a.create('t', here))
      await sim.world.until(() => named(sim, 'b').hasTable('t') && a.hasTable('t'), 10_000, 'the table')
    }
    if (row !== undefined) await done(sim, table(a, 't').set('mine', row))
    await done(sim, c.create('t', { majority: true, ttl: '1h' }))
    await done(sim, table(c, 't').setMany(Array.from({ length: 100 }, (_, i) => [`k${i}`, i])))
    for (let i = 100; i < many; i += 100)
      await done(sim, table(c, 't').setMany(Array.from({ length: 100 }, (_, j) => [`k${i + j}`, i + j])))
    return { sim, a, c }
  }

  async function islands(seed: number, here: TableOptions | undefined, row?: number) {
    const sides = await filled(seed, here, row)
    await met(sides.sim)
    return sides
  }

  const ttlOf = (node: SimNode) => node.engine.catalog.get('t')?.definition.ttlMs
  const arrival = ({ engine }: SimNode) =>
    engine.strong.state.arrivals.all().find(({ table }) => table === 't')
  const dumps = (sim: SimCluster) => nodesOf(sim).flatMap(node => node.dumps)

  it.each([
    ['no such table', undefined, 31],
    ['an empty one', strict, 32],
    ['an empty one of another codec', { majority: true, codec: 'bytes' } as const, 33],
    ['an empty default table', {}, 34],
  ])('come along with their rows and options where that one has %s (D-5)', async (_, here, seed) => {
    const { sim, a, c } = await islands(seed, here)
    await sim.world.until(() => arrival(a)?.state === 'done', 20_000, 'all of them')
    const keys = Array.from({ length: many }, (_, i) => `k${i}`)
    await sim.world.until(() => nodesOf(sim).every(node => node.hasTable('t')), 10_000, 'the table')
    for (const node of nodesOf(sim)) {
      expect(await done(sim, table(node, 't').getMany(keys))).toEqual(keys.map((_, i) => i))
      expect(ttlOf(node)).toBe(3_600_000)
    }
    await done(sim, table(c, 't').set('k0', -1))
    await sim.world.run(15_000)
    expect(await done(sim, table(a, 't').get('k0'))).toBe(-1)
    expect(dumps(sim)).toEqual([])
  })

  it.each([
    ['a majority table', strict, 35],
    ['a default table', {}, 36],
  ])('are in dumps where that one has %s of that name with rows (D-5)', async (_, here, seed) => {
    const { sim, a, c } = await islands(seed, here, 7)
    await sim.world.until(() => dumps(sim).length === 2, 20_000, 'dumps')
    for (const { name, dumps: own } of nodesOf(sim))
      expect(own.map(({ rows }) => rows)).toEqual(['c', 'd'].includes(name) ? [many] : [])
    expect(await done(sim, table(c, 't').get('mine'))).toBe(7)
    expect(await done(sim, table(a, 't').get('k0'))).toBeUndefined()
  })

  it('take the identity of a default table, whose rows are in dumps then (D-13)', async () => {
    const { sim, a, c } = await filled(38, undefined)
    await done(sim, a.create('mixed', strict))
    await done(sim, table(a, 'mixed').set('k', 1))
    await done(sim, c.create('mixed'))
    await sim.world.until(() => named(sim, 'd').hasTable('mixed') && c.hasTable('mixed'), 10_000, 'the table')
    for (let i = 0; i < 5; i++) await done(sim, table(c, 'mixed').set(`k${i}`, i))
    await done(sim, table(c, 'mixed').delete('k0'))
    sim.heal()
    await untilOneGroup(sim, 4)
    await sim.world.until(() => dumps(sim).length === 2, 20_000, 'dumps')
    for (const dump of dumps(sim)) {
      const [head, ...rows] = [...dump.lines()].map(line => JSON.parse(line))
      expect(head).toMatchObject({ rows: 4 })
      expect(rows.map(({ key, value }) => [key, value]).sort()).toEqual([1, 2, 3, 4].map(i => [`k${i}`, i]))
    }
    for (const node of nodesOf(sim)) expect(await done(sim, table(node, 'mixed').get('k'))).toBe(1)
  })

  it('come whole though the node that brings them dies midway, and none comes back that was deleted since', async () => {
    const { sim, a } = await filled(37, undefined)
    const [first, second] = ['c', 'd'].map(name => named(sim, name))
    // It gets as far as its first part.
    const { strong } = first.engine
    const submit = strong.submit.bind(strong)
    let parts = 0
    strong.submit = (command, call) =>
      command.kind === 'bring' && parts++ > 0 ? new Promise(() => {}) : submit(command, call)
    sim.heal()
    await sim.world.until(() => parts > 1, 30_000, 'the first part')
    await untilOneGroup(sim, 4)
    expect(arrival(a)?.state).toBe('open')
    const keys = Array.from({ length: many }, (_, i) => `k${i}`)
    const early = keys.find(key => table(a, 't').peek(key) !== undefined) ?? ''
    await done(sim, table(a, 't').delete(early))
    sim.crash(first.name)
    await sim.world.until(() => arrival(a)?.state === 'done', 60_000, 'the rest')
    const found = await done(sim, table(second, 't').getMany(keys))
    expect(found).toEqual(keys.map((key, i) => (key === early ? undefined : i)))
    expect(second.dumps).toEqual([])
  })
})

describe('islands that meet one after the other', () => {
  // D-5: whoever takes another group in is busy until that is done, 60 s at most.
  it.each([
    [['a', 'b', 'c'], 21],
    [['b', 'c', 'a'], 22],
    [['c', 'a', 'b'], 23],
  ])('are one group soon: one that is taken in is not waited for any more (%j)', async (order, seed) => {
    const sim = new SimCluster(new World(seed))
    const [x, y, z] = order
    split(sim, [x], [y], [z])
    for (const name of ['a', 'b', 'c']) sim.start(name)
    await sim.world.until(() => nodesOf(sim).every(({ engine }) => engine.standing.ready), 20_000, 'ready')
    const groups = () => new Set(nodesOf(sim).map(({ engine }) => engine.strong.status.id)).size
    sim.heal(x, y)
    await sim.world.until(() => groups() === 2, 15_000, 'the first two')
    sim.heal()
    await untilOneGroup(sim, 3, 15_000)
  })

  it('are one group soon although one of them went to a third one', async () => {
    const sim = new SimCluster(new World(24))
    split(sim, ['a'], ['b'], ['c'])
    for (const name of ['a', 'b', 'c']) sim.start(name)
    await sim.world.until(() => nodesOf(sim).every(({ engine }) => engine.standing.ready), 20_000, 'ready')
    const facts = () => nodesOf(sim).find(({ engine }) => engine.strong.state.group.absorbing !== undefined)
    sim.heal('a', 'b')
    await sim.world.until(() => facts() !== undefined, 15_000, 'one takes the other one in')
    const survivor = facts()?.name ?? ''
    const loser = survivor === 'a' ? 'b' : 'a'
    split(sim, [survivor], [loser, 'c'])
    sim.heal(loser, 'c')
    const groupOf = (name: string) => named(sim, name).engine.strong.status.id
    await sim.world.until(() => groupOf(loser) === groupOf('c'), 80_000, 'it goes to the third one')
    sim.heal()
    await untilOneGroup(sim, 3, 15_000)
  })
})

describe('fencing tokens', () => {
  it('never go back below those of a group that was met, however far that one was ahead (D-11)', async () => {
    const sim = await formed(18)
    sim.crash('a')
    split(sim, ['a'], ['b', 'c'])
    await sim.world.run(300)
    const a = sim.start('a')
    await sim.world.until(() => a.engine.standing.ready, 10_000, 'ready')
    const atLeast = 9_000_000_000
    a.engine.strong.group.propose({ kind: 'generation', atLeast })
    await sim.world.until(() => a.engine.strong.status.generation === atLeast, 5000, 'the generation')
    const before = named(sim, 'b').engine.strong.status
    expect(before.generation).toBeLessThan(atLeast)
    sim.heal()
    await untilOneGroup(sim, 3)
    for (const { engine } of nodesOf(sim)) {
      expect(engine.strong.status.id).toBe(before.id)
      expect(engine.strong.status.generation).toBeGreaterThan(atLeast)
    }
  })

  it('rise above what a node that joins has seen, and rest then (D-11)', async () => {
    const sim = await formed(19)
    const { generation } = named(sim, 'a').engine.strong.status
    const late = sim.start('d')
    const { group, formation } = late.engine.strong
    const send = group.send.bind(group)
    group.send = (to, message) =>
      send(to, message.type === 'greeting' ? { ...message, seen: generation + 50 } : message)
    expect(formation.seen).toBe(0)
    await untilOneGroup(sim, 4)
    await sim.world.run(5000)
    for (const { engine } of nodesOf(sim)) expect(engine.strong.status.generation).toBe(generation + 51)
  })
})

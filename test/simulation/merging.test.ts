import { describe, expect, it } from 'vitest'
import { formed, named, strict, table, untilOneGroup } from './support/forming.ts'
import { done, nodesOf, split } from './support/scenario.ts'
import { SimCluster } from './support/sim-cluster.ts'
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

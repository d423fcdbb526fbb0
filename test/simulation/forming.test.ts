import { describe, expect, it } from 'vitest'
import { codeOf, formed, leaderOf, named, strict, table, untilOneGroup } from './support/forming.ts'
import { done, names, nodesOf, split } from './support/scenario.ts'
import { SimCluster, type SimNode } from './support/sim-cluster.ts'
import { World } from './support/world.ts'

describe('a cluster that forms', () => {
  it.each([1, 2, 3])('is one group when all nodes start at once (SEED=%i)', async seed => {
    const sim = await formed(seed, ['a', 'b', 'c', 'd', 'e'])
    const [a, , , , e] = nodesOf(sim)
    await done(sim, table(a).set('k', 1))
    expect(await done(sim, table(e).get('k'))).toBe(1)
  })

  it('takes in a node that comes late, which has everything before it is ready', async () => {
    const sim = await formed(4)
    await done(sim, table(nodesOf(sim)[0]).set('k', 1))
    const late = sim.start('d')
    await sim.world.until(() => late.engine.standing.ready, 10_000, 'ready')
    expect(await done(sim, table(late).get('k'))).toBe(1)
    await untilOneGroup(sim, 4)
  })

  it('is one group after two islands met, with the rows of both in their tables of one name', async () => {
    const sim = new SimCluster(new World(5))
    split(sim, ['a', 'b'], ['c', 'd'])
    for (const name of ['a', 'b', 'c', 'd']) sim.start(name)
    await sim.world.until(() => nodesOf(sim).every(({ engine }) => engine.standing.ready), 20_000, 'ready')
    for (const name of ['a', 'c']) {
      await done(sim, named(sim, name).create('plain'))
      await sim.world.until(() => named(sim, name).hasTable('plain'), 10_000, 'table')
      table(named(sim, name), 'plain').set(name, 1, { ack: 'local' })
    }
    expect(new Set(nodesOf(sim).map(({ engine }) => engine.strong.status.id)).size).toBe(2)
    sim.heal()
    await untilOneGroup(sim, 4)
    const all = () => nodesOf(sim).map(node => ['a', 'c'].map(key => table(node, 'plain').peek(key)))
    await sim.world.until(
      () =>
        all()
          .flat()
          .every(value => value === 1),
      20_000,
      'rows of both',
    )
  })
})

describe('two islands of any sizes', () => {
  it.each([101, 102, 103, 104])('become one group with the rows of both (SEED=%i)', async seed => {
    const world = new World(seed)
    const sim = new SimCluster(world)
    const all = world.random.shuffle(['a', 'b', 'c', 'd', 'e'].slice(0, 2 + world.random.below(4)))
    const size = 1 + world.random.below(all.length - 1)
    const sides = [all.slice(0, size), all.slice(size)]
    split(sim, ...sides)
    for (const name of all) {
      sim.start(name)
      await world.run(world.random.below(300))
    }
    await world.until(() => nodesOf(sim).every(({ engine }) => engine.standing.ready), 30_000, 'ready')
    for (const [name] of sides) {
      await done(sim, named(sim, name).create('plain'))
      await world.until(() => named(sim, name).hasTable('plain'), 10_000, 'table')
      table(named(sim, name), 'plain').set(name, 1, { ack: 'local' })
    }
    await world.run(world.random.below(5000))
    sim.heal()
    await untilOneGroup(sim, all.length, 60_000)
    const values = () => nodesOf(sim).flatMap(node => sides.map(([name]) => table(node, 'plain').peek(name)))
    await world.until(() => values().every(value => value === 1), 20_000, 'rows of both')
  })
})

describe('a cluster whose nodes restart', () => {
  it.each(['a', 'b'])('of two nodes keeps its majority rows when %s is the one', async name => {
    const sim = await formed(11, ['a', 'b'])
    const other = named(sim, name === 'a' ? 'b' : 'a')
    for (let i = 0; i < 20; i++) await done(sim, table(other).set(`k${i}`, i))
    sim.crash(name)
    await sim.world.run(700)
    sim.start(name)
    await untilOneGroup(sim, 2)
    await done(sim, table(other).set('after', 1))
    expect(await done(sim, table(named(sim, name)).getMany(['k0', 'k19', 'after']))).toEqual([0, 19, 1])
  })

  it('keeps its majority rows through two staggered restarts', async () => {
    const sim = await formed(12)
    for (let i = 0; i < 20; i++) await done(sim, table(nodesOf(sim)[0]).set(`k${i}`, i))
    for (const name of ['a', 'b']) {
      sim.crash(name)
      await sim.world.run(200)
      sim.start(name)
    }
    await untilOneGroup(sim, 3)
    for (const node of nodesOf(sim)) expect(await done(sim, table(node).get('k19'))).toBe(19)
  })

  it('forms anew when all of them did, without what was in memory only', async () => {
    const sim = await formed(13)
    await done(sim, table(nodesOf(sim)[0]).set('k', 1))
    for (const name of names) sim.crash(name)
    await sim.world.run(500)
    for (const name of names) sim.start(name)
    await untilOneGroup(sim, 3)
    const [a, b] = nodesOf(sim)
    await done(sim, a.create('strict', strict))
    await done(sim, table(a).set('again', 2))
    expect(await done(sim, table(b).getMany(['k', 'again']))).toEqual([undefined, 2])
  })

  it('does not let one that was cut off while it restarted acknowledge what the others contradict', async () => {
    const sim = await formed(14)
    await done(sim, table(named(sim, 'b')).set('k', 1))
    sim.crash('a')
    split(sim, ['a'], ['b', 'c'])
    await sim.world.run(300)
    const a = sim.start('a')
    await sim.world.until(() => a.engine.standing.ready, 10_000, 'ready')
    expect(a.engine.strong.status.provisional).toBe(true)
    // Default tables work there; what must be agreed on waits for the others.
    await done(sim, a.create('own'))
    await sim.world.until(() => a.hasTable('own'), 5000, 'table')
    expect(await codeOf(sim, table(a, 'own').set('k', 7, { ack: 'local' }))).toBe('none')
    await done(sim, a.create('strict', strict))
    expect(await codeOf(sim, table(a).set('k', 2))).toBe('ERR_NO_QUORUM')
    await done(sim, table(named(sim, 'c')).set('k', 3))
    sim.heal()
    await untilOneGroup(sim, 3)
    expect(await done(sim, table(a).get('k'))).toBe(3)
    await sim.world.until(() => named(sim, 'b').hasTable('own'), 10_000, 'the table of the other group')
    await sim.world.until(() => table(named(sim, 'b'), 'own').peek('k') === 7, 20_000, 'its rows')
  })
})

describe('a group that was founded while seeds were silent', () => {
  it('is not confirmed sooner because another one leads it (D-4)', async () => {
    const sim = new SimCluster(new World(55))
    const all = ['a', 'b', 'c', 'd', 'e']
    split(sim, ...all.map(name => [name]))
    for (const name of all) sim.start(name)
    const a = named(sim, 'a')
    await sim.world.until(() => a.engine.standing.ready, 20_000, 'ready')
    for (const name of all.slice(1)) sim.crash(name)
    sim.heal()
    const { id } = a.engine.strong.status
    sim.start('b')
    const { strong } = named(sim, 'b').engine
    await sim.world.until(() => strong.isMember, 20_000, 'a member')
    await done(sim, a.engine.strong.leave(2000))
    sim.crash('a')
    await sim.world.until(() => strong.status.leader === 'b', 10_000, 'another leader')
    await sim.world.run(5000)
    expect(strong.status).toMatchObject({ id, provisional: true, voters: ['b'] })
    // It is the third of five that makes it more than half of them.
    sim.start('c')
    await sim.world.run(10_000)
    expect(strong.status).toMatchObject({ id, provisional: true })
    sim.start('d')
    await sim.world.until(() => !strong.status.provisional, 20_000, 'confirmed')
    expect(strong.status.id).toBe(id)
  })
})

describe('a node that nobody can take in', () => {
  it('says which group has lost its quorum, whom it lacks, and what helps', async () => {
    const sim = await formed(17)
    for (const name of ['a', 'b']) sim.crash(name)
    const late = sim.start('a')
    await sim.world.run(10_000)
    const { strong, standing } = late.engine
    expect(standing.ready).toBe(false)
    const why = strong.formation.whyOutside()
    expect(why?.code).toBe('ERR_NO_QUORUM')
    const { id } = named(sim, 'c').engine.strong.status
    expect(why?.details).toEqual({ group: id, voters: ['a', 'b', 'c'], needed: 2, missing: ['b'] })
    expect(why?.message).toMatch(/2 of its 3 voters a, b, c must answer, and nothing is heard of b/)
    expect(why?.message).toContain("'mnemesh recover --force'")
    // What it says helps.
    sim.start('b')
    await untilOneGroup(sim, 3)
  })
})

describe('a node that leaves', () => {
  it('hands over at once when it leads, and the others do not wait for an election', async () => {
    const sim = await formed(31)
    const leader = leaderOf(sim)
    const other = nodesOf(sim).find(node => node !== leader) as SimNode
    const began = sim.world.now
    const leaving = leader.engine.strong.leave(2000)
    await done(sim, leaving)
    expect(sim.world.now - began).toBeLessThan(1000)
    sim.crash(leader.name)
    await done(sim, table(other).set('k', 1))
    expect(sim.world.now - began).toBeLessThan(1500)
    await untilOneGroup(sim, 2)
  })

  it('may be the last one', async () => {
    const sim = await formed(32, ['a'])
    await done(sim, named(sim, 'a').engine.strong.leave(2000))
  })
})

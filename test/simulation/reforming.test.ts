import { describe, expect, it } from 'vitest'
import { recoverGroup } from '../../src/coordination/recover.ts'
import { codeOf, formed, leaderOf, named, strict, table, untilOneGroup } from './support/forming.ts'
import { done, nodesOf, split } from './support/scenario.ts'
import type { SimCluster, SimNode } from './support/sim-cluster.ts'

describe('a newer life of a node', () => {
  // A group of two, whose only voter is cut off with rows that the other one has.
  async function cutOff(seed: number) {
    const sim = await formed(seed, ['a', 'b'])
    const older = leaderOf(sim)
    const other = nodesOf(sim).find(node => node !== older) as SimNode
    await done(sim, table(older).set('k', 1))
    split(sim, [older.name], [other.name])
    return { sim, older, other, id: other.engine.strong.status.id }
  }

  it('at another address does not prove the older one dead, which may go on behind a cut (D-9)', async () => {
    const { sim, older, other, id } = await cutOff(51)
    const reborn = sim.start(older.name, 1000, 'elsewhere')
    // However long nobody hears it: what it acknowledges meanwhile must not be lost by a rule that guesses.
    await sim.world.run(300_000)
    await done(sim, table(older).set('k', 2))
    expect(other.engine.strong.status).toMatchObject({ id, hasQuorum: false })
    expect(reborn.engine.strong.isMember).toBe(false)
    // An operator may know better.
    await done(sim, recoverGroup(other.engine.strong, 'force', { deadline: sim.world.now + 5000 }))
    await untilOneGroup(sim, 2)
    expect(other.engine.strong.status.id).not.toBe(id)
    expect(await done(sim, table(reborn).get('k'))).toBe(1)
  })

  it('at another address stands for the older one after a minute where there is nothing to lose (D-9)', async () => {
    const sim = await formed(56, ['a', 'b'])
    const older = leaderOf(sim)
    const other = nodesOf(sim).find(node => node !== older) as SimNode
    const { id } = other.engine.strong.status
    split(sim, [older.name], [other.name])
    sim.start(older.name, 1000, 'elsewhere')
    await sim.world.run(50_000)
    expect(other.engine.strong.status).toMatchObject({ id, hasQuorum: false })
    await untilOneGroup(sim, 2)
    expect(other.engine.strong.status.id).not.toBe(id)
  })

  it('at another address takes the place at once of an older one that said that it leaves (D-9)', async () => {
    const { sim, older, other, id } = await cutOff(52)
    // It waits for a leader that it does not hear, and says so to whoever hears it in the end.
    sim.heal()
    const { group } = older.engine.strong
    group.send(other.engine.strong.self, { type: 'leaving' })
    await sim.world.run(20)
    sim.crash(older.name)
    const before = sim.world.now
    sim.start(older.name, 1000, 'elsewhere')
    await untilOneGroup(sim, 2)
    expect(sim.world.now - before).toBeLessThan(20_000)
    expect(other.engine.strong.status.id).not.toBe(id)
    expect(await done(sim, table(other).get('k'))).toBe(1)
  })

  it('at the same address does, also to one that was taken in later and never saw the older one (D-9)', async () => {
    const sim = await formed(54, ['a', 'b', 'c', 'd', 'e'])
    await done(sim, table(named(sim, 'c')).set('k', 1))
    for (const name of ['a', 'b']) sim.crash(name)
    await sim.world.run(5000)
    const reborn = sim.start('a')
    await sim.world.until(() => reborn.engine.strong.isMember, 20_000, 'a member')
    for (const name of ['c', 'd', 'e']) sim.crash(name)
    for (const name of ['b', 'c', 'd', 'e']) sim.start(name)
    const before = sim.world.now
    await untilOneGroup(sim, 5)
    expect(sim.world.now - before).toBeLessThan(20_000)
    expect(await done(sim, table(reborn).get('k'))).toBe(1)
  })
})

describe('a member that was cut off while others joined', () => {
  it('does not form a group anew without those whom it has seen (D-9)', async () => {
    const sim = await formed(53, ['a', 'b'])
    const leader = leaderOf(sim)
    const other = nodesOf(sim).find(node => node !== leader) as SimNode
    split(sim, [leader.name], [other.name])
    await sim.world.run(3000)
    const late = sim.start('c')
    const votes = () => leader.engine.strong.status.voters.includes('c')
    await sim.world.until(votes, 20_000, 'the other one votes')
    await done(sim, table(leader).set('k', 2))
    split(sim, ['c'], [other.name])
    await sim.world.run(5000)
    // The leader's next life proves it dead; of the one that has the row nothing is heard.
    const { id } = other.engine.strong.status
    sim.crash(leader.name)
    sim.heal(leader.name, other.name)
    sim.start(leader.name)
    await sim.world.run(30_000)
    expect(other.engine.strong.status).toMatchObject({ id, hasQuorum: false })
    sim.heal()
    await untilOneGroup(sim, 3)
    for (const node of [other, late]) expect(await done(sim, table(node).get('k'))).toBe(2)
  })
})

describe('a group without majority rows and locks that lost its quorum', () => {
  it('goes on without the missing after 2 min, agrees on epochs only, and merges when they are back (D-10)', async () => {
    const sim = await formed(23)
    split(sim, ['a'], ['b'], ['c'])
    sim.crash('b')
    sim.crash('c')
    const a = named(sim, 'a')
    const { id, generation } = a.engine.strong.status
    await sim.world.run(100_000)
    expect(a.engine.strong.status.id).toBe(id)
    await sim.world.run(30_000)
    const status = () => a.engine.strong.status
    expect(status()).toMatchObject({ provisional: true, leader: 'a', voters: ['a'] })
    expect(status().id).not.toBe(id)
    expect(status().generation).toBeGreaterThan(generation)
    await done(sim, a.create('later'))
    expect(await codeOf(sim, table(a).set('k', 1))).toBe('ERR_NO_QUORUM')
    // A node that was never one of them confirms nothing, nor does the second of three alone.
    sim.heal()
    sim.start('d')
    await sim.world.until(() => status().learners.includes('d'), 10_000, 'another node')
    await sim.world.run(5000)
    expect(status().provisional).toBe(true)
    sim.start('b')
    await sim.world.until(() => !status().provisional, 20_000, 'most of them')
    await untilOneGroup(sim, 3)
    await done(sim, table(a).set('k', 2))
    expect(await done(sim, table(named(sim, 'd')).get('k'))).toBe(2)
  })

  it('does nothing of the kind while it has rows, however long that lasts', async () => {
    const sim = await formed(24)
    const a = named(sim, 'a')
    await done(sim, table(a).set('k', 1))
    const { id } = a.engine.strong.status
    for (const name of ['b', 'c']) sim.crash(name)
    await sim.world.run(300_000)
    expect(a.engine.strong.status).toMatchObject({ id, provisional: false, hasQuorum: false })
    for (const name of ['b', 'c']) sim.start(name)
    await untilOneGroup(sim, 3)
    expect(await done(sim, table(named(sim, 'c')).get('k'))).toBe(1)
  })
})

describe('the tables of a group that is formed anew', () => {
  // A group of five; d and e, which are left, do not hear its leader while its schema changes.
  async function changed(seed: number) {
    const sim = await formed(seed, ['a', 'b', 'c', 'd', 'e'])
    const leader = leaderOf(sim)
    const [survivor, other, ...others] = nodesOf(sim).filter(node => node !== leader)
    await done(sim, leader.create('gone'))
    await untilTables(sim, nodesOf(sim), { gone: true })
    split(sim, [leader.name], [survivor.name, other.name])
    return { sim, leader, survivor, other, others }
  }

  const isThere = (node: SimNode, name: string) => node.engine.catalog.get(name) !== undefined
  const ttlOf = (node: SimNode, name: string) => node.engine.catalog.get(name)?.definition.ttlMs

  async function untilTables(sim: SimCluster, nodes: readonly SimNode[], tables: Record<string, boolean>) {
    const isSo = () =>
      Object.entries(tables).every(([name, there]) => nodes.every(node => isThere(node, name) === there))
    await sim.world.until(isSo, 5000, JSON.stringify(tables))
  }

  it('are what any survivor was told of them, by whomever, though no log that is left says so (D-3)', async () => {
    const { sim, leader, survivor, other, others } = await changed(71)
    // Only one of the two hears the rest, and of the two it is not the one with the longer log.
    split(
      sim,
      [other.name],
      others.map(({ name }) => name),
    )
    sim.cut(survivor.name, other.name)
    sim.cut(other.name, survivor.name)
    await done(sim, leader.create('late', { ttl: '1h' }))
    await done(sim, leader.engine.changes.change('plain', { ttl: '2h' }))
    await done(sim, leader.create('late-strict', strict))
    await done(sim, leader.engine.changes.drop('gone'))
    await untilTables(sim, [survivor], { late: true, gone: false })
    const { epochIndex } = survivor.engine.strong.state
    expect(survivor.engine.catalog.epoch.index).toBeGreaterThan(epochIndex)
    expect(isThere(other, 'gone')).toBe(true)
    const { id } = survivor.engine.strong.status
    const dead = [leader, ...others].map(({ name }) => name)
    for (const name of dead) sim.crash(name)
    sim.heal()
    for (const name of dead) sim.start(name)
    await untilOneGroup(sim, 5)
    expect(survivor.engine.strong.status.id).not.toBe(id)
    await untilTables(sim, nodesOf(sim), { late: true, 'late-strict': true, gone: false })
    // A table that was dropped is not brought back by who had not heard of it.
    await sim.world.run(5000)
    await untilTables(sim, nodesOf(sim), { late: true, 'late-strict': true, gone: false })
    for (const node of nodesOf(sim))
      expect([ttlOf(node, 'late'), ttlOf(node, 'plain')]).toEqual([3_600_000, 7_200_000])
    await done(sim, table(survivor, 'late-strict').set('k', 1))
    expect(await done(sim, table(other, 'late-strict').get('k'))).toBe(1)
  })
})

import { describe, expect, it } from 'vitest'
import { recoverGroup } from '../../src/coordination/recover.ts'
import { defineOptions } from '../../src/core/schema.ts'
import type { Table } from '../../src/face/types.ts'
import { done, names, nodesOf, split } from './support/scenario.ts'
import { SimCluster, type SimNode } from './support/sim-cluster.ts'
import { World } from './support/world.ts'

const strict = { majority: true } as const

async function formed(seed: number, nodes: readonly string[] = names): Promise<SimCluster> {
  const sim = new SimCluster(new World(seed))
  await sim.boot(nodes, { plain: {}, strict })
  await untilOneGroup(sim, nodes.length)
  return sim
}

/** One group, every process a member, as many of them voting as there should be. */
async function untilOneGroup(sim: SimCluster, nodes: number, limitMs = 30_000): Promise<void> {
  const wanted = nodes <= 2 ? 1 : nodes <= 4 ? 3 : 5
  const isFormed = () =>
    sim.nodes.size === nodes &&
    nodesOf(sim).every(({ engine: { strong } }) => {
      const { id, voters, learners, hasQuorum } = strong.status
      const isSame = id === nodesOf(sim)[0].engine.strong.status.id
      return (
        isSame &&
        hasQuorum &&
        strong.isMember &&
        voters.length === wanted &&
        learners.length === nodes - wanted
      )
    })
  await sim.world.until(isFormed, limitMs, 'one group')
}

function table(node: SimNode, name = 'strict'): Table<string, number> {
  return node.table<string, number>(name)
}

async function codeOf(sim: SimCluster, call: Promise<unknown>): Promise<string> {
  try {
    await done(sim, call, 10_000)
    return 'none'
  } catch (error) {
    return (error as { code?: string }).code ?? String(error)
  }
}

function leaderOf(sim: SimCluster): SimNode {
  const leader = nodesOf(sim).find(({ engine }) => engine.strong.group.consensus.takesProposals)
  if (leader === undefined) throw new Error('no leader')
  return leader
}

const named = (sim: SimCluster, name: string) => sim.nodes.get(name) as SimNode

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

describe('majority rows of a group that gives way to another one', () => {
  it('are in a dump on each of its members, and those of the other one stay (D-5)', async () => {
    const sim = new SimCluster(new World(6))
    split(sim, ['a', 'b'], ['c', 'd'])
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

describe('an operator', () => {
  const soon = (sim: SimCluster) => ({ deadline: sim.world.now + 5000 })
  const force = ({ engine }: SimNode, sim: SimCluster) => recoverGroup(engine.strong, 'force', soon(sim))

  it('has a survivor go on with what it has, others follow, and a group that was only away gives way (S17, D-10)', async () => {
    const sim = await formed(61, ['a', 'b', 'c', 'd', 'e'])
    const [a, b] = [named(sim, 'a'), named(sim, 'b')]
    await done(sim, table(a).set('k', 1))
    const { id, generation } = a.engine.strong.status
    split(sim, ['a', 'b'], ['c', 'd', 'e'])
    await sim.world.run(5000)
    expect(await codeOf(sim, table(a).set('k', 2))).toBe('ERR_NO_QUORUM')
    const status = await done(sim, force(a, sim))
    expect(status).toMatchObject({ leader: 'a', provisional: false })
    expect(status.id).not.toBe(id)
    expect(status.generation).toBeGreaterThan(generation)
    await sim.world.until(() => b.engine.strong.status.id === status.id, 10_000, 'the other survivor')
    await done(sim, table(b).set('k', 3))
    // They were not gone: what they acknowledged meanwhile is in their dumps.
    await done(sim, table(named(sim, 'c')).set('k', 4))
    sim.heal()
    await untilOneGroup(sim, 5, 60_000)
    expect(a.engine.strong.status.id).toBe(status.id)
    expect(await done(sim, table(named(sim, 'e')).get('k'))).toBe(3)
    const lines = named(sim, 'c').dumps.flatMap(dump => [...dump.lines()].slice(1))
    expect(lines.map(line => JSON.parse(line).value)).toEqual([4])
  })

  it('is refused where the group has a leader, where this node has nothing, and where another one has more', async () => {
    const sim = await formed(62)
    const [leader] = [leaderOf(sim)]
    const [x, y] = nodesOf(sim).filter(node => node !== leader)
    expect(await codeOf(sim, force(leader, sim))).toBe('ERR_CONFLICT')
    split(sim, [y.name], [leader.name, x.name])
    await done(sim, table(leader).set('k', 1))
    sim.crash(leader.name)
    sim.heal(x.name, y.name)
    // Two of three would elect a leader; so they only greet each other.
    split(sim, [y.name], [leader.name])
    expect(await codeOf(sim, force(x, sim))).toBe('ERR_CONFLICT')
    const late = sim.start('z')
    expect(await codeOf(sim, force(late, sim))).toBe('ERR_NOT_READY')
  })

  it('recovers on the survivor that has most, and hears which one that is', async () => {
    const sim = await formed(63, ['a', 'b', 'c', 'd', 'e'])
    const leader = leaderOf(sim)
    const [behind, ahead, ...gone] = nodesOf(sim).filter(node => node !== leader)
    split(sim, [behind.name], [leader.name, ahead.name])
    for (const { name } of gone) sim.crash(name)
    // Too few to decide it, and yet two have it.
    table(leader)
      .set('k', 1)
      .catch(() => {})
    await sim.world.run(200)
    sim.crash(leader.name)
    sim.heal()
    await sim.world.run(6000)
    await expect(done(sim, force(behind, sim))).rejects.toThrow(`${ahead.name} is there and has more`)
    await done(sim, force(ahead, sim))
    await untilOneGroup(sim, 2)
    expect(await done(sim, table(behind).get('k'))).toBe(1)
  })

  it('confirms a group that waits for seeds (D-4)', async () => {
    const sim = new SimCluster(new World(64))
    split(sim, ['a'], ['b', 'c'])
    for (const name of names) sim.start(name)
    const a = named(sim, 'a')
    await sim.world.until(() => nodesOf(sim).every(({ engine }) => engine.standing.ready), 20_000, 'ready')
    for (const name of ['b', 'c']) sim.crash(name)
    await done(sim, a.create('strict', strict))
    expect(await codeOf(sim, table(a).set('k', 1))).toBe('ERR_NO_QUORUM')
    const { id } = a.engine.strong.status
    const accepted = await done(sim, recoverGroup(a.engine.strong, 'accept', soon(sim)))
    expect(accepted).toMatchObject({ id, provisional: false })
    await done(sim, table(a).set('k', 1))
    // Once more changes nothing.
    expect(await done(sim, recoverGroup(a.engine.strong, 'accept', soon(sim)))).toMatchObject({
      id,
      provisional: false,
    })
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

describe('a change of the schema', () => {
  it('is refused at once where the group has no quorum, and within the time given where that is not known yet', async () => {
    const sim = await formed(25)
    const a = named(sim, 'a')
    const create = (name: string) =>
      a.engine.changes.create(name, defineOptions(strict), { deadline: sim.world.now + 2000 })
    for (const name of ['b', 'c']) sim.crash(name)
    const began = sim.world.now
    expect(await codeOf(sim, create('early'))).toMatch(/^ERR_(NO_QUORUM|UNKNOWN_OUTCOME)$/)
    expect(sim.world.now - began).toBeLessThanOrEqual(2050)
    await sim.world.run(4000)
    const late = sim.world.now
    expect(await codeOf(sim, create('late'))).toBe('ERR_NO_QUORUM')
    expect(await codeOf(sim, a.engine.changes.drop('strict'))).toBe('ERR_NO_QUORUM')
    expect(sim.world.now - late).toBeLessThan(200)
  })
})

describe('a minority', () => {
  it('answers ERR_NO_QUORUM at once, reads what it has, and goes on when it is none any more', async () => {
    const sim = await formed(21)
    const leader = leaderOf(sim)
    await done(sim, table(leader).set('k', 1))
    const others = names.filter(name => name !== leader.name)
    split(sim, [leader.name], others)
    await sim.world.run(4000)
    const before = sim.world.now
    expect(await codeOf(sim, table(leader).set('k', 2))).toBe('ERR_NO_QUORUM')
    expect(await codeOf(sim, table(leader).get('k'))).toBe('ERR_NO_QUORUM')
    expect(sim.world.now - before).toBeLessThan(200)
    expect(await done(sim, table(leader).get('k', { consistency: 'local' }))).toBe(1)
    await done(sim, table(named(sim, others[0])).set('k', 3))
    sim.heal()
    await untilOneGroup(sim, 3)
    expect(await done(sim, table(leader).get('k'))).toBe(3)
  })

  it('goes on with its default tables', async () => {
    const sim = await formed(22)
    split(sim, ['a'], ['b', 'c'])
    await sim.world.run(4000)
    await done(sim, table(named(sim, 'a'), 'plain').set('a', 1, { ack: 'local' }))
    await done(sim, table(named(sim, 'b'), 'plain').set('b', 2, { ack: 'local' }))
    sim.heal()
    const both = () =>
      nodesOf(sim).every(node => table(node, 'plain').peek('a') === 1 && table(node, 'plain').peek('b') === 2)
    await sim.world.until(both, 20_000, 'both writes everywhere')
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

describe('five nodes', () => {
  it('replace a voter that crashed by its next life, and go on without two of them', async () => {
    const sim = await formed(41, ['a', 'b', 'c', 'd', 'e'])
    await done(sim, table(named(sim, 'a')).set('k', 1))
    for (const name of ['b', 'c']) sim.crash(name)
    await done(sim, table(named(sim, 'a')).set('k', 2))
    for (const name of ['b', 'c']) sim.start(name)
    await untilOneGroup(sim, 5)
    expect(await done(sim, table(named(sim, 'b')).get('k'))).toBe(2)
  })

  it('keep and feed a member that hears the leader, which does not hear it, while others do (D-16)', async () => {
    const sim = await formed(43, ['a', 'b', 'c', 'd', 'e', 'f'])
    // The one that the ring prefers leads by then, and goes on.
    await sim.world.run(40_000)
    const leader = leaderOf(sim)
    const { voters } = leader.engine.strong.status
    const mute = nodesOf(sim).find(node => node !== leader && voters.includes(node.name)) as SimNode
    // As where a firewall lets the one dial the other and not the reverse; gossip gets through by others.
    const { peers } = mute.engine
    const send = peers.sendToGroup.bind(peers)
    peers.sendToGroup = (to, bytes) => {
      if (to !== leader.engine.strong.self) send(to, bytes)
    }
    const { id, term } = leader.engine.strong.status
    for (let i = 0; i < 40; i++) {
      // In all more than a leader sends to one that does not answer.
      await done(sim, leader.table<string, string>('strict').set('k', `${i}`.padEnd(200_000)))
      await sim.world.run(1000)
    }
    expect(mute.table<string, string>('strict').peek('k')?.trim()).toBe('39')
    expect(leader.engine.strong.status).toMatchObject({ id, term, voters })
    // Heard by nobody at all, it is replaced by the learner.
    sim.crash(mute.name)
    const isReplaced = () => !leader.engine.strong.status.voters.includes(mute.name)
    await sim.world.run(20_000)
    expect(isReplaced()).toBe(false)
    await sim.world.until(isReplaced, 30_000, 'another voter')
  })

  it('go on where a leader and one member do not hear each other while the others hear both (D-16)', async () => {
    const sim = await formed(42, ['a', 'b', 'c', 'd', 'e'])
    const leader = leaderOf(sim)
    const other = nodesOf(sim).find(node => node !== leader) as SimNode
    split(sim, [leader.name], [other.name])
    const { term } = leader.engine.strong.status
    for (let i = 0; i < 50; i++) {
      await done(sim, table(leader).set('k', i))
      await sim.world.run(100)
    }
    // Nobody else stands for election because of it.
    expect(leaderOf(sim)).toBe(leader)
    expect(leader.engine.strong.status.term).toBe(term)
    sim.heal()
    await untilOneGroup(sim, 5)
    expect(await done(sim, table(other).get('k'))).toBe(49)
  })
})

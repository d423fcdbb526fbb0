import { describe, expect, it } from 'vitest'
import { defineOptions } from '../../src/core/schema.ts'
import { codeOf, formed, leaderOf, named, strict, table, untilOneGroup } from './support/forming.ts'
import { done, names, nodesOf, split } from './support/scenario.ts'
import type { SimNode } from './support/sim-cluster.ts'

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
    const calls: (() => Promise<unknown>)[] = [() => table(leader).set('k', 2), () => table(leader).get('k')]
    for (const call of calls)
      await expect(done(sim, call())).rejects.toThrow(
        /voters a, b, c can.*nothing was.*'mnemesh recover --force'/,
      )
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

import { describe, expect, it } from 'vitest'
import { recoverGroup } from '../../src/coordination/recover.ts'
import { codeOf, formed, leaderOf, named, strict, table, untilOneGroup } from './support/forming.ts'
import { done, names, nodesOf, split } from './support/scenario.ts'
import { SimCluster, type SimNode } from './support/sim-cluster.ts'
import { World } from './support/world.ts'

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
    await sim.world.until(() => named(sim, 'c').dumps.length > 0, 5000, 'a dump')
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

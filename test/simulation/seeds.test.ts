import { describe, expect, it } from 'vitest'
import { codeOf, named, strict, table, untilOneGroup } from './support/forming.ts'
import { done, names, nodesOf, split } from './support/scenario.ts'
import { SimCluster, type SimNode } from './support/sim-cluster.ts'
import { World } from './support/world.ts'

const never = 1e9
const status = ({ engine }: SimNode) => engine.strong.status

/** Ids of the groups that acknowledge. */
function confirmed(sim: SimCluster): Set<string> {
  const groups = nodesOf(sim).map(({ engine }) => engine.strong.state.group)
  return new Set(groups.filter(({ id, provisional }) => id !== '' && !provisional).map(({ id }) => id))
}

/** Of three seeds a has founded a group, and b has answered that it has none; b never gets to know that it is taken in. */
async function answered(seed: number) {
  const sim = new SimCluster(new World(seed))
  split(sim, ...names.map(name => [name]))
  for (const name of names) sim.start(name, name === 'a' ? 1000 : never)
  const [a, b] = [named(sim, 'a'), named(sim, 'b')]
  sim.crash('c')
  await sim.world.until(() => a.engine.standing.ready, 20_000, 'a group')
  await sim.world.run(3000)
  expect(status(a).provisional).toBe(true)
  const { group } = a.engine.strong
  const send = group.send.bind(group)
  group.send = (to, message) => {
    if (message.type !== 'append' && message.type !== 'snapshot') send(to, message)
  }
  sim.heal('a', 'b')
  await sim.world.until(() => !status(a).provisional, 10_000, 'confirmed')
  expect(b.engine.strong.group.id).toBe('')
  return { sim, a, b, id: status(a).id }
}

describe('a seed that answers that it has no group (D-4)', () => {
  it('counts for who asked, which is confirmed by it', async () => {
    const { sim, a } = await answered(81)
    await done(sim, a.create('strict', strict))
    await done(sim, table(a).set('k', 1))
  })

  it('counts for no other group that takes it in, until the two are one', async () => {
    const { sim, a, b, id } = await answered(82)
    await done(sim, a.create('strict', strict))
    split(sim, ['a'], ['b', 'c'])
    const c = sim.start('c')
    sim.heal('b', 'c')
    b.engine.strong.mayFound()
    await sim.world.until(() => b.engine.standing.ready && c.engine.standing.ready, 30_000, 'another group')
    await sim.world.run(20_000)
    expect(status(b).id).toBe(status(c).id)
    expect(confirmed(sim)).toEqual(new Set([id]))
    await done(sim, c.create('strict', strict))
    for (const node of [b, c]) expect(await codeOf(sim, table(node).set('k', 2))).toBe('ERR_NO_QUORUM')
    await done(sim, table(a).set('k', 1))
    a.engine.strong.group.send = Object.getPrototypeOf(a.engine.strong.group).send
    sim.heal()
    await untilOneGroup(sim, 3)
    expect(confirmed(sim)).toEqual(new Set([id]))
    expect(await done(sim, table(c).get('k'))).toBe(1)
  })

  it('is free again when that group is proved to be over: its only member is back as another process', async () => {
    const { sim, b, id } = await answered(83)
    sim.crash('a')
    sim.heal()
    const c = sim.start('c')
    b.engine.strong.mayFound()
    await sim.world.until(() => c.engine.standing.ready, 30_000, 'a group of two')
    await sim.world.run(10_000)
    expect(confirmed(sim)).toEqual(new Set())
    sim.start('a')
    await untilOneGroup(sim, 3)
    await sim.world.until(() => confirmed(sim).size === 1, 10_000, 'confirmed')
    expect(confirmed(sim)).not.toContain(id)
  })
})

describe('seeds that start together and are cut off from each other', () => {
  it.each([
    91, 92, 93, 94, 95, 96, 97, 98,
  ])('never confirm two groups, however they are cut (SEED=%i)', async seed => {
    const world = new World(seed)
    const { random } = world
    const sim = new SimCluster(world)
    const all = random.pick([names, ['a', 'b', 'c', 'd', 'e'], ['a', 'b']])
    sim.seedsOf = () => all
    for (const name of all) {
      sim.start(name, 500 + random.below(1500))
      await world.run(random.below(200))
    }
    const ever = new Set<string>()
    for (let i = 0; i < 8; i++) {
      const until = world.now + 100 + random.below(i === 0 ? 1500 : 5000)
      while (world.now < until) {
        await world.run(20)
        for (const id of confirmed(sim)) ever.add(id)
      }
      sim.heal()
      const mixed = random.shuffle(all)
      const at = random.below(all.length)
      if (at > 0) split(sim, mixed.slice(0, at), mixed.slice(at))
    }
    sim.heal()
    await untilOneGroup(sim, all.length, 60_000)
    await world.until(() => confirmed(sim).size === 1, 20_000, 'confirmed')
    for (const id of confirmed(sim)) ever.add(id)
    expect(ever.size).toBe(1)
  })
})

describe('a group without more than half of its seeds', () => {
  it('is provisional, whoever else is in it (D-4)', async () => {
    const sim = new SimCluster(new World(84))
    sim.seedsOf = () => names
    split(sim, ['b'], ['c'], ['a', 'x', 'y', 'z'])
    for (const name of ['a', 'x', 'y', 'z']) sim.start(name)
    const a = named(sim, 'a')
    await sim.world.until(() => nodesOf(sim).every(({ engine }) => engine.standing.ready), 20_000, 'ready')
    await sim.world.run(10_000)
    expect(status(a)).toMatchObject({ provisional: true })
    expect(new Set(nodesOf(sim).map(node => status(node).id)).size).toBe(1)
    sim.start('b')
    sim.heal()
    await sim.world.until(() => confirmed(sim).size === 1, 20_000, 'confirmed')
  })
})

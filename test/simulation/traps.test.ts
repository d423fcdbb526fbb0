import { describe, expect, it } from 'vitest'
import { codeOf } from '../support/nodes.ts'
import { named, untilOneGroup } from './support/forming.ts'
import { cluster, done, names, nodesOf, rowsOf, split, tableOf, untilEqual } from './support/scenario.ts'
import { SimCluster } from './support/sim-cluster.ts'
import { World } from './support/world.ts'

const keys = Array.from({ length: 60 }, (_, i) => `k${i}`)
const peeks = (sim: SimCluster, key: string) => nodesOf(sim).map(node => tableOf(node).peek(key))

// What broke others, by the numbers of the design; each names the report that it comes from.
describe('the traps that broke others', () => {
  it('1. two writes of one instant have two versions, and all copies keep the same one (Hazelcast #8517)', async () => {
    const sim = await cluster(1)
    const [a, b] = nodesOf(sim)
    await sim.world.run(3000)
    for (const node of nodesOf(sim)) node.engine.hybrid.merge(a.engine.hybrid.last + 10_000 * 4096)
    const at = Math.max(...nodesOf(sim).map(({ engine }) => engine.hybrid.last))
    for (const node of nodesOf(sim)) node.engine.hybrid.merge(at)
    void tableOf(a).set('k', 1, { ack: 'local' })
    void tableOf(b).set('k', 2, { ack: 'local' })
    const [mine, theirs] = [rowsOf(a)[0].split(' ')[1], rowsOf(b)[0].split(' ')[1]]
    expect(mine.split('@')[0]).toBe(theirs.split('@')[0])
    await untilEqual(sim)
    // Of one stamp the later name wins.
    expect(peeks(sim, 'k')).toEqual([2, 2, 2])
  })

  it('2. a repair brings back no delete, however late it comes (Hazelcast #4360)', async () => {
    const sim = await cluster(2)
    const [a, b, c] = nodesOf(sim)
    await done(sim, tableOf(a).set('k', 1, { ack: 'all' }))
    split(sim, ['a', 'b'], ['c'])
    await done(sim, tableOf(a).delete('k', { ack: 'local' }))
    await sim.world.run(40_000)
    expect(tableOf(c).peek('k')).toBe(1)
    sim.heal()
    await untilEqual(sim)
    for (const node of [a, b, c]) node.engine.repairer.schedule(node === a ? 'c' : 'a')
    await sim.world.run(40_000)
    expect(peeks(sim, 'k')).toEqual([undefined, undefined, undefined])
  })

  it('3. both holders restarted quickly in turn lose nothing (olric #225)', async () => {
    const sim = await cluster(3, { t: { copies: ['a', 'b'] } })
    for (const key of keys) void tableOf(named(sim, 'a')).set(key, 1, { ack: 'local' })
    await sim.world.run(500)
    for (const name of ['a', 'b', 'a', 'b']) {
      sim.crash(name)
      await sim.world.run(20)
      const node = sim.start(name)
      await sim.world.until(() => node.hasTable('t'), 20_000, `${name} has the table`)
    }
    for (const name of ['a', 'b']) expect(rowsOf(named(sim, name))).toHaveLength(keys.length)
  })

  it('4. nodes that join while others join have all that everybody has (ISPN-14982)', async () => {
    const sim = await cluster(4)
    const [a] = nodesOf(sim)
    for (let i = 0; i < 3000; i++) void tableOf(a).set(`row ${i}`, i, { ack: 'local' })
    const joining = ['d', 'e', 'f'].map(name => sim.start(name))
    let writes = 0
    await sim.world.until(
      () => {
        void tableOf(a).set(`late ${writes}`, writes++, { ack: 'local' })
        return joining.every(node => node.hasTable('t'))
      },
      30_000,
      'all have joined',
    )
    expect(writes).toBeGreaterThan(10)
    await untilEqual(sim)
    expect(rowsOf(joining[1])).toHaveLength(3000 + writes)
  })

  it('5. seeds that start at the same instant are one cluster (olric #258)', async () => {
    const sim = new SimCluster(new World(5))
    for (const name of ['a', 'b']) sim.start(name)
    await untilOneGroup(sim, 2)
    const created = named(sim, 'b').create('t')
    await done(sim, created)
    await done(sim, tableOf(named(sim, 'b')).set('k', 1, { ack: 'local' }))
    await untilEqual(sim)
    expect(peeks(sim, 'k')).toEqual([1, 1])
  })

  it('6. a name at a new address, and an address under a new name, are who they are (memberlist #157, cortex #2130)', async () => {
    const sim = await cluster(6)
    for (const key of keys) void tableOf(named(sim, 'a')).set(key, 1, { ack: 'local' })
    await sim.world.run(500)
    sim.crash('c')
    const [c, d] = [sim.start('c', 1000, 'elsewhere'), sim.start('d', 1000, 'c')]
    await sim.world.until(() => [c, d].every(node => node.hasTable('t')), 60_000, 'both have the table')
    await done(sim, tableOf(named(sim, 'a')).set('k0', 2, { ack: 'all' }))
    for (const node of [c, d]) {
      expect(tableOf(node).peek('k0')).toBe(2)
      expect(rowsOf(node)).toHaveLength(keys.length)
    }
  })

  it('7. one that was away longer than anybody remembers the dead is taken back (antrea #4491)', async () => {
    const sim = await cluster(7)
    const [a, , c] = nodesOf(sim)
    split(sim, ['a', 'b'], ['c'])
    // Members are given up after 10 min.
    await sim.world.run(11 * 60_000)
    expect(a.engine.strong.status.voters).not.toContain('c')
    await done(sim, tableOf(c).set('c', 1, { ack: 'local' }))
    await done(sim, tableOf(a).set('a', 1, { ack: 'local' }))
    sim.heal()
    await untilEqual(sim)
    await untilOneGroup(sim, 3)
    expect([...peeks(sim, 'a'), ...peeks(sim, 'c')]).toEqual(Array(6).fill(1))
  })

  it('8. an invalidation that overtakes the answer of a read wins (Redis, client-side caching)', async () => {
    const sim = await cluster(8, { t: { copies: ['a'] } })
    const [a, , c] = nodesOf(sim)
    await done(sim, tableOf(a).set('k', 0, { ack: 'local' }))
    await done(sim, tableOf(c).get('k'))
    for (let i = 1; i < 40; i++) {
      const reading = tableOf(c).get('k')
      sim.world.after(sim.world.random.unit() * 4, () => void tableOf(a).set('k', i, { ack: 'local' }))
      await done(sim, reading)
      await sim.world.run(30)
      expect([undefined, i]).toContain(tableOf(c).peek('k'))
    }
  })

  it('9. every copy has the instant of expiry, after joins and merges too (cacheable #67, Hazelcast #6799, NATS #4754)', async () => {
    const sim = await cluster(9)
    const [a, , c] = nodesOf(sim)
    await done(sim, tableOf(a).set('k', 1, { ack: 'all', ttl: 60_000 }))
    split(sim, ['a', 'b'], ['c'])
    await done(sim, tableOf(c).set('island', 1, { ack: 'local', ttl: 60_000 }))
    const until = (await tableOf(a).entry('k'))?.expiresAt
    await sim.world.run(20_000)
    sim.heal()
    const d = sim.start('d')
    await sim.world.until(() => d.hasTable('t'), 20_000, 'd has the table')
    await untilEqual(sim)
    for (const node of nodesOf(sim)) {
      expect((await tableOf(node).entry('k'))?.expiresAt).toBe(until)
      const left = ((await tableOf(node).entry('island'))?.expiresAt ?? 0) - node.env.clock.wall()
      expect(left).toBeLessThan(40_000)
    }
    await sim.world.run(40_000)
    expect([...peeks(sim, 'k'), ...peeks(sim, 'island')]).toEqual(Array(8).fill(undefined))
  })

  it('10. a peer that takes connections and never answers hangs no call (keyv #1496)', async () => {
    const sim = await cluster(10, { t: { copies: ['c'] }, all: {} })
    const [a, , c] = nodesOf(sim)
    await done(sim, tableOf(c).set('k', 1, { ack: 'local' }))
    sim.pause('c')
    const began = sim.world.now
    const calls = [
      tableOf(a).get('k', { timeout: 500 }),
      tableOf(a).set('k', 2, { timeout: 500 }),
      tableOf(a, 'all').set('k', 2, { ack: 'all', timeout: 500 }),
    ]
    const codes = await done(sim, Promise.all(calls.map(call => codeOf(call))))
    for (const code of codes) expect(['ERR_TIMEOUT', 'ERR_UNAVAILABLE']).toContain(code)
    expect(sim.world.now - began).toBeLessThan(1000)
  })

  it('10. a reader who waits for the answer to another one has a deadline of its own, sooner or later (keyv #1496)', async () => {
    const sim = await cluster(10, { t: { copies: ['c'] } })
    const [a, , c] = nodesOf(sim)
    await done(sim, tableOf(c).set('k', 1, { ack: 'local' }))
    sim.pause('c')
    const began = sim.world.now
    const ended = (call: Promise<unknown>) =>
      codeOf(call).then(code => [code, sim.world.now - began] as const)
    const calls = [300, 200, 1900].map(timeout => ended(tableOf(a).get('k', { timeout })))
    await sim.world.run(1000)
    sim.resume('c')
    const [first, sooner, later] = await done(sim, Promise.all(calls))
    expect([first[0], sooner[0], later[0]]).toEqual(['ERR_TIMEOUT', 'ERR_TIMEOUT', 'none'])
    expect(sooner[1]).toBeLessThan(250)
    expect(later[1]).toBeLessThan(1500)
  })

  it('11. a stall of the loop is no death: nobody is given up, nothing is loaded anew (Lifeguard)', async () => {
    const sim = await cluster(11)
    const [a, , c] = nodesOf(sim)
    for (let i = 0; i < 10; i++) {
      sim.pause('c')
      await done(sim, tableOf(a).set(`k${i}`, i, { ack: 'local' }))
      await sim.world.run(700)
      sim.resume('c')
      await sim.world.run(300)
      expect(tableOf(c).peek(`k${i}`)).toBe(i)
    }
    expect(c.engine.setAside.count).toBe(0)
    for (const node of nodesOf(sim)) expect(node.membership.view.members).toHaveLength(3)
  })

  it('12. what one holder writes reaches another that only a third one hears (RabbitMQ #1841, #17319)', async () => {
    const sim = await cluster(12)
    const [a, , c] = nodesOf(sim)
    sim.cut('a', 'c')
    sim.cut('c', 'a')
    await sim.world.run(5000)
    await done(sim, tableOf(a).set('a', 1, { ack: 'local' }))
    await done(sim, tableOf(c).set('c', 1, { ack: 'local' }))
    await sim.world.until(
      () => [...peeks(sim, 'a'), ...peeks(sim, 'c')].every(Boolean),
      90_000,
      'by the third',
    )
    sim.heal()
    await untilEqual(sim)
  })

  it('13. of put-if-absent on all nodes at once one succeeds, and sums are right (Nebulex)', async () => {
    const sim = await cluster(13)
    const calls = keys.map(key =>
      Promise.all(nodesOf(sim).map((node, i) => tableOf(node).set(key, i, { ifAbsent: true }))),
    )
    for (const won of await done(sim, Promise.all(calls))) expect(won.filter(Boolean)).toHaveLength(1)
    const sums = nodesOf(sim).flatMap(node => names.map(() => tableOf(node).increment('sum', 1)))
    expect((await done(sim, Promise.all(sums))).sort((x, y) => x - y)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9])
  })

  // There is no rate limiter yet; one counts as these do.
  it('14. who does not own a key counts at its owner, and once (gubernator #208)', async () => {
    const sim = await cluster(14, { t: { copies: ['a', 'b'] } })
    for (const node of nodesOf(sim)) for (const key of keys) void tableOf(node).increment(key, 1)
    await sim.world.run(2000)
    await untilEqual(sim).catch(() => {})
    for (const key of keys) expect(await done(sim, tableOf(named(sim, 'c')).get(key))).toBe(3)
  })

  // There are no tags yet; a clear invalidates as much at once.
  it('15. nothing that was invalidated is served from a cache, while writes go on (bentocache #71)', async () => {
    const sim = await cluster(15, { t: { copies: ['a', 'b'] } })
    const [a, b, c] = nodesOf(sim)
    for (let round = 0; round < 10; round++) {
      for (const key of keys) void tableOf(a).set(key, round, { ack: 'local' })
      await sim.world.run(100)
      await done(sim, Promise.all(keys.map(key => tableOf(c).get(key))))
      await done(sim, tableOf(b).clear({ ack: 'all' }))
      await sim.world.run(50)
      for (const key of keys) expect(tableOf(c).peek(key)).toBeUndefined()
      expect(await done(sim, tableOf(c).getMany(keys))).toEqual(keys.map(() => undefined))
    }
  })
})

import { describe, expect, it } from 'vitest'
import { calmNetwork } from './support/network.ts'
import { cluster, done, names, nodesOf, rowsOf, split, tableOf, untilEqual } from './support/scenario.ts'
import { SimCluster, type SimNode } from './support/sim-cluster.ts'
import { World } from './support/world.ts'

describe('a split network', () => {
  it.each([
    1, 2, 3,
  ])('heals to the newest write of each key, deletes and clears among them (SEED=%i)', async seed => {
    const sim = await cluster(seed)
    const [a, b, c] = nodesOf(sim)
    for (let i = 0; i < 50; i++) tableOf(a).set(`k${i}`, i, { ack: 'local' })
    await sim.world.run(500)
    split(sim, ['a', 'b'], ['c'])
    await sim.world.run(4000)
    tableOf(a).set('k1', 100, { ack: 'local' })
    tableOf(c).set('k2', 200, { ack: 'local' })
    tableOf(b).delete('k3', { ack: 'local' })
    tableOf(c).set('k4', 1, { ack: 'local' })
    await sim.world.run(50)
    tableOf(a).set('k4', 2, { ack: 'local' })
    tableOf(c).delete('k5', { ack: 'local' })
    await sim.world.run(50)
    expect([tableOf(a).peek('k2'), tableOf(c).peek('k1'), tableOf(c).peek('k3')]).toEqual([2, 1, 3])
    sim.heal()
    await untilEqual(sim)
    for (const node of nodesOf(sim)) {
      const table = tableOf(node)
      expect(['k0', 'k1', 'k2', 'k3', 'k4', 'k5'].map(key => table.peek(key))).toEqual([
        0,
        100,
        200,
        undefined,
        2,
        undefined,
      ])
    }
  })

  it('keeps a clear on one side and the newer writes of the other', async () => {
    const sim = await cluster(5)
    const [a, , c] = nodesOf(sim)
    for (let i = 0; i < 20; i++) tableOf(a).set(`k${i}`, i, { ack: 'local' })
    await sim.world.run(500)
    split(sim, ['a', 'b'], ['c'])
    await sim.world.run(100)
    tableOf(c).set('before', 1, { ack: 'local' })
    await sim.world.run(100)
    void tableOf(a).clear({ ack: 'local' })
    await sim.world.run(100)
    tableOf(c).set('after', 2, { ack: 'local' })
    sim.heal()
    await untilEqual(sim)
    for (const node of nodesOf(sim)) {
      expect([tableOf(node).peek('k1'), tableOf(node).peek('before'), tableOf(node).peek('after')]).toEqual([
        undefined,
        undefined,
        2,
      ])
    }
  })

  it('leaves a minority reading and writing with ack local, and refuses what it cannot have confirmed', async () => {
    const sim = await cluster(6)
    const [a] = nodesOf(sim)
    tableOf(a).set('k', 1, { ack: 'local' })
    split(sim, ['a'], ['b', 'c'])
    await sim.world.run(4000)
    expect(tableOf(a).peek('k')).toBe(1)
    expect(await done(sim, tableOf(a).set('k', 2, { ack: 'local' }))).toBe(true)
    await expect(done(sim, tableOf(a).set('k', 3, { ack: 'majority' }))).rejects.toMatchObject({
      code: 'ERR_NO_QUORUM',
    })
    expect(tableOf(a).peek('k')).toBe(2)
  })
})

describe('a copy that is added while the cluster writes', () => {
  it.each([
    11, 12, 13, 14, 15, 16,
  ])('ends equal to the others and has what was confirmed by all (SEED=%i)', async seed => {
    const sim = await cluster(seed, { t: { copies: ['a', 'b'] } })
    const [a, b, c] = nodesOf(sim)
    for (let i = 0; i < 3000; i++) tableOf(a).set(`k${i}`, i, { ack: 'local' })
    await sim.world.run(500)
    let writes = 0
    const load = () => {
      tableOf([a, b][writes % 2]).set(`k${sim.world.random.below(4000)}`, 10_000 + writes++, { ack: 'local' })
      if (writes < 2000) sim.world.after(sim.world.random.unit(), load)
    }
    load()
    await sim.world.run(100)
    a.engine.changes.addCopy('t', 'c').catch(() => {})
    await sim.world.until(
      () => c.engine.copies.get(c.engine.catalog.get('t')?.id ?? '')?.active === true,
      20_000,
      'c active',
    )
    expect(writes).toBeGreaterThan(200)
    await sim.world.until(() => writes === 2000, 20_000, 'load over')
    await sim.world.run(500)
    expect(rowsOf(c)).toEqual(rowsOf(a))
    expect(rowsOf(b)).toEqual(rowsOf(a))
  })

  it('is loaded from another holder when its source dies on the way', async () => {
    const sim = await cluster(21, { t: { copies: ['a', 'b'] } })
    const [a, b, c] = nodesOf(sim)
    for (let i = 0; i < 20_000; i++) tableOf(a).set(`key number ${i}`, i, { ack: 'local' })
    await sim.world.run(3000)
    sim.network.faults = { ...calmNetwork, minDelayMs: 40, maxDelayMs: 60 }
    b.engine.changes.addCopy('t', 'c').catch(() => {})
    const held = () => c.engine.copies.get(c.engine.catalog.get('t')?.id ?? '')
    const loaded = () => held()?.load?.status(c.env.clock.monotonic())
    await sim.world.until(() => (loaded()?.rows ?? 0) > 1000, 20_000, 'some rows loaded')
    expect(held()?.active).toBe(false)
    sim.crash('a')
    await sim.world.until(() => held()?.active === true, 30_000, 'c active')
    // No page came twice: what was loaded before counts.
    expect(loaded()).toMatchObject({ rows: 20_000, share: 1, expectedRows: 20_000, etaMs: 0 })
    await sim.world.run(500)
    expect(held()?.copy.size).toBe(20_000)
    expect(rowsOf(c)).toEqual(rowsOf(b))
  })

  it('does not become readable before it is complete', async () => {
    const sim = await cluster(22)
    const [a] = nodesOf(sim)
    for (let i = 0; i < 5000; i++) tableOf(a).set(`k${i}`, i, { ack: 'local' })
    await sim.world.run(1000)
    const late = sim.start('d')
    await sim.world.until(
      () => {
        if (!late.hasTable('t')) return false
        expect(tableOf(late).peek('k4999')).toBe(4999)
        return true
      },
      20_000,
      'd has the table',
    )
  })
})

describe('a restart', () => {
  it.each([31, 32])('of each node in turn loses nothing that another copy has (SEED=%i)', async seed => {
    const sim = await cluster(seed)
    for (let i = 0; i < 300; i++) tableOf(nodesOf(sim)[0]).set(`k${i}`, i, { ack: 'local' })
    await sim.world.run(500)
    for (const name of names) {
      sim.crash(name)
      await sim.world.run(300)
      const node = sim.start(name)
      await sim.world.until(() => node.hasTable('t'), 20_000, `${name} has the table`)
      expect(tableOf(node).peek('k299')).toBe(299)
    }
    await untilEqual(sim)
    expect(rowsOf(nodesOf(sim)[0])).toHaveLength(300)
  })

  it('of all nodes at once begins anew, and every node has the table again', async () => {
    const sim = await cluster(33)
    tableOf(nodesOf(sim)[0]).set('k', 1, { ack: 'local' })
    await sim.world.run(200)
    for (const name of names) sim.crash(name)
    await sim.world.run(500)
    const nodes = names.map(name => sim.start(name))
    await sim.world.until(() => nodes.every(node => node.engine.standing.ready), 10_000, 'ready')
    const created = Promise.all(nodes.map(node => node.create('t')))
    created.catch(() => {})
    await sim.world.until(() => nodes.every(node => node.hasTable('t')), 10_000, 'tables')
    tableOf(nodes[1]).set('k', 2, { ack: 'local' })
    await untilEqual(sim)
    expect(tableOf(nodes[2]).peek('k')).toBe(2)
  })
})

describe('islands that meet', () => {
  it('become one cluster with the rows of both, the side with the higher hash seed inserting its own anew', async () => {
    const sim = new SimCluster(new World(41))
    const low = { low: 5, high: 1 }
    const high = { low: 5, high: 2 }
    sim.seedOf = name => (name === 'a' || name === 'b' ? low : high)
    split(sim, ['a', 'b'], ['c', 'd'])
    await bootApart(sim, [
      ['a', 'b'],
      ['c', 'd'],
    ])
    const node = (name: string) => sim.nodes.get(name) as SimNode
    for (let i = 0; i < 500; i++) tableOf(node('a')).set(`left${i}`, i, { ack: 'local' })
    for (let i = 0; i < 500; i++) tableOf(node('c')).set(`right${i}`, i, { ack: 'local' })
    tableOf(node('a')).set('both', 1, { ack: 'local' })
    await sim.world.run(200)
    tableOf(node('d')).set('both', 2, { ack: 'local' })
    await sim.world.run(500)
    sim.heal()
    await untilEqual(sim)
    for (const each of nodesOf(sim)) {
      expect(each.engine.standing.seed).toEqual(low)
      expect(['left0', 'left499', 'right0', 'right499', 'both'].map(key => tableOf(each).peek(key))).toEqual([
        0, 499, 0, 499, 2,
      ])
      expect(rowsOf(each)).toHaveLength(1001)
    }
  }, 120_000)

  it('take one of two definitions that they gave one table: that of the group which stays', async () => {
    const sim = new SimCluster(new World(42))
    split(sim, ['a', 'b'], ['c', 'd'])
    await bootApart(
      sim,
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
      [{ ttl: '1h' }, { ttl: '2h' }],
    )
    sim.heal()
    const definitions = () => nodesOf(sim).map(node => node.engine.catalog.get('t')?.definition.ttlMs)
    await sim.world.until(() => new Set(definitions()).size === 1, 20_000, 'one definition')
    const [ttlMs] = definitions()
    expect([3_600_000, 7_200_000]).toContain(ttlMs)
    await sim.world.run(2000)
    expect(new Set(nodesOf(sim).map(node => node.engine.strong.group.id)).size).toBe(1)
    for (const node of nodesOf(sim)) {
      const held = node.engine.copies.get(node.engine.catalog.get('t')?.id ?? '')
      expect(held?.copy.definition.ttlMs).toBe(ttlMs)
    }
  })

  it('leave a running cluster its hash seed when a newcomer brings another', async () => {
    const sim = await cluster(43)
    const running = nodesOf(sim)[0].engine.standing.seed
    tableOf(nodesOf(sim)[0]).set('k', 7, { ack: 'local' })
    for (const seed of [
      { low: 0, high: 0 },
      { low: 9, high: 9 },
    ]) {
      sim.seedOf = () => seed
      const late = sim.start(`late${seed.low}`)
      await sim.world.until(() => late.hasTable('t'), 20_000, 'newcomer has the table')
      expect(late.engine.standing.seed).toEqual(running)
      expect(tableOf(late).peek('k')).toBe(7)
    }
    expect(nodesOf(sim).every(node => node.engine.standing.seed.low === running.low)).toBe(true)
  })
})

describe('a peer that falls behind', () => {
  it('is repaired once it is back, however much it missed, and never slows the others', async () => {
    const sim = await cluster(51)
    const [a, b, c] = nodesOf(sim)
    sim.cut('a', 'c')
    sim.cut('c', 'a')
    const table = tableOf(a)
    let written = 0
    while (written < 130_000) {
      for (let i = 0; i < 5000; i++) table.set(`k${written++ % 20_000}`, written, { ack: 'local' })
      await sim.world.run(20)
    }
    await sim.world.run(2000)
    expect(a.engine.outbox.held.operations).toBeLessThan(110_000)
    expect(rowsOf(b)).toEqual(rowsOf(a))
    sim.heal()
    await untilEqual(sim)
    expect(rowsOf(c)).toHaveLength(20_000)
  }, 60_000)
})

describe('a node that writes faster than any other one takes it', () => {
  /** Writes without a turn of the event loop in between; how many were refused. */
  const burst = async (node: SimNode, count: number, prefix: string) => {
    const codes = Array.from({ length: count }, (_, i) =>
      tableOf(node)
        .set(`${prefix}${i % 20_000}`, i, { ack: 'local' })
        .then(
          () => undefined,
          error => error,
        ),
    )
    return (await Promise.all(codes)).filter(error => error !== undefined)
  }

  it('refuses writes, not made, before anything is dropped that nobody has, and takes them again soon', async () => {
    const sim = await cluster(52)
    const [a, b, c] = nodesOf(sim)
    const refused = await done(sim, burst(a, 130_000, 'k'))
    expect(refused.length).toBeGreaterThan(20_000)
    expect(new Set(refused.map(({ code }) => code))).toEqual(new Set(['ERR_OVERLOADED']))
    expect(refused[0]).toMatchObject({ retryable: true, details: { retryAfterMs: 100 } })
    const { head } = a.engine.outbox
    expect(head).toBeLessThan(100_000)
    await sim.world.run(1000)
    expect(a.engine.events.counts).toMatchObject({ overload: 1 })
    expect(a.engine.events.counts['peer-lagging']).toBeUndefined()
    // All that was taken came by the stream: nothing had to be repaired.
    expect(a.engine.peers.lags().map(({ operations }) => operations)).toEqual([0, 0])
    expect(rowsOf(b)).toEqual(rowsOf(a))
    expect(rowsOf(c)).toEqual(rowsOf(a))
    expect(await done(sim, burst(a, 1000, 'later'))).toEqual([])
    await sim.world.run(1000)
    expect(a.engine.events.counts).toMatchObject({ overload: 1, 'overload-ended': 1 })
  }, 60_000)

  it('goes on while the others are cut off, or hang for longer than a second', async () => {
    const sim = await cluster(53)
    const [a] = nodesOf(sim)
    split(sim, ['a'], ['b', 'c'])
    const begun: unknown[] = []
    for (let at = 0; at < 3000; at += 20) {
      begun.push(...(await done(sim, burst(a, 2000, 'k'))))
      await sim.world.run(20)
    }
    // Until the second was over, at most.
    expect(begun.length).toBeLessThan(50_000)
    expect(await done(sim, burst(a, 2000, 'k'))).toEqual([])
    sim.heal()
    await untilEqual(sim)
  }, 60_000)
})

describe('a cache on a node without a copy (D-7)', () => {
  it('is emptied when its source is lost, and never serves what changed', async () => {
    const sim = await cluster(61, { t: { copies: ['a', 'b'] } })
    const [a, b, c] = nodesOf(sim)
    for (let i = 0; i < 40; i++) tableOf(a).set(`k${i}`, i, { ack: 'local' })
    await sim.world.run(200)
    await done(sim, Promise.all(Array.from({ length: 40 }, (_, i) => tableOf(c).get(`k${i}`))))
    expect(tableOf(c).peek('k7')).toBe(7)
    sim.crash('b')
    await sim.world.run(10)
    for (let i = 0; i < 40; i++) tableOf(a).set(`k${i}`, 100 + i, { ack: 'local' })
    await sim.world.run(50)
    // Whoever served an entry has told of the change, or is known to be gone.
    for (let i = 0; i < 40; i++) expect([undefined, 100 + i]).toContain(tableOf(c).peek(`k${i}`))
    await sim.world.run(4000)
    for (let i = 0; i < 40; i++) expect(await done(sim, tableOf(c).get(`k${i}`))).toBe(100 + i)
    expect(b.alive).toBe(false)
  })

  it('is emptied when the node has a copy of its own, which knows more than who served it', async () => {
    const sim = await cluster(63, { t: { copies: ['a', 'b'] } })
    const [a, b, c] = nodesOf(sim)
    const keys = Array.from({ length: 20 }, (_, i) => `k${i}`)
    for (const key of keys) tableOf(a).set(key, 1, { ack: 'local' })
    await sim.world.run(200)
    split(sim, ['a'], ['b'])
    await done(sim, Promise.all(keys.map(key => tableOf(c).get(key))))
    for (const key of keys) tableOf(b).set(key, 2, { ack: 'local' })
    await sim.world.run(200)
    expect(keys.map(key => tableOf(c).peek(key))).toContain(1)
    // Readers go on while it loads: what they cache now comes from a, after the copy was given it by b.
    const adding = c.engine.changes.addCopy('t', 'c')
    const id = c.engine.catalog.get('t')?.id ?? ''
    while (c.engine.copies.get(id)?.active !== true) {
      for (const key of keys) void tableOf(c).get(key)
      await sim.world.run(1)
    }
    await done(sim, adding)
    expect(keys.map(key => tableOf(c).peek(key))).toEqual(keys.map(() => 2))
  })

  it('keeps an answer that a change overtook for nobody', async () => {
    const sim = await cluster(62, { t: { copies: ['a'] } })
    const [a, , c] = nodesOf(sim)
    tableOf(a).set('k', 1, { ack: 'local' })
    await sim.world.run(100)
    await done(sim, tableOf(c).get('other'))
    for (let i = 2; i < 60; i++) {
      const reading = tableOf(c).get('k')
      sim.world.after(sim.world.random.unit() * 4, () => void tableOf(a).set('k', i, { ack: 'local' }))
      await done(sim, reading)
      await sim.world.run(30)
      expect([undefined, i]).toContain(tableOf(c).peek('k'))
    }
  })
})

async function bootApart(sim: SimCluster, sides: string[][], options: object[] = [{}, {}]): Promise<void> {
  for (const [i, side] of sides.entries()) {
    const nodes = side.map(name => sim.start(name))
    split(sim, ...sides)
    await sim.world.until(() => nodes.every(node => node.engine.standing.ready), 10_000, 'ready')
    const created = nodes[0].create('t', options[i])
    created.catch(() => {})
    await sim.world.until(() => nodes.every(node => node.hasTable('t')), 20_000, 'tables')
  }
}

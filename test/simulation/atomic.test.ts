import { describe, expect, it } from 'vitest'
import { atomicLimits } from '../../src/core/operation.ts'
import { codeOf } from '../support/nodes.ts'
import { bugs } from './support/bugs.ts'
import { cluster, done, nodesOf, tableOf, untilEqual } from './support/scenario.ts'
import type { SimCluster, SimNode } from './support/sim-cluster.ts'

const keys = Array.from({ length: 200 }, (_, i) => `k${i}`)
const all = (value: number) => keys.map(key => [key, value] as const)
const big = 'x'.repeat(4000)

/** How many distinct values the keys have on the node at this moment: what a reader sees of them. */
function seen(node: SimNode): Set<number | undefined> {
  return new Set(keys.map(key => tableOf(node).peek(key)))
}

/** Writes batches at every node while readers look at every moment; the number of moments at which one saw a part. */
async function parts(sim: SimCluster): Promise<number> {
  let seenInPart = 0
  for (let round = 1; round <= 20; round++) {
    for (const [i, node] of nodesOf(sim).entries())
      void tableOf(node).setMany(all(round * 10 + i), { atomic: true, ack: 'local' })
    for (let step = 0; step < 30; step++) {
      await sim.world.run(0.1)
      for (const node of nodesOf(sim)) if (seen(node).size > 1) seenInPart++
    }
  }
  return seenInPart
}

describe('an atomic setMany of a default table (D-19)', () => {
  it.each([
    1, 2, 3,
  ])('is seen as a whole or not at all on every copy, whoever writes at once (SEED=%i)', async seed => {
    const sim = await cluster(seed)
    sim.network.faults = { ...sim.network.faults, maxDelayMs: 5 }
    expect(await parts(sim)).toBe(0)
    await untilEqual(sim)
  })

  it('would be seen in part if it left as several operations', async () => {
    const sim = await cluster(4)
    for (const node of nodesOf(sim)) bugs.batchSplit.plant(node)
    expect(await parts(sim)).toBeGreaterThan(0)
  })

  it('stays whole beyond the size at which frames are closed', async () => {
    const sim = await cluster(5)
    const [a, b, c] = nodesOf(sim)
    const entries = keys.map(key => [key, big] as const)
    const written = a.table<string, string>('t').setMany(entries, { atomic: true, ack: 'all' })
    const count = (node: SimNode) =>
      keys.filter(key => node.table<string, string>('t').peek(key) === big).length
    let over = false
    written.then(() => {
      over = true
    })
    while (!over) {
      await sim.world.run(0.1)
      for (const node of [a, b, c]) expect([0, keys.length]).toContain(count(node))
    }
    expect([a, b, c].map(count)).toEqual([200, 200, 200])
    expect(a.engine.outbox.head).toBe(1)
  })

  it('is acknowledged as one write is: by all, or not in time', async () => {
    const sim = await cluster(6)
    const [a, b] = nodesOf(sim)
    await done(sim, tableOf(a).setMany(all(1), { atomic: true, ack: 'all' }))
    expect(nodesOf(sim).map(node => [...seen(node)])).toEqual([[1], [1], [1]])
    sim.network.cut('a', 'b')
    sim.network.cut('a', 'c')
    const late = tableOf(a).setMany(all(2), { atomic: true, ack: 'all', timeout: 500 })
    late.catch(() => {})
    await expect(done(sim, late)).rejects.toMatchObject({ code: 'ERR_TIMEOUT', maybeApplied: true })
    expect([...seen(a), ...seen(b)]).toEqual([2, 1])
  })

  it('is made by a holder for a node without a copy', async () => {
    const sim = await cluster(7, { t: { copies: ['a', 'b'] } })
    const [a, b, c] = nodesOf(sim)
    await done(sim, Promise.all(keys.map(key => tableOf(c).get(key))))
    await done(sim, tableOf(c).setMany(all(3), { atomic: true, ack: 'all', ttl: 60_000 }))
    expect([...seen(a), ...seen(b)]).toEqual([3, 3])
    expect(await done(sim, tableOf(c).getMany(keys))).toEqual(keys.map(() => 3))
    const [first, last] = await done(sim, Promise.all(['k0', 'k199'].map(key => tableOf(a).entry(key))))
    expect([first?.version, first?.node]).toEqual([last?.version, last?.node])
    expect(first?.expiresAt).toBe(last?.expiresAt)
  })

  it('writes nothing where not all of it has room, and the last of a key that comes twice', async () => {
    const sim = await cluster(8, { t: { maxEntries: 10 } })
    const [a, , c] = nodesOf(sim)
    const some = (from: number, count: number) =>
      Array.from({ length: count }, (_, i) => [`k${from + i}`, from] as const)
    await done(sim, tableOf(a).setMany(some(0, 8), { atomic: true }))
    expect(await codeOf(done(sim, tableOf(a).setMany(some(8, 3), { atomic: true })))).toBe('ERR_TABLE_FULL')
    await sim.world.run(100)
    for (const node of [a, c]) expect(tableOf(node).peek('k8')).toBeUndefined()
    await done(sim, tableOf(a).setMany([...some(8, 2), ['k0', 1], ['k0', 2]], { atomic: true }))
    expect(['k0', 'k8', 'k9'].map(key => tableOf(a).peek(key))).toEqual([2, 8, 8])
  })

  it('has a limit, and may be empty', async () => {
    const sim = await cluster(9)
    const [a] = nodesOf(sim)
    const many = Array.from({ length: atomicLimits.entries + 1 }, (_, i) => [`${i}`, i] as const)
    expect(await codeOf(done(sim, tableOf(a).setMany(many, { atomic: true })))).toBe('ERR_LIMIT_EXCEEDED')
    const large = a.table<string, string>('t')
    const much = Array.from({ length: 300 }, (_, i) => [`${i}`, big] as const)
    expect(await codeOf(done(sim, large.setMany(much, { atomic: true })))).toBe('ERR_LIMIT_EXCEEDED')
    await done(sim, tableOf(a).setMany([], { atomic: true }))
    expect(a.engine.outbox.head).toBe(0)
  })
})

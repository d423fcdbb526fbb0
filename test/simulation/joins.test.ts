import { describe, expect, it } from 'vitest'
import type { LoadStatus } from '../../src/core/load-progress.ts'
import { calmNetwork } from './support/network.ts'
import { cluster, nodesOf, rowsOf, split, tableOf } from './support/scenario.ts'
import type { SimCluster, SimNode } from './support/sim-cluster.ts'

const slowNetwork = { ...calmNetwork, minDelayMs: 30, maxDelayMs: 60 }

const heldOf = (node: SimNode, name = 't') => node.engine.copies.get(node.engine.catalog.get(name)?.id ?? '')

const loadOf = (node: SimNode, name = 't'): LoadStatus | undefined =>
  heldOf(node, name)?.load?.status(node.env.clock.monotonic())

async function fill(sim: SimCluster, tables: readonly string[], count: number): Promise<void> {
  const [a] = nodesOf(sim)
  for (const name of tables)
    for (let i = 0; i < count; i++) tableOf(a, name).set(`key number ${i}`, i, { ack: 'local' })
  await sim.world.run(3000)
}

/** Looks every 20 ms until all are active; gives what was seen of each table. */
async function watch(sim: SimCluster, node: SimNode, tables: readonly string[]) {
  const seen = new Map<string, LoadStatus[]>(tables.map(name => [name, []]))
  await sim.world.until(
    () => {
      for (const name of tables) {
        const load = loadOf(node, name)
        if (load !== undefined && heldOf(node, name)?.active !== true) seen.get(name)?.push(load)
      }
      return tables.every(name => heldOf(node, name)?.active === true)
    },
    60_000,
    'all loaded',
  )
  return seen
}

function expectMonotone(seen: readonly LoadStatus[]): void {
  expect(seen.length).toBeGreaterThan(2)
  for (const field of ['rows', 'bytes', 'share', 'elapsedMs', 'expectedRows'] as const) {
    const values = seen.map(load => load[field])
    expect(values).toEqual(values.toSorted((a, b) => a - b))
  }
}

describe('a copy that is loaded', () => {
  it('says how far it is, and never goes back, while the table is written', async () => {
    const sim = await cluster(61, { t: { copies: ['a', 'b'] } })
    await fill(sim, ['t'], 20_000)
    const [a, b, c] = nodesOf(sim)
    sim.network.faults = slowNetwork
    b.engine.changes.addCopy('t', 'c').catch(() => {})
    let writes = 0
    const stop = a.env.timers.every(5, () => {
      tableOf(a).set(`new ${writes++}`, writes, { ack: 'local' })
    })
    const seen = (await watch(sim, c, ['t'])).get('t') ?? []
    stop()
    expectMonotone(seen)
    const coming = seen.filter(({ share }) => share > 0 && share < 1)
    const middle = coming[coming.length >> 1]
    expect(middle.expectedRows).toBeGreaterThanOrEqual(20_000)
    expect(middle.rowsPerSecond).toBeGreaterThan(0)
    expect(middle.bytes / middle.rows).toBeGreaterThan(24)
    await sim.world.until(() => rowsOf(c).join() === rowsOf(a).join(), 20_000, 'copies equal')
  })

  it('goes on at another source with what it has, and asks for no row twice, when its source dies', async () => {
    const sim = await cluster(62, { t: { copies: ['a', 'b'] } })
    await fill(sim, ['t'], 20_000)
    const [, b, c] = nodesOf(sim)
    sim.network.faults = slowNetwork
    b.engine.changes.addCopy('t', 'c').catch(() => {})
    await sim.world.until(() => (loadOf(c)?.share ?? 0) > 0.2, 20_000, 'a part is there')
    sim.crash('a')
    expectMonotone((await watch(sim, c, ['t'])).get('t') ?? [])
    expect(loadOf(c)?.rows).toBe(20_000)
    expect(rowsOf(c)).toEqual(rowsOf(b))
  })

  it('goes on with what it has when there was nobody to ask for a while', async () => {
    const sim = await cluster(63, { t: {} }, ['a'])
    await fill(sim, ['t'], 20_000)
    const [a] = nodesOf(sim)
    sim.network.faults = slowNetwork
    sim.start('b')
    // The older one begins alone if nobody else is there. This one waits.
    const c = sim.start('c')
    await sim.world.until(() => (loadOf(c)?.share ?? 0) > 0.2, 20_000, 'a part is there')
    for (const other of ['b', 'c']) {
      sim.cut('a', other)
      sim.cut(other, 'a')
    }
    await sim.world.run(8000)
    const before = loadOf(c)
    expect(heldOf(c)?.active).toBe(false)
    expect(before?.etaMs).toBeUndefined()
    sim.heal()
    const seen = (await watch(sim, c, ['t'])).get('t') ?? []
    expect(seen[0].share).toBeGreaterThanOrEqual(before?.share ?? 1)
    expect(loadOf(c)?.rows).toBeLessThanOrEqual(20_000)
    await sim.world.run(35_000)
    expect(rowsOf(c)).toEqual(rowsOf(a))
  })

  it('stays unreadable where those that have the rows are cut off, and a majority with them', async () => {
    const sim = await cluster(65, { t: { copies: ['a'] } })
    await fill(sim, ['t'], 20_000)
    const [a, b, c] = nodesOf(sim)
    sim.network.faults = slowNetwork
    a.engine.changes.addCopy('t', 'c').catch(() => {})
    await sim.world.until(() => (loadOf(c)?.share ?? 0) > 0.2, 20_000, 'a part is there')
    split(sim, ['a', 'b'], ['c'])
    await sim.world.run(10_000)
    expect(c.membership.view.get('a')).toBeUndefined()
    expect(heldOf(c)?.active).toBe(false)
    expect(b.membership.view.get('a')).toBeDefined()
    sim.heal()
    await sim.world.until(() => heldOf(c)?.active === true, 60_000, 'c active')
    expect(rowsOf(c)).toEqual(rowsOf(a))
  })

  it('is loaded beside other tables, with no more pages under way than one of them takes', async () => {
    const names = ['t', 'u', 'v', 'w', 'x', 'y']
    const sim = await cluster(64, Object.fromEntries(names.map(name => [name, {}])))
    await fill(sim, names, 3000)
    const [a] = nodesOf(sim)
    sim.network.faults = slowNetwork
    const d = sim.start('d')
    let underWay = 0
    let most = 0
    const { peers } = d.engine
    const replica = peers.replica
    Object.assign(peers, {
      replica: (node: string) => {
        const real = replica(node)
        return new Proxy(real, {
          get(target, name) {
            const value = Reflect.get(target, name)
            if (name !== 'page') return typeof value === 'function' ? value.bind(target) : value
            return async (...given: unknown[]) => {
              most = Math.max(most, ++underWay)
              try {
                return await value.apply(target, given)
              } finally {
                underWay--
              }
            }
          },
        })
      },
    })
    const seen = await watch(sim, d, names)
    expect(most).toBe(8)
    for (const name of names) {
      const shares = (seen.get(name) ?? []).map(({ share }) => share)
      expect(shares).toEqual(shares.toSorted((x, y) => x - y))
      expect(rowsOf(d, name)).toEqual(rowsOf(a, name))
    }
  })
})

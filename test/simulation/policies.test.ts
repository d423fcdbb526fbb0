import { describe, expect, it } from 'vitest'
import type { TableOptions } from '../../src/core/schema.ts'
import { cluster, done, nodesOf, split, tableOf, untilEqual } from './support/scenario.ts'
import type { SimCluster, SimNode } from './support/sim-cluster.ts'

const tables: Record<string, TableOptions> = {
  newest: {},
  kept: { onMerge: 'majority' },
  loaded: { onMerge: 'reload' },
}
const names = Object.keys(tables)

const values = (node: SimNode, key: string) => names.map(name => tableOf(node, name).peek(key))

const told = (node: SimNode, event: string) => node.events.filter(each => each.event === event)

const write = (sim: SimCluster, node: SimNode, key: string, value: number) =>
  Promise.all(names.map(name => done(sim, tableOf(node, name).set(key, value, { ack: 'local' }))))

const remove = (sim: SimCluster, node: SimNode, key: string) =>
  Promise.all(names.map(name => done(sim, tableOf(node, name).delete(key, { ack: 'local' }))))

async function healed(sim: SimCluster): Promise<void> {
  sim.heal()
  const isTogether = ({ engine }: SimNode) => !engine.separation.isApart
  await sim.world.until(() => nodesOf(sim).every(isTogether), 20_000, 'nobody is apart')
  for (const name of names) await untilEqual(sim, name)
}

const isApart = (sim: SimCluster, side: readonly string[]) => () =>
  side.every(name => sim.nodes.get(name)?.engine.separation.isApart === true)

const isLeft = (sim: SimCluster, by: string, side: readonly string[]) => () => {
  const catalog = sim.nodes.get(by)?.engine.catalog
  return ['kept', 'loaded'].every(name =>
    side.every(node => catalog?.get(name)?.copies.get(node)?.state === 'wanted'),
  )
}

describe.each([
  { sides: [['a'], ['b', 'c']] },
  {
    sides: [
      ['a', 'b'],
      ['c', 'd', 'e'],
    ],
  },
])('a split $sides', ({ sides }) => {
  const [small, large] = sides
  const all = sides.flat()

  it.each([1, 2, 3])('ends by the rule of each table (SEED=%i)', async seed => {
    const sim = await cluster(seed, tables, all)
    const [small1, large1] = [small[0], large[0]].map(name => sim.nodes.get(name) as SimNode)
    for (const key of ['both', 'small', 'gone', 'dropped']) await write(sim, large1, key, 1)
    await sim.world.run(500)
    split(sim, small, large)
    await write(sim, small1, 'early', 5)
    await sim.world.until(isApart(sim, small), 10_000, 'the smaller side knows')
    expect(large.some(name => sim.nodes.get(name)?.engine.separation.isApart)).toBe(false)
    await write(sim, large1, 'both', 2)
    await write(sim, large1, 'gone', 2)
    await sim.world.run(10)
    for (const key of ['both', 'small', 'new']) await write(sim, small1, key, 3)
    await remove(sim, small1, 'dropped')
    await sim.world.until(isLeft(sim, large[0], small), 20_000, 'the others go on')
    await write(sim, large1, 'late', 4)
    await healed(sim)
    for (const node of nodesOf(sim)) {
      expect(values(node, 'both')).toEqual([3, 2, undefined])
      expect(values(node, 'small')).toEqual([3, 1, undefined])
      expect(values(node, 'new')).toEqual([3, undefined, undefined])
      expect(values(node, 'gone')).toEqual([2, 2, 2])
      expect(values(node, 'dropped')).toEqual([undefined, 1, undefined])
      expect(values(node, 'early')).toEqual([5, 5, undefined])
      expect(values(node, 'late')).toEqual([4, 4, 4])
    }
    const rejoined = small.flatMap(name => told(sim.nodes.get(name) as SimNode, 'rejoined'))
    expect(new Set(rejoined.map(({ table, rule }) => `${table} by ${rule}`))).toEqual(
      new Set(['kept by majority', 'loaded by reload']),
    )
    expect(rejoined.some(({ table, discarded }) => table === 'kept' && discarded === 4)).toBe(true)
    // Of two that had the same row the first one deletes it, and the other finds that newer.
    const receipts = small.flatMap(name => sim.nodes.get(name)?.engine.repairer.receipts.list(100) ?? [])
    expect(
      receipts.filter(({ key }) => key === 'both').map(({ table, rule, wins }) => [table, rule, wins]),
    ).toEqual(
      expect.arrayContaining([
        ['kept', 'majority', 'there'],
        ['loaded', 'reload', 'neither'],
      ]),
    )
    expect(large.flatMap(name => told(sim.nodes.get(name) as SimNode, 'expelled'))).toEqual([])
  })
})

describe('a split of which no side has a majority', () => {
  it.each([1, 2])('drops nothing: the newest of all sides stays (SEED=%i)', async seed => {
    const sim = await cluster(seed, tables, ['a', 'b', 'c', 'd', 'e'])
    const [a, , c, , e] = nodesOf(sim)
    await write(sim, a, 'k', 1)
    await sim.world.run(500)
    split(sim, ['a', 'b'], ['c', 'd'], ['e'])
    await sim.world.until(isApart(sim, ['a', 'b', 'c', 'd', 'e']), 10_000, 'all know')
    await sim.world.run(5000)
    for (const [value, node] of [a, c, e].entries()) {
      await write(sim, node, 'k', value + 2)
      await write(sim, node, `of ${node.name}`, 1)
      await sim.world.run(10)
    }
    await healed(sim)
    for (const node of nodesOf(sim)) {
      expect(values(node, 'k')).toEqual([4, 4, 4])
      for (const key of ['of a', 'of c', 'of e']) expect(values(node, key)).toEqual([1, 1, 1])
      expect(told(node, 'expelled')).toEqual([])
    }
  })
})

describe('a node that hears a majority and no leader', () => {
  it('is not apart: its writes go on to all, and nothing is dropped', async () => {
    const sim = await cluster(4, tables)
    const leader = nodesOf(sim).find(({ engine }) => engine.strong.group.consensus.isLeader) as SimNode
    const [one, other] = nodesOf(sim).filter(node => node !== leader)
    split(sim, [one.name], [leader.name])
    for (let i = 0; i < 20; i++) {
      await done(sim, tableOf(one, 'kept').set(`k${i}`, i, { ack: 'one' }))
      await sim.world.run(500)
      expect(one.engine.separation.isApart).toBe(false)
    }
    expect(tableOf(other, 'kept').peek('k19')).toBe(19)
    await healed(sim)
    expect(told(one, 'expelled')).toEqual([])
    expect(tableOf(leader, 'kept').peek('k0')).toBe(0)
  })
})

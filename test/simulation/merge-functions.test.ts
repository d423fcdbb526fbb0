import { describe, expect, it } from 'vitest'
import type { MergeFunctions } from '../../src/core/merge-functions.ts'
import { done, nodesOf, split, tableOf, untilEqual } from './support/scenario.ts'
import { SimCluster, type SimNode } from './support/sim-cluster.ts'
import { World } from './support/world.ts'

const all = ['a', 'b', 'c', 'd', 'e']
const small = ['a', 'b']

interface Called {
  readonly current: unknown
  readonly aside: unknown
  readonly key: unknown
}

/** Five nodes with a table that adds up what both sides have, and what its function was called with. */
async function summing(seed: number) {
  const calls: Called[] = []
  const sum = (current: unknown, aside: unknown, key: unknown) => {
    calls.push({ current, aside, key })
    if (aside === -1) throw new Error('not this one')
    if (aside === -2) return undefined
    return Number(current ?? 0) + Number(aside ?? 0)
  }
  const sim = new SimCluster(new World(seed))
  sim.mergeFunctions = { sum } as MergeFunctions
  await sim.boot(all, { sums: { onMerge: 'sum' } })
  const [a, b, c] = nodesOf(sim)
  return { sim, calls, a, b, c }
}

const set = (sim: SimCluster, node: SimNode, key: string, value: number) =>
  done(sim, tableOf(node, 'sums').set(key, value, { ack: 'local' }))

async function apart(sim: SimCluster): Promise<void> {
  await sim.world.run(500)
  split(
    sim,
    small,
    all.filter(name => !small.includes(name)),
  )
  const areApart = () => small.every(name => sim.nodes.get(name)?.engine.separation.isApart)
  await sim.world.until(areApart, 10_000, 'apart')
}

async function together(sim: SimCluster): Promise<void> {
  await sim.world.run(6000)
  sim.heal()
  await sim.world.until(
    () => nodesOf(sim).every(({ engine }) => !engine.separation.isApart),
    20_000,
    'together',
  )
  await untilEqual(sim, 'sums')
}

const rejoined = (node: SimNode) => node.events.find(({ event }) => event === 'rejoined')

describe('a merge function', () => {
  it.each([
    1, 2, 3,
  ])('is called once for each row that was written apart, and all have its result (SEED=%i)', async seed => {
    const { sim, calls, a, b, c } = await summing(seed)
    for (const key of ['both', 'deleted', 'untouched', 'older']) await set(sim, c, key, 1)
    await apart(sim)
    await set(sim, a, 'older', 5)
    for (const key of ['both', 'older', 'there']) await set(sim, c, key, 10)
    await set(sim, a, 'both', 3)
    await set(sim, b, 'here', 4)
    await done(sim, tableOf(b, 'sums').delete('deleted', { ack: 'local' }))
    await together(sim)
    for (const node of nodesOf(sim)) {
      const values = ['both', 'older', 'there', 'here', 'deleted', 'untouched'].map(key =>
        tableOf(node, 'sums').peek(key),
      )
      expect(values).toEqual([13, 15, 10, 4, 1, 1])
    }
    expect(calls.map(({ key, current, aside }) => [key, current, aside]).sort()).toEqual([
      ['both', 10, 3],
      ['deleted', 1, undefined],
      ['here', undefined, 4],
      ['older', 10, 5],
    ])
    expect(rejoined(a)).toMatchObject({ table: 'sums', rule: 'sum', merged: 2, discarded: 0 })
    const [receipt] = a.engine.repairer.receipts.list(10).filter(({ key }) => key === 'both')
    expect(receipt).toMatchObject({ table: 'sums', rule: 'sum', wins: 'neither' })
  })

  it('meets who writes the key meanwhile, and undoes nothing of it', async () => {
    const { sim, calls, a, c } = await summing(4)
    await set(sim, c, 'k', 10)
    await apart(sim)
    await set(sim, a, 'k', 3)
    const { mutator } = a.engine.tables.get('sums')
    const operate = mutator.operate.bind(mutator)
    let isMet = false
    mutator.operate = async (operation, call) => {
      if (!isMet) {
        isMet = true
        await tableOf(c, 'sums').set('k', 100, { ack: 'one' })
      }
      return operate(operation, call)
    }
    await together(sim)
    expect(isMet).toBe(true)
    expect(nodesOf(sim).map(node => tableOf(node, 'sums').peek('k'))).toEqual(all.map(() => 103))
    expect(calls.map(({ current }) => current)).toEqual([10, 100])
  })

  it('deletes with undefined, and what it fails for is kept in a dump', async () => {
    const { sim, a, c } = await summing(5)
    for (const key of ['gone', 'broken']) await set(sim, c, key, 10)
    await apart(sim)
    await set(sim, a, 'gone', -2)
    await set(sim, a, 'broken', -1)
    await together(sim)
    for (const node of nodesOf(sim))
      expect(['gone', 'broken'].map(key => tableOf(node, 'sums').peek(key))).toEqual([undefined, 10])
    expect(a.events.find(({ event }) => event === 'merge-failed')).toMatchObject({
      ...{ table: 'sums', rule: 'sum', rows: 1 },
      why: expect.stringMatching(/not this one/),
    })
    expect(a.dumps.map(({ rows }) => rows)).toEqual([1])
  })

  it('that a node does not have merges nothing there: its rows are kept in a dump', async () => {
    const { sim, a } = await summing(7)
    await apart(sim)
    await set(sim, a, 'k', 3)
    // What processes were given is one object.
    Reflect.deleteProperty(sim.mergeFunctions, 'sum')
    await together(sim)
    const [failed] = a.events.filter(({ event }) => event === 'merge-failed')
    expect(failed).toMatchObject({ rows: 1, why: expect.stringMatching(/sum.*does not have it/) })
    expect(a.dumps.map(({ rows }) => rows)).toEqual([1])
    expect(tableOf(a, 'sums').peek('k')).toBe(undefined)
  })

  it('is refused by name where the node that creates or changes the table does not have it', async () => {
    const { sim, a } = await summing(6)
    await expect(done(sim, a.create('other', { onMerge: 'relaod' }))).rejects.toMatchObject({
      code: 'ERR_INVALID_OPTION',
      message: expect.stringMatching(/"relaod" is no rule.*it has sum/),
    })
    await expect(done(sim, a.engine.changes.change('sums', { onMerge: 'toString' }))).rejects.toMatchObject({
      code: 'ERR_INVALID_OPTION',
    })
  })
})

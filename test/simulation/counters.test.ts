import { describe, expect, it } from 'vitest'
import { CounterTally, counterWriterOf } from '../../src/core/counter.ts'
import { encodeKey } from '../../src/core/key.ts'
import { scanEnd } from '../../src/core/partition.ts'
import { memberId } from '../../src/membership/view.ts'
import { named, table, untilOneGroup } from './support/forming.ts'
import { done, nodesOf, split } from './support/scenario.ts'
import { SimCluster, type SimNode } from './support/sim-cluster.ts'
import { World } from './support/world.ts'

const counters = { type: 'counter' } as const

async function cluster(seed: number, expelAfterMs = 3_600_000): Promise<SimCluster> {
  const sim = new SimCluster(new World(seed))
  sim.tombstoneGraceMs = 0
  sim.expelAfterMs = expelAfterMs
  await sim.boot(['a', 'b', 'c'], { counts: counters })
  return sim
}

const counts = (node: SimNode) => table(node, 'counts')

function add(node: SimNode, by: number, key = 'k'): void {
  void counts(node).increment(key, by)
}

const values = (sim: SimCluster, key = 'k') => nodesOf(sim).map(node => counts(node).peek(key))

async function untilAll(sim: SimCluster, value: number | undefined, key = 'k'): Promise<void> {
  await sim.world
    .until(() => values(sim, key).every(each => each === value), 30_000, `${key} = ${value}`)
    .catch(error => {
      throw new Error(`${error.message}, is ${values(sim, key).join()}`)
    })
  // And it stays.
  await sim.world.run(15_000)
  expect(values(sim, key)).toEqual(nodesOf(sim).map(() => value))
}

/** Who has a row under the key, as that node has it. */
function writers(node: SimNode, key = 'k'): string[] {
  const id = node.engine.catalog.get('counts')?.id ?? ''
  const copy = node.engine.copies.get(id)?.copy
  const bytes = encodeKey(key)
  const out: string[] = []
  copy?.eachOf(copy.hashOf(bytes, 0, bytes.length), bytes, bytes.length, row => {
    if (!row.isDead) out.push(counterWriterOf(row).origin)
  })
  return out.sort()
}

describe('a counter', () => {
  it('is incremented at once on every node, and all of it counts', async () => {
    const sim = await cluster(1)
    const [a, b, c] = nodesOf(sim)
    for (let i = 0; i < 5; i++) for (const node of [a, b, c]) add(node, 1)
    add(b, -3)
    expect(values(sim)).toEqual([5, 2, 5])
    await untilAll(sim, 12)
    expect(await done(sim, counts(a).increment('k', 2))).toBe(14)
  })

  it('loses nothing on either side of a split, and counts nothing twice', async () => {
    const sim = await cluster(2)
    const [a, b, c] = nodesOf(sim)
    for (const node of [a, b, c]) add(node, 10)
    await untilAll(sim, 30)
    split(sim, ['a', 'b'], ['c'])
    add(a, 1)
    add(b, 2)
    add(c, 4)
    await sim.world.run(5000)
    expect(values(sim)).toEqual([33, 33, 34])
    sim.heal()
    await untilAll(sim, 37)
  })

  it('goes on in a part of its own after a restart, and the part of before is taken over', async () => {
    const sim = await cluster(3)
    const [a, b] = nodesOf(sim)
    for (const node of nodesOf(sim)) add(node, 10)
    await sim.world.run(1000)
    for (let round = 0; round < 3; round++) {
      sim.crash('c')
      await sim.world.run(5000)
      sim.start('c')
      await sim.world.until(() => named(sim, 'c').hasTable('counts'), 20_000, 'c is back')
      add(named(sim, 'c'), 1)
      add(a, 1)
      await sim.world.run(1000)
    }
    await untilAll(sim, 36)
    const living = nodesOf(sim).map(({ member }) => memberId(member))
    for (const node of nodesOf(sim)) for (const writer of writers(node)) expect(living).toContain(writer)
    expect(writers(b).length).toBeLessThanOrEqual(3)
  })

  it('counts once what others went on without, when it comes back beyond the grace', async () => {
    const sim = await cluster(4, 1500)
    const [a, b, c] = nodesOf(sim)
    for (const node of [a, b, c]) add(node, 10)
    await untilAll(sim, 30)
    split(sim, ['a', 'b'], ['c'])
    for (let i = 0; i < 5; i++) {
      add(c, 1)
      add(a, 100)
      await sim.world.run(2000)
    }
    // By now its part has been taken over.
    await sim.world.until(() => !writers(a).includes(memberId(c.member)), 20_000, 'taken over')
    sim.heal()
    await sim.world.until(() => c.engine.setAside.count > 0, 20_000, 'rows set aside')
    await untilAll(sim, 535)
    add(c, 1)
    await untilAll(sim, 536)
  })

  it('starts again when it is deleted, and leaves nothing behind', async () => {
    const sim = await cluster(5)
    const [a, b, c] = nodesOf(sim)
    for (const node of [a, b, c]) add(node, 10)
    await untilAll(sim, 30)
    const deleted = counts(a).delete('k')
    // Does not know yet: this is lost.
    add(b, 1)
    expect(await done(sim, deleted)).toBe(true)
    expect(await done(sim, counts(a).delete('k'))).toBe(false)
    add(a, 5)
    expect(counts(a).peek('k')).toBe(5)
    await untilAll(sim, 5)
    await done(sim, counts(c).delete('k'))
    await untilAll(sim, undefined)
    for (const node of nodesOf(sim)) expect(writers(node)).toEqual([])
    add(b, 2)
    await untilAll(sim, 2)
  })

  it('is gone after a clear, whoever still counted', async () => {
    const sim = await cluster(6)
    const [a, b, c] = nodesOf(sim)
    for (const node of [a, b, c]) add(node, 10)
    await untilAll(sim, 30)
    void counts(a).clear({ ack: 'local' })
    add(b, 1)
    add(a, 5)
    await untilAll(sim, 5)
    expect(writers(c)).toEqual([memberId(a.member)])
  })

  it('adds up over islands that meet', async () => {
    const sim = new SimCluster(new World(7))
    sim.tombstoneGraceMs = 0
    const sides = [
      ['a', 'b'],
      ['c', 'd'],
    ]
    sim.seedsOf = name => sides.find(side => side.includes(name)) ?? []
    split(sim, ...sides)
    for (const name of ['a', 'b', 'c', 'd']) sim.start(name)
    await sim.world.until(() => nodesOf(sim).every(({ engine }) => engine.standing.ready), 20_000, 'ready')
    for (const name of ['a', 'c']) await done(sim, named(sim, name).create('counts', counters))
    await sim.world.until(() => nodesOf(sim).every(node => node.hasTable('counts')), 20_000, 'the table')
    for (const [i, node] of nodesOf(sim).entries()) add(node, 10 ** i)
    await sim.world.run(2000)
    expect(values(sim)).toEqual([11, 11, 1100, 1100])
    sim.heal()
    await untilOneGroup(sim, 4)
    await untilAll(sim, 1111)
  })
})

it('every row of a counter says what its writer has counted', async () => {
  const sim = await cluster(8)
  const [a] = nodesOf(sim)
  add(a, 7)
  add(a, -2)
  const id = a.engine.catalog.get('counts')?.id ?? ''
  const copy = a.engine.copies.get(id)?.copy
  const tally = new CounterTally()
  for (let cursor = 0; copy !== undefined && cursor !== scanEnd; )
    cursor = copy.scan(cursor, row => void tally.addRow(row))
  expect(tally.parts()).toMatchObject([{ up: 7, down: 2 }])
})

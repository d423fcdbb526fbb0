import { describe, expect, it } from 'vitest'
import { defineOptions, type TableOptions } from '../../src/core/schema.ts'
import { apart, dumpedOn, met, named } from './support/forming.ts'
import { done, nodesOf } from './support/scenario.ts'
import type { SimCluster, SimNode } from './support/sim-cluster.ts'
import { SeededRandom } from './support/world.ts'

const definitions: readonly TableOptions[] = [
  {},
  { ttl: '5h' },
  { codec: 'bytes' },
  { majority: true },
  { copies: ['a', 'c'] },
  { copies: ['a', 'b', 'c', 'd'] },
  { codec: 'bytes', ttl: '5h' },
]

interface Side {
  readonly options: TableOptions
  readonly rows: number
  /** So often the table was dropped and made anew. */
  readonly remade: number
}

const valueFor = ({ codec }: TableOptions, i: number) => (codec === 'bytes' ? Buffer.from([i]) : i)

async function fill(sim: SimCluster, on: readonly string[], { options, rows, remade }: Side): Promise<void> {
  const node = named(sim, on[0])
  for (let i = 0; i <= remade; i++) {
    if (i > 0) await done(sim, node.engine.changes.drop('t'))
    await done(sim, node.create('t', options))
  }
  await sim.world.until(() => on.every(name => named(sim, name).hasTable('t')), 10_000, 'the table')
  for (let i = 0; i < rows; i++) await done(sim, node.table('t').set(`${on[0]}${i}`, valueFor(options, i)))
}

const isQuiet = ({ engine }: SimNode) =>
  engine.setAside.waiting().size === 0 && engine.catalog.carried.size === 0

// How many of that side's rows all nodes have; every other one must be in a dump.
async function kept(sim: SimCluster, by: string, { rows, options }: Side): Promise<number> {
  const dumps = new Set(nodesOf(sim).flatMap(node => dumpedOn(node).map(({ key }) => key)))
  let everywhere = 0
  for (let i = 0; i < rows; i++) {
    const key = `${by}${i}`
    const found = await Promise.all(nodesOf(sim).map(node => done(sim, node.table('t').get(key))))
    const isThere = found.every(value => JSON.stringify(value) === JSON.stringify(valueFor(options, i)))
    if (isThere) everywhere++
    else expect([key, dumps.has(key)]).toEqual([key, true])
  }
  return everywhere
}

describe('islands with tables of one name, whatever they are', () => {
  const first = Number(process.env.SEED ?? 1)
  const count = process.env.SEED === undefined ? Number(process.env.SEEDS ?? 12) : 1
  it.each(
    Array.from({ length: count }, (_, i) => first + i),
  )('agree on one table and lose no row (SEED=%i)', async seed => {
    const random = new SeededRandom(seed)
    const below = (limit: number) => random.uint32() % limit
    const side = (): Side => ({
      options: definitions[below(definitions.length)],
      rows: below(2) * (1 + below(40)),
      remade: below(3),
    })
    const [stays, gives] = [side(), side()]
    const { sim, a } = await apart(seed)
    await fill(sim, ['c', 'd'], gives)
    await fill(sim, ['a', 'b'], stays)
    // The writes have reached both nodes of their side.
    await sim.world.run(1000)
    await met(sim)
    await sim.world.run(15_000)
    await sim.world.until(() => nodesOf(sim).every(isQuiet), 200_000, 'all is brought back')
    await sim.world.run(5000)
    const tables = nodesOf(sim).map(({ engine }) => engine.catalog.get('t'))
    expect(new Set(tables.map(table => table?.id)).size).toBe(1)
    const { options } = stays.rows === 0 && gives.rows > 0 ? gives : stays
    expect(tables.map(table => table?.definition)).toEqual(nodesOf(sim).map(() => defineOptions(options)))
    const [ofStays, ofGives] = [await kept(sim, 'a', stays), await kept(sim, 'c', gives)]
    expect(ofStays).toBe(stays.rows)
    if (stays.rows === 0) expect(ofGives).toBe(gives.rows)
    expect(a.dumps).toEqual([])
  })
})

import { describe, expect, it } from 'vitest'
import { cluster, nodesOf, rowsOf } from './support/scenario.ts'
import type { SimCluster, SimNode } from './support/sim-cluster.ts'

const rows = 1500
const rowBytes = 10_000

/** The node refuses calls from now on, until the end is called. */
function overload(sim: SimCluster, node: SimNode): () => void {
  let isOver = false
  const refuse = () => {
    if (isOver) return
    node.engine.admission.refusals.note(1)
    sim.world.after(100, refuse)
  }
  refuse()
  return () => (isOver = true)
}

/** 15 MB on a and b, which c is given a copy of; how far that is is told by `loaded`. */
async function loading(seed: number) {
  const sim = await cluster(seed, { t: { copies: ['a', 'b'] } })
  const [a, b, c] = nodesOf(sim)
  const table = a.table<string, Buffer>('t')
  for (let i = 0; i < rows; i++) table.set(`k${i}`, Buffer.alloc(rowBytes, i), { ack: 'local' })
  await sim.world.run(1000)
  const id = a.engine.catalog.get('t')?.id ?? ''
  const copy = () => c.engine.copies.get(id)
  const begin = () => a.engine.changes.addCopy('t', 'c').catch(() => {})
  return { sim, a, b, c, copy, begin }
}

describe('a copy that loads on a node with too much else to do', () => {
  it('takes its time, and comes at once when the others are not kept waiting', async () => {
    const calm = await loading(81)
    void calm.begin()
    await calm.sim.world.run(1000)
    expect(calm.copy()?.active).toBe(true)

    const { sim, a, c, copy, begin } = await loading(81)
    const end = overload(sim, c)
    void begin()
    await sim.world.run(1000)
    expect(copy()?.active).toBe(false)
    const early = copy()?.copy.size ?? 0
    expect(early).toBeGreaterThan(rows / 50)
    expect(early).toBeLessThan(rows / 2)
    await sim.world.until(() => copy()?.active === true, 30_000, 'the copy active, however busy the node')
    end()
    expect(rowsOf(c)).toEqual(rowsOf(a))
  })
})

describe('a repair on a node with too much else to do', () => {
  it('takes its time, and is made all the same', async () => {
    const msOf = async (isBusy: boolean) => {
      const sim = await cluster(82)
      const [a, b, c] = nodesOf(sim)
      for (const other of ['a', 'b']) sim.cut(other, 'c')
      const table = a.table<string, number>('t')
      for (let i = 0; i < 500; i++) table.set(`k${i}`, i, { ack: 'local' })
      await sim.world.run(500)
      // Nothing is left that the stream could resume with.
      a.engine.outbox.reset()
      const ends = isBusy ? [a, b, c].map(node => overload(sim, node)) : []
      const began = sim.world.now
      sim.heal()
      await sim.world.until(() => sizeOf(c) === sizeOf(a), 60_000, 'the copies equal')
      for (const end of ends) end()
      return sim.world.now - began
    }
    const calmMs = await msOf(false)
    expect(await msOf(true)).toBeGreaterThan(calmMs + 500)
  })
})

function sizeOf(node: SimNode): number {
  const id = node.engine.catalog.get('t')?.id ?? ''
  return node.engine.copies.get(id)?.copy.size ?? 0
}

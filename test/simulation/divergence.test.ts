import { describe, expect, it } from 'vitest'
import { Row } from '../../src/core/entry.ts'
import { encodeKey } from '../../src/core/key.ts'
import { ownRow } from '../../src/core/operation.ts'
import { cluster, nodesOf, rowsOf, tableOf, untilEqual } from './support/scenario.ts'
import type { SimNode } from './support/sim-cluster.ts'

/** The row is gone from that copy as if the memory had lost it: nobody has deleted it. */
function lose(node: SimNode, key: string): void {
  const { copy } = node.engine.copies.get(node.engine.catalog.get('t')?.id ?? '') ?? {}
  const bytes = encodeKey(key)
  const row = new Row()
  if (copy?.read(copy.hashOf(bytes, 0, bytes.length), bytes, 0, bytes.length, row) !== true)
    throw new Error(`${node.name} has no ${key}`)
  copy.erase(ownRow(row), 'deleted')
}

describe('a copy that has lost a row by a defect (D-15)', () => {
  it('gets it back, written anew, although it refuses what every copy has had', async () => {
    const sim = await cluster(51)
    const [a, b] = nodesOf(sim)
    for (const key of ['k', 'other']) await tableOf(a).set(key, 1, { ack: 'local' })
    await untilEqual(sim)
    await sim.world.run(10_000)
    const before = (await tableOf(a).entry('k'))?.version
    const { floor } = b.engine.copies.get(b.engine.catalog.get('t')?.id ?? '')?.copy ?? { floor: 0 }
    expect(Number.parseInt(before ?? '', 36)).toBeLessThanOrEqual(floor)
    lose(b, 'k')
    for (let i = 0; i < 2; i++) {
      for (const node of nodesOf(sim)) if (node !== b) node.engine.repairer.schedule(b.name)
      await sim.world.run(500)
    }
    expect(tableOf(b).peek('k')).toBeUndefined()
    b.engine.repairer.schedule(a.name)
    await sim.world.run(120_000)
    expect(tableOf(b).peek('k')).toBe(1)
    expect(b.engine.events.counts['resurrect-blocked']).toBeGreaterThanOrEqual(1)
    const told = nodesOf(sim).flatMap(({ engine }) => engine.events.recent())
    expect(told).toContainEqual(
      expect.objectContaining({ type: 'resurrect-blocked', node: 'b', table: 't', member: 'a', rows: 1 }),
    )
    expect(told).toContainEqual(
      expect.objectContaining({ type: 'invariant-violation', table: 't', member: 'b', rows: 1 }),
    )
    expect((await tableOf(a).entry('k'))?.version).not.toBe(before)
    await untilEqual(sim)
    expect(rowsOf(a)).toHaveLength(2)
  })

  it('keeps deleted what was deleted, however often copies are compared', async () => {
    const sim = await cluster(52)
    const [a, b] = nodesOf(sim)
    await tableOf(a).set('k', 1, { ack: 'local' })
    await tableOf(a).delete('k', { ack: 'local' })
    await sim.world.run(20_000)
    for (let i = 0; i < 5; i++) {
      a.engine.repairer.schedule(b.name)
      await sim.world.run(500)
    }
    for (const node of nodesOf(sim)) {
      expect(tableOf(node).peek('k')).toBeUndefined()
      expect(node.engine.events.counts['invariant-violation']).toBeUndefined()
    }
  })
})

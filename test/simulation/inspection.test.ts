import { describe, expect, it } from 'vitest'
import { encodeKey } from '../../src/core/key.ts'
import { cluster, done, nodesOf, split, tableOf, untilEqual } from './support/scenario.ts'
import type { SimCluster, SimNode } from './support/sim-cluster.ts'

const deadline = (node: SimNode) => ({ deadline: node.env.clock.monotonic() + 30_000 })
const explain = (sim: SimCluster, node: SimNode, key: string) =>
  done(sim, node.engine.explainer.explain('t', key, deadline(node)), 30_000)
const verify = (sim: SimCluster, node: SimNode, limit = 100) =>
  done(sim, node.engine.explainer.verifier.verify('t', limit, deadline(node)), 30_000)

/** Puts a row into one copy only, as no way of writing does. */
async function alone(sim: SimCluster, [from, , other]: SimNode[], key: string): Promise<void> {
  tableOf(from).set(key, 1, { ack: 'local' })
  const id = from.engine.catalog.get('t')?.id ?? ''
  await sim.world.run(500)
  const copy = other.engine.copies.get(id)?.copy
  const row = await done(sim, from.engine.replicas(from.name).read(id, [encodeKey(key)], deadline(from)))
  if (copy === undefined || row[0] === undefined) throw new Error('no copy')
  copy.erase(row[0], 'deleted')
}

describe('explain', () => {
  it('shows what each node has of a live, a deleted, an expired and an absent key, and why', async () => {
    const sim = await cluster(1, { t: {} })
    const [a, b] = nodesOf(sim)
    tableOf(a).set('live', 1, { ack: 'local', ttl: '10s' })
    tableOf(b).set('deleted', 1, { ack: 'local' })
    tableOf(a).set('expired', 1, { ack: 'local', ttl: 1 })
    await sim.world.run(200)
    tableOf(b).delete('deleted', { ack: 'local' })
    await sim.world.run(200)
    const live = await explain(sim, a, 'live')
    expect(live).toMatchObject({ table: 't', key: 'live', agrees: true })
    expect(live.nodes.map(({ node, copy, row }) => [node, copy, row?.state, row?.writer])).toEqual(
      ['a', 'b', 'c'].map(node => [node, 'active', 'live', expect.stringMatching(/^a#/)]),
    )
    expect(live.nodes.every(({ row }) => (row?.ttlMs ?? 0) > 9000 && (row?.ttlMs ?? 0) < 10_000)).toBe(true)
    expect(live.owner).toBe(live.order[0])
    expect([...live.order].sort()).toEqual(['a', 'b', 'c'])
    expect(live.why).toMatch(/^the last write is that of a at .*, 10 s to live$/)
    expect((await explain(sim, a, 'deleted')).why).toMatch(/^deleted by b at /)
    expect((await explain(sim, a, 'expired')).why).toMatch(/^expired: a wrote it/)
    expect((await explain(sim, a, 'never')).why).toMatch(/^no copy has anything under the key/)
  })

  it('says which copies are behind, and which did not answer', async () => {
    const sim = await cluster(2)
    const [a] = nodesOf(sim)
    split(sim, ['a'], ['b', 'c'])
    tableOf(a).set('k', 1, { ack: 'local' })
    const cut = await explain(sim, a, 'k')
    expect(cut.nodes.map(({ copy }) => copy)).toEqual(['active', 'unreachable', 'unreachable'])
    expect(cut.why).toMatch(/; not heard: b, c$/)
    sim.heal()
    await untilEqual(sim)
    const nodes = nodesOf(sim)
    await alone(sim, nodes, 'behind')
    const differs = await explain(sim, a, 'behind')
    expect(differs.agrees).toBe(false)
    expect(differs.why).toMatch(/^the copies differ: c not with the newest, .*; the last write is that of a/)
  })
})

describe('verify', () => {
  it('finds equal copies equal, also while everybody writes', async () => {
    const sim = await cluster(3)
    const nodes = nodesOf(sim)
    for (let i = 0; i < 500; i++) tableOf(nodes[i % 3] as SimNode).set(`k${i}`, i, { ack: 'local' })
    const writing = nodes.map((node, n) =>
      node.env.timers.every(3, () => tableOf(node).set(`k${n}`, 1, { ack: 'local' })),
    )
    const verified = await verify(sim, nodes[1] as SimNode)
    for (const stop of writing) stop()
    expect(verified).toMatchObject({ table: 't', equal: true, differences: [], complete: true })
    expect(verified.nodes.map(({ node, state }) => [node, state])).toEqual([
      ['a', 'compared'],
      ['b', 'compared'],
      ['c', 'compared'],
    ])
  })

  it('lists the keys in which copies differ with all versions and the winner, at most as many as asked for', async () => {
    const sim = await cluster(4)
    const nodes = nodesOf(sim)
    for (const key of ['x', 'y', 'z']) await alone(sim, nodes, key)
    const verified = await verify(sim, nodes[1] as SimNode)
    expect(verified).toMatchObject({ equal: false, complete: true })
    expect(verified.differences.map(({ key, rule }) => [key, rule]).sort()).toEqual([
      ['x', 'newest'],
      ['y', 'newest'],
      ['z', 'newest'],
    ])
    for (const { nodes: rows, wins } of verified.differences) {
      expect(rows.map(({ node, row }) => [node, row?.version])).toEqual([
        ['a', wins?.version],
        ['b', wins?.version],
        ['c', undefined],
      ])
      expect(wins?.state).toBe('live')
    }
    const first = await verify(sim, nodes[1] as SimNode, 1)
    expect([first.differences.length, first.complete, first.equal]).toEqual([1, false, false])
  })

  it('compares the copies that it reaches, and does not call the table equal', async () => {
    const sim = await cluster(5)
    const [a] = nodesOf(sim)
    tableOf(a).set('k', 1, { ack: 'local' })
    split(sim, ['a', 'b'], ['c'])
    await sim.world.run(300)
    expect(await verify(sim, a)).toMatchObject({
      equal: false,
      differences: [],
      nodes: [{ state: 'compared' }, { state: 'compared' }, { node: 'c', state: 'unreachable' }],
    })
  })
})

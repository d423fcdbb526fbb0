import { describe, expect, it } from 'vitest'
import type { TableOptions } from '../../src/core/schema.ts'
import { Minority } from '../../src/replication/minority.ts'
import { cluster, done, nodesOf, split, tableOf, untilEqual } from './support/scenario.ts'
import type { SimNode } from './support/sim-cluster.ts'
import { World } from './support/world.ts'

const tables: Record<string, TableOptions> = {
  serve: {},
  fixed: { onMinority: 'read-only' },
  shut: { onMinority: 'deny' },
}

const outcome = (run: () => Promise<unknown>) =>
  Promise.resolve()
    .then(run)
    .then(
      value => value,
      error => error.code,
    )

const used = (node: SimNode) =>
  Promise.all(
    Object.keys(tables).flatMap(name => {
      const table = tableOf(node, name)
      return [() => table.get('k'), () => table.set('k', 1, { ack: 'local' })].map(outcome)
    }),
  )

const open = [1, true, 1, true, 1, true]
const shut = [1, true, 1, 'ERR_READ_ONLY', 'ERR_NO_QUORUM', 'ERR_NO_QUORUM']

describe('a node that hears no leader (D-20)', () => {
  it.each([
    1, 2, 3,
  ])('does with each table as it says, from 5 s on and until a majority answers (SEED=%i)', async seed => {
    const sim = await cluster(seed, tables)
    const [a, b, c] = nodesOf(sim)
    for (const name of Object.keys(tables)) await done(sim, tableOf(b, name).set('k', 1, { ack: 'all' }))
    split(sim, ['a'], ['b', 'c'])
    await sim.world.run(4000)
    expect(await done(sim, used(a))).toEqual(open)
    await sim.world.run(4000)
    expect(await done(sim, used(a))).toEqual(shut)
    expect(() => tableOf(a, 'shut').peek('k')).toThrow(/ask a node of the other side/)
    expect([await done(sim, used(b)), await done(sim, used(c))]).toEqual([open, open])
    await done(sim, tableOf(b, 'shut').set('k', 2, { ack: 'one' }))
    sim.heal()
    await sim.world.until(() => !a.engine.guard.isMinority, 10_000, 'a majority answers')
    expect(await done(sim, tableOf(a, 'shut').set('other', 1))).toBe(true)
    for (const name of Object.keys(tables)) await untilEqual(sim, name)
    expect(tableOf(a, 'shut').peek('k')).toBe(2)
  })

  it('refuses for others, too, who come to it for the table', async () => {
    const sim = await cluster(5, {})
    const isLeader = ({ engine }: SimNode) => engine.strong.group.consensus.isLeader
    const leader = nodesOf(sim).find(isLeader) as SimNode
    const [holder, other] = nodesOf(sim).filter(node => node !== leader)
    for (const [name, options] of Object.entries(tables))
      await done(sim, holder.create(name, { ...options, copies: [holder.name] }))
    await sim.world.until(() => other.hasTable('shut') && other.hasTable('fixed'), 5000, 'tables')
    for (const name of Object.keys(tables)) await done(sim, tableOf(holder, name).set('k', 1))
    sim.cut(holder.name, leader.name)
    sim.cut(leader.name, holder.name)
    await sim.world.until(() => holder.engine.guard.isMinority, 10_000, 'the holder hears no leader')
    expect(other.engine.guard.isMinority).toBe(false)
    expect(await done(sim, used(other))).toEqual(shut)
  })

  it('goes by what the table says now', async () => {
    const sim = await cluster(6)
    const [a, b] = nodesOf(sim)
    await done(sim, b.engine.changes.change('t', { onMinority: 'read-only' }))
    await sim.world.until(
      () => a.engine.catalog.get('t')?.definition.onMinority === 'read-only',
      5000,
      'known',
    )
    split(sim, ['a'], ['b', 'c'])
    await sim.world.run(8000)
    expect(
      await done(
        sim,
        outcome(() => tableOf(a).set('k', 1, { ack: 'local' })),
      ),
    ).toBe('ERR_READ_ONLY')
  })
})

describe('a leader whom nobody follows', () => {
  it('ends no minority, and one of a group without most of its nodes does not either', async () => {
    const world = new World(1)
    const quorum = { isProvisional: false, leaderSilentMs: 6000, electionMs: 1000, answers: false }
    const minority = new Minority(world.environment(), {
      get isProvisional() {
        return quorum.isProvisional
      },
      get leaderSilentMs() {
        return quorum.leaderSilentMs
      },
      electionMs: 1000,
      barrier: async () => {
        if (!quorum.answers) throw new Error('no quorum')
      },
    })
    await world.run(200)
    quorum.leaderSilentMs = 0
    await world.run(1000)
    expect(minority.isThere).toBe(true)
    quorum.answers = true
    await world.run(1000)
    expect(minority.isThere).toBe(false)
    quorum.isProvisional = true
    await world.run(1000)
    expect([minority.isThere, minority.turns]).toEqual([true, 3])
    minority.stop()
  })
})

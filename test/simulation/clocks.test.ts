import { describe, expect, it } from 'vitest'
import { cluster, done, nodesOf, tableOf, untilEqual } from './support/scenario.ts'
import type { SimNode } from './support/sim-cluster.ts'

const codeOf = (run: () => Promise<unknown>) =>
  Promise.resolve()
    .then(run)
    .then(
      () => 'done',
      error => error.code,
    )

const write = (node: SimNode, key: string, value: number) => tableOf(node).set(key, value, { ack: 'local' })

const skews = (node: SimNode) => node.events.filter(({ event }) => event === 'clock-skew')

describe('a node whose clock is off', () => {
  it.each([
    ['ahead', 3000],
    ['behind', -3000],
  ])('by more than 2 s (%s) reads and applies, and does not write', async (_, stepMs) => {
    const sim = await cluster(1)
    const [a, b, c] = nodesOf(sim)
    await done(sim, write(c, 'k', 1))
    c.process.steppedMs = stepMs
    await sim.world.until(() => c.engine.guard.clockOffsetMs !== 0, 5000, 'the clock is measured')
    const calls: (() => Promise<unknown>)[] = [
      () => write(c, 'k', 2),
      () => tableOf(c).delete('k', { ack: 'local' }),
      () => tableOf(c).setMany([['k', 2]], { atomic: true }),
      () => tableOf(c).clear(),
    ]
    for (const call of calls) expect(await done(sim, codeOf(call))).toBe('ERR_CLOCK_SKEW')
    expect(tableOf(c).peek('k')).toBe(1)
    await done(sim, tableOf(a).set('k', 3, { ack: 'all' }))
    expect(tableOf(c).peek('k')).toBe(3)
    expect(
      await done(
        sim,
        codeOf(() => write(b, 'l', 1)),
      ),
    ).toBe('done')
    c.process.steppedMs = 0
    await sim.world.until(() => c.engine.guard.clockOffsetMs === 0, 5000, 'the clock is measured anew')
    expect(
      await done(
        sim,
        codeOf(() => write(c, 'k', 4)),
      ),
    ).toBe('done')
    await untilEqual(sim)
    expect(tableOf(a).peek('k')).toBe(4)
  })

  it('by more than 250 ms says so once, and writes', async () => {
    const sim = await cluster(2)
    const [a, , c] = nodesOf(sim)
    c.process.steppedMs = 400
    await sim.world.run(10_000)
    expect(
      await done(
        sim,
        codeOf(() => write(c, 'k', 1)),
      ),
    ).toBe('done')
    expect(skews(c)).toHaveLength(1)
    expect(skews(c)[0].offsetMs).toBeLessThan(-300)
    expect(skews(a)).toEqual([])
  })

  it('by what a slow network may have added is believed', async () => {
    const sim = await cluster(3)
    const [, , c] = nodesOf(sim)
    sim.network.faults = { ...sim.network.faults, minDelayMs: 300, maxDelayMs: 300 }
    c.process.steppedMs = 400
    await sim.world.run(15_000)
    expect(skews(c)).toEqual([])
  })

  it('by more than 10 s is spoken to by nobody, and moves no clock', async () => {
    const sim = await cluster(4)
    const [a, b] = nodesOf(sim)
    sim.setOffset('d', 11_000)
    const d = sim.start('d', 3_600_000)
    await sim.world.run(10_000)
    const links = [a, b].map(node => [
      node.engine.peers.isConnected('d'),
      d.engine.peers.isConnected(node.name),
    ])
    expect(links).toEqual([
      [false, false],
      [false, false],
    ])
    expect(a.engine.hybrid.issue()).toBeLessThan(d.engine.hybrid.issue() - 10_000 * 4096)
    d.process.steppedMs = -11_000
    await sim.world.until(() => d.engine.standing.ready, 10_000, 'it joins with its clock set')
  })
})

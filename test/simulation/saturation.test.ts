import { describe, expect, it } from 'vitest'
import { MnemeshError } from '../../src/core/errors.ts'
import { cluster, done, nodesOf } from './support/scenario.ts'

const valueBytes = 500_000
const values = 32
const bytesPerMs = 1000
const forMs = 20_000

describe('a node that asks for more than its connections carry', () => {
  it('has its operations acknowledged beside the answers, loses nobody, and is refused the rest', async () => {
    const sim = await cluster(71, { large: { copies: ['a', 'b'], l1: false }, t: {} })
    const [a, b, c] = nodesOf(sim)
    const large = a.table<string, Buffer>('large')
    for (let i = 0; i < values; i++) large.set(`k${i}`, Buffer.alloc(valueBytes), { ack: 'local' })
    await sim.world.run(2000)
    for (const source of [a, b]) sim.network.narrow(source.name, 'c', bytesPerMs)
    const codes = new Set<unknown>()
    const began = sim.world.now
    let answered = 0
    const readOn = (key: string): Promise<void> =>
      c
        .table<string, Buffer>('large')
        .get(key, { timeout: 60_000 })
        .then(
          () => void answered++,
          error => void codes.add(MnemeshError.is(error) ? error.code : error),
        )
        .then(() => (sim.world.now - began < forMs ? readOn(key) : undefined))
    const reading = Promise.all(Array.from({ length: values }, (_, i) => readOn(`k${i}`)))
    await sim.world.run(1000)
    const waits: number[] = []
    while (sim.world.now - began < forMs) {
      const at = sim.world.now
      await done(sim, c.table<string, number>('t').set('k', waits.length, { ack: 'all' }))
      waits.push(sim.world.now - at)
    }
    a.membership.healthScore = 3
    const { nodes } = await done(sim, c.engine.reporter.status({ deadline: sim.world.now + 5000 }))
    const workload = (name: string) => nodes.find(node => node.name === name)
    for (const busy of [a, b]) {
      expect(workload(busy.name)?.refused).toBeGreaterThan(busy.engine.admission.refusals.count / 2)
      expect(workload(busy.name)).toMatchObject({ healthScore: busy === a ? 3 : 0 })
      expect(workload(busy.name)?.queueLength).toBeGreaterThan(0)
      expect(workload(busy.name)?.queueAgeMs).toBeGreaterThan(0)
    }
    expect(workload('c')).toMatchObject({ queueLength: 0, queueAgeMs: 0, refused: 0 })
    await done(sim, reading, 60_000)
    // Half a megabyte and a frame are ahead of an acknowledgement, of the 16 MB that are asked for at once.
    expect(Math.max(...waits)).toBeLessThan(1600)
    expect([...codes]).toEqual(['ERR_OVERLOADED'])
    // Both connections were full all the time.
    expect(answered * valueBytes).toBeGreaterThan(0.9 * forMs * bytesPerMs)
    for (const node of [a, b, c]) expect(node.engine.events.counts['member-lost'] ?? 0).toBe(0)
    expect(c.engine.peers.lags().map(({ connected, operations }) => [connected, operations])).toEqual([
      [true, 0],
      [true, 0],
    ])
  })
})

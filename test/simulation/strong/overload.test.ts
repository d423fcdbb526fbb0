import { describe, expect, it } from 'vitest'
import { sizeOf } from '../../../src/coordination/consensus/log.ts'
import { MnemeshError } from '../../../src/core/errors.ts'
import { defineOptions } from '../../../src/core/schema.ts'
import { World } from '../support/world.ts'
import { Bench } from './bench.ts'
import { StrongCluster } from './strong-cluster.ts'
import type { StrongNode } from './strong-node.ts'

const constants = {
  ...{ electionMs: 1000, heartbeatMs: 150, maxEntries: 64, maxInFlight: 256, maxLogEntries: 2000 },
  ...{ chunkBytes: 4096, settledAfterMs: 30_000, maxUndecidedBytes: 20_000 },
}

describe('a leader that cannot decide as much as it is given (S8)', () => {
  it.each(['leader', 'follower'])('refuses what it has not appended, asked by the %s', async role => {
    const clocks = Array.from({ length: 3 }, () => ({ offsetMs: 0, rate: 1 }))
    const cluster = new StrongCluster(new World(1), { nodes: 3, voters: 3, constants, clocks })
    await cluster.boot()
    const leader = cluster.leader as StrongNode
    const asker = role === 'leader' ? leader : (cluster.living.find(node => node !== leader) as StrongNode)
    const { replication } = leader.group.consensus
    const advance = replication.advance.bind(replication)
    replication.advance = () => {}
    const answers = new Map<string, string>()
    for (let i = 0; i < 200; i++) {
      const name = `t${i}`
      asker.submit({ kind: 'createTable', name, definition: defineOptions({}) }, 20_000).then(
        ({ status }) => answers.set(name, status),
        error => {
          const isDefinite = MnemeshError.is(error, 'ERR_OVERLOADED') && error.retryable
          answers.set(name, isDefinite ? 'overloaded' : String(error))
        },
      )
      // Each in a message of its own.
      await cluster.world.run(1)
    }
    await cluster.world.until(() => answers.size > 0, 1000, 'a refusal')
    await cluster.world.run(300)
    replication.advance = advance
    await cluster.world.until(() => answers.size === 200, 20_000, 'all answers')
    const saying = (said: string) =>
      [...answers].filter(([, answer]) => answer === said).map(([name]) => name)
    expect(new Set(answers.values())).toEqual(new Set(['done', 'overloaded']))
    expect(saying('done').length).toBeGreaterThan(20)
    expect([...leader.state.schema.tables().keys()].sort()).toEqual(saying('done').sort())
    const again = asker.submit({ kind: 'createTable', name: 'later', definition: defineOptions({}) }, 5000)
    await cluster.world.run(500)
    expect((await again).status).toBe('done')
  })

  it('has so many messages and bytes under way to one member at most', () => {
    const three = ['a#1', 'b#1', 'c#1']
    const [a, b, c] = three
    const bench = new Bench(three, { maxInFlight: 5, maxInFlightBytes: 10_000, maxBytes: 4000 })
    bench.elect(a, b)
    bench.among(...three)
    const text = 'x'.repeat(1000)
    const underWay = () => {
      const sizes = bench.waiting.map(({ to, message }) =>
        to === b && message.type === 'append' && message.entries.length > 0
          ? message.entries.reduce((sum, entry) => sum + sizeOf(entry), 0)
          : 0,
      )
      const messages = sizes.filter(size => size > 0)
      return { messages: messages.length, bytes: messages.reduce((sum, size) => sum + size, 0) }
    }
    for (let i = 0; i < 40; i++) bench.propose(a, text)
    expect(underWay().messages).toBe(5)
    bench.among(...three)
    expect(bench.textsOf(b)).toHaveLength(40)
    for (let i = 0; i < 40; i++) bench.propose(a, text, false)
    bench.step(a, { kind: 'flush' })
    expect(underWay().bytes).toBeGreaterThan(8000)
    expect(underWay().bytes).toBeLessThanOrEqual(10_000)
    bench.among(...three)
    bench.propose(a, 'x'.repeat(20_000))
    bench.propose(a, text)
    // One that is larger than that travels alone.
    expect(underWay().messages).toBe(1)
    bench.among(...three)
    expect(bench.textsOf(c)).toHaveLength(82)
  })
})

import { describe, expect } from 'vitest'
import { createKeyring } from '../../src/membership/keyring.ts'
import { eventually, it } from '../support/swim-cluster.ts'

describe('nodes that do not belong together', () => {
  it('never see each other when their clusters differ, though they know one secret, and are told why', async ({
    cluster,
  }) => {
    const a = await cluster.start('a')
    const b = await cluster.start('b', { cluster: 'another', seeds: [a.self.gossip] })
    await eventually(() => expect(b.refusal).toBe('cluster'))
    expect(a.stats.foreign).toBeGreaterThan(0)
    expect([a.view.members.length, b.view.members.length]).toEqual([1, 1])
  })

  it('are told that it is the secret when their secrets differ', async ({ cluster }) => {
    const a = await cluster.start('a')
    const b = await cluster.start('b', {
      sealer: createKeyring(['quite another secret']),
      seeds: [a.self.gossip],
    })
    await eventually(() => expect(b.refusal).toBe('secret'))
    expect([a.view.members.length, b.view.members.length]).toEqual([1, 1])
  })

  it('answer a flood of what they cannot read with a few short words a second', async ({ cluster }) => {
    const a = await cluster.start('a')
    let words = 0
    cluster.network.passed = (datagram, from) => {
      if (from === a.self.gossip) words += datagram.length
    }
    const b = await cluster.start('b', { sealer: createKeyring(['quite another secret']) })
    for (let i = 0; i < 500; i++) b.join([a.self.gossip])
    await eventually(() => expect(a.stats.rejected).toBeGreaterThan(100))
    expect(words).toBeGreaterThan(0)
    expect(words).toBeLessThan(9 * 60)
  })
})

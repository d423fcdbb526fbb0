import { describe, expect } from 'vitest'
import { profiles } from '../../src/membership/timings.ts'
import { afterTraffic, converged, it, recordChanges } from '../support/swim-cluster.ts'

const ups = [
  ...['n1+n3', 'n1+n4', 'n1+n5', 'n2+n3', 'n2+n4', 'n2+n5'],
  ...['n3+n1', 'n3+n2', 'n4+n1', 'n4+n2', 'n5+n1', 'n5+n2'],
]

describe.concurrent('a cluster that was split', () => {
  it('heals through members that were lost, and nobody is lost once more', async ({ cluster }) => {
    const nodes = await cluster.startMany(5)
    // The common seed is of no use to its own half, and the others cannot reach it.
    const [few, many] = [nodes.slice(0, 2), nodes.slice(2)]
    cluster.network.split(few, many)
    await Promise.all([converged(few), converged(many)])
    await afterTraffic(nodes, 60)
    const changes = recordChanges(nodes)
    cluster.network.heal()
    await converged(nodes)
    await afterTraffic(nodes, 60)
    expect(changes.downs).toEqual([])
    expect(changes.ups.sort()).toEqual(ups)
  })

  it('heals through seeds when the lost are forgotten', async ({ cluster }) => {
    const nodes = await cluster.startMany(5, { timings: { ...profiles.test, reapMs: 300 } })
    const [few, many] = [nodes.slice(0, 2), nodes.slice(2)]
    cluster.network.split(few, many)
    await Promise.all([converged(few), converged(many)])
    // Forgotten: the others are asked by the seed that they were given only, the few ask nobody.
    await afterTraffic(nodes, 60)
    const changes = recordChanges(nodes)
    cluster.network.heal()
    await converged(nodes)
    await afterTraffic(nodes, 60)
    expect(changes.downs).toEqual([])
    expect(changes.ups.sort()).toEqual(ups)
  })

  it('heals through members that were lost when there are no seeds at all', async ({ cluster }) => {
    const [first, second] = await Promise.all([cluster.start('n1'), cluster.start('n2')])
    const helper = await cluster.start('helper', { seeds: [first.self.gossip, second.self.gossip] })
    await converged([first, second, helper])
    await helper.leave()
    await converged([first, second])
    cluster.network.split([first], [second])
    await Promise.all([converged([first]), converged([second])])
    cluster.network.heal()
    await converged([first, second])
  })

  it('heals when one direction was cut only', async ({ cluster }) => {
    const nodes = await cluster.startMany(3)
    const [deaf] = nodes
    cluster.network.loses = (_from, to) => to === deaf.self.gossip
    await converged(nodes.slice(1))
    cluster.network.heal()
    await converged(nodes)
  })
})

describe.concurrent('a node', () => {
  it('that one other cannot reach stays, on the word of a third', async ({ cluster }) => {
    const nodes = await cluster.startMany(3)
    const { downs } = recordChanges(nodes)
    const [first, second] = nodes.map(({ self }) => self.gossip)
    cluster.network.loses = (from, to) => [first, second].includes(from) && [first, second].includes(to)
    await afterTraffic(nodes, 60)
    expect(downs).toEqual([])
  })
})

// Alone: it holds up the whole process.
describe('a node', () => {
  it('is not lost to a pause of the process that watches', async ({ cluster }) => {
    const nodes = await cluster.startMany(3, { timings: { ...profiles.test, suspectTimeoutMs: 100 } })
    const { downs } = recordChanges(nodes)
    for (let pause = 0; pause < 5; pause++) {
      await afterTraffic(nodes, 5)
      const until = performance.now() + 250
      while (performance.now() < until);
    }
    await afterTraffic(nodes, 30)
    expect(downs).toEqual([])
  })
})

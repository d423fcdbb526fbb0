import { describe, expect } from 'vitest'
import { converged, eventually, it, namesIn, portOf } from '../support/swim-cluster.ts'

const everywhere = { bind: { host: '0.0.0.0', port: 0 }, advertiseHost: '127.0.0.1' }
const isAt = (port: number) => (host: string) => host.endsWith(`:${port}`)

describe.concurrent('a node whose host gets another address', () => {
  it('is the same process to the others, under its new addresses', async ({ cluster }) => {
    const nodes = await cluster.startMany(3, { ...everywhere, address: '127.0.0.1:7947' })
    const { name, incarnation } = nodes[2].self
    nodes[2].moveTo('127.0.0.2')
    expect(nodes[2].self).toMatchObject({ name, incarnation, address: '127.0.0.2:7947' })
    expect(nodes[2].self.gossip).toBe(`127.0.0.2:${portOf(nodes[2])}`)
    await converged(nodes)
  })

  it('finds the others when it was cut off for long, has no seeds, and nobody can find it', async ({
    cluster,
  }) => {
    const nodes = await cluster.startMany(3, everywhere)
    const [first, ...others] = nodes
    const isFirst = isAt(portOf(first))
    cluster.network.loses = (from, to) => isFirst(from) !== isFirst(to)
    await eventually(() => {
      expect(namesIn(first.view)).toEqual(['n1'])
      for (const { view } of others) expect(namesIn(view)).toEqual(['n2', 'n3'])
    })
    const old = first.self.gossip
    cluster.network.loses = (_, to) => to === old
    first.moveTo('127.0.0.2')
    await converged(nodes)
  })

  it('may move back', async ({ cluster }) => {
    const nodes = await cluster.startMany(3, everywhere)
    nodes[1].moveTo('127.0.0.2')
    await converged(nodes)
    nodes[1].moveTo('127.0.0.1')
    await converged(nodes)
  })
})

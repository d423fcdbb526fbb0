import { afterEach, describe, expect, it } from 'vitest'
import type { ClusterStatus } from '../../src/index.ts'
import { type ChildNode, ChildNodes } from '../support/child-nodes.ts'
import { eventually, seedOf, it as withCluster } from '../support/nodes.ts'

let nodes = new ChildNodes()
afterEach(async () => {
  await nodes.close()
  nodes = new ChildNodes()
})

async function three(): Promise<ChildNode[]> {
  const first = await nodes.start('n1')
  const seeds = [`127.0.0.1:${first.ports.gossip}`]
  const rest = await Promise.all(['n2', 'n3'].map(name => nodes.start(name, { seeds })))
  const all = [first, ...rest]
  await healthy(all)
  return all
}

async function healthy(all: readonly ChildNode[]): Promise<void> {
  await eventually(async () => {
    for (const node of all) {
      const status = await node.ask<ClusterStatus>({ kind: 'status' })
      expect(status.nodes.filter(({ state }) => state === 'up')).toHaveLength(all.length)
      expect(status.tables[0]?.copies.filter(({ state }) => state === 'active')).toHaveLength(all.length)
    }
  }, 20_000)
}

const keys = (node: ChildNode) => node.ask<string[]>({ kind: 'keys' })

describe('a node that is killed', () => {
  it('takes nothing with it that another copy confirmed; started again, it has everything', async () => {
    const [a, b, c] = await three()
    const load = a.ask({ kind: 'write', from: 0, count: 100_000, ack: 'one' }).catch(() => {})
    await eventually(() => expect(a.written.length).toBeGreaterThan(500))
    await a.kill('SIGKILL')
    await load
    const confirmed = a.written.map(i => `k${i}`)
    await eventually(async () => {
      expect(await keys(b)).toEqual(await keys(c))
      expect(new Set(await keys(b))).toEqual(new Set([...(await keys(b)), ...confirmed]))
    })
    await b.ask({ kind: 'write', from: 200_000, count: 100, ack: 'one' })
    const again = await nodes.start('n1', {
      listen: `127.0.0.1:${a.ports.grpc}`,
      gossip: `127.0.0.1:${a.ports.gossip}`,
      seeds: [`127.0.0.1:${b.ports.gossip}`],
    })
    await healthy([again, b, c])
    expect(await keys(again)).toEqual(await keys(b))
  }, 60_000)
})

describe('a node that is told to end', () => {
  it('in the middle of a load leaves at once and in order, with exit code 0', async () => {
    const [a, b, c] = await three()
    const load = a.ask({ kind: 'write', from: 0, count: 1_000_000, ack: 'one' }).catch(() => {})
    await eventually(() => expect(a.written.length).toBeGreaterThan(500))
    await a.kill('SIGTERM')
    await load
    expect(await a.exited).toBe(0)
    const status = await b.ask<ClusterStatus>({ kind: 'status' })
    expect(status.nodes.map(({ name }) => name)).toEqual(['n2', 'n3'])
    await eventually(async () => {
      const there = new Set(await keys(b))
      expect(a.written.filter(i => !there.has(`k${i}`))).toEqual([])
      expect(await keys(c)).toEqual(await keys(b))
    })
  }, 60_000)

  it('while it loads its copies ends as well, and the source goes on', async () => {
    const a = await nodes.start('n1')
    await a.ask({ kind: 'write', from: 0, count: 30_000, ack: 'local' })
    const late = nodes.start('n2', { seeds: [`127.0.0.1:${a.ports.gossip}`] })
    late.catch(() => {})
    // In the middle of starting, wherever that is just now.
    await eventually(
      async () => expect((await a.ask<ClusterStatus>({ kind: 'status' })).nodes).toHaveLength(2),
      20_000,
    )
    await nodes.endLast('SIGTERM')
    await a.ask({ kind: 'write', from: 50_000, count: 10, ack: 'local' })
    expect(await keys(a)).toHaveLength(30_010)
  }, 60_000)

  it('leaves nothing behind that would keep its process alive', async () => {
    const a = await nodes.start('n1')
    const b = await nodes.start('n2', { seeds: [`127.0.0.1:${a.ports.gossip}`] })
    await healthy([a, b])
    await b.ask({ kind: 'stop' })
    expect(await b.exited).toBe(0)
  }, 30_000)
})

describe('a node that is stopped for a while', () => {
  it('is missed, comes back as itself, and has what was written meanwhile', async () => {
    const [a, b, c] = await three()
    c.child.kill('SIGSTOP')
    await eventually(async () => {
      const { nodes: seen } = await a.ask<ClusterStatus>({ kind: 'status' })
      expect(seen.map(({ name }) => name)).toEqual(['n1', 'n2'])
    }, 20_000)
    await a.ask({ kind: 'write', from: 0, count: 200, ack: 'one' })
    c.child.kill('SIGCONT')
    await healthy([a, b, c])
    await eventually(async () => expect(await keys(c)).toHaveLength(200), 20_000)
  }, 60_000)
})

describe('the secret of a cluster', () => {
  withCluster(
    'is changed in three steps, one node after the other, while the cluster goes on',
    async ({ cluster }) => {
      const [old, fresh] = ['the old secret of it', 'the new secret of it']
      const secrets = [[old], [old, fresh], [fresh, old], [fresh]]
      let a = await cluster.start('a', { secret: secrets[0] })
      let b = await cluster.start('b', { secret: secrets[0], seeds: [seedOf(a)] })
      await (await a.table('t')).set('k', 1, { ack: 'one' })
      const { seed } = a.engine.standing
      for (const secret of secrets.slice(1)) {
        await a.close()
        a = await cluster.start('a', { secret, seeds: [seedOf(b)] })
        await a.waitForTables(['t'])
        await b.close()
        b = await cluster.start('b', { secret, seeds: [seedOf(a)] })
        await b.waitForTables(['t'])
        expect([await (await a.table('t')).get('k'), await (await b.table('t')).get('k')]).toEqual([1, 1])
      }
      // The first secret is gone; the seed by which keys are hashed is still its.
      expect([a.engine.standing.seed, b.engine.standing.seed]).toEqual([seed, seed])
    },
  )
})

import { test as base, expect, vi } from 'vitest'
import { type Client, type ClusterNode, createClient, createNode, type NodeOptions } from '../../src/index.ts'

export { all } from './iterate.ts'

import { RecordingLog } from './swim-cluster.ts'

export const clusterSecret = 'a secret of the tests'

/** Starts real nodes on free loopback ports, and clients, and closes what was started. */
export class TestNodes {
  readonly log = new RecordingLog()
  readonly #started: (ClusterNode | Client)[] = []

  async start(name: string, options: NodeOptions = {}): Promise<ClusterNode> {
    const node = await createNode({
      name,
      listen: '127.0.0.1:0',
      gossip: '127.0.0.1:0',
      secret: clusterSecret,
      profile: 'test',
      logger: this.log,
      ...options,
    })
    this.#started.push(node)
    return node
  }

  /** So many nodes `n1`, `n2`, … that know each other; the first is everybody's seed. */
  async startMany(count: number, options: NodeOptions = {}): Promise<ClusterNode[]> {
    const first = await this.start('n1', options)
    const seeds = [seedOf(first)]
    const rest = Array.from({ length: count - 1 }, (_, i) => this.start(`n${i + 2}`, { seeds, ...options }))
    const nodes = [first, ...(await Promise.all(rest))]
    await seeEachOther(nodes)
    return nodes
  }

  client(...nodes: ClusterNode[]): ReturnType<typeof createClient> {
    const client = createClient(nodes.map(node => `127.0.0.1:${node.ports.grpc}`))
    this.#started.push(client)
    return client
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#started.reverse().map(started => started.close()))
  }
}

export function seedOf(node: ClusterNode): string {
  return `127.0.0.1:${node.ports.gossip}`
}

/** Resolves when each of the nodes has all of them in its view, and is connected to them. */
export async function seeEachOther(nodes: readonly ClusterNode[]): Promise<void> {
  await eventually(async () => {
    for (const node of nodes) {
      const { nodes: seen } = await node.admin.status()
      expect(seen.filter(({ state }) => state === 'up').map(({ name }) => name)).toEqual(
        nodes.map(({ self }) => self.name).sort(),
      )
      expect(node.engine.peers.lags().every(({ connected }) => connected)).toBe(true)
    }
  })
}

/** Resolves when each of the nodes knows that all of them hold an active copy of the table: owners are settled. */
export async function allActive(nodes: readonly ClusterNode[], table: string): Promise<void> {
  await eventually(() => {
    for (const { engine } of nodes) {
      const active = engine.holders.of(engine.catalog.get(table)?.id ?? '')?.active ?? new Set()
      expect([...active].sort()).toEqual(nodes.map(({ self }) => self.name).sort())
    }
  })
}

/** Tries again until it does not fail. */
export function eventually<T>(check: () => T | Promise<T>, timeout = 10_000): Promise<T> {
  return vi.waitFor(check, { timeout, interval: 20 })
}

/** The code that the promise rejects with; 'none' when it does not. */
export async function codeOf(promise: Promise<unknown> | (() => unknown)): Promise<string> {
  try {
    await (typeof promise === 'function' ? promise() : promise)
  } catch (error) {
    return (error as { code?: string }).code ?? String(error)
  }
  return 'none'
}

/** A test with `cluster`, closed at its end. */
export const it = base.extend<{ cluster: TestNodes }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the fixtures that one depends on from the pattern
  cluster: async ({}, use) => {
    const cluster = new TestNodes()
    await use(cluster)
    await cluster.close()
  },
})

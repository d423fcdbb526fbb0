import { describe, expect } from 'vitest'
import type { ClusterEvent, ClusterNode } from '../../src/index.ts'
import { allActive, codeOf, eventually, it } from '../support/nodes.ts'

const megabyte = 1024 ** 2
const value = 'x'.repeat(4000)
const memoryOf = async (node: ClusterNode, name: string) =>
  (await node.admin.status()).nodes.find(({ name: other }) => other === name)!

/** What the node tells of its memory, as it comes. */
function memoryEvents(node: ClusterNode): string[] {
  const seen: string[] = []
  const hear = (event: ClusterEvent) => seen.push(`${event.node} ${event.type}`)
  for (const type of ['memory-pressure', 'memory-full', 'memory-relieved'] as const)
    node.events.on(type, hear)
  return seen
}

describe('the memory of a node', () => {
  it('is kept by tables that evict, on every node', async ({ cluster }) => {
    const a = await cluster.start('a', { maxBytes: '64mb' })
    const b = await cluster.start('b', { maxBytes: '16mb', seeds: [`127.0.0.1:${a.ports.gossip}`] })
    const events = memoryEvents(b)
    const table = await a.table<number, string>('cache', { eviction: 'lru', l1: false })
    await b.table('cache')
    await allActive([a, b], 'cache')
    let most = 0
    for (let i = 0; i < 8000; i++) {
      await table.set(i, value)
      if (i % 500 === 0) most = Math.max(most, (await memoryOf(a, 'b')).memoryBytes)
    }
    expect(most).toBeLessThan(16 * megabyte)
    await eventually(async () => {
      const [onA, onB] = [await memoryOf(b, 'a'), await memoryOf(b, 'b')]
      expect(onB.memoryBytes).toBeLessThan(0.95 * 16 * megabyte)
      expect([onA.maxBytes, onB.maxBytes]).toEqual([64 * megabyte, 16 * megabyte])
      expect(onA.evicted + onB.evicted).toBeGreaterThan(4000)
    })
    expect(events[0]).toBe('b memory-pressure')
    expect(events).not.toContain('b memory-full')
    expect(await table.get(7999)).toBe(value)
  })

  it('ends what can be written, through clients, too; never reads and deletes', async ({ cluster }) => {
    const nodes = await cluster.startMany(2, { maxBytes: 16 * megabyte })
    const events = nodes.map(memoryEvents)
    const table = await cluster.client(nodes[0]).table<number, string>('t', { l1: false })
    await allActive(nodes, 't')
    let count = 0
    const write = async () => {
      const code = await codeOf(table.set(count, value))
      if (code === 'none') count++
      return code
    }
    while (count < 10_000 && (await write()) === 'none');
    expect(count).toBeGreaterThan(2500)
    expect(count).toBeLessThan(4500)
    expect(await table.set(count, value).catch(error => error)).toMatchObject({
      code: 'ERR_TABLE_FULL',
      retryable: false,
      maybeApplied: false,
      message: expect.stringMatching(
        /(memory of node n[12].* is full|node n[12] .* of its limit of 16777216 \(maxBytes\)); delete entries/,
      ),
    })
    await eventually(() => expect(events.flat()).toContainEqual(expect.stringMatching(/^n[12] memory-full$/)))
    expect(await table.get(1)).toBe(value)
    for (let i = 0; i < count; i += 2) expect(await table.delete(i)).toBe(true)
    await eventually(async () => expect(await write()).toBe('none'), 30_000)
  })
})

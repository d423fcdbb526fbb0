import { LRUCache } from 'lru-cache'
import { createNode } from '../../src/index.ts'
import { indexes, loop } from './measure.ts'
import { serve } from './serve.ts'

/** What happens in one process alone: reads of a cache and of an own copy, memory, garbage collection. */
export type LocalCommand =
  | { readonly do: 'l1'; readonly ms: number }
  | { readonly do: 'get'; readonly ms: number }
  | { readonly do: 'memory'; readonly count: number; readonly of: 'table' | 'map' }

export interface Memory {
  readonly bytesPerEntry: number
  readonly gcMs: number
}

const decoded = 10_000
const stored = 100_000
let sink = 0

serve<LocalCommand>(async command => {
  if (command.do === 'l1') return l1(command.ms)
  if (command.do === 'get') return get(command.ms)
  return memory(command.count, command.of)
})

async function openTable(l1: boolean) {
  const node = await createNode({ listen: '127.0.0.1:0', gossip: '127.0.0.1:0' })
  const table = await node.table<string, { id: number } | string>(
    't',
    l1 ? { ack: 'local' } : { ack: 'local', l1: false },
  )
  return { node, table }
}

// The public `peek` beside a bare lru-cache with the same objects under the same keys, in turn.
async function l1(ms: number): Promise<{ ours: number; bare: number }> {
  const { node, table } = await openTable(true)
  const bare = new LRUCache<string, { id: number }>({ max: decoded })
  const keys = Array.from({ length: decoded }, (_, i) => `user:${i}`)
  for (const [id, key] of keys.entries()) {
    await table.set(key, { id })
    bare.set(key, { id })
    table.peek(key)
  }
  const order = Uint32Array.from({ length: 1 << 16 }, indexes(decoded))
  const ours = (i: number) => {
    sink += (table.peek(keys[order[i & 0xffff]]) as { id: number }).id
  }
  const theirs = (i: number) => {
    sink += (bare.get(keys[order[i & 0xffff]]) as { id: number }).id
  }
  for (let i = 0; i < 2; i++) {
    loop(ours, ms / 4)
    loop(theirs, ms / 4)
  }
  const result = { ours: loop(ours, ms), bare: loop(theirs, ms) }
  await node.close()
  return result
}

async function get(ms: number): Promise<number> {
  const { node, table } = await openTable(false)
  const keys = Array.from({ length: stored }, (_, i) => `k${i}`)
  for (const key of keys) await table.set(key, 'v'.repeat(97))
  const order = Uint32Array.from({ length: 1 << 17 }, indexes(stored))
  const read = (i: number) => {
    sink += (table.peek(keys[order[i & 0x1ffff]]) as string).length
  }
  loop(read, ms / 2)
  const result = loop(read, ms)
  await node.close()
  return result
}

async function memory(count: number, of: 'table' | 'map'): Promise<Memory> {
  const value = Buffer.alloc(100, 7)
  const { node } = await openTable(false)
  const table = await node.table<string, Uint8Array>('m', { ack: 'local', l1: false, codec: 'bytes' })
  const map = new Map<string, { value: Buffer; version: number; expiresAt: number }>()
  const collect = () => {
    if (globalThis.gc === undefined) throw new Error('the bench needs --expose-gc')
    globalThis.gc()
  }
  collect()
  const before = process.memoryUsage().rss
  for (let i = 0; i < count; i++) {
    if (of === 'table') await table.set(`k${i}`, value)
    else map.set(`k${i}`, { value: Buffer.from(value), version: i, expiresAt: i })
  }
  collect()
  const bytesPerEntry = (process.memoryUsage().rss - before) / count
  const began = performance.now()
  collect()
  const gcMs = performance.now() - began
  await node.close()
  sink += map.size
  return { bytesPerEntry, gcMs }
}

process.on('exit', () => {
  if (sink === -1) process.stdout.write('never')
})

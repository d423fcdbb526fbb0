import { decodeValue, ValueWriter } from '../../src/core/codec.ts'
import { NearCache } from '../../src/storage/near-cache.ts'

/**
 * A process of its own that fills L1 caches with decoded values of several shapes, and prints for each what was accounted
 * and by how much the heap has grown. Needs --expose-gc.
 */
const count = 60_000
const shapes: Readonly<Record<string, (i: number) => unknown>> = {
  'small integers': i => i,
  'other numbers': i => i + 0.5,
  'short strings': i => `value ${i} of some length`,
  'strings of two bytes a character': i => `漢字${i}`.padEnd(60, '漢'),
  'Latin-1 strings': i => `ü ${i} `.padEnd(100, 'x'),
  'objects of two fields': i => ({ id: i, name: `user ${i}` }),
  sessions: i => ({
    ...{ user: `user ${i}`, roles: ['admin', 'dev'], at: 1.7e12 + i },
    cart: { items: [i, i + 1], total: 12.5 },
  }),
  'objects of forty fields': i => Object.fromEntries(Array.from({ length: 40 }, (_, k) => [`f${k}`, k + i])),
  'arrays of numbers': i => [i + 0.1, i + 0.2, i + 0.3, i + 0.4],
  'short bytes': i => Buffer.alloc(100, i),
  'long bytes': i => Buffer.alloc(2000, i),
}
const clock = { wall: () => 1000, monotonic: () => 0 }
const here = { lost: false }
const writer = new ValueWriter()

async function used(): Promise<number> {
  for (let i = 0; i < 2; i++) {
    globalThis.gc?.()
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

function fill(make: (i: number) => unknown): NearCache {
  const cache = new NearCache(clock, { maxEntries: count, maxBytes: 1e9, ttlMs: undefined })
  for (let i = 0; i < count; i++) {
    writer.write(make(i), 'msgpack')
    const value = decodeValue(writer.bytes, 0, writer.length, 'msgpack')
    cache.set(`key ${i}`, {
      value,
      h: 3e14 + i,
      origin: 1,
      flags: 0,
      expiresAt: 0,
      hash: (i * 2654435761) >>> 0,
      bytes: writer.length,
      source: here,
    })
  }
  return cache
}

// What the process itself needs is there before anything is measured, and nothing goes away in between.
const caches = [fill(i => ({ i }))]
for (const [step, make] of Object.entries(shapes)) {
  const before = await used()
  const cache = fill(make)
  caches.push(cache)
  const grown = (await used()) - before
  console.log(JSON.stringify({ step, accounted: cache.bytes, grown }))
}

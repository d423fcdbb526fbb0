import { describe, expect, it } from 'vitest'
import { type Cached, NearCache } from '../../../src/storage/near-cache.ts'

const limits = { maxEntries: 3, maxBytes: 10_000, ttlMs: undefined }
const clockAt = (clock: { now: number }) => ({ wall: () => clock.now, monotonic: () => clock.now })
const here = { lost: false }
const entry = (value: unknown, options: Partial<Cached> = {}): Cached => ({
  value,
  h: 1,
  origin: 1,
  flags: 0,
  expiresAt: 0,
  hash: 0x10000000,
  bytes: 10,
  source: here,
  ...options,
})

describe('the cache of decoded values', () => {
  it('keeps the values used last, within entries and bytes', () => {
    const cache = new NearCache(clockAt({ now: 1000 }), limits)
    for (const key of ['a', 'b', 'c']) cache.set(key, entry(key))
    cache.get('a')
    cache.set('d', entry('d'))
    expect(['a', 'b', 'c', 'd'].map(key => cache.get(key)?.value)).toEqual(['a', undefined, 'c', 'd'])
    cache.set('large', entry('x'.repeat(9000)))
    expect(cache.bytes).toBeLessThanOrEqual(10_000)
    cache.set('too large', entry('x'.repeat(90_000)))
    expect(cache.get('too large')).toBeUndefined()
  })

  it('tells the types of keys apart', () => {
    const cache = new NearCache(clockAt({ now: 1000 }), limits)
    cache.set(1, entry('number'))
    cache.set('1', entry('string'))
    cache.set(true, entry('boolean'))
    expect([cache.get(1)?.value, cache.get('1')?.value, cache.get(true)?.value, cache.get('true')]).toEqual([
      'number',
      'string',
      'boolean',
      undefined,
    ])
  })

  it('serves nothing past its end, past the greatest age, or of a source that was lost', () => {
    const clock = { now: 1000 }
    const cache = new NearCache(clockAt(clock), { ...limits, ttlMs: 500 })
    const source = { lost: false }
    cache.set('ends', entry(1, { expiresAt: 1200 }))
    cache.set('ages', entry(2, { expiresAt: 9000 }))
    cache.set('lost', entry(3, { source }))
    clock.now = 1199
    expect([cache.get('ends')?.value, cache.get('ages')?.value, cache.get('lost')?.value]).toEqual([1, 2, 3])
    clock.now = 1200
    source.lost = true
    expect([cache.get('ends'), cache.get('ages')?.value, cache.get('lost')]).toEqual([
      undefined,
      2,
      undefined,
    ])
    clock.now = 1500
    expect(cache.get('ages')).toBeUndefined()
    expect([cache.hits, cache.misses, cache.size]).toEqual([4, 3, 0])
  })

  it('knows by hash what it cannot hold, through overwrites, evictions and drops', () => {
    const cache = new NearCache(clockAt({ now: 1 }), limits)
    const hash = (i: number) => (i << 20) >>> 0
    for (let round = 0; round < 5; round++)
      for (let i = 0; i < 8; i++) cache.set(i, entry(i === 7 ? 'x'.repeat(99_999) : i, { hash: hash(i) }))
    for (let i = 0; i < 8; i++) expect(cache.mayHold(hash(i))).toBe(cache.get(i) !== undefined)
    for (let i = 0; i < 8; i++) cache.drop(i)
    for (let i = 0; i < 8; i++) expect(cache.mayHold(hash(i))).toBe(false)
    cache.set(1, entry(1, { hash: hash(1) }))
    cache.clear()
    expect(cache.mayHold(hash(1))).toBe(false)
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { scanEnd } from '../../../../src/core/partition.ts'
import type { TableCopy } from '../../../../src/storage/table.ts'
import { copyOf, rowOf, someTime, valueIn } from '../../../support/rows.ts'

function sizes(copy: TableCopy): number[] {
  let rows = 0
  for (let cursor = 0; cursor !== scanEnd; ) cursor = copy.scan(cursor, () => void rows++)
  return [rows, copy.size, copy.tombstones]
}

describe('a copy whose order is decided elsewhere', () => {
  it('is what was put and not erased, digest and sizes included, through any change of seed', () => {
    const step = fc.record({
      key: fc.integer({ min: 0, max: 20 }),
      kind: fc.constantFrom(
        'put' as const,
        'put' as const,
        'erase' as const,
        'rehash' as const,
        'maintain' as const,
      ),
      value: fc.string({ maxLength: 40 }),
      h: fc.integer({ min: 1, max: 5 }),
    })
    const run = fc.property(fc.array(step, { maxLength: 120 }), steps => {
      const copy = copyOf()
      const model = new Map<number, { h: number; value: string }>()
      const rowIn = (key: number, options: { h: number; value?: string; dead?: boolean }) => {
        const row = rowOf(key, options)
        row.hash = copy.hashOf(row.keyBytes, 0, row.keyLength)
        return row
      }
      for (const [i, { key, kind, value, h }] of steps.entries()) {
        if (kind === 'rehash') copy.rehash({ low: i, high: 1 })
        else if (kind === 'maintain') copy.maintain(0)
        else if (kind === 'put') {
          copy.put(rowIn(key, { h, value }))
          model.set(key, { h, value })
        } else {
          copy.erase(rowIn(key, { h, dead: true }), 'deleted')
          model.delete(key)
        }
      }
      expect(sizes(copy)).toEqual([model.size, model.size, 0])
      const same = copyOf()
      same.rehash(copy.seed)
      for (const [key, { h, value }] of model) {
        const row = rowOf(key, { h, value })
        row.hash = same.hashOf(row.keyBytes, 0, row.keyLength)
        same.put(row)
        expect(valueIn(copy, key)).toBe(value)
      }
      expect(copy.digest.root()).toEqual(same.digest.root())
      expect(copy.bytes).toBe(same.bytes)
    })
    fc.assert(run, { numRuns: 100 })
  })

  it('gets the rows of another one at once, and gives its own', () => {
    const [a, b] = [copyOf(), copyOf()]
    let cleared = 0
    const nothing = () => {}
    for (const copy of [a, b])
      copy.listen({ applied: nothing, expired: nothing, gone: nothing, cleared: () => cleared++ })
    for (let i = 0; i < 50; i++) a.put(rowOf(i, { h: 1, value: `${i}` }))
    b.put(rowOf('k', { h: 9, value: 'v' }))
    a.exchange(b, 'clear')
    expect([sizes(a), sizes(b), cleared]).toEqual([[1, 1, 0], [50, 50, 0], 2])
    expect([valueIn(a, 'k'), valueIn(b, 7)]).toEqual(['v', '7'])
  })

  it('is never swept where the clock is not that of the wall', () => {
    const copy = copyOf()
    copy.put(rowOf('k', { h: 1, value: 'v', expiresAt: someTime }))
    while (copy.maintain(0));
    expect(copy.size).toBe(1)
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BytesWriter } from '../../../src/core/bytes.ts'
import {
  type CounterPart,
  CounterTally,
  counterKeyLength,
  counterWriterOf,
  maxCounterKeyBytes,
  writeCounterKey,
} from '../../../src/core/counter.ts'
import { Row } from '../../../src/core/entry.ts'
import { maxKeyBytes } from '../../../src/core/key.ts'

const parts = fc.array(
  fc.record({
    origin: fc.constantFrom('a#1', 'a#2', 'b#1'),
    birth: fc.integer({ min: 1, max: 5 }),
    up: fc.nat(20),
    down: fc.nat(20),
  }),
  { maxLength: 8 },
)
const tallies = fc.record({ reset: fc.integer({ min: 0, max: 4 }), parts })

function rowOf({ reset, parts }: { readonly reset: number; readonly parts: readonly CounterPart[] }): Row {
  const tally = new CounterTally(reset)
  for (const part of parts) tally.raise({ ...part })
  const writer = new BytesWriter()
  tally.writeTo(writer)
  const row = new Row()
  row.valueBytes = writer.bytes
  row.valueLength = writer.length
  return row
}

const sumOf = (rows: readonly Row[]) =>
  rows.reduce((tally, row) => tally.addRow(row), new CounterTally()).value

describe('the rows of a counter', () => {
  it('come to the same in whatever order and however often they are taken in', () => {
    fc.assert(
      fc.property(fc.array(tallies, { maxLength: 5 }), fc.infiniteStream(fc.nat()), (given, chance) => {
        const rows = given.map(rowOf)
        const again = [...rows, ...rows].sort(() => (chance.next().value % 2) - 0.5)
        expect(sumOf(again)).toBe(sumOf(rows))
      }),
    )
  })

  it('come to the same when one has taken over the others, whether they are still there or not', () => {
    fc.assert(
      fc.property(fc.array(tallies, { minLength: 1, maxLength: 5 }), fc.nat(), (given, skip) => {
        const rows = given.map(rowOf)
        const all = new CounterTally()
        for (const row of rows) all.addRow(row)
        const taken = rowOf({ reset: all.reset, parts: all.parts() })
        const left = rows.filter((_, i) => (skip >> i) % 2 === 0)
        expect(sumOf([taken, ...left])).toBe(sumOf(rows))
      }),
    )
  })

  it('count nothing that was begun before the last reset', () => {
    const old = rowOf({ reset: 0, parts: [{ origin: 'a#1', birth: 3, up: 7, down: 0 }] })
    const reset = rowOf({ reset: 5, parts: [] })
    const next = rowOf({ reset: 5, parts: [{ origin: 'a#1', birth: 6, up: 2, down: 1 }] })
    expect([sumOf([old]), sumOf([old, reset]), sumOf([old, reset, next])]).toEqual([7, undefined, 1])
  })

  it('refuse bytes that are none', () => {
    const row = rowOf({ reset: 0, parts: [{ origin: 'a#1', birth: 3, up: 7, down: 0 }] })
    row.valueLength -= 1
    expect(() => new CounterTally().addRow(row)).toThrow(/ends too early/)
  })
})

describe('the key of such a row', () => {
  it('has the key of users in front and tells its writer', () => {
    fc.assert(
      fc.property(fc.nat(maxCounterKeyBytes), fc.nat(2 ** 50), (length, since) => {
        const writer = { origin: `${'n'.repeat(64)}#0123456789abcdef`, since }
        const row = new Row()
        row.keyBytes = Buffer.alloc(maxKeyBytes + 16, 7)
        row.keyLength = writeCounterKey(row.keyBytes, length, writer)
        expect(counterKeyLength(row.keyBytes, 0, row.keyLength)).toBe(length)
        expect(counterWriterOf(row)).toEqual(writer)
        expect(row.keyLength).toBeLessThanOrEqual(maxKeyBytes)
      }),
    )
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isNewer, maxSkewMs, Row, rowFlags } from '../../../src/core/entry.ts'
import type { MnemeshError } from '../../../src/core/errors.ts'
import { decodeKey, type Key } from '../../../src/core/key.ts'
import { scanEnd } from '../../../src/core/partition.ts'
import { msToStamp } from '../../../src/core/version.ts'
import type { TableCopy } from '../../../src/storage/table.ts'
import {
  copyOf,
  type RowOptions,
  rowOf,
  someOrigins,
  someTime,
  testSeed,
  valueIn,
} from '../../support/rows.ts'

const at = (ms: number) => msToStamp(someTime + ms)

const hostileKey: fc.Arbitrary<Key> = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 40 }).map(i => `k${i}`) },
  {
    weight: 2,
    arbitrary: fc.constantFrom('__proto__', 'constructor', '', 'toString', 'x'.repeat(1024), 'é'.repeat(500)),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Key>(
      0,
      -1.5,
      true,
      new Uint8Array(),
      new Uint8Array(1024),
      ['a', 1],
      [[true]],
    ),
  },
)
// Few hashes, so that keys collide, share a home, and lie around the wrap at the end of a partition.
const hash = fc.constantFrom(undefined, 0x05000000, 0x05000001, 0x05ffffff, 0x05fffffe, 0x05800000)

interface Op {
  readonly key: Key
  readonly options: RowOptions
}
const op: fc.Arbitrary<Op> = fc.record({
  key: hostileKey,
  options: fc.record({
    h: fc.integer({ min: at(0), max: at(0) + 200 }),
    origin: fc.integer({ min: 1, max: 3 }),
    value: fc.oneof(fc.string({ maxLength: 60 }), fc.constantFrom('y'.repeat(3000), 'z'.repeat(300_000))),
    dead: fc.boolean(),
    expiresAt: fc.constantFrom(0, 0, someTime + 1000, someTime + 60_000),
  }),
})

// A key always has one hash, as in life.
function withHashes(ops: readonly Op[], hashes: readonly (number | undefined)[]): Op[] {
  const chosen = new Map<string, number | undefined>()
  return ops.map(o => {
    const name = JSON.stringify([...Buffer.from(rowOf(o.key, { h: 1 }).keyBytes)])
    if (!chosen.has(name)) chosen.set(name, hashes[chosen.size % hashes.length])
    const fixed = chosen.get(name)
    return fixed === undefined ? o : { key: o.key, options: { ...o.options, hash: fixed } }
  })
}

function contents(copy: TableCopy): Map<string, string> {
  const out = new Map<string, string>()
  const visit = (row: Row) => {
    const key = Buffer.from(row.keyBytes.subarray(row.keyStart, row.keyStart + row.keyLength)).toString('hex')
    expect(out.has(key), 'visited twice').toBe(false)
    const value = row.valueBytes.toString('utf8', row.valueStart, row.valueStart + row.valueLength)
    out.set(key, `${row.h}/${row.origin}/${row.flags & 3}/${row.expiresAt}/${value}`)
  }
  let cursor = 0
  while (cursor !== scanEnd) cursor = copy.scan(cursor, visit)
  return out
}

function expectAccounts(copy: TableCopy, model: Map<string, Row>): void {
  const rows = [...model.values()]
  const live = rows.filter(row => !row.isDead)
  expect(copy.size).toBe(live.length)
  expect(copy.tombstones).toBe(rows.length - live.length)
  const bytes = live.reduce(
    (sum, row) => sum + 24 + (row.expiresAt ? 8 : 0) + Math.ceil((row.keyLength + row.valueLength) / 8) * 8,
    0,
  )
  expect(copy.bytes).toBe(bytes)
  expect(copy.residentBytes).toBeGreaterThanOrEqual(bytes)
}

describe('a table copy', () => {
  it('behaves as a Map that keeps the newer row, for hostile keys and colliding hashes', () => {
    const run = fc.property(
      fc.array(op, { maxLength: 200 }),
      fc.array(hash, { minLength: 1, maxLength: 8 }),
      (ops, hashes) => {
        const origins = someOrigins()
        const copy = copyOf({}, origins)
        const model = new Map<string, Row>()
        for (const { key, options } of withHashes(ops, hashes)) {
          const row = rowOf(key, options)
          const name = row.keyBytes.toString('hex')
          const held = model.get(name)
          const wins = held === undefined || isNewer(origins, row, held)
          expect(copy.merge(row)).toBe(wins)
          if (wins) model.set(name, row)
          const now = model.get(name) as Row
          expect(valueIn(copy, key, someTime, row.hash)).toBe(
            now.isDead ? undefined : now.valueBytes.toString(),
          )
        }
        expectAccounts(copy, model)
        const wanted = [...model].map(([name, row]) => [
          name,
          `${row.h}/${row.origin}/${row.flags & 3}/${row.expiresAt}/${row.valueBytes}`,
        ])
        expect(contents(copy)).toEqual(new Map(wanted as [string, string][]))
      },
    )
    fc.assert(run, { numRuns: 150 })
  })

  it('ends equal, digests included, whatever the order and repetition of what it merges', () => {
    const run = fc.property(fc.array(op, { maxLength: 60 }), fc.infiniteStream(fc.nat()), (ops, random) => {
      // Equal versions carry equal content: a version is issued once.
      const issued = new Map<string, Op>()
      for (const o of ops) {
        const id = `${o.options.h}/${o.options.origin}`
        if (!issued.has(id)) issued.set(id, o)
      }
      const all = [...issued.values()]
      const shuffled = [...all, ...all.slice(0, 20)]
        .map(o => ({ o, r: random.next().value as number }))
        .sort((x, y) => x.r - y.r)
        .map(x => x.o)
      const a = copyOf()
      const b = copyOf()
      for (const { key, options } of all) a.merge(rowOf(key, options))
      for (const { key, options } of shuffled) b.merge(rowOf(key, options))
      expect(contents(b)).toEqual(contents(a))
      expect(b.digest.root()).toEqual(a.digest.root())
    })
    fc.assert(run, { numRuns: 100 })
  })

  it('gives space back: after any history its memory is at most about twice its rows', () => {
    const copy = copyOf()
    const value = (i: number) => 'v'.repeat(20 + ((i * 7919) % 400))
    for (let i = 0; i < 60_000; i++) {
      copy.merge(rowOf(`k${i % 5000}`, { h: at(0) + i, value: value(i) }))
    }
    expect(copy.size).toBe(5000)
    expect(copy.residentBytes).toBeLessThan(copy.bytes * 2.2)
    for (let i = 0; i < 4500; i++) copy.merge(rowOf(`k${i}`, { h: at(0) + 100_000 + i, dead: true }))
    copy.raiseFloor(at(0) + 200_000)
    while (copy.maintain(someTime));
    expect(copy.size).toBe(500)
    expect(copy.tombstones).toBe(0)
    expect(copy.residentBytes).toBeLessThan(copy.bytes * 3)
    for (let i = 4500; i < 5000; i++) expect(valueIn(copy, `k${i}`)).toBe(value(55_000 + i))
  })

  it('gives a large value memory of its own, and that back at once', () => {
    const copy = copyOf()
    copy.merge(rowOf('small', { h: at(1), value: 'x' }))
    const before = copy.residentBytes
    copy.merge(rowOf('large', { h: at(2), value: 'y'.repeat(3 * 1024 * 1024) }))
    expect(copy.residentBytes - before).toBeLessThan(3.1 * 1024 * 1024)
    expect(valueIn(copy, 'large')).toHaveLength(3 * 1024 * 1024)
    copy.merge(rowOf('large', { h: at(3), dead: true }))
    expect(copy.residentBytes - before).toBeLessThan(100_000)
  })

  it('visits each row that stays exactly once while everything around it changes', () => {
    const copy = copyOf()
    for (let i = 0; i < 30_000; i++) copy.merge(rowOf(`stay${i}`, { h: at(0) + i, value: 'v' }))
    const seen = new Map<string, number>()
    let cursor = 0
    let h = at(100)
    while (cursor !== scanEnd) {
      cursor = copy.scan(cursor, row => {
        const key = decodeKey(row.keyBytes, row.keyStart, row.keyStart + row.keyLength) as string
        seen.set(key, (seen.get(key) ?? 0) + 1)
      })
      for (let i = 0; i < 200; i++) copy.merge(rowOf(`new${h}`, { h: h++, value: 'w'.repeat(i) }))
      copy.merge(rowOf(`stay${h % 30_000}`, { h: h++, value: 'longer than before'.repeat(3) }))
    }
    for (let i = 0; i < 30_000; i++) expect(seen.get(`stay${i}`), `stay${i}`).toBe(1)
  })

  it('lists exactly its rows bucket by bucket', () => {
    const copy = copyOf()
    for (let i = 0; i < 20_000; i++) copy.merge(rowOf(i, { h: at(0) + i }))
    let total = 0
    for (let bucket = 0; bucket < 4096; bucket++) {
      copy.eachInBucket(bucket, row => {
        expect(row.hash >>> 20).toBe(bucket)
        total++
      })
    }
    expect(total).toBe(20_000)
  })

  it('has the digest of its rows, and another one for any difference', () => {
    const base = () => {
      const copy = copyOf()
      for (let i = 0; i < 500; i++) copy.merge(rowOf(`k${i}`, { h: at(0) + i, value: `${i}` }))
      return copy
    }
    const plain = base().digest.root()
    const changes: [string, RowOptions][] = [
      ['k1', { h: at(9) }],
      ['k1', { h: at(0) + 1, origin: 2 }],
      ['k1', { h: at(9), dead: true }],
      ['k1', { h: at(0) + 1, kill: true, stamp: at(9) }],
      ['new', { h: at(0) }],
    ]
    for (const [key, options] of changes) {
      const copy = base()
      expect(copy.merge(rowOf(key, options))).toBe(true)
      expect(copy.digest.root()).not.toEqual(plain)
    }
    expect(base().digest.root()).toEqual(plain)
  })
})

describe('compaction', () => {
  it.each([
    1000, 5000, 9000, 10_000, 16_000, 40_000, 130_000,
  ])('ends where nothing is gained any more, with rows of %i bytes and holes between them', bytes => {
    const copy = copyOf()
    const rest = () => {
      let steps = 0
      while (copy.maintain(someTime)) expect(steps++).toBeLessThan(5000)
    }
    for (let i = 0; i < 40; i++) {
      copy.merge(rowOf(`k${i}`, { h: at(i), value: 'v'.repeat(bytes) }))
      rest()
    }
    for (let i = 0; i < 40; i += 3) copy.merge(rowOf(`k${i}`, { h: at(100 + i), value: 'w' }))
    rest()
    const live = Array.from({ length: 40 }, (_, i) => (i % 3 === 0 ? 1 : bytes)).reduce((a, b) => a + b, 0)
    // Half of a row is left behind every row of more than half a slab; large ones have slabs of their own.
    expect(copy.residentBytes).toBeLessThan(2.2 * live + 100_000)
  })
})

describe('a kill', () => {
  it('removes exactly the version it names and loses to any newer write', () => {
    const copy = copyOf()
    copy.merge(rowOf('k', { h: at(1), value: 'old' }))
    expect(copy.merge(rowOf('k', { h: at(1), kill: true, stamp: at(5) }))).toBe(true)
    expect(valueIn(copy, 'k')).toBeUndefined()
    expect(copy.merge(rowOf('k', { h: at(2), value: 'newer' }))).toBe(true)
    expect(copy.merge(rowOf('k', { h: at(1), kill: true, stamp: at(6) }))).toBe(false)
    expect(valueIn(copy, 'k')).toBe('newer')
  })
})

describe('a touch', () => {
  const write = (ms: number) => ({ h: at(ms), value: `v${ms}`, expiresAt: someTime + 1000 })
  const touch = (ms: number, stamp: number, ends: number) => ({
    ...{ h: at(ms), value: `v${ms}`, touched: true, stamp: at(stamp), expiresAt: someTime + ends },
  })

  it('gives the same row and the same digest in every order: writes first, then deletes, then later touches', () => {
    const rows = [
      ...[write(1), touch(1, 5, 9000), touch(1, 6, 3000), touch(1, 6, 4000)],
      ...[{ h: at(2), dead: true }, write(3), touch(3, 7, 5000)],
    ].map(options => rowOf('k', options))
    const order = fc.shuffledSubarray(rows, { minLength: rows.length })
    fc.assert(
      fc.property(order, shuffled => {
        const copy = copyOf()
        for (const row of [...shuffled, shuffled[0]]) copy.merge(row)
        const whole = copyOf()
        whole.merge(rows[6])
        expect(copy.digest.root()).toEqual(whole.digest.root())
        const row = new Row()
        const { keyBytes, keyLength, hash: of } = rows[0]
        copy.read(of, keyBytes, 0, keyLength, row)
        expect([row.h, row.stamp, row.expiresAt]).toEqual([at(3), at(7), someTime + 5000])
      }),
    )
  })

  it('is in the digest: copies of which one was not told are not equal', () => {
    const [one, other] = [copyOf(), copyOf()]
    for (const copy of [one, other]) copy.merge(rowOf('k', write(1)))
    one.merge(rowOf('k', touch(1, 5, 9000)))
    expect(one.digest.root()).not.toEqual(other.digest.root())
    other.merge(rowOf('k', touch(1, 5, 9001)))
    expect(one.digest.root()).not.toEqual(other.digest.root())
    one.merge(rowOf('k', touch(1, 5, 9001)))
    expect(one.digest.root()).toEqual(other.digest.root())
  })

  it('brings nothing back: what was deleted and forgotten, cleared or evicted stays away', () => {
    const copy = copyOf()
    copy.merge(rowOf('evicted', write(1)))
    copy.merge(rowOf('evicted', { h: at(1), kill: true, stamp: at(2) }))
    expect(copy.merge(rowOf('evicted', touch(1, 5, 9000)))).toBe(false)
    copy.clear(at(10), 1)
    expect(copy.merge(rowOf('cleared', touch(9, 20, 9000)))).toBe(false)
    copy.raiseFloor(at(30))
    expect(copy.merge(rowOf('forgotten', touch(25, 40, 9000)))).toBe(false)
    expect(copy.size).toBe(0)
  })

  it('tells listeners that it is no more than that, unless the entry is new to the copy', () => {
    const copy = copyOf()
    const told: (boolean | undefined)[] = []
    copy.listen({ applied: (_, isTouch) => told.push(isTouch), expired() {}, cleared() {}, gone() {} })
    copy.merge(rowOf('k', write(1)))
    copy.merge(rowOf('k', touch(1, 5, 9000)))
    copy.merge(rowOf('new', touch(2, 6, 9000)))
    expect(told).toEqual([false, true, false])
  })
})

describe('clear', () => {
  it('removes what is at or below its version, held or still on its way, and nothing newer', () => {
    const copy = copyOf()
    copy.merge(rowOf('old', { h: at(1), value: 'x' }))
    copy.merge(rowOf('new', { h: at(9), value: 'y' }))
    expect(copy.clear(at(5), 1)).toBe(true)
    expect(copy.clear(at(4), 1)).toBe(false)
    expect(valueIn(copy, 'old')).toBeUndefined()
    expect(valueIn(copy, 'new')).toBe('y')
    expect(copy.merge(rowOf('late', { h: at(5), value: 'z' }))).toBe(false)
    expect(copy.merge(rowOf('same stamp, later origin', { h: at(5), origin: 2 }))).toBe(true)
    expect([...contents(copy).keys()]).toHaveLength(2)
    expect(copy.size).toBe(2)
  })

  it('hides nothing that was written between two clears behind what the first one killed', () => {
    const copy = copyOf()
    copy.merge(rowOf('k', { h: at(1), value: 'killed' }))
    copy.merge(rowOf('newest', { h: at(100), value: 'kept' }))
    copy.clear(at(5), 1)
    copy.merge(rowOf('k', { h: at(50), value: 'between' }))
    copy.clear(at(20), 1)
    expect(valueIn(copy, 'k')).toBe('between')
    expect(valueIn(copy, 'newest')).toBe('kept')
  })

  it('agrees with a model under random writes and clears between slices of its clean-up', () => {
    const step = fc.oneof(
      { weight: 20, arbitrary: op.map(o => ({ kind: 'merge' as const, ...o })) },
      {
        weight: 1,
        arbitrary: fc.integer({ min: at(0), max: at(0) + 200 }).map(h => ({ kind: 'clear' as const, h })),
      },
      { weight: 2, arbitrary: fc.constant({ kind: 'maintain' as const }) },
    )
    const run = fc.property(fc.array(step, { maxLength: 150 }), steps => {
      const origins = someOrigins()
      const copy = copyOf({}, origins)
      const model = new Map<string, Row>()
      let floor = 0
      for (const s of steps) {
        if (s.kind === 'maintain') copy.maintain(someTime)
        else if (s.kind === 'clear') {
          expect(copy.clear(s.h, 1)).toBe(s.h > floor)
          floor = Math.max(floor, s.h)
          for (const [name, row] of model)
            if (row.h < floor || (row.h === floor && row.origin <= 1)) model.delete(name)
        } else {
          const row = rowOf(s.key, s.options)
          const name = row.keyBytes.toString('hex')
          const held = model.get(name)
          const killed = row.h < floor || (row.h === floor && row.origin <= 1)
          const wins = !killed && (held === undefined || isNewer(origins, row, held))
          expect(copy.merge(row)).toBe(wins)
          if (wins) model.set(name, row)
        }
      }
      expect([...contents(copy).keys()].sort()).toEqual([...model.keys()].sort())
      expectAccounts(copy, model)
    })
    fc.assert(run, { numRuns: 150 })
  })
})

describe('another hash seed', () => {
  it('is taken over in steps, during which every row stays readable and writable', () => {
    const copy = copyOf()
    for (let i = 0; i < 5000; i++) copy.merge(rowOf(`k${i}`, { h: at(0) + i, value: `v${i}` }))
    copy.rehash({ low: 42, high: 43 })
    expect(valueIn(copy, 'k77')).toBe('v77')
    expect(copy.maintain(someTime)).toBe(true)
    const newer = rowOf('k78', {
      h: at(99),
      value: 'new',
      hash: copy.hashOf(rowOf('k78', { h: 1 }).keyBytes, 0, 4),
    })
    expect(copy.merge(newer)).toBe(true)
    while (copy.maintain(someTime));
    expect(copy.size).toBe(5000)
    for (let i = 0; i < 5000; i++) expect(valueIn(copy, `k${i}`)).toBe(i === 78 ? 'new' : `v${i}`)
    const fresh = copyOf()
    fresh.rehash({ low: 42, high: 43 })
    expect(contents(copy).size).toBe(5000)
    expect(copy.hashOf(newer.keyBytes, 0, 4)).toBe(fresh.hashOf(newer.keyBytes, 0, 4))
    expect(testSeed.low).not.toBe(42)
  })
})

describe('expiry', () => {
  it('hides an entry at its instant and frees its value without it being read', () => {
    const copy = copyOf()
    const expired: Key[] = []
    copy.listen({
      applied() {},
      cleared() {},
      gone() {},
      expired: row => expired.push(decodeKey(row.keyBytes, row.keyStart, row.keyStart + row.keyLength)),
    })
    copy.merge(rowOf('k', { h: at(0), value: 'x'.repeat(5000), expiresAt: someTime + 1000 }))
    copy.merge(rowOf('stays', { h: at(1), value: 'x', expiresAt: someTime + 9000 }))
    expect(valueIn(copy, 'k', someTime + 999)).toBeDefined()
    expect(valueIn(copy, 'k', someTime + 1000)).toBeUndefined()
    const before = copy.digest.root()
    while (copy.maintain(someTime + 1000));
    expect(expired).toEqual(['k'])
    expect([copy.size, copy.tombstones]).toEqual([1, 1])
    expect(copy.digest.root()).toEqual(before)
    while (copy.maintain(someTime + 1000));
    expect(expired).toEqual(['k'])
  })

  it('keeps the version until every clock has passed its end, so that an older and longer-lived value does not come back', () => {
    const copy = copyOf()
    copy.merge(rowOf('k', { h: at(5), value: 'short', expiresAt: someTime + 1000 }))
    while (copy.maintain(someTime + 2000));
    expect(copy.merge(rowOf('k', { h: at(4), value: 'long' }))).toBe(false)
    expect(valueIn(copy, 'k', someTime + 2000)).toBeUndefined()
    copy.raiseFloor(at(1000 + 2 * maxSkewMs) - 1)
    while (copy.maintain(someTime + 60_000));
    expect(copy.tombstones).toBe(1)
    copy.raiseFloor(at(1000 + 2 * maxSkewMs))
    while (copy.maintain(someTime + 60_000));
    expect(copy.tombstones).toBe(0)
    expect(copy.merge(rowOf('k', { h: at(4), value: 'long' }))).toBe(false)
  })

  it('never serves a freed value when the clock steps back', () => {
    const copy = copyOf()
    copy.merge(rowOf('k', { h: at(0), value: 'x', expiresAt: someTime + 1000 }))
    while (copy.maintain(someTime + 1000));
    expect(valueIn(copy, 'k', someTime)).toBeUndefined()
  })
})

describe('a tombstone', () => {
  it('is forgotten below the floor, and nothing from below it comes back', () => {
    const copy = copyOf()
    copy.merge(rowOf('k', { h: at(0), dead: true }))
    copy.merge(rowOf('other', { h: at(60_000), dead: true }))
    copy.raiseFloor(at(0))
    while (copy.maintain(someTime));
    expect(copy.tombstones).toBe(1)
    expect(copy.merge(rowOf('k', { h: at(0), dead: true }))).toBe(false)
    expect(copy.merge(rowOf('k', { h: at(0) - 1, value: 'old' }))).toBe(false)
    expect([copy.size, copy.tombstones, copy.blocked]).toEqual([0, 1, 2])
    expect(copy.merge(rowOf('k', { h: at(0) + 1, value: 'new' }))).toBe(true)
  })

  it('still removes an older row that is here when it comes below the floor', () => {
    const copy = copyOf()
    const changes: boolean[] = []
    copy.merge(rowOf('k', { h: at(0), value: 'x' }))
    copy.listen({ applied: row => changes.push(row.isDead), cleared() {}, gone() {}, expired() {} })
    copy.raiseFloor(at(5))
    expect(copy.merge(rowOf('k', { h: at(1), dead: true }))).toBe(true)
    expect(valueIn(copy, 'k')).toBeUndefined()
    while (copy.maintain(someTime));
    expect([copy.tombstones, changes]).toEqual([0, [true]])
  })

  it('of an eviction goes by when it was issued, not by the version that it kills', () => {
    const copy = copyOf()
    const kill = rowOf('k', { h: at(0), dead: true })
    kill.flags |= rowFlags.kill | rowFlags.ownStamp
    kill.stamp = at(50)
    copy.merge(rowOf('k', { h: at(0), value: 'x' }))
    copy.merge(kill)
    copy.raiseFloor(at(49))
    while (copy.maintain(someTime));
    expect(copy.tombstones).toBe(1)
    copy.raiseFloor(at(50))
    while (copy.maintain(someTime));
    expect(copy.tombstones).toBe(0)
  })

  it('below a floor never sinks', () => {
    const copy = copyOf()
    copy.raiseFloor(at(5))
    copy.raiseFloor(at(4))
    expect(copy.floor).toBe(at(5))
  })
})

describe('limits', () => {
  const refusal = (f: () => unknown) => {
    try {
      f()
    } catch (error) {
      return (error as MnemeshError).code
    }
    return 'taken'
  }

  it('refuse exactly the local write that would pass maxEntries; overwrites, deletes and replication go on', () => {
    const copy = copyOf({ maxEntries: 2 })
    const put = (key: string, h: number, bounded: boolean, dead = false) =>
      refusal(() => copy.merge(rowOf(key, { h: at(h), value: 'v', dead }), bounded))
    expect([put('a', 1, true), put('b', 2, true), put('c', 3, true)]).toEqual([
      'taken',
      'taken',
      'ERR_TABLE_FULL',
    ])
    expect(put('a', 4, true)).toBe('taken')
    expect(put('c', 5, false)).toBe('taken')
    expect(copy.size).toBe(3)
    expect(put('b', 6, true, true)).toBe('taken')
    expect(put('c', 7, true, true)).toBe('taken')
    expect(put('d', 8, true)).toBe('taken')
    expect(put('e', 9, true)).toBe('ERR_TABLE_FULL')
    expect(valueIn(copy, 'e')).toBeUndefined()
  })

  it('refuse exactly the local write that would pass maxBytes', () => {
    const copy = copyOf({ maxBytes: 3 * 64 })
    const put = (key: string, h: number, size: number) =>
      refusal(() => copy.merge(rowOf(key, { h: at(h), value: 'v'.repeat(size) }), true))
    // 24 bytes of record, 2 of key: a value of 38 makes 64.
    expect([put('a', 1, 38), put('b', 2, 38), put('c', 3, 38)]).toEqual(['taken', 'taken', 'taken'])
    expect(copy.bytes).toBe(192)
    expect(put('d', 4, 1)).toBe('ERR_TABLE_FULL')
    expect(put('a', 5, 39)).toBe('ERR_TABLE_FULL')
    expect(put('a', 6, 30)).toBe('taken')
    expect(put('b', 7, 46)).toBe('taken')
    expect(copy.bytes).toBe(192)
    expect(rowFlags.dead).toBe(1)
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Digest, differing } from '../../../src/core/digest.ts'
import { toBytes, toMs } from '../../../src/core/duration.ts'
import { isNewer } from '../../../src/core/entry.ts'
import { errorCode, MnemeshError, toMnemeshError } from '../../../src/core/errors.ts'
import { holdersInOrder } from '../../../src/core/placement.ts'
import { reconcile } from '../../../src/core/reconcile.ts'
import { HybridClock, msToStamp, stampToMs } from '../../../src/core/version.ts'
import { newerThan } from '../../../src/replication/row-differences.ts'
import { someOrigins } from '../../support/rows.ts'

describe('the hybrid clock', () => {
  it('issues ever higher stamps, above all it saw, whatever the wall clock does', () => {
    const step = fc.oneof(
      fc.record({ wall: fc.integer({ min: 0, max: 100 }) }),
      fc.record({ see: fc.integer({ min: 0, max: 120 * 4096 }) }),
      fc.constant({ issue: true }),
    )
    fc.assert(
      fc.property(fc.array(step), steps => {
        let wall = 0
        const base = Date.UTC(2026, 0, 1)
        const clock = new HybridClock({ wall: () => base + wall, monotonic: () => 0 })
        let highest = 0
        for (const s of steps) {
          if ('wall' in s) wall = s.wall
          else if ('see' in s) {
            clock.merge(msToStamp(base) + s.see)
            highest = Math.max(highest, msToStamp(base) + s.see)
          } else {
            const stamp = clock.issue()
            expect(stamp).toBeGreaterThan(highest)
            expect(Number.isSafeInteger(stamp)).toBe(true)
            expect(stamp).toBeGreaterThanOrEqual(msToStamp(base + wall))
            highest = stamp
          }
        }
      }),
    )
  })

  it('carries over into the ms when more than 4,096 stamps are issued in one', () => {
    const clock = new HybridClock({ wall: () => Date.UTC(2026, 0, 1), monotonic: () => 0 })
    let stamp = 0
    for (let i = 0; i < 10_000; i++) stamp = clock.issue()
    expect(stampToMs(stamp) - Date.UTC(2026, 0, 1)).toBe(2)
  })

  it('lasts until 2093', () => {
    expect(Number.isSafeInteger(msToStamp(Date.UTC(2093, 0, 1)))).toBe(true)
  })
})

describe('the merge', () => {
  it('is an order: total, transitive, the same on every node', () => {
    const origins = someOrigins()
    const version = fc.record({
      h: fc.nat(3),
      origin: fc.integer({ min: 1, max: 3 }),
      flags: fc.constantFrom(0, 1, 3),
    })
    fc.assert(
      fc.property(version, version, version, (a, b, c) => {
        const same = a.h === b.h && a.origin === b.origin && (a.flags & 2) === (b.flags & 2)
        expect(Number(isNewer(origins, a, b)) + Number(isNewer(origins, b, a))).toBe(same ? 0 : 1)
        if (isNewer(origins, a, b) && isNewer(origins, b, c)) expect(isNewer(origins, a, c)).toBe(true)
      }),
    )
  })
})

describe('digests', () => {
  it('find exactly the buckets in which two sets of rows differ', () => {
    const row = fc.record({ hash: fc.nat(0xffffffff), h: fc.nat(1e6) })
    fc.assert(
      fc.property(
        fc.array(row, { maxLength: 60 }),
        fc.array(row, { minLength: 1, maxLength: 5 }),
        (common, extra) => {
          const a = new Digest(7)
          const b = new Digest(7)
          for (const { hash, h } of common) {
            a.toggle(hash >>> 0, h, 1, 0)
            b.toggle(hash >>> 0, h, 1, 0)
          }
          expect(differing(a.root(), b.root())).toEqual([])
          const wanted = new Set<number>()
          for (const { hash, h } of extra) {
            b.toggle(hash >>> 0, h + 1e9, 2, 0)
            wanted.add((hash >>> 0) >>> 20)
          }
          if (new Set(extra.map(e => `${e.hash} ${e.h}`)).size < extra.length) return
          expect(differing(a.root(), b.root())).toEqual([0])
          const found = differing(a.groups(), b.groups()).flatMap(group =>
            differing(a.buckets(group), b.buckets(group)).map(bucket => group * 64 + bucket),
          )
          expect(new Set(found)).toEqual(wanted)
        },
      ),
    )
  })

  it('name what one side lacks or has older, also where two keys share a hash', () => {
    const v = (hash: number, h: number) => ({ hash, h, origin: 1, flags: 0 })
    const newer = (a: { h: number }, b: { h: number }) => a.h > b.h
    expect(newerThan([v(1, 5), v(2, 5), v(3, 5)], [v(1, 5), v(2, 4), v(4, 1)], newer)).toEqual([2, 3])
    expect(newerThan([v(1, 5), v(1, 3)], [v(1, 5)], newer)).toEqual([1])
    expect(newerThan([v(1, 3)], [v(1, 5), v(1, 3)], newer)).toEqual([])
  })
})

describe('held against wanted', () => {
  const held = (active: boolean) => [{ id: 'a', active }]
  const wanted = (recorded?: 'loading' | 'active' | 'leaving', more = {}) => [
    { id: 'a', here: true, recorded, elsewhere: false, ...more },
  ]
  const step = (kind: string, more = {}) => [{ kind, id: 'a', ...more }]

  it('gives the step that makes the one the other, and none when they agree', () => {
    expect(reconcile([], [])).toEqual([])
    expect(reconcile(held(true), wanted('active'))).toEqual([])
    expect(reconcile([], wanted(undefined, { here: false }))).toEqual([])
    expect(reconcile([], wanted('active'))).toEqual(step('begin'))
    expect(reconcile([], wanted('active', { elsewhere: true }))).toEqual(step('record', { state: 'loading' }))
    expect(reconcile([], wanted('loading'))).toEqual(step('load'))
    expect(reconcile(held(false), wanted('loading'))).toEqual(step('load'))
    expect(reconcile(held(true), wanted('loading'))).toEqual(step('record', { state: 'active' }))
    expect(reconcile(held(true), wanted('leaving'))).toEqual(step('leave'))
    expect(reconcile(held(true), wanted('active', { here: false }))).toEqual(step('drop'))
    expect(reconcile(held(false), [])).toEqual(step('drop'))
  })

  it('does not load before all know of it, so that nobody forgets what the new copy lacks', () => {
    expect(reconcile([], wanted())).toEqual(step('record', { state: 'loading' }))
  })

  it('sets a copy aside that others went on without, and keeps it where there is no other', () => {
    expect(reconcile(held(true), wanted(undefined, { elsewhere: true }))).toEqual(step('setAside'))
    expect(reconcile(held(true), wanted())).toEqual(step('record', { state: 'active' }))
  })

  it('sets aside a copy that others went on without while it was loaded, too', () => {
    expect(reconcile(held(false), wanted(undefined, { elsewhere: true }))).toEqual(step('setAside'))
    expect(reconcile(held(false), wanted())).toEqual(step('record', { state: 'loading' }))
  })
})

describe('placement', () => {
  it('follows the ring among those that hold', () => {
    expect(holdersInOrder(['c', 'a', 'b'], new Set(['a', 'b']))).toEqual(['a', 'b'])
    expect(holdersInOrder(['c'], new Set())).toEqual([])
  })
})

describe('an error', () => {
  it('is told by its code, also across copies of the package, and by nothing else', () => {
    const error = new MnemeshError('ERR_TIMEOUT', 'late', { maybeApplied: true })
    expect([
      MnemeshError.is(error),
      MnemeshError.is(error, 'ERR_TIMEOUT'),
      MnemeshError.is(error, 'ERR_CODEC'),
    ]).toEqual([true, true, false])
    expect([
      MnemeshError.is(new Error('x')),
      MnemeshError.is('ERR_TIMEOUT'),
      MnemeshError.is({ code: 'ERR_TIMEOUT' }),
    ]).toEqual([false, false, false])
    expect([new MnemeshError('ERR_UNAVAILABLE', '').retryable, error.retryable]).toEqual([true, false])
    expect(new MnemeshError('ERR_UNAVAILABLE', '', { maybeApplied: true }).retryable).toBe(false)
    expect([errorCode('ERR_CODEC'), errorCode('ERR_FROM_THE_FUTURE')]).toEqual(['ERR_CODEC', 'ERR_INTERNAL'])
    expect(toMnemeshError(new Error('boom')).code).toBe('ERR_INTERNAL')
    expect(toMnemeshError(error)).toBe(error)
  })
})

describe('durations and bytes', () => {
  it('are numbers or numbers with a unit', () => {
    expect(['250ms', '30s', '5m', '1h', '7d', 12].map(d => toMs(d as never, 'x'))).toEqual([
      250, 30_000, 300_000, 3_600_000, 604_800_000, 12,
    ])
    expect(['64kb', '1.5mb', '2gb', '10b', 7].map(b => toBytes(b as never, 'x'))).toEqual([
      65_536,
      1_572_864,
      2 * 1024 ** 3,
      10,
      7,
    ])
    for (const bad of ['', '5', '5y', 'ms', 0, -1, Number.NaN, Number.POSITIVE_INFINITY, null, {}, '1h30m']) {
      expect(() => toMs(bad as never, 'ttl')).toThrow(/ttl must be a positive/)
    }
  })
})

import { describe, expect, it } from 'vitest'
import { HybridClock } from '../../../src/core/version.ts'
import type { Coverage } from '../../../src/replication/coverage.ts'
import { Stability } from '../../../src/replication/stability.ts'
import { World } from '../../simulation/support/world.ts'
import { coverageOf, ScriptedCatalog } from '../../support/coverage.ts'

const [me, a, b, c] = ['m#00000000001', 'a#00000000001', 'b#00000000001', 'c#00000000001']
const t = 'a'.repeat(32)
const u = 'b'.repeat(32)

function setUp(members: readonly string[] = [me, a, b], loading = false) {
  const catalog = new ScriptedCatalog()
  const hybrid = new HybridClock(new World(1).environment().clock)
  hybrid.merge(10_000)
  for (const table of [t, u]) catalog.set(table, members)
  const coverage = coverageOf(catalog, me, hybrid)
  for (const table of [t, u]) coverage.hold(table, loading)
  return { catalog, hybrid, coverage }
}

const compare = (coverage: Coverage, table: string, had: Record<string, number>, seals = {}) =>
  coverage.compared({
    table,
    life: coverage.lifeOf(table),
    vector: new Map(Object.entries(had)),
    seals: new Map(Object.entries(seals)),
  })

describe('coverage', () => {
  it('is what the streams have brought, the least of all members of the copy set', () => {
    const { coverage } = setUp()
    expect(coverage.level(t)).toBe(0)
    coverage.begun(a, 0)
    coverage.advanced(a, 500)
    coverage.begun(b, 0)
    coverage.advanced(b, 300)
    coverage.advanced(b, 200)
    expect([coverage.level(t), [...coverage.before(t).vector]]).toEqual([
      300,
      [
        [a, 500],
        [b, 300],
        [me, 10_000],
      ],
    ])
  })

  it('of a table that missed a part of a stream rises by a comparison of that table alone (D-1, aeLiftsAll)', () => {
    const { coverage } = setUp([me, a])
    coverage.advanced(a, 100)
    coverage.begun(a, 400)
    coverage.advanced(a, 900)
    expect([coverage.level(t), coverage.level(u)]).toEqual([100, 100])
    compare(coverage, t, { [a]: 399 })
    expect([coverage.level(t), [...coverage.wanting(t)]]).toEqual([399, [a]])
    compare(coverage, t, { [a]: 400 })
    expect([coverage.level(t), coverage.level(u), [...coverage.wanting(t)]]).toEqual([900, 100, []])
  })

  it('does not sink when a comparison has brought more than the stream', () => {
    const { coverage } = setUp([me, a], true)
    coverage.opened(t, a, 50)
    compare(coverage, t, { [a]: 700 })
    coverage.loaded(t)
    coverage.advanced(a, 60)
    expect(coverage.level(t)).toBe(700)
  })

  it('of a copy that loads is nothing, and then what its source had before the scan', () => {
    const { coverage } = setUp([me, a, b], true)
    coverage.advanced(a, 900)
    coverage.advanced(b, 900)
    expect(coverage.isUnopened(t, b)).toBe(true)
    for (const origin of [a, b]) coverage.opened(t, origin, 400)
    compare(coverage, t, { [a]: 450, [b]: 300 })
    expect(coverage.level(t)).toBe(0)
    coverage.loaded(t)
    expect([coverage.level(t), [...coverage.wanting(t)]]).toEqual([300, [b]])
  })

  it('waits for who left until every other holder was compared with, in an epoch that knows it (noSeal)', () => {
    const { coverage, catalog } = setUp([me, a, b, c])
    const before = catalog.epoch
    for (const origin of [a, b, c]) coverage.advanced(origin, origin === c ? 100 : 900)
    catalog.set(t, [me, a, b])
    expect([coverage.level(t), [...coverage.wanting(t)].sort()]).toEqual([100, [a, b]])
    const copy = { table: t, life: coverage.lifeOf(t) }
    coverage.sealed(copy, a, before)
    coverage.sealed(copy, b, catalog.epoch)
    expect(coverage.level(t)).toBe(100)
    coverage.sealed(copy, a, catalog.epoch)
    expect(coverage.level(t)).toBe(900)
  })

  it('waits for who may have taken it from another one that left uncompared', () => {
    const { coverage, catalog } = setUp([me, a, b, c])
    for (const origin of [a, b, c]) coverage.advanced(origin, origin === c ? 100 : 900)
    const copy = { table: t, life: coverage.lifeOf(t) }
    catalog.set(t, [me, a, b])
    coverage.sealed(copy, a, catalog.epoch)
    const before = catalog.epoch
    // What b has of c it may have told a after that.
    catalog.set(t, [me, a])
    expect([coverage.level(t), [...coverage.wanting(t)]]).toEqual([100, [a]])
    coverage.sealed(copy, a, before)
    expect(coverage.level(t)).toBe(100)
    coverage.sealed(copy, a, catalog.epoch)
    expect(coverage.level(t)).toBe(900)
  })

  it('takes over the doubts of those a new copy comes from', () => {
    const { coverage, catalog } = setUp([me, a, b], true)
    for (const origin of [a, b]) coverage.opened(t, origin, 0)
    compare(coverage, t, { [a]: 900, [b]: 900 }, { [c]: 70 })
    coverage.loaded(t)
    for (const origin of [a, b]) coverage.advanced(origin, 950)
    expect([coverage.level(t), [...coverage.wanting(t)].sort()]).toEqual([70, [a, b]])
    for (const holder of [a, b])
      coverage.sealed({ table: t, life: coverage.lifeOf(t) }, holder, catalog.epoch)
    expect(coverage.level(t)).toBe(950)
  })

  it('forgets nothing about a process that was out and came back with the same name', () => {
    const { coverage, catalog } = setUp([me, a, b])
    for (const origin of [a, b]) coverage.advanced(origin, 800)
    catalog.set(t, [me, b])
    catalog.set(t, [me, a, b])
    coverage.advanced(a, 2000)
    coverage.advanced(b, 2000)
    expect([coverage.level(t), [...coverage.wanting(t)].sort()]).toEqual([800, [a, b]])
  })

  it('of another life of a copy is not touched by a comparison that began before', () => {
    const { coverage } = setUp([me, a])
    const old = coverage.before(t)
    coverage.release(t)
    coverage.hold(t, true)
    coverage.compared({ ...old, vector: new Map([[a, 5000]]) })
    expect(coverage.before(t).vector.get(a)).toBe(0)
  })

  it('lets nobody write who is not of the copy set, or was not when it wrote (D-2, foreignOrigin)', () => {
    const { coverage, catalog } = setUp([me, a])
    const before = catalog.epoch
    expect(coverage.accepts(a, t, before)).toBe(true)
    expect(coverage.accepts(a, 'c'.repeat(32), before)).toBe(false)
    expect(() => coverage.accepts(c, t, before)).toThrow(/was not of the copy set/)
    catalog.set(t, [me])
    expect(() => coverage.accepts(a, t, before)).toThrow(/was not of the copy set/)
    catalog.set(t, [me, a])
    expect(() => coverage.accepts(a, t, before)).toThrow(/was not of the copy set/)
    expect(coverage.accepts(a, t, catalog.epoch)).toBe(true)
  })
})

describe('stability', () => {
  const levels = (most: number, others: [string, number][] = []) => ({ most, others: new Map(others) })

  it('is the least that any member has said in the same epoch (epochMix)', () => {
    const { coverage, catalog } = setUp()
    const stability = new Stability({ coverage, catalog })
    for (const origin of [a, b]) coverage.advanced(origin, 900)
    stability.heard(a, catalog.epoch, levels(700))
    expect(stability.point(t)).toBe(0)
    stability.heard(b, catalog.epoch, levels(800, [[u, 5]]))
    expect([stability.point(t), stability.point(u)]).toEqual([700, 5])
    catalog.set('c'.repeat(32), [a])
    expect(stability.point(t)).toBe(0)
    for (const origin of [a, b]) stability.heard(origin, catalog.epoch, levels(850))
    expect(stability.point(t)).toBe(850)
  })

  it('is said in a few numbers, and of tables that were not begun, nothing', () => {
    const { coverage, catalog } = setUp()
    const stability = new Stability({ coverage, catalog })
    for (const origin of [a, b]) coverage.advanced(origin, 900)
    expect(stability.own(['d'.repeat(32)])).toEqual(levels(900, [['d'.repeat(32), 0]]))
  })
})

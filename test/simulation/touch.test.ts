import { describe, expect, it } from 'vitest'
import { cluster, done, nodesOf, rowsOf, split, tableOf, untilEqual } from './support/scenario.ts'

const second = 1000

describe('a touch', () => {
  it('moves the end on every copy, and changes neither value nor version', async () => {
    const sim = await cluster(1)
    const [a, b, c] = nodesOf(sim)
    await done(sim, tableOf(a).set('k', 1, { ttl: '2s', ack: 'all' }))
    const before = await tableOf(b).entry('k')
    expect(await done(sim, tableOf(b).touch('k', '10s', { ack: 'all' }))).toBe(true)
    const after = await tableOf(c).entry('k')
    const moved = (after?.expiresAt ?? 0) - (before?.expiresAt ?? 0)
    expect(moved).toBeGreaterThan(7.5 * second)
    expect(after).toEqual({ ...before, expiresAt: (before?.expiresAt ?? 0) + moved })
    await sim.world.run(8 * second)
    await untilEqual(sim)
    for (const node of nodesOf(sim)) expect(tableOf(node).peek('k')).toBe(1)
    await sim.world.run(3 * second)
    for (const node of nodesOf(sim)) expect(tableOf(node).peek('k')).toBeUndefined()
  })

  it('makes no entry: neither of none, nor of one that is over or deleted', async () => {
    const sim = await cluster(2)
    const [a, b] = nodesOf(sim)
    expect(await done(sim, tableOf(a).touch('none', '10s'))).toBe(false)
    await done(sim, tableOf(a).set('over', 1, { ttl: '1s', ack: 'all' }))
    await done(sim, tableOf(a).set('deleted', 1, { ack: 'all' }))
    await done(sim, tableOf(a).delete('deleted', { ack: 'all' }))
    await sim.world.run(2 * second)
    for (const key of ['over', 'deleted']) expect(await done(sim, tableOf(b).touch(key, '10s'))).toBe(false)
    await untilEqual(sim)
    for (const node of nodesOf(sim)) expect(await done(sim, tableOf(node).get('over'))).toBeUndefined()
  })

  it.each([
    ['a delete', (table: ReturnType<typeof tableOf>) => table.delete('k', { ack: 'local' }), undefined],
    ['a write', (table: ReturnType<typeof tableOf>) => table.set('k', 2, { ttl: '5m', ack: 'local' }), 2],
  ] as const)('loses to %s on the other side of a split, made before it or after', async (_, change, wanted) => {
    for (const touchesFirst of [true, false]) {
      const sim = await cluster(3)
      const [a, b] = nodesOf(sim)
      await done(sim, tableOf(a).set('k', 1, { ttl: '5m', ack: 'all' }))
      split(sim, ['a'], ['b', 'c'])
      const touch = () => done(sim, tableOf(a).touch('k', '10m', { ack: 'local' }))
      if (touchesFirst) await touch()
      await sim.world.run(50)
      await done<boolean>(sim, change(tableOf(b)))
      await sim.world.run(50)
      if (!touchesFirst) await touch()
      sim.heal()
      await untilEqual(sim)
      for (const node of nodesOf(sim)) expect(tableOf(node).peek('k')).toBe(wanted)
    }
  })

  it('of both sides of a split ends at one time everywhere: that of the later one', async () => {
    const sim = await cluster(4)
    const [a, b] = nodesOf(sim)
    await done(sim, tableOf(a).set('k', 1, { ttl: '5m', ack: 'all' }))
    const start = (await tableOf(a).entry('k'))?.createdAt ?? 0
    split(sim, ['a'], ['b', 'c'])
    await done(sim, tableOf(a).touch('k', '30m', { ack: 'local' }))
    await sim.world.run(second)
    await done(sim, tableOf(b).touch('k', '10m', { ack: 'local' }))
    sim.heal()
    await untilEqual(sim)
    const ends = await Promise.all(
      nodesOf(sim).map(async node => (await tableOf(node).entry('k'))?.expiresAt ?? 0),
    )
    expect(new Set(ends).size).toBe(1)
    expect(ends[0] - start).toBeLessThan(11 * 60 * second)
  })

  it('is no change to watchers; a row that only comes with its touch is', async () => {
    const sim = await cluster(5)
    const [a, b, c] = nodesOf(sim)
    const seen: string[] = []
    const watcher = (async () => {
      for await (const change of tableOf(c).watch())
        if ('key' in change) seen.push(`${change.type} ${change.key}`)
    })()
    watcher.catch(() => {})
    await sim.world.run(200)
    await done(sim, tableOf(a).set('k', 1, { ttl: '1m', ack: 'all' }))
    await done(sim, tableOf(b).touch('k', '2m', { ack: 'all' }))
    sim.cut('a', 'c')
    await done(sim, tableOf(a).set('late', 1, { ttl: '1m', ack: 'one' }))
    await done(
      sim,
      tableOf(b)
        .touch('late', '2m', { ack: 'all', timeout: '1s' })
        .catch(() => {}),
    )
    sim.heal()
    await untilEqual(sim)
    expect(seen).toEqual(['set k', 'set late'])
  })

  it('is forgotten with its entry: once it is over, nothing is remembered of it', async () => {
    const sim = await cluster(6)
    const [a, b] = nodesOf(sim)
    await done(sim, tableOf(a).set('k', 1, { ttl: '1s', ack: 'all' }))
    await done(sim, tableOf(b).touch('k', '3s', { ack: 'all' }))
    await sim.world.until(
      () => nodesOf(sim).every(node => rowsOf(node).length === 0),
      60 * second,
      'forgotten',
    )
  })
})

describe('a table with idle', () => {
  it('keeps what is read on any node, and lets go what is not', async () => {
    const sim = await cluster(7, { t: { idle: '10s' } })
    const [a, b, c] = nodesOf(sim)
    for (const key of ['local', 'near', 'never']) await done(sim, tableOf(a).set(key, 1, { ack: 'all' }))
    for (let i = 0; i < 30; i++) {
      await sim.world.run(second)
      expect(await done(sim, tableOf(b).get('local'))).toBe(1)
      expect(tableOf(c).peek('near')).toBe(1)
    }
    await untilEqual(sim)
    for (const node of nodesOf(sim)) expect(tableOf(node).peek('never')).toBeUndefined()
    await sim.world.run(11 * second)
    for (const node of nodesOf(sim)) expect(await done(sim, tableOf(node).get('local'))).toBeUndefined()
  })

  it('costs one operation for each tenth of the time at most, however often it is read', async () => {
    const sim = await cluster(8, { t: { idle: '10s' } })
    const [a, b] = nodesOf(sim)
    await done(sim, tableOf(a).set('k', 1, { ack: 'all' }))
    const before = b.engine.outbox.head
    for (let i = 0; i < 400; i++) {
      await sim.world.run(50)
      tableOf(b).peek('k')
    }
    expect(b.engine.outbox.head - before).toBeGreaterThan(15)
    expect(b.engine.outbox.head - before).toBeLessThanOrEqual(20)
  })

  it('is kept alive from a node without a copy, through its cache', async () => {
    const sim = await cluster(9, { t: { idle: '10s', copies: ['a', 'b'] } })
    const [a, , c] = nodesOf(sim)
    await done(sim, tableOf(a).set('k', 1, { ack: 'all' }))
    for (let i = 0; i < 30; i++) {
      await sim.world.run(second)
      expect(await done(sim, tableOf(c).get('k'))).toBe(1)
    }
  })
})

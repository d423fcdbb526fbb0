import { describe, expect, it } from 'vitest'
import { LoadProgress } from '../../../src/core/load-progress.ts'
import { Slots } from '../../../src/core/slots.ts'

const page = (next: number) => ({ next, rows: 10, bytes: 1000, totalRows: 100, totalBytes: 10_000 })

describe('the progress of a load', () => {
  it('says what has come of what, how fast, and what is left', () => {
    const load = new LoadProgress(2, 1000, 0)
    expect(load.status(0)).toEqual({
      ...{ rows: 0, expectedRows: 0, bytes: 0, expectedBytes: 0, share: 0 },
      ...{ rowsPerSecond: 0, bytesPerSecond: 0, elapsedMs: 0 },
    })
    load.took(0, page(100), 500)
    load.took(1, page(600), 1000)
    const status = load.status(1000)
    expect(status).toMatchObject({ rows: 20, expectedRows: 100, bytes: 2000, expectedBytes: 10_000 })
    expect(status).toMatchObject({ share: 0.2, elapsedMs: 1000 })
    expect(status.rowsPerSecond).toBeCloseTo(20)
    expect(status.bytesPerSecond).toBeCloseTo(2000)
    expect(status.etaMs).toBeCloseTo(4000)
  })

  it('never falls, whatever order pages come in, and ends at 1 however far the last one reaches', () => {
    const load = new LoadProgress(2, 1000, 0)
    const shares = [load.status(0).share]
    for (const [lane, next] of [
      [0, 300],
      [0, 200],
      [1, 900],
      [0, 620],
      [1, 5000],
    ]) {
      load.took(lane, page(next), 1)
      shares.push(load.status(1).share)
    }
    expect(shares).toEqual([0, 0.3, 0.3, 0.7, 0.9, 1])
    expect(load.status(1).etaMs).toBe(0)
    expect(load.lanes.map(({ cursor }) => cursor)).toEqual([500, 1000])
  })

  it('follows the rate of the last seconds, and says of a load that stands still that nothing comes', () => {
    const load = new LoadProgress(1, 1000, 0)
    for (let at = 100; at <= 4000; at += 100) load.took(0, page(at / 10), at)
    expect(load.status(4000).rowsPerSecond).toBeCloseTo(100)
    for (let at = 4500; at <= 12_000; at += 500) load.took(0, page(at / 10), at)
    expect(load.status(12_000).rowsPerSecond).toBeCloseTo(20)
    load.took(0, page(1200), 12_000)
    expect(load.status(60_000)).toMatchObject({ share: 1, etaMs: 0 })
    for (const tookAt of [500, 3000]) {
      const still = new LoadProgress(1, 1000, 0)
      still.took(0, page(500), tookAt)
      expect(still.status(6000)).toMatchObject({ rowsPerSecond: 0, bytesPerSecond: 0, share: 0.5 })
      expect(still.status(6000)).not.toHaveProperty('etaMs')
    }
  })

  it('never says that fewer rows are expected than came', () => {
    const load = new LoadProgress(1, 10, 0)
    load.took(0, { next: 5, rows: 7, bytes: 70, totalRows: 3, totalBytes: 30 }, 1)
    expect(load.status(1)).toMatchObject({ rows: 7, expectedRows: 7, bytes: 70, expectedBytes: 70 })
  })
})

describe('slots', () => {
  it('run so many at a time, in the order in which they were asked for', async () => {
    const slots = new Slots(2)
    const ends: (() => void)[] = []
    const begun: number[] = []
    const work = (i: number) => () => {
      begun.push(i)
      return new Promise<number>(resolve => ends.push(() => resolve(i)))
    }
    const all = [1, 2, 3, 4].map(i => slots.run(work(i)))
    await Promise.resolve()
    expect(begun).toEqual([1, 2])
    ends[1]()
    expect(await all[1]).toBe(2)
    expect(begun).toEqual([1, 2, 3])
    ends[0]()
    await all[0]
    expect(begun).toEqual([1, 2, 3, 4])
    for (const end of ends) end()
    expect(await Promise.all(all)).toEqual([1, 2, 3, 4])
  })

  it('go on when work fails', async () => {
    const slots = new Slots(1)
    const failed = slots.run(() => Promise.reject(new Error('no')))
    const next = slots.run(async () => 'yes')
    await expect(failed).rejects.toThrow('no')
    expect(await next).toBe('yes')
  })
})

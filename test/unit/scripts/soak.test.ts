import { describe, expect, it } from 'vitest'
import { Holdings } from '../../../scripts/soak/holdings.ts'
import { trendOf } from '../../../scripts/soak/trend.ts'

const minuteMs = 60_000
const mib = 1024 ** 2
const noise = [0.3, -0.2, 0.1, -0.4, 0.2, -0.1, 0.4, -0.3]

interface Told {
  readonly minutes: number
  /** MiB an hour that are never given back. */
  readonly leak?: number
  /** Sockets that are never given back, each minute. */
  readonly sockets?: number
}

function holdingsOf({ minutes, leak = 0, sockets = 0 }: Told): Holdings {
  const holdings = new Holdings()
  for (let i = 0; i < minutes; i++) {
    // A process that warms up: much at first.
    const warm = i < 3 ? i * 5 : 15
    const heapBytes = (20 + warm + (leak * i) / 60 + (noise[i % noise.length] ?? 0)) * mib
    const measures = {
      heapBytes,
      residentBytes: 3 * heapBytes,
      timers: 2,
      handles: 18 + i * sockets,
      files: 45,
    }
    holdings.add(i * minuteMs, measures)
  }
  return holdings
}

const broken = (told: Told) =>
  holdingsOf(told)
    .verdicts()
    .filter(({ violations }) => violations.length > 0)
    .map(({ checker }) => checker)

describe('the line through samples', () => {
  it('has their slope, and says how far that may be wrong', () => {
    const exact = [0, 1, 2, 3].map(i => ({ atMs: i * minuteMs, value: 7 + i }))
    expect(trendOf(exact).perHour).toBeCloseTo(60)
    expect(trendOf(exact).uncertainty).toBeCloseTo(0)
    // Residuals ±1, by hand: slope -0.4 a minute, standard error sqrt(3.2 / 2 / 5).
    const bent = [1, -1, 1, -1].map((off, i) => ({ atMs: i * minuteMs, value: off }))
    expect(trendOf(bent).perHour).toBeCloseTo(-0.4 * 60)
    expect(trendOf(bent).uncertainty).toBeCloseTo(2 * Math.sqrt(3.2 / 2 / 5) * 60)
  })

  it('says nothing from less than three', () => {
    expect(trendOf([]).uncertainty).toBe(Number.POSITIVE_INFINITY)
    expect(
      trendOf([
        { atMs: 0, value: 1 },
        { atMs: 1, value: 2 },
      ]).uncertainty,
    ).toBe(Number.POSITIVE_INFINITY)
  })
})

describe('what a process holds over a long time', () => {
  it('may waver, and grow while it warms up', () => {
    expect(broken({ minutes: 60 })).toEqual([])
    expect(broken({ minutes: 5 })).toEqual([])
  })

  it('grows for ever: a leak of 2 MiB an hour is seen within two hours, of 20 within half an hour', () => {
    expect(broken({ minutes: 120, leak: 2 })).toEqual(['the heap does not grow'])
    expect(broken({ minutes: 30, leak: 20 })).toEqual(['the heap does not grow'])
  })

  it('is not given back: sockets', () => {
    expect(broken({ minutes: 20, sockets: 1 })).toEqual(['handles, timers, files are given back'])
  })
})

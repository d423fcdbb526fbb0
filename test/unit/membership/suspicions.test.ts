import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Suspicions } from '../../../src/membership/suspicions.ts'

beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }))
afterEach(() => vi.useRealTimers())

function suspicionsOf() {
  const lost: string[] = []
  const suspicions = new Suspicions((host, incarnation) => lost.push(`${host}@${incarnation}`), {
    timeoutMs: 2000,
    lateMs: 200,
  })
  return { suspicions, lost }
}

describe('a suspicion', () => {
  it('runs out in its time, however often it is renewed', () => {
    const { suspicions, lost } = suspicionsOf()
    expect(suspicions.begin('a', 1)).toBe(true)
    for (let ms = 0; ms < 1900; ms += 100) {
      vi.advanceTimersByTime(100)
      expect(suspicions.begin('a', 1)).toBe(false)
    }
    expect(lost).toEqual([])
    vi.advanceTimersByTime(100)
    expect(lost).toEqual(['a@1'])
  })

  it('begins anew for a newer incarnation, and not for an older one', () => {
    const { suspicions, lost } = suspicionsOf()
    suspicions.begin('a', 5)
    vi.advanceTimersByTime(1500)
    expect(suspicions.begin('a', 4)).toBe(false)
    expect(suspicions.begin('a', 6)).toBe(true)
    vi.advanceTimersByTime(1500)
    expect(lost).toEqual([])
    vi.advanceTimersByTime(500)
    expect(lost).toEqual(['a@6'])
  })

  it('of one does not touch that of another, and can be had again', () => {
    const { suspicions, lost } = suspicionsOf()
    suspicions.begin('a', 1)
    vi.advanceTimersByTime(1000)
    suspicions.begin('b', 1)
    vi.advanceTimersByTime(1000)
    expect(lost).toEqual(['a@1'])
    expect(suspicions.begin('a', 1)).toBe(true)
    vi.advanceTimersByTime(2000)
    expect(lost).toEqual(['a@1', 'b@1', 'a@1'])
  })

  it('runs out later, once, when the process was paused over its end', () => {
    const { suspicions, lost } = suspicionsOf()
    suspicions.begin('a', 1)
    const pause = vi.spyOn(performance, 'now')
    pause.mockReturnValue(performance.now() + 5000)
    vi.advanceTimersByTime(2000)
    expect(lost).toEqual([])
    pause.mockReturnValue(1e9)
    vi.advanceTimersByTime(2000)
    expect(lost).toEqual(['a@1'])
  })

  it('ends with the node', () => {
    const { suspicions, lost } = suspicionsOf()
    suspicions.begin('a', 1)
    suspicions.begin('b', 1)
    suspicions.clear()
    expect(vi.getTimerCount()).toBe(0)
    vi.advanceTimersByTime(5000)
    expect(lost).toEqual([])
  })
})

import { describe, expect, it } from 'vitest'
import { LocalHealth } from '../../../src/membership/local-health.ts'

/** A beat every 100 ms; late is what comes 200 ms after that. */
const healthOf = () => new LocalHealth({ beatMs: 100, lateMs: 200, graceMs: 400 }, 0)

describe('local health', () => {
  it('is well while beats come in time, a little late too', () => {
    const health = healthOf()
    expect([100, 200, 500, 600].map(at => health.beat(at))).toEqual([true, true, true, true])
    expect([health.score, health.multiplier, health.mayAccuse(600, 600)]).toEqual([0, 1, true])
  })

  it('suffers from being late, the more the longer, up to 8', () => {
    const health = healthOf()
    expect(health.beat(350)).toBe(false)
    expect(health.score).toBe(2)
    expect(health.beat(3000)).toBe(false)
    expect([health.score, health.multiplier]).toEqual([8, 9])
  })

  it('suffers from answers that are missed and doubts in this node, and recovers by answers', () => {
    const health = healthOf()
    health.missed()
    health.doubted()
    health.missed()
    expect(health.score).toBe(3)
    for (let i = 0; i < 2; i++) health.answered()
    expect(health.score).toBe(1)
    for (let i = 0; i < 5; i++) health.answered()
    expect(health.score).toBe(0)
    for (let i = 0; i < 20; i++) health.missed()
    expect(health.score).toBe(8)
  })

  it('accuses nobody until it has had time to read what came while it was late', () => {
    const health = healthOf()
    health.beat(100)
    health.beat(3100)
    expect(health.mayAccuse(3100, 3100)).toBe(false)
    for (const at of [3200, 3300, 3400, 3500]) health.beat(at)
    expect(health.mayAccuse(3500, 3500)).toBe(false)
    health.beat(3600)
    expect(health.mayAccuse(3600, 3600)).toBe(true)
  })

  it('notices that it is late before the beat does: by what was due, and by the beat that did not come', () => {
    const health = healthOf()
    health.beat(100)
    expect(health.mayAccuse(180, 3000)).toBe(false)
    expect(health.mayAccuse(3000, 3000)).toBe(false)
    expect(health.mayAccuse(180, 190)).toBe(true)
  })
})

import { describe, expect, it } from 'vitest'
import { Settled } from '../../../src/replication/settled.ts'

describe('what is settled', () => {
  it('rises once all copies have what was written before they had the rest', () => {
    const settled = new Settled()
    settled.follow(100, 150)
    expect(settled.point).toBe(0)
    // All have what was written up to 100, and somebody may have written at 140 without it.
    settled.follow(149, 200)
    expect(settled.point).toBe(0)
    settled.follow(150, 210)
    expect(settled.point).toBe(100)
    settled.follow(209, 300)
    expect(settled.point).toBe(100)
    settled.follow(300, 310)
    expect(settled.point).toBe(150)
  })

  it('is what this node has seen where there is no other copy', () => {
    const settled = new Settled()
    settled.follow(Number.POSITIVE_INFINITY, 10)
    settled.follow(Number.POSITIVE_INFINITY, 20)
    expect(settled.point).toBe(10)
  })
})

import { describe, expect, it } from 'vitest'
import { RetryBudget } from '../../../src/client/retry-budget.ts'
import { Throttle } from '../../../src/client/throttle.ts'
import { retryAfterOf } from '../../../src/core/overload.ts'
import { World } from '../../simulation/support/world.ts'

/** So many calls a ms for `ms`, against a node that takes `takes` of them a ms; what left and what was taken. */
async function load(
  world: World,
  throttle: Throttle,
  { calls, takes, ms }: Record<'calls' | 'takes' | 'ms', number>,
) {
  const made = { left: 0, taken: 0, held: 0 }
  for (let at = 0; at < ms; at++) {
    let room = takes
    for (let i = 0; i < calls; i++) {
      if (throttle.isActive && throttle.refusal() !== undefined) {
        made.held++
        continue
      }
      made.left++
      if (room-- <= 0) throttle.refused(100)
      else {
        made.taken++
        if (throttle.isActive) throttle.accepted()
      }
    }
    await world.run(1)
  }
  return made
}

describe('a throttle', () => {
  it('counts nothing and holds nothing back while nothing is refused', async () => {
    const world = new World(3)
    const throttle = new Throttle(world.environment(), 'a:1')
    expect(await load(world, throttle, { calls: 10, takes: 10, ms: 1000 })).toEqual({
      left: 10_000,
      taken: 10_000,
      held: 0,
    })
    expect(throttle.isActive).toBe(false)
  })

  it('lets out about twice what the node takes, and starves it never', async () => {
    const world = new World(4)
    const throttle = new Throttle(world.environment(), 'a:1')
    await load(world, throttle, { calls: 100, takes: 10, ms: 1000 })
    const { left, taken } = await load(world, throttle, { calls: 100, takes: 10, ms: 5000 })
    expect(taken).toBeGreaterThan(0.95 * 50_000)
    expect(left / taken).toBeLessThan(2.5)
  })

  it('says when to ask again', () => {
    const world = new World(5)
    const throttle = new Throttle(world.environment(), 'a:1')
    throttle.refused(150)
    let error: unknown
    for (let i = 0; error === undefined; i++) {
      error = throttle.refusal()
      expect(i).toBeLessThan(1000)
    }
    expect(error).toMatchObject({ code: 'ERR_OVERLOADED', retryable: true, maybeApplied: false })
    expect(retryAfterOf(error)).toBe(150)
  })

  it('lets everything out again soon after the node takes everything, and goes to sleep', async () => {
    const world = new World(6)
    const throttle = new Throttle(world.environment(), 'a:1')
    await load(world, throttle, { calls: 100, takes: 5, ms: 3000 })
    await load(world, throttle, { calls: 20, takes: 1000, ms: 3000 })
    const { held } = await load(world, throttle, { calls: 20, takes: 1000, ms: 1000 })
    expect(held).toBe(0)
    expect(throttle.isActive).toBe(false)
  })
})

describe('a retry budget', () => {
  it('gives a tenth of the calls that were made, beside ten a second, and saves up a hundred', () => {
    const budget = new RetryBudget(0)
    const taken = (calls: number, nowMs: number) => {
      let count = 0
      while (budget.take(calls, nowMs)) count++
      return count
    }
    expect(taken(0, 0)).toBe(100)
    expect(taken(500, 0)).toBe(50)
    expect(taken(500, 1000)).toBe(10)
    expect(taken(100_000, 1000)).toBe(100)
    // A connection made anew begins to count again.
    expect(taken(10, 1000)).toBe(0)
    expect(taken(110, 1000)).toBe(10)
  })
})

import { afterEach, describe, expect, it, vi } from 'vitest'
import { Snapshot } from '../../../src/coordination/transactions/snapshot.ts'
import { Ride, Trip } from '../../../src/coordination/transactions/trip.ts'
import { makeCrowdPlan } from './crowd.ts'
import { runStrongPlan } from './run.ts'

const seeds = Array.from({ length: 12 }, (_, i) => 1 + i)

/** What is broken first; undefined when every law holds in all plans. */
async function firstViolation(): Promise<string | undefined> {
  for (const seed of seeds) {
    const { violation } = await runStrongPlan(makeCrowdPlan(seed), { model: false })
    if (violation !== undefined) return `seed ${seed}: ${violation}`
  }
  return undefined
}

describe('transactions in line, in processes that are cut off, killed and paused', () => {
  afterEach(() => void vi.restoreAllMocks())

  it.each(seeds)('are serializable, and tell nothing that does not come true (seed %i)', async seed => {
    const riders = vi.spyOn(Trip.prototype, 'board')
    const { violation, acknowledged } = await runStrongPlan(makeCrowdPlan(seed))
    expect(violation).toBeUndefined()
    expect(acknowledged).toBeGreaterThan(50)
    expect(riders.mock.calls.length).toBeGreaterThan(50)
  }, 60_000)

  it('are noticed when they are told that they were made before that is decided', async () => {
    const settle = Trip.prototype.settle
    vi.spyOn(Trip.prototype, 'settle').mockImplementation(function (this: Trip) {
      settle.call(this, { kind: 'done' })
    })
    expect(await firstViolation()).toMatch('serializability')
  }, 120_000)

  it('are noticed when one throws what the others have written before that is decided', async () => {
    const finish = Ride.prototype.finish
    vi.spyOn(Ride.prototype, 'finish').mockImplementation(function (this: Ride, writes) {
      const arrived = finish.call(this, writes)
      return writes === undefined ? Promise.resolve({ kind: 'done' }) : arrived
    })
    expect(await firstViolation()).toMatch('a closure in line told')
  }, 120_000)

  it('are noticed when what they have read is not compared', async () => {
    vi.spyOn(Snapshot.prototype, 'seen', 'get').mockReturnValue({ reads: [], ranges: [] })
    expect(await firstViolation()).toMatch('serializability')
  }, 120_000)
})

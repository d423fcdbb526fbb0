import { describe, expect, it } from 'vitest'
import { minOperations } from './support/plan.ts'
import { runSeed } from './support/run.ts'
import { seedsOf } from './support/seeds.ts'

describe('a cluster under seeded faults', () => {
  it.each(seedsOf(1, 2))('keeps every law (SEED=%i)', async seed => {
    const { violation, operations } = await runSeed(seed)
    expect(violation).toBeUndefined()
    expect(operations).toBeGreaterThanOrEqual(minOperations)
  })
})

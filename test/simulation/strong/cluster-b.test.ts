import { describe, expect, it } from 'vitest'
import { seedsOf } from '../support/seeds.ts'
import { runStrongSeed } from './run.ts'

describe('a strong group under seeded faults', () => {
  it.each(seedsOf(1, 2, 320))('keeps every law (SEED=%i)', async seed => {
    const { violation, operations } = await runStrongSeed(seed)
    expect(violation).toBeUndefined()
    expect(operations).toBeGreaterThanOrEqual(300)
  })
})

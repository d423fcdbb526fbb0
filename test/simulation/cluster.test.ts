import { describe, expect, it } from 'vitest'
import { runSeed } from './support/run.ts'

// Vitest runs files, not tests, side by side: two files with a share each use two cores.
export function seedsOf(share: number, shares: number): number[] {
  if (process.env.SEED !== undefined) return share === 0 ? [Number(process.env.SEED)] : []
  const count = Number(process.env.SEEDS ?? 520)
  return [...Array(count).keys()].map(i => i + 1).filter(seed => seed % shares === share)
}

describe('a cluster under seeded faults', () => {
  it.each(seedsOf(0, 2))('keeps every law (SEED=%i)', async seed => {
    const { violation, operations } = await runSeed(seed)
    expect(violation).toBeUndefined()
    expect(operations).toBeGreaterThan(100)
  })
})

/**
 * The seeds of one of several test files: vitest runs files side by side, not the tests in one. `SEED=` runs that one
 * alone, `SEEDS=` so many instead of `usual`.
 */
export function seedsOf(share: number, shares: number, usual = 600): number[] {
  if (process.env.SEED !== undefined) return share === 0 ? [Number(process.env.SEED)] : []
  const count = Number(process.env.SEEDS ?? usual)
  return [...Array(count).keys()].map(i => i + 1).filter(seed => seed % shares === share)
}

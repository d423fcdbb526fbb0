import { describe, expect, it } from 'vitest'
import { bugs } from './support/bugs.ts'
import { runSeed } from './support/run.ts'

const firstSeeds = 40

describe('the simulation', () => {
  it.each(Object.entries(bugs))('notices the planted bug %s', async (_, { plant }) => {
    for (let seed = 1; seed <= firstSeeds; seed++) {
      const { violation } = await runSeed(seed, { sabotage: plant })
      if (violation !== undefined) return
    }
    expect.unreachable(`no law was broken within ${firstSeeds} seeds`)
  })

  it('runs the same way from the same seed', async () => {
    const traces = await Promise.all([1, 2].map(() => traceOf(7)))
    expect(traces[0]).toEqual(traces[1])
    expect(traces[0].length).toBeGreaterThan(300)
    expect(await traceOf(8)).not.toEqual(traces[0])
  })
})

async function traceOf(seed: number): Promise<string[]> {
  const lines: string[] = []
  const { events } = await runSeed(seed, { trace: line => lines.push(line) })
  return [...lines, `events ${events}`]
}

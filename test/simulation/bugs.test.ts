import { describe, expect, it } from 'vitest'
import { bugs } from './support/bugs.ts'
import { runSeed } from './support/run.ts'
import { scenes } from './support/scenes.ts'

const attempts = 40

describe('the simulation', () => {
  const seeded = Object.entries(bugs).filter(([, { scene }]) => scene === undefined)
  const staged = Object.entries(bugs).filter(([, { scene }]) => scene !== undefined)

  it.each(seeded)(
    'notices the planted bug %s',
    { timeout: 120_000 },
    async (_, { plant, seed: first = 1 }) => {
      for (let seed = first; seed < first + attempts; seed++) {
        const { violation } = await runSeed(seed, { sabotage: plant })
        if (violation !== undefined) return
      }
      expect.unreachable(`no law was broken by ${attempts} seeds from ${first}`)
    },
  )

  it.each(staged)('has a scene that shows the planted bug %s, and nothing else', async (_, {
    plant,
    scene = '',
  }) => {
    expect(await scenes[scene]()).toBeUndefined()
    expect(await scenes[scene](plant)).toEqual(expect.any(String))
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

import { describe, expect, it } from 'vitest'
import { strongBugs } from './bugs.ts'
import { runStrongSeed } from './run.ts'
import { strongScenes } from './scenes.ts'

const attempts = 60

describe('the simulation of a strong group', () => {
  const random = Object.entries(strongBugs).filter(([, { seed }]) => seed !== undefined)

  // Without the model of the state, which would find most of them at once.
  it.each(random)(
    'notices the planted bug %s',
    { timeout: 120_000 },
    async (_, { plant, seed: first = 1, model = false }) => {
      for (let seed = first; seed < first + attempts; seed++) {
        const { violation } = await runStrongSeed(seed, { sabotage: plant, model })
        if (violation !== undefined) return
      }
      expect.unreachable(`no law was broken by ${attempts} seeds from ${first}`)
    },
  )

  it('has a seed or a scene for each of them', () => {
    const unknown = Object.values(strongBugs).filter(
      ({ seed, scene }) => seed === undefined && (scene === undefined || strongScenes[scene] === undefined),
    )
    expect(unknown).toEqual([])
  })

  it('notices at once what a plain model of the state would have made otherwise', async () => {
    const { violation } = await runStrongSeed(1, { sabotage: strongBugs.noReadCertify.plant })
    expect(violation).toMatch('and should make')
  })

  it('runs the same way from the same seed', async () => {
    const [one, two] = await Promise.all([traceOf(7), traceOf(7)])
    expect(one).toEqual(two)
    expect(one.length).toBeGreaterThan(300)
    expect(await traceOf(8)).not.toEqual(one)
  })
})

async function traceOf(seed: number): Promise<string[]> {
  const lines: string[] = []
  const { plan: _, ...result } = await runStrongSeed(seed, { trace: line => lines.push(line) })
  return [...lines, JSON.stringify(result)]
}

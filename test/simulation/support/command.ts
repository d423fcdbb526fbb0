import { bugs } from './bugs.ts'
import { type Plan, withFewerNodes } from './plan.ts'
import { type RunOptions, type RunResult, runPlan, runSeed } from './run.ts'
import { scenes } from './scenes.ts'
import { printShrunk } from './shrink.ts'

export interface Simulation {
  readonly from: number
  readonly seeds: number
  readonly bug: string | undefined
  readonly trace: boolean
}

/** Runs the seeds and says what came of them; 0 where every law holds, 1 otherwise. Failing plans are made smaller. */
export async function simulate({ from, seeds, bug, trace }: Simulation): Promise<number> {
  const planted = bug === undefined ? undefined : bugs[bug]
  if (planted?.scene !== undefined) {
    const violation = await scenes[planted.scene](planted.plant)
    console.log(`scene ${planted.scene}: ${violation ?? 'every law holds'}`)
    return violation === undefined ? 0 : 1
  }
  const options: RunOptions = { sabotage: planted?.plant }
  const print = trace ? (line: string) => console.log(line) : undefined
  const began = performance.now()
  const totals = { operations: 0, acknowledged: 0, events: 0, virtualMs: 0 }
  for (let seed = from; seed < from + seeds; seed++) {
    const result = await runSeed(seed, { ...options, trace: print })
    for (const name of Object.keys(totals) as (keyof typeof totals)[]) totals[name] += result[name]
    if (result.violation !== undefined) return await fail(result, bug, options)
  }
  const seconds = (performance.now() - began) / 1000
  console.log(
    `${seeds} seeds from ${from}: every law holds; ${totals.operations} operations, ${totals.acknowledged} acknowledged, ` +
      `${totals.events} events, ${(totals.virtualMs / 60_000).toFixed(1)} virtual minutes in ${seconds.toFixed(1)} s`,
  )
  return 0
}

async function fail(
  { plan, violation }: RunResult,
  bug: string | undefined,
  options: RunOptions,
): Promise<number> {
  console.log(`SEED=${plan.seed} breaks a law: ${violation}`)
  const run = async (smaller: Plan) => (await runPlan(smaller, options)).violation
  await printShrunk(plan, { run, withFewerNodes }, ({ faults, operations, ...rest }) => rest)
  const flags = bug === undefined ? '' : ` --bug ${bug}`
  console.log(`replay: npm run simulate -- --from ${plan.seed} --seeds 1 --trace${flags}`)
  return 1
}

import { printShrunk } from '../support/shrink.ts'
import { strongBugs } from './bugs.ts'
import { makeCrowdPlan } from './crowd.ts'
import { makePlan, type StrongPlan } from './plan.ts'
import { runStrongPlan, type StrongRunOptions, type StrongRunResult } from './run.ts'
import { strongScenes } from './scenes.ts'

export interface StrongSimulation {
  readonly from: number
  readonly seeds: number
  readonly bug: string | undefined
  readonly trace: boolean
  /** Clients meet at few keys, in transactions that wait in line. */
  readonly crowd?: boolean
}

/** Runs the seeds and says what came of them; 0 where every law holds, 1 otherwise. Failing plans are made smaller. */
export async function simulateStrong({
  from,
  seeds,
  bug,
  trace,
  crowd = false,
}: StrongSimulation): Promise<number> {
  const planted = bug === undefined ? undefined : strongBugs[bug]
  if (planted?.scene !== undefined) {
    const violation = strongScenes[planted.scene](planted.plant)
    console.log(`scene ${planted.scene}: ${violation ?? 'every law holds'}`)
    return violation === undefined ? 0 : 1
  }
  // What a planted defect makes of an entry is not what the model would: it would be found too easily.
  const options = { sabotage: planted?.plant, model: planted === undefined || planted.model === true }
  const flags = `${crowd ? ' --crowd' : ''}${bug === undefined ? '' : ` --bug ${bug}`}`
  const print = trace ? (line: string) => console.log(line) : undefined
  const began = performance.now()
  const totals = { operations: 0, acknowledged: 0, failed: 0, unknown: 0, unjudged: 0, terms: 0 }
  const work = { entries: 0, messages: 0, events: 0, virtualMs: 0 }
  for (let seed = from; seed < from + seeds; seed++) {
    const plan = crowd ? makeCrowdPlan(seed) : makePlan(seed)
    const result = await runStrongPlan(plan, { ...options, trace: print })
    for (const name of Object.keys(totals) as (keyof typeof totals)[]) totals[name] += result[name]
    for (const name of Object.keys(work) as (keyof typeof work)[]) work[name] += result[name]
    if (result.violation !== undefined) return await fail(result, flags, options)
  }
  const seconds = (performance.now() - began) / 1000
  const { operations, acknowledged, failed, unknown, unjudged, terms } = totals
  console.log(
    `${seeds} seeds from ${from}: every law holds; ${operations} operations (${acknowledged} acknowledged, ` +
      `${failed} refused, ${unknown} unknown, ${unjudged} not judged), ${terms} terms, ${work.entries} entries, ` +
      `${work.messages} messages, ${work.events} events, ${(work.virtualMs / 60_000).toFixed(1)} virtual minutes ` +
      `in ${seconds.toFixed(1)} s`,
  )
  return 0
}

async function fail(
  { plan, violation }: StrongRunResult,
  flags: string,
  options: StrongRunOptions,
): Promise<number> {
  console.log(`SEED=${plan.seed} breaks a law: ${violation}`)
  const run = async (smaller: StrongPlan) => (await runStrongPlan(smaller, options)).violation
  await printShrunk(plan, { run }, ({ constants, network, clocks }) => ({ constants, network, clocks }))
  console.log(`replay: npm run simulate -- --suite strong --from ${plan.seed} --seeds 1 --trace${flags}`)
  return 1
}

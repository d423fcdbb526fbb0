import { parseArgs } from 'node:util'
import { strongBugs } from '../test/simulation/strong/bugs.ts'
import { simulateStrong } from '../test/simulation/strong/command.ts'
import { bugs } from '../test/simulation/support/bugs.ts'
import { type RunResult, runSeed } from '../test/simulation/support/run.ts'

const usage = `npm run simulate -- [--suite default|strong] [--seeds N] [--from S] [--bug NAME] [--bugs] [--trace]
Runs the real core, storage and replication, or the strong group, through seeded faults in virtual time.
Exits 0 where every law holds, 1 with the failing seed otherwise, 2 for wrong use.`

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      suite: { type: 'string', default: 'default' },
      seeds: { type: 'string', default: '100' },
      from: { type: 'string', default: process.env.SEED ?? '1' },
      bug: { type: 'string' },
      bugs: { type: 'boolean', default: false },
      trace: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    console.log(usage)
    return 0
  }
  const isStrong = values.suite === 'strong'
  if (values.bugs) {
    for (const [name, { what }] of Object.entries(isStrong ? strongBugs : bugs))
      console.log(`${name.padEnd(20)} ${what}`)
    return 0
  }
  const seeds = Number(values.seeds)
  const from = Number(values.from)
  const bug = values.bug === undefined ? undefined : (isStrong ? strongBugs : bugs)[values.bug]
  if (
    (!isStrong && values.suite !== 'default') ||
    !Number.isSafeInteger(seeds) ||
    seeds < 1 ||
    !Number.isSafeInteger(from) ||
    (values.bug !== undefined && bug === undefined)
  ) {
    console.error(usage)
    return 2
  }
  if (isStrong) return simulateStrong({ from, seeds, bug: values.bug, trace: values.trace })
  return simulateDefault(from, seeds, values)
}

async function simulateDefault(
  from: number,
  seeds: number,
  values: { readonly trace: boolean; readonly bug?: string },
): Promise<number> {
  const options = {
    trace: values.trace ? (line: string) => console.log(line) : undefined,
    sabotage: values.bug === undefined ? undefined : bugs[values.bug].plant,
  }
  const began = performance.now()
  const totals = { operations: 0, acknowledged: 0, events: 0, virtualMs: 0 }
  for (let seed = from; seed < from + seeds; seed++) {
    const result = await runSeed(seed, options)
    for (const name of Object.keys(totals) as (keyof typeof totals)[]) totals[name] += result[name]
    if (result.violation !== undefined) return fail(result, values.bug)
  }
  const seconds = (performance.now() - began) / 1000
  console.log(
    `${seeds} seeds from ${from}: every law holds; ${totals.operations} operations, ${totals.acknowledged} acknowledged, ` +
      `${totals.events} events, ${(totals.virtualMs / 60_000).toFixed(1)} virtual minutes in ${seconds.toFixed(1)} s`,
  )
  return 0
}

function fail({ seed, violation }: RunResult, bug: string | undefined): number {
  console.log(`SEED=${seed} breaks a law: ${violation}`)
  const flags = bug === undefined ? '' : ` --bug ${bug}`
  console.log(`replay: npm run simulate -- --from ${seed} --seeds 1 --trace${flags}`)
  return 1
}

process.exitCode = await main()

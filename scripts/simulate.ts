import { parseArgs } from 'node:util'
import { strongBugs } from '../test/simulation/strong/bugs.ts'
import { simulateStrong } from '../test/simulation/strong/command.ts'
import { bugs } from '../test/simulation/support/bugs.ts'
import { simulate } from '../test/simulation/support/command.ts'

const usage = `npm run simulate -- [--suite default|strong] [--seeds N] [--from S] [--bug NAME] [--bugs] [--trace] [--crowd]
Runs the real core, storage and replication, or the strong group, through seeded faults in virtual time.
With --crowd the clients of the strong suite meet at few keys, in transactions that wait in line.
Exits 0 where every law holds, 1 with the failing seed otherwise, 2 for wrong use.`

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      suite: { type: 'string', default: 'default' },
      seeds: { type: 'string', default: '100' },
      from: { type: 'string', default: process.env.SEED ?? '1' },
      bug: { type: 'string' },
      bugs: { type: 'boolean', default: false },
      crowd: { type: 'boolean', default: false },
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
    (values.bug !== undefined && bug === undefined) ||
    (values.crowd && !isStrong)
  ) {
    console.error(usage)
    return 2
  }
  const { trace, crowd } = values
  if (isStrong) return simulateStrong({ from, seeds, bug: values.bug, trace, crowd })
  return simulate({ from, seeds, bug: values.bug, trace })
}

process.exitCode = await main()

import { execFileSync } from 'node:child_process'
import { parseArgs } from 'node:util'
import { simulateStrong } from '../test/simulation/strong/command.ts'
import { runStrongSeed } from '../test/simulation/strong/run.ts'
import { runSeed } from '../test/simulation/support/run.ts'

const usage = `npm run soak -- [--minutes N] [--run ID]
Fresh seeds of both simulations, in turn, until the time is over (60 minutes) or a law is broken. The first seed follows
from the commit and the run. Exits 0 where every law holds, 1 with the failing seed otherwise, 2 for wrong use.`

const totals = { operations: 0, acknowledged: 0, events: 0, virtualMs: 0 }
const faults = new Map<string, number>()

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '60' },
      run: { type: 'string', default: String(Math.floor(Math.random() * 1e6)) },
      help: { type: 'boolean', default: false },
    },
  })
  const minutes = Number(values.minutes)
  if (values.help || !(minutes > 0)) {
    console.log(usage)
    return values.help ? 0 : 2
  }
  const commit = execFileSync('git', ['rev-parse', '--short=12', 'HEAD'], { encoding: 'utf8' }).trim()
  const first = baseOf(`${commit} ${values.run}`)
  console.log(`commit ${commit}, run ${values.run}: seeds from ${first} for ${minutes} minutes`)
  const until = performance.now() + minutes * 60_000
  let seed = first
  for (; performance.now() < until; seed++) if (!(await isWell(seed))) return 1
  report(seed - first)
  return 0
}

// One seed of each. A load of real processes, with its memory, handles and timers back at where they were, belongs
// beside them (issue 4).
async function isWell(seed: number): Promise<boolean> {
  const plain = await runSeed(seed)
  count(plain)
  if (plain.violation !== undefined) {
    console.log(`SEED=${seed} breaks a law: ${plain.violation}`)
    console.log(`replay: npm run simulate -- --from ${seed} --seeds 1 --trace`)
    return false
  }
  const strong = await runStrongSeed(seed)
  count(strong)
  for (const { kind } of strong.plan.faults) faults.set(kind, (faults.get(kind) ?? 0) + 1)
  if (strong.plan.loss !== undefined) faults.set('quorum lost', (faults.get('quorum lost') ?? 0) + 1)
  if (strong.violation === undefined) return true
  // Once more, to print what it was and to make it smaller.
  await simulateStrong({ ...once, from: seed })
  return false
}

const once = { seeds: 1, bug: undefined, trace: false }

function count(result: typeof totals): void {
  for (const name of Object.keys(totals) as (keyof typeof totals)[]) totals[name] += result[name]
}

function report(seeds: number): void {
  const { operations, acknowledged, events, virtualMs } = totals
  console.log(
    `${seeds} seeds of each simulation: every law holds; ${operations} operations, ${acknowledged} acknowledged, ` +
      `${events} events, ${(virtualMs / 3_600_000).toFixed(2)} virtual hours`,
  )
  console.log(
    `faults of the strong one: ${[...faults].map(([kind, times]) => `${kind} ${times}`).join(', ')}`,
  )
}

// FNV-1a, of 32 bits.
function baseOf(text: string): number {
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0
  return hash
}

process.exitCode = await main()

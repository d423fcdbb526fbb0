import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { textHash } from '../../src/core/hash.ts'
import { soakProcesses } from './processes.ts'
import { SimulationSoak } from './simulations.ts'

const usage = `npm run soak -- [--minutes N] [--only processes|simulations] [--run ID] [--every SECONDS]
Half of the time (60 minutes) real nodes under mixed load, with a fault every 30 s: every row is judged after each, and
heap, handles, timers, files and tombstones must be back where they were. The other half fresh seeds of both simulations.
The first seed follows from the commit and the run. Exits 0 where every law holds, 1 otherwise, 2 for wrong use.`

const program = { flags: ['--import', 'tsx'], file: join(import.meta.dirname, '../../src/cli/main.ts') }

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '60' },
      only: { type: 'string' },
      run: { type: 'string', default: String(Math.floor(Math.random() * 1e6)) },
      every: { type: 'string', default: '30' },
      help: { type: 'boolean', default: false },
    },
  })
  const { only, run } = values
  const [minutes, every] = [Number(values.minutes), Number(values.every)]
  const isKnown = only === undefined || only === 'processes' || only === 'simulations'
  if (values.help || !(minutes > 0) || !(every > 0) || !isKnown) {
    console.log(usage)
    return values.help ? 0 : 2
  }
  const commit = execFileSync('git', ['rev-parse', '--short=12', 'HEAD'], { encoding: 'utf8' }).trim()
  const first = textHash(`${commit} ${run}`)
  console.log(`commit ${commit}, run ${run}`)
  const share = only === undefined ? minutes / 2 : minutes
  if (only !== 'simulations') {
    const options = {
      minutes: share,
      seed: first,
      loadMs: every * 1000,
      program,
      progress: console.log,
    }
    const verdicts = await soakProcesses(options)
    if (verdicts.some(({ violations }) => violations.length > 0)) return 1
  }
  if (only === 'processes') return 0
  return (await new SimulationSoak().run(share, first)) ? 0 : 1
}

process.exitCode = await main()

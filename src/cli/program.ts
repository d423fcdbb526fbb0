import { Command } from 'commander'
import { packageVersion } from '../node/version.ts'
import { failureOf, failureText } from './failure.ts'
import { commonSettings } from './settings.ts'
import { addChaos } from './verbs/chaos.ts'
import { addDelete } from './verbs/delete.ts'
import { addDev } from './verbs/dev.ts'
import { addDumps } from './verbs/dumps.ts'
import { addEvents } from './verbs/events.ts'
import { addExplain } from './verbs/explain.ts'
import { addGet } from './verbs/get.ts'
import { addHeal } from './verbs/heal.ts'
import { addHealth } from './verbs/health.ts'
import { addIncrement } from './verbs/increment.ts'
import { addJoin } from './verbs/join.ts'
import { addLeave } from './verbs/leave.ts'
import { addLock } from './verbs/lock.ts'
import { addRecover } from './verbs/recover.ts'
import { addScan } from './verbs/scan.ts'
import { addSet } from './verbs/set.ts'
import { addStart } from './verbs/start.ts'
import { addStatus } from './verbs/status.ts'
import { addTable } from './verbs/table.ts'
import { addTouch } from './verbs/touch.ts'
import { addVersion } from './verbs/version.ts'

const verbs = [
  ...[
    addDev,
    addStart,
    addStatus,
    addGet,
    addSet,
    addDelete,
    addTouch,
    addIncrement,
    addScan,
    addTable,
    addExplain,
    addEvents,
    addHeal,
  ],
  ...[addLock, addJoin, addLeave, addRecover, addDumps, addHealth, addChaos, addVersion],
]

/** The whole command line, each verb in a file of its own. */
export function createProgram({ json = false }: { readonly json?: boolean } = {}): Command {
  const program = new Command('mnemesh')
    .description('Replicated in-memory tables: run nodes, look at them, read and write.')
    .version(packageVersion)
    .option('--json', 'output and errors as JSON')
    .option('--config <file>', 'JSON file with settings; MNEMESH_* stands above it, flags above both')
    .exitOverride()
    // Errors are told below. With --json nothing else is, not the help for whoever gave no verb either.
    .configureOutput({ outputError: () => {}, ...(json ? { writeErr: () => {} } : {}) })
    .helpCommand(false)
  for (const { flag, about } of Object.values(commonSettings)) program.option(flag, about)
  for (const add of verbs) add(program)
  return program
}

/** Runs what the command line asks for, and leaves its exit code with the process. Failures are told on stderr. */
export async function runProgram(argv: readonly string[]): Promise<void> {
  const json = argv.includes('--json')
  try {
    await createProgram({ json }).parseAsync([...argv])
  } catch (error) {
    const failure = failureOf(error)
    if (failure === undefined) return
    process.stderr.write(`${failureText(failure, json)}\n`)
    process.exitCode = failure.exit
  }
}

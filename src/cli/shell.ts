import type { Command } from 'commander'
import { isServing } from '../client/health.ts'
import { type CallOptions, createClient, type MeshClient, MnemeshError } from '../client/index.ts'
import { endpointsOf, readSettings } from './configuration.ts'
import { type ExitCode, failureText } from './failure.ts'
import { type Output, processOutput } from './output.ts'
import type { Settings } from './settings.ts'

const reachTimeoutMs = 3000

/** What every verb is given. */
export interface Shell {
  readonly out: Output
  readonly settings: Settings
  /** For every call to a node. */
  readonly call: CallOptions
  /** Says on stderr why the answer is no, for an exit with 1 that is no error. */
  refuse(message: string): ExitCode
}

/** Runs a verb with what was configured, and leaves its exit code with the process. */
export async function runVerb(
  command: Command,
  verb: (shell: Shell) => Promise<ExitCode> | ExitCode,
): Promise<void> {
  const flags = command.optsWithGlobals()
  const out = processOutput(flags.json === true)
  const settings = readSettings({ flags, environment: process.env })
  const refuse = (message: string): ExitCode => {
    process.stderr.write(`${failureText({ message, exit: 1 }, out.json)}\n`)
    return 1
  }
  process.exitCode = await verb({ out, settings, call: { timeout: settings.timeout }, refuse })
}

/** Does something with a client of the configured endpoints. Throws ERR_UNAVAILABLE at once when none is there. */
export async function withClient<T>(shell: Shell, work: (client: MeshClient) => Promise<T>): Promise<T> {
  const endpoints = endpointsOf(shell.settings)
  const reachable = await reach(endpoints)
  // The nodes that were named, and no others: what is asked here is what those nodes say.
  await using client = createClient({ endpoints: reachable, discover: false })
  return await work(client)
}

// A client goes on trying until its deadline; a person wants to know at once that nothing runs there.
async function reach(endpoints: readonly string[]): Promise<readonly string[]> {
  const answers = await Promise.allSettled(endpoints.map(endpoint => isServing(endpoint, reachTimeoutMs)))
  const reached = endpoints.filter((_, i) => answers[i]?.status === 'fulfilled')
  if (reached.length > 0) return reached
  throw new MnemeshError(
    'ERR_UNAVAILABLE',
    `no node answers at ${endpoints.join(', ')}; start one with 'mnemesh start', or name one with --endpoint host:port`,
  )
}

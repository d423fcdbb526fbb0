import type { Command } from 'commander'
import { isServing } from '../../client/health.ts'
import { MnemeshError } from '../../client/index.ts'
import { endpointsOf } from '../configuration.ts'
import type { ExitCode } from '../failure.ts'
import { runVerb, type Shell } from '../shell.ts'

const timeoutMs = 2000

/** For the HEALTHCHECK of a container: 0 when the node is ready, else 1, whatever the reason. Docker knows no other. */
export function addHealth(program: Command): void {
  program
    .command('health')
    .description('exits with 0 when the node is ready, else with 1')
    .action((_, command: Command) => runVerb(command, health))
}

async function health({ out, settings, refuse }: Shell): Promise<ExitCode> {
  const [endpoint = ''] = endpointsOf(settings)
  try {
    if (!(await isServing(endpoint, timeoutMs))) return refuse(`the node at ${endpoint} is not ready`)
  } catch (error) {
    if (!MnemeshError.is(error)) throw error
    return refuse(`no node answers at ${endpoint}: ${error.message}`)
  }
  if (out.json) out.say('', { ready: true })
  return 0
}

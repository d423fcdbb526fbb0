import { type Command, Option } from 'commander'
import { MnemeshError } from '../../client/index.ts'
import { endpointsOf } from '../configuration.ts'
import { confirm } from '../confirm.ts'
import type { ExitCode } from '../failure.ts'
import { runVerb, type Shell, withClient } from '../shell.ts'

interface RecoverOptions {
  readonly force?: true
  readonly accept?: true
  readonly yes?: true
}

export function addRecover(program: Command): void {
  program
    .command('recover')
    .description("have the node's group go on where it waits for what only an operator can know")
    .addOption(
      new Option('--force', 'the missing nodes are gone for good; what only they knew is lost').conflicts(
        'accept',
      ),
    )
    .option('--accept', 'the seeds that a provisional group waits for have no group of their own')
    .option('--yes', 'do not ask')
    .action((options: RecoverOptions, command: Command) => runVerb(command, shell => recover(shell, options)))
}

async function recover(shell: Shell, { force, accept, yes }: RecoverOptions): Promise<ExitCode> {
  if (force !== true && accept !== true) throw wrong('say what is so: --force or --accept')
  const endpoints = endpointsOf(shell.settings)
  // Whose memory the cluster goes on with must not be whoever answers first.
  if (endpoints.length !== 1)
    throw wrong(`name the one node that goes on with --endpoint host:port, not ${endpoints.length}`)
  const [endpoint] = endpoints
  const consequence =
    force === true
      ? `The cluster goes on with what the node at ${endpoint} has; majority rows, tables and locks that only the missing nodes know are lost.`
      : `The group of the node at ${endpoint} acknowledges from now on what a group of the missing seeds could contradict.`
  if (yes !== true && !(await confirm(consequence))) return shell.refuse('nothing was done')
  const how = force === true ? 'force' : 'accept'
  const group = await withClient(shell, client => client.admin.recover(how, shell.call))
  const done = force === true ? 'formed anew by that node' : 'confirmed'
  shell.out.say(`group ${group.id} of generation ${group.generation} is ${done}`, group)
  return 0
}

function wrong(message: string): MnemeshError {
  return new MnemeshError('ERR_INVALID_ARGUMENT', message)
}

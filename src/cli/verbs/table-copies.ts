import type { Command } from 'commander'
import type { MeshClient } from '../../client/index.ts'
import type { ExitCode } from '../failure.ts'
import { runVerb, type Shell, withClient } from '../shell.ts'

/** The verbs that say which nodes hold a copy. */
export function addCopies(table: Command): void {
  table
    .command('add-copy')
    .description('have a node hold a copy; it loads while the cluster goes on')
    .argument('<table>')
    .argument('<node>')
    .action((name: string, node: string, _, command: Command) =>
      runVerb(command, shell =>
        change(shell, `${node} adds a copy of table ${name}`, client =>
          client.admin.addCopy(name, node, shell.call),
        ),
      ),
    )
  table
    .command('move-copy')
    .description(
      'have a node hold a copy in the place of another one, which serves until the new one is complete',
    )
    .argument('<table>')
    .argument('<from>')
    .argument('<to>')
    .action((name: string, from: string, to: string, _, command: Command) =>
      runVerb(command, shell =>
        change(shell, `${to} holds the copy of table ${name} that ${from} had`, client =>
          client.admin.moveCopy(name, { from, to }, shell.call),
        ),
      ),
    )
  table
    .command('remove-copy')
    .description('have a node give up its copy')
    .argument('<table>')
    .argument('<node>')
    .action((name: string, node: string, _, command: Command) =>
      runVerb(command, shell =>
        change(shell, `${node} gives up its copy of table ${name}`, client =>
          client.admin.removeCopy(name, node, shell.call),
        ),
      ),
    )
}

/** Has a node make a change, and says that it is done. */
export async function change(
  shell: Shell,
  done: string,
  make: (client: MeshClient) => Promise<void>,
): Promise<ExitCode> {
  await withClient(shell, make)
  shell.out.say(done, { done })
  return 0
}

import type { Command } from 'commander'
import { endpointsOf } from '../configuration.ts'
import { confirm } from '../confirm.ts'
import { runVerb, withClient } from '../shell.ts'

export function addLeave(program: Command): void {
  program
    .command('leave')
    .description('have the node give up its copies, leave the cluster and stop')
    .option('--yes', 'do not ask')
    .action((options: { yes?: true }, command: Command) =>
      runVerb(command, async shell => {
        const [endpoint = ''] = endpointsOf(shell.settings)
        if (!options.yes && !(await confirm(`The node at ${endpoint} gives up its copies and stops.`)))
          return shell.refuse('nothing was done')
        await withClient(shell, client => client.admin.leave(shell.call))
        shell.out.say(`the node at ${endpoint} leaves and stops`, { left: endpoint })
        return 0
      }),
    )
}

import type { Command } from 'commander'
import { runVerb, withClient } from '../shell.ts'
import { statusText } from '../status-text.ts'
import { watchStatus } from '../watch-status.ts'

interface StatusOptions {
  readonly watch?: true
  readonly check?: true
}

export function addStatus(program: Command): void {
  program
    .command('status')
    .description('show nodes and tables as the node that is asked sees them')
    .option('--watch', 'go on: redraws on a terminal, else prints every change')
    .option('--check', 'exit with 1 when the cluster is not healthy')
    .action((options: StatusOptions, command: Command) =>
      runVerb(command, shell =>
        withClient(shell, async client => {
          const { out, call } = shell
          const look = () => client.admin.status(call)
          if (options.watch) {
            await watchStatus(out, look)
            return 0
          }
          const status = await look()
          out.say(statusText(status, out.paint, out.isTerminal), status)
          return options.check && !status.healthy ? 1 : 0
        }),
      ),
    )
}

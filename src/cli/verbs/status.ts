import type { Command } from 'commander'
import { runVerb, withClient } from '../shell.ts'
import { statusText } from '../status-text.ts'
import { watchStatus } from '../watch-status.ts'

interface StatusOptions {
  readonly watch?: true
  readonly check?: true
  readonly verbose?: true
}

export function addStatus(program: Command): void {
  program
    .command('status')
    .description('show nodes and tables as the node that is asked sees them')
    .option('--watch', 'go on: redraws on a terminal, else prints every change')
    .option(
      '--verbose',
      'also how every node keeps up: calls that wait or were refused, and how well it hears',
    )
    .option('--check', 'exit with 1 when the cluster is not healthy')
    .action((options: StatusOptions, command: Command) =>
      runVerb(command, shell =>
        withClient(shell, async client => {
          const { out, call } = shell
          const { verbose = false } = options
          const look = () => client.admin.status(call)
          if (options.watch) {
            await watchStatus(out, look, { verbose })
            return 0
          }
          const status = await look()
          out.say(statusText(status, out.paint, { bars: out.isTerminal, verbose }), status)
          return options.check && !status.healthy ? 1 : 0
        }),
      ),
    )
}

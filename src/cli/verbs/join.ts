import type { Command } from 'commander'
import type { ExitCode } from '../failure.ts'
import { runVerb, withClient } from '../shell.ts'

export function addJoin(program: Command): void {
  program
    .command('join')
    .description('have the node ask these seeds, so that its cluster and theirs become one')
    .argument('<seed...>', 'gossip addresses, host:port or dns:name:port')
    .action((seeds: string[], _, command: Command) =>
      runVerb(command, async (shell): Promise<ExitCode> => {
        await withClient(shell, client => client.admin.join(seeds, shell.call))
        shell.out.say(`asking ${seeds.join(', ')} from now on; 'mnemesh status' shows who was found`, {
          seeds,
        })
        return 0
      }),
    )
}

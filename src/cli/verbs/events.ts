import type { Command } from 'commander'
import { eventText } from '../event-text.ts'
import type { ExitCode } from '../failure.ts'
import { runVerb, type Shell, withClient } from '../shell.ts'

export function addEvents(program: Command): void {
  program
    .command('events')
    .description('what happened in the cluster, as the nodes that are asked remember it')
    .option('--follow', 'go on: prints what happens, as it happens')
    .action(({ follow }: { readonly follow?: true }, command: Command) =>
      runVerb(command, shell => show(shell, follow === true)),
    )
}

async function show(shell: Shell, follow: boolean): Promise<ExitCode> {
  const { out, call } = shell
  await withClient(shell, async ({ events }) => {
    const seen = follow ? events.watch({ recent: true }) : await events.recent(call)
    for await (const event of seen) await out.stream(eventText(event, out.paint), event)
  })
  return 0
}

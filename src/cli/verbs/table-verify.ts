import type { Command } from 'commander'
import { differencesText } from '../inspection-text.ts'
import { readCount } from '../readers.ts'
import { runVerb, withClient } from '../shell.ts'

export function addVerify(table: Command): void {
  table
    .command('verify')
    .description('compare all copies and list where they differ; exit with 1 unless all are equal')
    .argument('<table>')
    .option('--limit <count>', 'differences listed at most; default: 100')
    .action((name: string, { limit }: { readonly limit?: string }, command: Command) =>
      runVerb(command, async shell => {
        const options = limit === undefined ? {} : { limit: readCount(limit, '--limit') }
        const verified = await withClient(shell, client =>
          client.admin.verify(name, { ...shell.call, ...options }),
        )
        shell.out.say(differencesText(verified, shell.out.paint), verified)
        return verified.equal ? 0 : 1
      }),
    )
}

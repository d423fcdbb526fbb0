import type { Command } from 'commander'
import type { ExitCode } from '../failure.ts'
import { differencesText, receiptsText } from '../inspection-text.ts'
import { readCount } from '../readers.ts'
import { runVerb, type Shell, withClient } from '../shell.ts'

interface HealOptions {
  readonly dryRun?: true
  readonly limit?: string
}

export function addHeal(program: Command): void {
  program
    .command('heal')
    .description('show what became of keys that differed when copies met again, after a split or a return')
    .option(
      '--dry-run',
      'compare all tables now instead, change nothing, and show what repair would make of it',
    )
    .option('--limit <count>', 'keys listed at most, of each node or table; default: 100')
    .action(({ dryRun, limit }: HealOptions, command: Command) =>
      runVerb(command, shell => {
        const bound = limit === undefined ? {} : { limit: readCount(limit, '--limit') }
        return dryRun ? compare(shell, bound) : show(shell, bound)
      }),
    )
}

async function show(shell: Shell, bound: { readonly limit?: number }): Promise<ExitCode> {
  const nodes = await withClient(shell, client => client.admin.receipts({ ...shell.call, ...bound }))
  shell.out.say(receiptsText(nodes), nodes)
  return 0
}

// Majority tables have one order of writes: there is nothing to merge.
async function compare(shell: Shell, bound: { readonly limit?: number }): Promise<ExitCode> {
  const verified = await withClient(shell, async client => {
    const tables = (await client.admin.tables(shell.call)).filter(({ definition }) => !definition.majority)
    return Promise.all(tables.map(({ name }) => client.admin.verify(name, { ...shell.call, ...bound })))
  })
  const texts = verified.map(table => differencesText(table, shell.out.paint))
  shell.out.say(texts.join('\n') || 'no tables', verified)
  return verified.every(({ equal }) => equal) ? 0 : 1
}

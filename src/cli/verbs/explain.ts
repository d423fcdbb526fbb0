import type { Command } from 'commander'
import type { ExitCode } from '../failure.ts'
import { inspectionText } from '../inspection-text.ts'
import { keyTypeOption } from '../key-option.ts'
import { runVerb, withClient } from '../shell.ts'
import { type KeyType, toKey } from '../values.ts'

export function addExplain(program: Command): void {
  program
    .command('explain')
    .description('show what every node has under a key, and why its value is what it is')
    .argument('<table>')
    .argument('<key>')
    .addOption(keyTypeOption())
    .action((table: string, word: string, { keyType }: { readonly keyType: KeyType }, command: Command) =>
      runVerb(command, async (shell): Promise<ExitCode> => {
        const key = toKey(word, keyType)
        const explained = await withClient(shell, client => client.admin.explain(table, key, shell.call))
        shell.out.say(inspectionText(explained, shell.out.paint), explained)
        return 0
      }),
    )
}

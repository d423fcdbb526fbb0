import type { Command } from 'commander'
import type { Ack } from '../../client/index.ts'
import type { ExitCode } from '../failure.ts'
import { ackOption, keyTypeOption } from '../key-option.ts'
import { runVerb, withClient } from '../shell.ts'
import { type KeyType, toKey } from '../values.ts'

interface DeleteOptions {
  readonly keyType: KeyType
  readonly ack?: Ack
}

export function addDelete(program: Command): void {
  program
    .command('delete')
    .description('remove the entry under a key; done as well if there was none')
    .argument('<table>')
    .argument('<key>')
    .addOption(keyTypeOption())
    .addOption(ackOption())
    .action((table: string, word: string, { keyType, ack }: DeleteOptions, command: Command) =>
      runVerb(command, async (shell): Promise<ExitCode> => {
        const key = toKey(word, keyType)
        const options = { ...shell.call, ack }
        const deleted = await withClient(shell, client => client.existing(table).delete(key, options))
        shell.out.say(deleted ? 'deleted' : 'there was no entry', { deleted })
        return 0
      }),
    )
}

import type { Command } from 'commander'
import type { Ack } from '../../client/index.ts'
import type { ExitCode } from '../failure.ts'
import { ackOption, keyTypeOption } from '../key-option.ts'
import { readNumber } from '../readers.ts'
import { runVerb, withClient } from '../shell.ts'
import { type KeyType, toKey } from '../values.ts'

interface IncrementOptions {
  readonly keyType: KeyType
  readonly ack?: Ack
}

export function addIncrement(program: Command): void {
  program
    .command('increment')
    .description('add to the number or the counter under a key, and print the sum')
    .argument('<table>')
    .argument('<key>')
    .argument('[by]', 'a number; below 0 behind --', '1')
    .addOption(keyTypeOption())
    .addOption(ackOption())
    .action((table: string, word: string, by: string, { keyType, ack }: IncrementOptions, command: Command) =>
      runVerb(command, async (shell): Promise<ExitCode> => {
        const key = toKey(word, keyType)
        const options = { ...shell.call, ack }
        const amount = readNumber(by, '<by>')
        const sum = await withClient(shell, client => client.existing(table).increment(key, amount, options))
        shell.out.say(String(sum), { sum })
        return 0
      }),
    )
}

import type { Command } from 'commander'
import type { Ack } from '../../client/index.ts'
import type { ExitCode } from '../failure.ts'
import { ackOption, keyTypeOption } from '../key-option.ts'
import { readDuration } from '../readers.ts'
import { runVerb, withClient } from '../shell.ts'
import { type KeyType, toKey } from '../values.ts'

interface TouchOptions {
  readonly keyType: KeyType
  readonly ack?: Ack
}

export function addTouch(program: Command): void {
  program
    .command('touch')
    .description('have the entry under a key end so long from now; 1 if there is none')
    .argument('<table>')
    .argument('<key>')
    .argument('<time>', '250ms, 30s, 5m, 1h, 7d')
    .addOption(keyTypeOption())
    .addOption(ackOption())
    .action((table: string, word: string, time: string, { keyType, ack }: TouchOptions, command: Command) =>
      runVerb(command, async (shell): Promise<ExitCode> => {
        const key = toKey(word, keyType)
        const options = { ...shell.call, ack }
        const ttl = readDuration(time, '<time>')
        const touched = await withClient(shell, client => client.existing(table).touch(key, ttl, options))
        shell.out.say(touched ? 'touched' : 'there is no entry', { touched })
        return touched ? 0 : 1
      }),
    )
}

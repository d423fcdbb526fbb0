import type { Command } from 'commander'
import type { ExitCode } from '../failure.ts'
import { keyTypeOption } from '../key-option.ts'
import { readCount } from '../readers.ts'
import { runVerb, type Shell, withClient } from '../shell.ts'
import { type KeyType, keyText, toKey, valueText } from '../values.ts'

interface ScanOptions {
  readonly keyType: KeyType
  readonly prefix?: string
  readonly limit?: string
  readonly keys?: true
}

export function addScan(program: Command): void {
  program
    .command('scan')
    .description('show the entries of a table, key, tab, value, in no order; with --json one object a line')
    .argument('<table>')
    .addOption(keyTypeOption())
    .option('--prefix <key>', 'texts that begin so, or tuples whose first elements are these')
    .option('--limit <count>', 'at most so many')
    .option('--keys', 'keys only')
    .action((table: string, options: ScanOptions, command: Command) =>
      runVerb(command, shell => scan(shell, table, options)),
    )
}

async function scan(
  shell: Shell,
  table: string,
  { keyType, prefix, limit, keys }: ScanOptions,
): Promise<ExitCode> {
  const { out, call } = shell
  const options = {
    ...call,
    prefix: prefix === undefined ? undefined : toKey(prefix, keyType),
    limit: limit === undefined ? undefined : readCount(limit, '--limit'),
  }
  await withClient(shell, async client => {
    for await (const [key, value] of client.existing(table).entries(options)) {
      if (keys) await out.stream(keyText(key), key)
      else await out.stream(`${keyText(key)}\t${valueText(value)}`, { key, value })
    }
  })
  return 0
}

import { type Command, Option } from 'commander'
import type { Entry, ReadOptions } from '../../client/index.ts'
import type { ExitCode } from '../failure.ts'
import { leftText } from '../format.ts'
import { keyTypeOption } from '../key-option.ts'
import { runVerb, type Shell, withClient } from '../shell.ts'
import { type KeyType, keyText, toKey, valueText } from '../values.ts'

interface GetOptions {
  readonly keyType: KeyType
  readonly output?: 'wide'
  readonly raw?: true
  readonly local?: true
}

export function addGet(program: Command): void {
  program
    .command('get')
    .description('show the value under a key')
    .argument('<table>')
    .argument('<key>')
    .addOption(keyTypeOption())
    .addOption(new Option('-o, --output <form>', 'also version, expiry and node').choices(['wide']))
    .option('--local', 'of a majority table: what the node has, at once, though it may be a little old')
    .option('--raw', 'write bytes and text as they are, with no line break')
    .action((table: string, word: string, options: GetOptions, command: Command) =>
      runVerb(command, shell => get(shell, { table, word }, options)),
    )
}

async function get(
  shell: Shell,
  { table, word }: { readonly table: string; readonly word: string },
  { keyType, output, raw, local }: GetOptions,
): Promise<ExitCode> {
  const key = toKey(word, keyType)
  const options: ReadOptions = local ? { ...shell.call, consistency: 'local' } : shell.call
  const entry = await withClient(shell, client => client.existing(table).entry(key, options))
  if (entry === undefined) return shell.refuse(`table ${table} has no entry under ${keyText(key)}`)
  const { value } = entry
  if (raw) shell.out.raw(value instanceof Uint8Array ? value : valueText(value))
  else shell.out.say(output === 'wide' ? wideText(entry, Date.now()) : valueText(value), shown(entry))
  return 0
}

/** The value, and what is known of it. */
export function wideText({ value, version, expiresAt, node }: Entry, now: number): string {
  const end = expiresAt === undefined ? 'no expiry' : `expires in ${leftText(Math.max(0, expiresAt - now))}`
  const by = node === '' ? [] : [`written on ${node}`]
  return [valueText(value), `version ${version}`, end, ...by].join('   ')
}

// Where the client had it from says nothing here: from the node, always.
function shown({ hit: _, ...entry }: Entry): Omit<Entry, 'hit'> {
  return entry
}

import { buffer } from 'node:stream/consumers'
import type { Command } from 'commander'
import { type Ack, MnemeshError } from '../../client/index.ts'
import type { ExitCode } from '../failure.ts'
import { ackOption, keyTypeOption } from '../key-option.ts'
import { readDuration } from '../readers.ts'
import { runVerb, type Shell, withClient } from '../shell.ts'
import { type KeyType, keyText, toKey, toValue } from '../values.ts'

interface SetOptions {
  readonly keyType: KeyType
  readonly raw?: true
  readonly ttl?: string
  readonly ifAbsent?: true
  readonly ack?: Ack
}

export function addSet(program: Command): void {
  program
    .command('set')
    .description('write a value under a key')
    .argument('<table>')
    .argument('<key>')
    .argument('[value]', 'JSON if it parses as such, else text; - reads it from stdin')
    .addOption(keyTypeOption())
    .option('--raw', 'store the bytes as they are, from stdin without a value: for tables of bytes')
    .option('--ttl <time>', 'lifetime from now: 250ms, 30s, 5m, 1h, 7d')
    .option('--if-absent', 'only if there is no entry; exits with 1 otherwise')
    .addOption(ackOption())
    .action((table: string, word: string, value: string | undefined, options: SetOptions, command: Command) =>
      runVerb(command, shell => set(shell, { table, word, value }, options)),
    )
}

interface Target {
  readonly table: string
  readonly word: string
  readonly value: string | undefined
}

async function set(
  shell: Shell,
  target: Target,
  { keyType, raw, ttl, ifAbsent, ack }: SetOptions,
): Promise<ExitCode> {
  const { table } = target
  const key = toKey(target.word, keyType)
  const options = {
    ...shell.call,
    ttl: ttl === undefined ? undefined : readDuration(ttl, '--ttl'),
    ifAbsent,
    ack,
  }
  const value = await readValue(target.value, raw === true)
  const written = await withClient(shell, client =>
    client
      .existing(table)
      .set(key, value, options)
      .catch((error: unknown) => hint(error, table)),
  )
  if (!written) return shell.refuse(`nothing was written: table ${table} has an entry under ${keyText(key)}`)
  shell.out.say('ok', { written: true })
  return 0
}

async function readValue(word: string | undefined, raw: boolean): Promise<unknown> {
  if (word === undefined && !raw) {
    throw new MnemeshError('ERR_INVALID_ARGUMENT', 'no value given; - reads it from stdin')
  }
  const bytes = word === undefined || word === '-' ? await buffer(process.stdin) : Buffer.from(word)
  return raw ? bytes : toValue(bytes.toString('utf8').replace(/\r?\n$/, ''))
}

function hint(error: unknown, table: string): never {
  if (!MnemeshError.is(error, 'ERR_BAD_TYPE') || !error.message.includes("codec 'bytes'")) throw error
  throw new MnemeshError(error.code, `table ${table} holds bytes: give them with --raw, or - for stdin`, {
    cause: error,
  })
}

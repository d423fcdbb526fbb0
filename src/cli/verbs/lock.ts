import { spawn } from 'node:child_process'
import type { Command } from 'commander'
import { type Lock, MnemeshError } from '../../client/index.ts'
import type { ExitCode } from '../failure.ts'
import { readDuration } from '../readers.ts'
import { runVerb, type Shell, withClient } from '../shell.ts'

interface LockOptions {
  readonly ttl?: string
  readonly wait?: string | false
  readonly shared?: true
}

export function addLock(program: Command): void {
  program
    .command('lock')
    .description('run a command while holding a lock of the cluster; it ends when the lock is lost')
    .argument('<name>')
    .argument('<command...>', 'after --; finds its token in MNEMESH_LOCK_TOKEN')
    .option('--ttl <time>', 'how long this process may be silent before others get the lock; default: 10s')
    .option('--wait <time>', 'how long to wait for others; default: a day')
    .option('--no-wait', 'fail at once when others hold it')
    .option('--shared', 'beside others that share it')
    .action((name: string, words: string[], options: LockOptions, command: Command) =>
      runVerb(command, shell => lock(shell, { name, words }, options)),
    )
}

async function lock(
  shell: Shell,
  { name, words }: { readonly name: string; readonly words: readonly string[] },
  { ttl, wait, shared }: LockOptions,
): Promise<ExitCode> {
  return withClient(shell, client =>
    client.locks.request(
      name,
      {
        ttl: ttl === undefined ? undefined : readDuration(ttl, '--ttl'),
        wait: wait === undefined || wait === false ? (wait ?? '1d') : readDuration(wait, '--wait'),
        mode: shared ? 'shared' : 'exclusive',
      },
      held => run(words, held),
    ),
  )
}

// Whoever lost the lock must not go on as if it held it.
function run([program, ...words]: readonly string[], { name, token, signal }: Lock): Promise<ExitCode> {
  const MNEMESH_LOCK_TOKEN = `${token.generation}.${token.index}`
  const child = spawn(program ?? '', words, {
    stdio: 'inherit',
    env: { ...process.env, MNEMESH_LOCK: name, MNEMESH_LOCK_TOKEN },
  })
  const end = () => child.kill()
  signal.addEventListener('abort', end)
  return new Promise((resolve, reject) => {
    child.once('error', cause =>
      reject(
        new MnemeshError('ERR_INVALID_ARGUMENT', `${program} could not be run: ${cause.message}`, { cause }),
      ),
    )
    child.once('exit', code => {
      signal.removeEventListener('abort', end)
      if (signal.aborted) reject(signal.reason)
      else resolve(code === 0 ? 0 : 1)
    })
  })
}

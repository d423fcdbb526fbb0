import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { program } from './program.ts'

export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly environment?: Readonly<Record<string, string>>
  readonly input?: Uint8Array | string
}

/** A process of the real command line, compiled before the tests. */
export class CommandLine {
  readonly process: ChildProcess
  /** Resolves when it has ended; -1 for the code of one that a signal ended. */
  readonly ended: Promise<Ran>
  stdout = ''
  stderr = ''
  readonly #output: Buffer[] = []

  constructor(args: readonly string[], { environment = {}, input }: RunOptions = {}) {
    const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('MNEMESH_'))
    this.process = spawn(process.execPath, [program.file, ...args], {
      env: { ...Object.fromEntries(inherited), ...environment },
      stdio: 'pipe',
    })
    running.add(this)
    this.process.stdout?.on('data', (bytes: Buffer) => {
      this.#output.push(bytes)
      this.stdout += bytes.toString()
    })
    this.process.stderr?.on('data', (bytes: Buffer) => {
      this.stderr += bytes.toString()
    })
    this.process.stdin?.on('error', () => {}).end(input)
    this.ended = once(this.process, 'close').then(([code]) => {
      running.delete(this)
      return { code: typeof code === 'number' ? code : -1, stdout: this.stdout, stderr: this.stderr }
    })
  }

  get pid(): number {
    return this.process.pid ?? 0
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#output)
  }

  kill(signal: NodeJS.Signals): void {
    this.process.kill(signal)
  }
}

/** The same on a terminal, as people see it. Needs the `script` of util-linux. */
export class Terminal {
  /** Resolves when it has ended, with its exit code; -1 where a signal ended it. */
  readonly ended: Promise<number>
  shown = ''
  readonly #process: ChildProcess

  /** `redirected` is for the shell: `</dev/null` for one who only looks. */
  constructor(args: readonly string[], { redirected = '' }: { readonly redirected?: string } = {}) {
    const words = [process.execPath, program.file, ...args]
    const command = `exec ${words.map(word => `'${word}'`).join(' ')} ${redirected}`
    const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('MNEMESH_'))
    this.#process = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
      env: { ...Object.fromEntries(inherited), TERM: 'xterm', SHELL: '/bin/sh' },
      stdio: 'pipe',
    })
    terminals.add(this)
    this.#process.stdout?.on('data', (bytes: Buffer) => {
      this.shown += bytes.toString().replaceAll('\r\n', '\n')
    })
    this.ended = once(this.#process, 'close').then(([code]) => {
      terminals.delete(this)
      return typeof code === 'number' ? code : -1
    })
  }

  /** Keys, as the terminal sends them: Ctrl-C is \x03. */
  type(keys: string): void {
    this.#process.stdin?.write(keys)
  }

  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal)
  }
}

const running = new Set<CommandLine>()
const terminals = new Set<Terminal>()

/** Runs a command to its end. */
export function run(args: readonly string[], options?: RunOptions): Promise<Ran> {
  return new CommandLine(args, options).ended
}

/** Ends what tests have left running. */
export async function killAll(): Promise<void> {
  for (const command of running) command.kill('SIGKILL')
  // What runs on a terminal ends when that is closed.
  for (const terminal of terminals) terminal.kill('SIGTERM')
  const left = [...running, ...terminals]
  await Promise.all(left.map(({ ended }): Promise<unknown> => ended))
}

/** Ids of the processes that this process has started and that live. */
export function childrenOf(pid: number): number[] {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
  return stdout
    .split('\n')
    .map(line => line.trim().split(/\s+/).map(Number))
    .filter(([, parent]) => parent === pid)
    .map(([child = 0]) => child)
}

/** True while there is a process with that id. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

// Another one for each bench: nodes of one that was killed would have the names.
const epmdPort = String(30_000 + (process.pid % 20_000))

/** Real Mnesia: three Erlang nodes on loopback, a table on all of them. */
export class Mnesia {
  readonly #children: ChildProcess[]
  readonly #folder: string
  readonly #lines: AsyncIterator<string>
  readonly #main: ChildProcess

  private constructor(children: ChildProcess[], folder: string) {
    this.#children = children
    this.#folder = folder
    this.#main = children[children.length - 1]
    if (this.#main.stdout === null) throw new Error('mnesia has no output')
    this.#lines = createInterface(this.#main.stdout)[Symbol.asyncIterator]()
  }

  /** Undefined where Erlang is not installed (Debian: erlang-mnesia, erlang-base). */
  static async start(): Promise<Mnesia | undefined> {
    try {
      execFileSync(
        'erl',
        ['-noshell', '-eval', '{ok, _} = application:ensure_all_started(mnesia), halt(0).'],
        { stdio: 'ignore' },
      )
    } catch {
      return undefined
    }
    const folder = mkdtempSync(join(tmpdir(), 'mbench-'))
    const source = new URL('./mbench.erl', import.meta.url).pathname
    execFileSync('erlc', ['-o', folder, source])
    const env = { ...process.env, ERL_EPMD_PORT: epmdPort, ERL_EPMD_ADDRESS: '127.0.0.1' }
    const epmd = spawn('epmd', ['-port', epmdPort, '-address', '127.0.0.1'], { stdio: 'ignore', env })
    await new Promise(resolve => setTimeout(resolve, 300))
    const node = (name: string, run: string) =>
      spawn(
        'erl',
        [
          '-noshell',
          '-name',
          `${name}@127.0.0.1`,
          '-setcookie',
          'mbench',
          ...flags,
          '-pa',
          folder,
          '-run',
          'mbench',
          run,
        ],
        {
          stdio: ['pipe', 'pipe', 'inherit'],
          env,
        },
      )
    const mnesia = new Mnesia([epmd, node('b', 'peer'), node('c', 'peer'), node('a', 'serve')], folder)
    // They would outlive a bench that fails.
    process.once('exit', () => mnesia.stop())
    await mnesia.#answer()
    return mnesia
  }

  async ask(command: string): Promise<Record<string, number>> {
    this.#main.stdin?.write(`${command}\n`)
    return this.#answer()
  }

  stop(): void {
    for (const child of this.#children.toReversed()) child.kill('SIGKILL')
    rmSync(this.#folder, { recursive: true, force: true })
  }

  async #answer(): Promise<Record<string, number>> {
    const { value, done } = await this.#lines.next()
    if (done) throw new Error('mnesia ended')
    return JSON.parse(value)
  }
}

const flags = [
  '-kernel',
  'inet_dist_use_interface',
  '{127,0,0,1}',
  '-kernel',
  'prevent_overlapping_partitions',
  'false',
  '-mnesia',
  'dump_log_write_threshold',
  '50000',
]

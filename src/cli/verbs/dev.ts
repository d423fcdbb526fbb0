import type { Command } from 'commander'
import { createClient, MnemeshError } from '../../client/index.ts'
import { runDemo } from '../dev/demo.ts'
import { LocalCluster } from '../dev/local-cluster.ts'
import type { ExitCode } from '../failure.ts'
import { readableLine } from '../log.ts'
import type { Output } from '../output.ts'
import { readCount } from '../readers.ts'
import { runVerb, type Shell } from '../shell.ts'
import { onTermination } from '../termination.ts'
import { watchStatus } from '../watch-status.ts'

const maxNodes = 32
const demoNodes = 3
const recentLines = 6

interface DevOptions {
  readonly nodes: string
  readonly demo?: true
}

export function addDev(program: Command): void {
  program
    .command('dev')
    .description('run a cluster on this machine, each node a process, until Ctrl-C')
    .option('--nodes <count>', 'how many nodes', '3')
    .option('--demo', 'show on it what the tables do; without a terminal the command ends after that')
    .action((options: DevOptions, command: Command) => runVerb(command, shell => dev(shell, options)))
}

async function dev(shell: Shell, { nodes, demo }: DevOptions): Promise<ExitCode> {
  const { out, settings } = shell
  const count = checkCount(readCount(nodes, '--nodes'), demo === true)
  const lines = new RecentLines(out.isTerminal)
  // The demonstration tells itself what happens; the warnings of the nodes about it would be in the way.
  const logLevel = settings.logLevel ?? (demo ? 'error' : 'warn')
  const line = (node: string, text: string) => lines.add(`${node}  ${readableLine(text)}`)
  const ending = new AbortController()
  let isDeserted = false
  const deserted = () => {
    isDeserted = true
    ending.abort()
  }
  const cluster = new LocalCluster({ count, logLevel, line, deserted })
  onTermination(['SIGINT', 'SIGTERM', 'SIGHUP'], () => ending.abort())
  process.once('exit', () => cluster.kill())
  try {
    await untilAborted(work(shell, { cluster, lines, demo: demo === true }, ending.signal), ending.signal)
  } finally {
    await cluster.stop()
  }
  return isDeserted ? shell.refuse('all nodes have ended') : 0
}

interface Work {
  readonly cluster: LocalCluster
  readonly lines: RecentLines
  readonly demo: boolean
}

async function work(
  { out, call }: Shell,
  { cluster, lines, demo }: Work,
  signal: AbortSignal,
): Promise<void> {
  await cluster.start()
  if (demo) {
    await runDemo(cluster, out)
    if (!isWatched(out)) return
  }
  lines.gather()
  const endpoints = cluster.nodes.map(({ grpc }) => grpc)
  await using client = createClient({ endpoints, discover: false })
  const below = () => [...lines.recent, `Ctrl-C ends the nodes`].join('\n')
  await watchStatus(out, () => client.admin.status(call), { signal, below })
}

// Whoever cannot press Ctrl-C, as after `</dev/null`, does not want to be kept.
function isWatched(out: Output): boolean {
  return out.isTerminal && process.stdin.isTTY === true
}

/** What the nodes say: written as it comes, or where the status is redrawn, the last lines of it below. */
class RecentLines {
  readonly #isTerminal: boolean
  #isGathering = false
  #lines: string[] = []

  constructor(isTerminal: boolean) {
    this.#isTerminal = isTerminal
  }

  get recent(): readonly string[] {
    return this.#lines
  }

  gather(): void {
    this.#isGathering = this.#isTerminal
  }

  add(line: string): void {
    if (this.#isGathering) this.#lines = [...this.#lines, line].slice(-recentLines)
    else process.stderr.write(`${line}\n`)
  }
}

function checkCount(count: number, demo: boolean): number {
  if (count > maxNodes) {
    throw new MnemeshError('ERR_INVALID_ARGUMENT', `--nodes must be at most ${maxNodes}, got ${count}`)
  }
  if (demo && count < demoNodes) {
    throw new MnemeshError('ERR_INVALID_ARGUMENT', `--demo needs --nodes ${demoNodes} or more, got ${count}`)
  }
  return count
}

// What is left undone then fails because its nodes end, and nobody is interested in that.
function untilAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  const aborted = new Promise<void>(resolve =>
    signal.addEventListener('abort', () => resolve(), { once: true }),
  )
  work.catch(() => {})
  return Promise.race([work, aborted])
}

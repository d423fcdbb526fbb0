import { type Command, Option } from 'commander'
import { type Key, MnemeshError } from '../../client/index.ts'
import type { ClusterNode } from '../../index.ts'
import { nodeOptionsOf } from '../configuration.ts'
import type { ExitCode } from '../failure.ts'
import { createLogger } from '../log.ts'
import { nodeSettings } from '../settings.ts'
import { runVerb, type Shell } from '../shell.ts'
import { onTermination } from '../termination.ts'
import { type Tie, tieToParent } from '../tie.ts'

const orphanGraceMs = 5000

export function addStart(program: Command): void {
  const start = program.command('start').description('run a node until SIGTERM or SIGINT')
  for (const setting of Object.values(nodeSettings)) {
    if ('flag' in setting) start.option(setting.flag, setting.about)
  }
  start.addOption(new Option('--tied', 'end with the parent process').hideHelp())
  start.action(({ tied }: { tied?: true }, command: Command) =>
    runVerb(command, shell => run(shell, tied === true)),
  )
}

async function run({ out, settings }: Shell, tied: boolean): Promise<ExitCode> {
  // Not before it is needed: all the other verbs do without what a node is made of.
  const { createNode } = await import('../../index.ts')
  const log = createLogger(settings.logLevel ?? 'info', out.isTerminal)
  let node: ClusterNode | undefined
  const stop = (why: object) => {
    log.info(why, 'stopping')
    // While it starts it holds nothing that others do not hold: they go on as if it had not come.
    if (node === undefined) process.exit(0)
    node.close().catch((err: unknown) => log.error({ err }, 'node did not stop cleanly'))
  }
  const tie = tied ? tieToParent(() => endWithParent(stop)) : undefined
  // Ctrl-C at a terminal goes to the children of dev as well, which ends them itself.
  if (tied) process.on('SIGINT', () => {})
  onTermination(tied ? ['SIGTERM'] : ['SIGTERM', 'SIGINT'], signal => stop({ signal }))
  try {
    node = await createNode({ ...nodeOptionsOf(settings), logger: log })
  } catch (error) {
    if (MnemeshError.is(error)) tie?.tell({ tell: 'failed', code: error.code, message: error.message })
    tie?.cut()
    throw error
  }
  log.info({ grpc: node.self.address, gossip: node.self.gossip, version: node.self.version }, 'listening')
  if (tie !== undefined) serveParent(tie, node)
  const reason = await node.closed
  tie?.cut()
  if (reason !== undefined) throw reason
  return 0
}

function serveParent(tie: Tie, node: ClusterNode): void {
  tie.serve(async (name: string, key: Key) => (await node.table(name)).peek(key))
  tie.tell({ tell: 'ready' })
}

function endWithParent(stop: (why: object) => void): void {
  setTimeout(() => process.exit(1), orphanGraceMs).unref()
  stop({ parent: 'gone' })
}

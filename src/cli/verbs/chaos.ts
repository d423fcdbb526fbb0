import { writeFileSync } from 'node:fs'
import { type Command, Option } from 'commander'
import { MnemeshError } from '../../client/index.ts'
import { type Plant, plants } from '../chaos/plant.ts'
import { reportText } from '../chaos/report.ts'
import { runChaos } from '../chaos/run.ts'
import { tableReportText } from '../chaos/table-report.ts'
import { runTableChaos } from '../chaos/table-run.ts'
import type { ExitCode } from '../failure.ts'
import { readCount } from '../readers.ts'
import { runVerb, type Shell } from '../shell.ts'
import { onTermination } from '../termination.ts'
import { toJson } from '../values.ts'

const leastNodes = 3
const mostNodes = 7

interface ChaosOptions {
  readonly suite: 'strong' | 'default'
  readonly nodes: string
  readonly minutes?: string
  readonly seconds?: string
  readonly seed?: string
  readonly keep?: true
  readonly plant?: Plant
}

export function addChaos(program: Command): void {
  program
    .command('chaos')
    .description('kill, pause and cut off nodes on this machine under load, and judge what clients were told')
    .argument('[file]', 'where the report is written as JSON, too')
    .addOption(
      new Option('--suite <suite>', 'what is put to the test')
        .choices(['strong', 'default'])
        .default('strong'),
    )
    .option('--nodes <count>', `how many nodes, ${leastNodes} to ${mostNodes}`, '3')
    .option('--minutes <count>', 'how long to do harm; default: 5 to default tables, else 2')
    .option('--seconds <count>', 'the same in seconds')
    .option('--seed <number>', 'the same seed does the same harm; default: by chance')
    .option('--keep', 'keep the history and the logs of the nodes even when every law holds')
    .addOption(new Option('--plant <defect>', 'what the checkers must notice').choices(plants).hideHelp())
    .action((file: string | undefined, options: ChaosOptions, command: Command) =>
      runVerb(command, shell => chaos(shell, file, options)),
    )
}

async function chaos(shell: Shell, file: string | undefined, options: ChaosOptions): Promise<ExitCode> {
  const { suite, minutes = suite === 'default' ? '5' : '2', seconds, keep = false } = options
  const nodes = readCount(options.nodes, '--nodes')
  if (nodes < leastNodes || nodes > mostNodes) {
    throw new MnemeshError(
      'ERR_INVALID_ARGUMENT',
      `--nodes must be from ${leastNodes} to ${mostNodes}, got ${nodes}`,
    )
  }
  const ending = new AbortController()
  onTermination(['SIGINT', 'SIGTERM', 'SIGHUP'], () => ending.abort())
  const run = {
    ...{ nodes, keep, signal: ending.signal },
    seconds: seconds === undefined ? readCount(minutes, '--minutes') * 60 : readCount(seconds, '--seconds'),
    seed:
      options.seed === undefined ? 1 + Math.floor(Math.random() * 1e6) : readCount(options.seed, '--seed'),
    progress: (line: string) => void process.stderr.write(`${line}\n`),
  }
  const { plant } = options
  const [report, text] =
    suite === 'strong'
      ? await runChaos(run).then(done => [done, reportText(done)] as const)
      : await runTableChaos({ ...run, plant }).then(done => [done, tableReportText(done)] as const)
  if (file !== undefined) writeFileSync(file, `${toJson(report)}\n`)
  shell.out.say(text, report)
  return report.ok ? 0 : 1
}

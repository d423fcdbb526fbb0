import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createClient } from '../../client/index.ts'
import type { ChaosCluster } from './chaos-cluster.ts'
import type { Verdict } from './checkers/history.ts'
import { OrphanReports } from './orphans.ts'
import type { Plant } from './plant.ts'
import { probeFlags } from './probe.ts'
import { SeededRandom } from './random.ts'
import { Recorder } from './recorder.ts'
import type { ChaosOptions } from './run.ts'
import { TableFaults } from './table-faults.ts'
import type { TableChaosReport } from './table-report.ts'
import { type TableRound, TableRounds } from './table-rounds.ts'
import { TableWorkload } from './table-workload.ts'
import { errorLines, law, type WithClusterOptions, withCluster } from './with-cluster.ts'

/** Short, so that nodes can be away for longer within seconds. */
export const graceMs = 5000

/** How each node is started. */
export const eachNode = { flags: probeFlags, settings: { tombstoneGrace: `${graceMs}ms` } }

export interface TableChaosOptions extends ChaosOptions, Pick<WithClusterOptions, 'program'> {
  /** For tests: what the checkers have to notice. */
  readonly plant?: Plant
}

/** Default tables on real nodes under load, harmed one after another; every row of every copy is judged after each fault. */
export function runTableChaos(options: TableChaosOptions): Promise<TableChaosReport> {
  const { nodes, seed, progress, program } = options
  return withCluster({ nodes, progress, each: eachNode, program }, (cluster, folder) =>
    withWorkload(cluster, seed, async workload => {
      const faults = new TableFaults(cluster, new SeededRandom(seed), { graceMs })
      const reports = new OrphanReports(cluster.nodes, folder)
      const rounds = new TableRounds(cluster, { workload, faults, reports })
      const began = performance.now()
      await workload.prepare()
      const { played, broken } = await playAll(
        () => rounds.play(faults.next(), options.plant),
        cluster,
        options,
      )
      const verdicts = [
        ...together(played),
        law('copies are equal, nodes are well', broken, played.length),
        ...lawsOf(cluster, folder, workload.recorder),
      ]
      const seconds = (performance.now() - began) / 1000
      return report({ cluster, folder, workload, options }, { played, verdicts, seconds })
    }),
  )
}

/** A workload with a client of its own for each node. */
export async function withWorkload<T>(
  cluster: ChaosCluster,
  seed: number,
  work: (workload: TableWorkload) => Promise<T>,
): Promise<T> {
  const clients = new Map(
    cluster.nodes.map(({ name, place }) => [
      name,
      createClient({ endpoints: [place.grpc], discover: false }),
    ]),
  )
  try {
    return await work(new TableWorkload(clients, new Recorder(), seed))
  } finally {
    for (const client of clients.values()) await client.close()
  }
}

/** What is asked of the processes and of every error, whatever the rows say. */
export function lawsOf(cluster: ChaosCluster, folder: string, { defects, counts }: Recorder): Verdict[] {
  return [
    law('nobody ends unasked', cluster.lost, cluster.nodes.length),
    law('errors are known', defects, counts.fail + counts.info),
    law('nodes find no defect', errorLines(cluster, folder), cluster.nodes.length),
  ]
}

async function playAll(
  play: () => Promise<TableRound>,
  { lost }: ChaosCluster,
  { seconds, signal, progress }: TableChaosOptions,
): Promise<{ readonly played: TableRound[]; readonly broken: string[] }> {
  const began = performance.now()
  const played: TableRound[] = []
  const broken: string[] = []
  while (performance.now() - began < seconds * 1000 && !signal.aborted && lost.length === 0) {
    try {
      const round = await play()
      played.push(round)
      const at = ((performance.now() - began) / 1000).toFixed(1).padStart(6)
      progress(`${at} s  ${lineOf(round)}`)
      // What comes after it says nothing new.
      if (round.verdicts.some(({ violations }) => violations.length > 0)) break
    } catch (error) {
      broken.push(error instanceof Error ? error.message : String(error))
      break
    }
  }
  return { played, broken }
}

/** A round for people who wait. */
export function lineOf({ kind, what, wellMs, equalMs, verdicts }: TableRound): string {
  const wrong = verdicts.flatMap(({ violations }) => violations)
  const end = wrong.length === 0 ? '' : `; ${wrong.length} ANOMALIES`
  const times = `well after ${wellMs.toFixed(0)} ms, equal after ${equalMs.toFixed(0)} ms`
  return `${kind.padEnd(15)} ${what}: ${times}${end}`
}

/** The verdicts of all rounds, by checker. */
export function together(rounds: readonly TableRound[]): Verdict[] {
  const all = new Map<string, Verdict>()
  for (const [i, { kind, verdicts }] of rounds.entries())
    for (const { checker, violations, judged } of verdicts) {
      const before = all.get(checker) ?? law(checker, [], 0)
      const named = violations.map(violation => `round ${i + 1} (${kind}): ${violation}`)
      all.set(checker, law(checker, [...before.violations, ...named], before.judged + judged))
    }
  return [...all.values()]
}

function report(
  run: {
    readonly cluster: ChaosCluster
    readonly folder: string
    readonly workload: TableWorkload
    readonly options: TableChaosOptions
  },
  found: {
    readonly played: readonly TableRound[]
    readonly verdicts: readonly Verdict[]
    readonly seconds: number
  },
): TableChaosReport {
  const { cluster, folder, options } = run
  const { recorder } = run.workload
  const { played, verdicts, seconds } = found
  const ok = verdicts.every(({ violations }) => violations.length === 0)
  const isKept = options.keep || !ok
  if (isKept) writeFileSync(join(folder, 'history.jsonl'), `${recorder.lines.join('\n')}\n`)
  else rmSync(folder, { recursive: true })
  return {
    ...{ suite: 'default', nodes: options.nodes, seed: options.seed, seconds, leftOut: cluster.network.why },
    rounds: played.map(({ kind, what, wellMs, equalMs, lost }) => ({ kind, what, wellMs, equalMs, lost })),
    operations: recorder.counts,
    errors: Object.fromEntries([...recorder.errors].sort()),
    ...{ verdicts, folder: isKept ? folder : undefined, ok },
  }
}

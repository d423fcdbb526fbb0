import { rmSync } from 'node:fs'
import type { ChaosCluster } from '../../src/cli/chaos/chaos-cluster.ts'
import type { Verdict } from '../../src/cli/chaos/checkers/history.ts'
import type { HarmedNode } from '../../src/cli/chaos/harmed.ts'
import { OrphanReports } from '../../src/cli/chaos/orphans.ts'
import { SeededRandom } from '../../src/cli/chaos/random.ts'
import { verdictLines } from '../../src/cli/chaos/report.ts'
import { TableFaults } from '../../src/cli/chaos/table-faults.ts'
import { roundLines } from '../../src/cli/chaos/table-report.ts'
import { type TableRound, TableRounds } from '../../src/cli/chaos/table-rounds.ts'
import { eachNode, graceMs, lawsOf, lineOf, together, withWorkload } from '../../src/cli/chaos/table-run.ts'
import type { TableWorkload } from '../../src/cli/chaos/table-workload.ts'
import { law, withCluster } from '../../src/cli/chaos/with-cluster.ts'
import { Holdings } from './holdings.ts'

const nodes = 3
/** The first node lives from the beginning to the end, so that what it holds can be compared. */
const spared = 1
const forgottenLimitMs = 60_000

export interface ProcessSoakOptions {
  readonly minutes: number
  readonly seed: number
  /** Time of load before each fault. */
  readonly loadMs: number
  readonly program?: { readonly flags: readonly string[]; readonly file: string }
  /** Takes lines for people who wait. */
  readonly progress: (line: string) => void
}

/**
 * Default tables on real nodes under mixed load, a fault after each `loadMs`, until the time is over or a law is broken.
 * After each fault every row of every copy is judged, and what the process of the first node holds is measured once its
 * tombstones are gone. Resolves with the verdicts; the report is printed.
 */
export function soakProcesses(options: ProcessSoakOptions): Promise<readonly Verdict[]> {
  const { seed, progress, program } = options
  return withCluster({ nodes, progress, each: eachNode, program }, (cluster, folder) =>
    withWorkload(cluster, seed, async workload => {
      const run = new ProcessSoak(cluster, { workload, folder, options })
      const verdicts = await run.play()
      const isWell = verdicts.every(({ violations }) => violations.length === 0)
      if (isWell) rmSync(folder, { recursive: true })
      else console.log(`logs are in ${folder}`)
      return verdicts
    }),
  )
}

class ProcessSoak {
  readonly #cluster: ChaosCluster
  readonly #workload: TableWorkload
  readonly #folder: string
  readonly #options: ProcessSoakOptions
  readonly #rounds: TableRounds
  readonly #faults: TableFaults
  readonly #holdings = new Holdings()
  readonly #played: TableRound[] = []
  readonly #broken: string[] = []
  readonly #remembered: string[] = []

  constructor(
    cluster: ChaosCluster,
    parts: {
      readonly workload: TableWorkload
      readonly folder: string
      readonly options: ProcessSoakOptions
    },
  ) {
    const { workload, folder, options } = parts
    this.#cluster = cluster
    this.#workload = workload
    this.#folder = folder
    this.#options = options
    this.#faults = new TableFaults(cluster, new SeededRandom(options.seed), { graceMs, spared })
    const reports = new OrphanReports(cluster.nodes, folder)
    this.#rounds = new TableRounds(cluster, {
      ...{ workload, faults: this.#faults, reports },
      loadMs: options.loadMs,
    })
  }

  async play(): Promise<readonly Verdict[]> {
    const { minutes, progress } = this.#options
    const began = performance.now()
    const minutesPassed = () => (performance.now() - began) / 60_000
    await this.#workload.prepare()
    while (minutesPassed() < minutes && this.#isWell()) {
      const round = await this.#round()
      if (round !== undefined) progress(`${minutesPassed().toFixed(1).padStart(6)} min  ${lineOf(round)}`)
    }
    const verdicts = [
      ...together(this.#played),
      law('copies are equal, nodes are well', this.#broken, this.#played.length),
      law('deletes are forgotten in silence', this.#remembered, this.#played.length),
      ...this.#holdings.verdicts(),
      ...lawsOf(this.#cluster, this.#folder, this.#workload.recorder),
    ]
    this.#report(minutesPassed(), verdicts)
    return verdicts
  }

  async #round(): Promise<TableRound | undefined> {
    try {
      const round = await this.#rounds.play(this.#faults.next())
      this.#played.push(round)
      await this.#workload.forget()
      await this.#untilForgotten()
      const [first] = this.#cluster.nodes
      const measures = await first?.measure()
      if (measures !== undefined) this.#holdings.add(performance.now(), measures)
      return round
    } catch (error) {
      this.#broken.push(error instanceof Error ? error.message : String(error))
      return undefined
    }
  }

  #isWell(): boolean {
    const found = this.#played.at(-1)?.verdicts.flatMap(({ violations }) => violations) ?? []
    return found.length + this.#broken.length + this.#remembered.length + this.#cluster.lost.length === 0
  }

  async #untilForgotten(): Promise<void> {
    const began = performance.now()
    for (const node of this.#cluster.nodes)
      for (;;) {
        const left = await tombstonesOf(node)
        if (left === 0) break
        if (performance.now() - began < forgottenLimitMs) continue
        this.#remembered.push(`${node.name} has ${left} tombstones after ${forgottenLimitMs} ms of silence`)
        return
      }
  }

  #report(minutes: number, verdicts: readonly Verdict[]): void {
    const { recorder } = this.#workload
    const { ok, fail, info } = recorder.counts
    const codes = [...recorder.errors].sort().map(([code, count]) => `${code} ${count}`)
    const { why } = this.#cluster.network
    const lines = [
      `processes: ${nodes} nodes, ${minutes.toFixed(1)} minutes, seed ${this.#options.seed}`,
      ...(why === '' ? [] : [`NOT DONE: nothing was done to the network; ${why}`]),
      '',
      ...roundLines(this.#played),
      '',
      `operations    ${ok} acknowledged, ${fail} refused, ${info} of unknown outcome`,
      ...(codes.length === 0 ? [] : [`              ${codes.join(', ')}`]),
      '',
      ...this.#holdings.lines(),
      '',
      ...verdicts.flatMap(verdictLines),
    ]
    console.log(lines.join('\n'))
  }
}

async function tombstonesOf({ client }: HarmedNode): Promise<number> {
  const { tables } = await client.admin.status()
  return tables.reduce((sum, { tombstones }) => sum + tombstones, 0)
}

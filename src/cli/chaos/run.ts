import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createClient } from '../../client/index.ts'
import type { ChaosCluster } from './chaos-cluster.ts'
import type { Verdict } from './checkers/history.ts'
import { Faults } from './faults.ts'
import { judge } from './judge.ts'
import { SeededRandom } from './random.ts'
import { Recorder } from './recorder.ts'
import type { ChaosReport } from './report.ts'
import { errorLines, law, withCluster } from './with-cluster.ts'
import { Workload } from './workload.ts'

const clients = 3
/** Between two faults, so that there is something to lose. */
const quietMs = { least: 500, most: 2000 }
const healLimitMs = 60_000

export interface ChaosOptions {
  readonly nodes: number
  readonly seconds: number
  readonly seed: number
  /** Keeps the history and the logs even when every law holds. */
  readonly keep: boolean
  /** Takes lines for people who wait. */
  readonly progress: (line: string) => void
  /** Ends the faults early; what has been done by then is judged. */
  readonly signal: AbortSignal
}

/** Real nodes under load, harmed one after another, and what clients were told judged at the end. */
export function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { nodes, seed, progress } = options
  return withCluster({ nodes, progress }, async (cluster, folder) => {
    const connected = Array.from({ length: clients }, () => createClient(cluster.endpoints))
    try {
      const run = new Run(cluster, new Workload(connected, new Recorder(), seed), options)
      return await run.play(folder)
    } finally {
      for (const client of connected) await client.close()
    }
  })
}

class Run {
  readonly #cluster: ChaosCluster
  readonly #workload: Workload
  readonly #faults: Faults
  readonly #options: ChaosOptions
  readonly #random: SeededRandom
  readonly #broken: string[] = []

  constructor(cluster: ChaosCluster, workload: Workload, options: ChaosOptions) {
    this.#cluster = cluster
    this.#workload = workload
    this.#options = options
    this.#random = new SeededRandom(options.seed)
    this.#faults = new Faults(cluster, workload, this.#random)
  }

  async play(folder: string): Promise<ChaosReport> {
    const { recorder } = this.#workload
    const began = performance.now()
    await this.#workload.prepare()
    this.#workload.start()
    await this.#do(() => this.#harm(began))
    await this.#workload.end()
    const verdicts: Verdict[] = []
    await this.#do(() => this.#cluster.heal(healLimitMs))
    const { ok, fail, info } = recorder.counts
    this.#options.progress(`judging ${ok + fail + info} calls`)
    await this.#do(async () => void verdicts.push(...(await judge(this.#cluster, recorder))))
    verdicts.push(law('the cluster recovers', this.#broken, this.#faults.records.length))
    verdicts.push(law('nobody ends unasked', this.#cluster.lost, this.#cluster.nodes.length))
    verdicts.push(law('errors are known', recorder.defects, recorder.counts.fail + recorder.counts.info))
    verdicts.push(law('nodes find no defect', errorLines(this.#cluster, folder), this.#cluster.nodes.length))
    return this.#report(folder, verdicts, (performance.now() - began) / 1000)
  }

  async #harm(began: number): Promise<void> {
    const { seconds, signal, progress } = this.#options
    const isOver = () => performance.now() - began >= seconds * 1000 || signal.aborted
    // A node that ends by itself is what is to be found out; what else is done then may be too much.
    while (!isOver() && this.#cluster.lost.length === 0) {
      await sleep(quietMs.least + this.#random.below(quietMs.most - quietMs.least))
      const kind = this.#faults.next()
      const { node, failoverMs, gapMs, recoveryMs } = await this.#faults.inflict(kind)
      const times = [
        ...(failoverMs === undefined ? [] : [`first write after ${failoverMs.toFixed(0)} ms`]),
        ...(gapMs === undefined ? [] : [`longest gap ${gapMs.toFixed(0)} ms`]),
        `well again after ${recoveryMs.toFixed(0)} ms`,
      ]
      const at = ((performance.now() - began) / 1000).toFixed(1).padStart(6)
      progress(`${at} s  ${kind.padEnd(13)} ${node}: ${times.join(', ')}`)
    }
  }

  // What goes wrong here is a finding, and the rest is judged all the same.
  async #do(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error)
      this.#options.progress(text)
      this.#broken.push(text)
    }
  }

  #report(folder: string, verdicts: readonly Verdict[], seconds: number): ChaosReport {
    const { recorder } = this.#workload
    const { nodes, seed, keep } = this.#options
    const ok = verdicts.every(({ violations }) => violations.length === 0)
    const isKept = keep || !ok
    if (isKept) writeFileSync(join(folder, 'history.jsonl'), `${recorder.lines.join('\n')}\n`)
    else rmSync(folder, { recursive: true })
    return {
      ...{ suite: 'strong', nodes, seed, seconds, leftOut: this.#cluster.network.why },
      ...{ faults: this.#faults.records, operations: recorder.counts },
      errors: Object.fromEntries([...recorder.errors].sort()),
      ...{ verdicts, folder: isKept ? folder : undefined, ok },
    }
  }
}

import { setTimeout as sleep } from 'node:timers/promises'
import type { ChaosCluster } from './chaos-cluster.ts'
import { checkBounds } from './checkers/bounds.ts'
import { type Calls, callsOf, type Verdict, type WriteCall } from './checkers/history.ts'
import { type Contents, checkBatches, checkClaims, checkRows } from './checkers/rows.ts'
import { untilEqual } from './copies.ts'
import { excuses, type OrphanReports } from './orphans.ts'
import { type Plant, plant } from './plant.ts'
import type { TableFault, TableFaultKind, TableFaults } from './table-faults.ts'
import { sharedTables, type TableWorkload } from './table-workload.ts'

/** A fault under load, and what came of it; times in ms. */
export interface TableRound extends TableFault {
  /** From the end of the fault until all nodes agreed that all is well, under load. */
  readonly wellMs: number
  /** From the end of the load until all copies were equal. */
  readonly equalMs: number
  /** Increments that were acknowledged and lost to another owner. */
  readonly lost: number
  readonly verdicts: readonly Verdict[]
}

const healthLimitMs = 60_000
const equalLimitMs = 30_000
/** Of load before a fault, and after it. */
const loadMs = 300

/** Load, one fault, load, silence, and then every row of every copy judged; again and again. */
export class TableRounds {
  readonly #cluster: ChaosCluster
  readonly #workload: TableWorkload
  readonly #faults: TableFaults
  readonly #reports: OrphanReports
  readonly #loadMs: number
  #before: Contents = new Map()
  // Of the last two rounds: what a node had set aside while it was away may come when the others let it, half a minute later.
  #unknown: readonly (readonly WriteCall[])[] = []

  constructor(
    cluster: ChaosCluster,
    parts: {
      readonly workload: TableWorkload
      readonly faults: TableFaults
      readonly reports: OrphanReports
      /** How long there is load before each fault; default: just long enough to have something to lose. */
      readonly loadMs?: number
    },
  ) {
    this.#cluster = cluster
    this.#workload = parts.workload
    this.#faults = parts.faults
    this.#reports = parts.reports
    this.#loadMs = parts.loadMs ?? loadMs
  }

  /** Rejects with ERR_TIMEOUT when nodes do not get well, or copies not equal. What is planted must be noticed. */
  async play(kind: TableFaultKind, planted?: Plant): Promise<TableRound> {
    const { recorder } = this.#workload
    const first = recorder.events.length
    this.#workload.start()
    try {
      await sleep(this.#loadMs)
      const fault = await this.#faults.inflict(kind)
      const wellMs = await this.#cluster.untilHealthy(healthLimitMs)
      await sleep(loadMs)
      await this.#workload.end()
      const began = performance.now()
      await this.#settle()
      const equalMs = performance.now() - began
      const calls = callsOf(recorder.events.slice(first))
      const brief = await this.#expired()
      if (planted !== undefined) await this.#plant(planted, calls)
      const after = new Map([...(await this.#settle()), ...brief])
      return { ...fault, wellMs, equalMs, ...this.#judge(calls, fault, after) }
    } finally {
      await this.#workload.end()
    }
  }

  #settle(): Promise<Contents> {
    const lasting = this.#workload.tables.filter(name => name !== sharedTables.brief)
    return untilEqual(this.#cluster.nodes, lasting, equalLimitMs)
  }

  // What has an end must be over some time; what has none must still be there then.
  async #expired(): Promise<Contents> {
    const began = performance.now()
    for (;;) {
      const brief = await untilEqual(this.#cluster.nodes, [sharedTables.brief], equalLimitMs)
      const left = brief.get(sharedTables.brief)?.size ?? 0
      if (left === 0 || performance.now() - began > equalLimitMs) return brief
    }
  }

  async #plant(defect: Plant, { writes }: Calls): Promise<void> {
    const contents = await this.#settle()
    const [node] = this.#cluster.nodes
    if (node !== undefined) await plant(defect, writes, { node, contents })
  }

  #judge(
    calls: Calls,
    { kind, killed, away }: TableFault,
    after: Contents,
  ): { readonly verdicts: Verdict[]; readonly lost: number } {
    const before = this.#before
    const writes = [...this.#unknown.flat(), ...calls.writes]
    this.#before = after
    this.#unknown = [...this.#unknown.slice(-1), calls.writes.filter(({ outcome }) => outcome === 'info')]
    const isCalm = kind === 'nothing'
    const isExcused = excuses({ away, orphans: this.#reports.take() })
    const of = (contents: Contents, name: string) => contents.get(name) ?? new Map<string, unknown>()
    const { claims, counters, batches } = sharedTables
    const counted = { before: of(before, counters), after: of(after, counters), isCalm }
    const { lost, ...bounds } = checkBounds(calls.counters, counted)
    const written = new Map([...after].filter(([name]) => name !== claims && name !== counters))
    const verdicts = [
      checkRows(writes, { before, after: written, killed, isExcused }),
      checkBatches(of(after, batches)),
      checkClaims(calls.claims, { after: of(after, claims), isCalm, isExcused }),
      bounds,
    ]
    return { verdicts, lost }
  }
}

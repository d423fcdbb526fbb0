import type { TableOptions } from '../../../src/core/schema.ts'
import { nodeOf } from '../../../src/membership/view.ts'
import { watchBatches } from './batch-watch.ts'
import { Clients } from './clients.ts'
import { Counting } from './counting.ts'
import { openEvent } from './event-laws.ts'
import { Faults } from './faults.ts'
import { History } from './history.ts'
import { Laws } from './laws.ts'
import { faultsMs, makePlan, type Plan } from './plan.ts'
import { PolicyLaws } from './policy-laws.ts'
import { policyFunctions, policyTables } from './policy-plan.ts'
import { SimCluster, type SimNode } from './sim-cluster.ts'
import { Violation, violationOf } from './violation.ts'
import { World } from './world.ts'

export interface RunOptions {
  readonly trace?: (line: string) => void
  /** Breaks something in each process, to see whether the laws notice. */
  readonly sabotage?: (node: SimNode) => void
}

export interface RunResult {
  readonly plan: Plan
  readonly operations: number
  readonly acknowledged: number
  readonly events: number
  readonly virtualMs: number
  /** What law was broken; undefined when all held. */
  readonly violation: string | undefined
}

const honestyMs = 250
const endOfCallsMs = 30_000
// Groups that meet may have to wait for each other: one that waits for a third that it hears no more does so for 60 s (D-5).
const convergenceMs = 75_000
// Of islands that had the same rows, each looks in its turn what is missing, 30 s after the one before.
const asideMs = 180_000
// Whatever the nodes said had begun is over by then, and they say so.
const endsMs = 20_000
const evictionMs = 5000
const collectionMs = 40_000
// What is of no use in counters goes once nobody can be heard of who did not know.
const spareMs = 40_000

export function runSeed(seed: number, options: RunOptions = {}): Promise<RunResult> {
  return runPlan(makePlan(seed), options)
}

/** Runs the real engine through the plan and judges what came of it. */
export async function runPlan(plan: Plan, options: RunOptions = {}): Promise<RunResult> {
  const run = new Run(plan, options)
  let violation: string | undefined
  try {
    await run.play()
  } catch (error) {
    violation = `${violationOf(error)} (virtual ${run.world.now.toFixed(0)} ms)`
  }
  const { world, clients } = run
  const { operations, acknowledged } = clients
  return { plan, operations, acknowledged, events: world.events, virtualMs: world.now, violation }
}

class Run {
  readonly world: World
  readonly clients: Clients
  readonly #cluster: SimCluster
  readonly #faults: Faults
  readonly #history = new History()
  readonly #laws: Laws
  readonly #policies: PolicyLaws
  readonly #counting: Counting
  readonly #plan: Plan
  readonly #options: RunOptions
  readonly #names: readonly string[]

  constructor(plan: Plan, options: RunOptions) {
    this.#plan = plan
    this.#options = options
    this.world = new World(plan.seed)
    this.#names = Array.from({ length: plan.nodes }, (_, i) => `n${i}`)
    const tables = Object.keys(this.#tables)
    this.#cluster = this.#build()
    this.#policies = new PolicyLaws(this.#cluster, this.#history)
    this.#faults = new Faults(this.#cluster, this.#names, tables)
    this.#laws = new Laws(this.#cluster, this.#history, tables)
    this.#counting = new Counting(this.#cluster)
    const counting = this.#counting
    const parts = { plan, cluster: this.#cluster, history: this.#history, policies: this.#policies, counting }
    this.clients = new Clients({ ...parts, trace: line => this.#trace(line) })
  }

  async play(): Promise<void> {
    const { world } = this
    const cluster = this.#cluster
    const plan = this.#plan
    await cluster.boot(this.#names, this.#tables)
    cluster.network.faults = plan.network
    for (const fault of plan.faults)
      world.after(fault.at, () => {
        this.#trace(JSON.stringify(fault))
        this.#faults.inflict(fault)
      })
    for (const operation of plan.operations) world.after(operation.at, () => this.clients.perform(operation))
    for (let at = honestyMs; at < faultsMs; at += honestyMs) world.after(at, () => this.#laws.checkHonesty())
    await world.run(faultsMs)
    this.#trace('faults end')
    this.#faults.end()
    await this.#within(endOfCallsMs, 'end of every call', () => this.clients.waiting.join() || undefined)
    await this.#within(asideMs, 'nothing set aside', () => this.#laws.aside())
    await this.#within(convergenceMs, 'copies equal', () => this.#laws.difference())
    const survived = this.#policies.wrong()
    if (survived !== undefined) throw new Violation(survived)
    await this.#within(evictionMs, 'evicted enough', () => this.#laws.excess())
    await this.#within(convergenceMs, 'copies equal', () => this.#laws.difference())
    const isForgotten = plan.tombstoneGraceMs <= collectionMs / 4
    await this.#within(convergenceMs, 'counters are right', () => this.#counting.wrong())
    await this.#within(spareMs, 'counters are folded', () => this.#counting.spare(isForgotten))
    await this.#within(convergenceMs, 'counters are right once folded', () => this.#counting.wrong())
    await this.#collect()
    await this.#within(endsMs, 'the ends are told', () => openEvent(cluster.nodes.values()))
    this.clients.checkRefused()
    if (plan.calm) this.clients.checkCounters()
    await world.run(1000)
    await this.#laws.checkReaders()
  }

  // Those that are there all the time.
  get #tables(): Readonly<Record<string, TableOptions>> {
    const { hot, policies } = this.#plan
    const counts = { type: 'counter' } as const
    const usual = { users: {}, pair: { copies: this.#names.slice(0, 2) }, hot, counts }
    return policies ? { ...usual, ...policyTables } : usual
  }

  #build(): SimCluster {
    const { offsets, tombstoneGraceMs, expelAfterMs, outboxLimits } = this.#plan
    const cluster = new SimCluster(this.world)
    for (const [i, name] of this.#names.entries()) cluster.setOffset(name, offsets[i])
    cluster.tombstoneGraceMs = tombstoneGraceMs
    cluster.expelAfterMs = expelAfterMs
    cluster.outboxLimits = outboxLimits
    cluster.mergeFunctions = policyFunctions
    cluster.onStart = node => {
      this.#history.observe(node)
      this.#counting.observe(node)
      node.onEvent = ({ event, ...fields }) => {
        if (event === 'invariant-violation')
          this.world.failure ??= new Violation(`${node.name} ${event} ${JSON.stringify(fields)}`)
      }
      this.#policies.observe(node)
      watchBatches(node, {
        violated: what => {
          this.world.failure ??= new Violation(what)
        },
        bringsBack: member => (cluster.nodes.get(nodeOf(member))?.engine.setAside.count ?? 0) > 0,
      })
      this.#options.sabotage?.(node)
    }
    return cluster
  }

  #trace(line: string): void {
    this.#options.trace?.(`${this.world.now.toFixed(1).padStart(9)} ${line}`)
  }

  // When nothing is wrong any more, nothing is remembered for ever: every deletion, and what has expired, is forgotten.
  async #collect(): Promise<void> {
    if (this.#plan.tombstoneGraceMs > collectionMs / 4) return
    await this.#within(collectionMs, 'deletions forgotten', () => this.#laws.remembered())
    this.#laws.checkHonesty()
    // Owners go on taking over what counters that are gone have counted: that may be on its way.
    await this.#within(convergenceMs, 'copies equal after all is forgotten', () => this.#laws.difference())
  }

  async #within(limitMs: number, what: string, lacking: () => string | undefined): Promise<void> {
    await this.world
      .until(() => lacking() === undefined, limitMs, what)
      .catch(error => {
        throw this.world.failure ?? new Violation(`${error.message}: ${lacking()}`)
      })
  }
}

import { checkBank } from '../../../src/cli/chaos/checkers/bank.ts'
import { checkCounters } from '../../../src/cli/chaos/checkers/counters.ts'
import { callsOf, type Verdict } from '../../../src/cli/chaos/checkers/history.ts'
import { checkLinearizability } from '../../../src/cli/chaos/checkers/linearizability.ts'
import { checkLockCalls, checkLockLog } from '../../../src/cli/chaos/checkers/locks.ts'
import { checkSerializability } from '../../../src/cli/chaos/checkers/serializability.ts'
import { Violation, violationOf } from '../support/violation.ts'
import { World } from '../support/world.ts'
import { accountNames, Clients, startBalance } from './clients.ts'
import { Faults } from './faults.ts'
import { QuorumLoss } from './loss.ts'
import { faultsMs, makePlan, type StrongPlan } from './plan.ts'
import { describe, isWhole, within } from './recovery.ts'
import { StrongCluster, type StrongClusterOptions } from './strong-cluster.ts'
import type { StrongNode } from './strong-node.ts'

export interface StrongRunOptions extends StrongClusterOptions {
  readonly trace?: (line: string) => void
}

export interface StrongRunResult {
  readonly plan: StrongPlan
  /** What law was broken; undefined when all held. */
  readonly violation: string | undefined
  readonly operations: number
  readonly acknowledged: number
  /** Calls that certainly did nothing: conflicts, locks that were held, no quorum. */
  readonly failed: number
  readonly unknown: number
  /** Calls on which the search for an order gave up. */
  readonly unjudged: number
  readonly terms: number
  readonly entries: number
  readonly messages: number
  readonly bytes: number
  readonly events: number
  readonly virtualMs: number
}

/** Virtual time within which everything must be well again. */
const recoveryMs = 15_000
const wellRounds = 12
const wellRoundMs = 50

export function runStrongSeed(seed: number, options: StrongRunOptions = {}): Promise<StrongRunResult> {
  return runStrongPlan(makePlan(seed), options)
}

/** Runs the real log, state and driver through the plan and judges what came of it. */
export async function runStrongPlan(
  plan: StrongPlan,
  options: StrongRunOptions = {},
): Promise<StrongRunResult> {
  const run = new StrongRun(plan, options)
  let violation: string | undefined
  try {
    await run.play()
  } catch (error) {
    violation = violationOf(error)
  }
  const { cluster, clients, world, unjudged } = run
  const { counts, calls } = clients.recorder
  return {
    ...{ plan, violation, operations: calls, acknowledged: counts.ok, failed: counts.fail },
    ...{ unknown: calls - counts.ok - counts.fail, unjudged },
    ...{ terms: cluster.invariants.terms, entries: cluster.invariants.decided },
    ...{
      messages: cluster.network.messages,
      bytes: cluster.network.bytes,
      events: world.events,
      virtualMs: world.now,
    },
  }
}

class StrongRun {
  readonly world: World
  readonly cluster: StrongCluster
  readonly clients: Clients
  unjudged = 0
  readonly #plan: StrongPlan
  readonly #options: StrongRunOptions
  readonly #faults: Faults

  constructor(plan: StrongPlan, options: StrongRunOptions) {
    this.#plan = plan
    this.#options = options
    this.world = new World(plan.seed)
    this.cluster = new StrongCluster(this.world, plan, options)
    this.clients = new Clients(this.cluster)
    this.#faults = new Faults(this.cluster)
  }

  async play(): Promise<void> {
    const { world, cluster, clients } = this
    await cluster.boot()
    const ready = clients.prepare(cluster.leader as StrongNode)
    await within(world, ready, 'tables are made')
    cluster.network.roughness = this.#plan.network
    const begin = world.now
    for (const fault of this.#plan.faults)
      world.after(fault.at, () => {
        const what = this.#faults.inflict(fault)
        this.#trace(`${JSON.stringify(fault)} -> ${what}`)
      })
    for (const operation of this.#plan.operations)
      world.after(operation.at, () => {
        this.#trace(JSON.stringify(operation))
        clients.perform(operation)
      })
    await world.run(faultsMs)
    this.#trace(`faults end after ${world.now - begin} ms`)
    this.#faults.end()
    cluster.heal()
    await this.#recover()
    this.#judge()
    if (this.#plan.loss === undefined) return
    this.#trace(`a quorum is lost: ${JSON.stringify(this.#plan.loss)}`)
    await new QuorumLoss(cluster, clients, this.#plan.loss).play()
    await this.#recover()
  }

  // Liveness: one leader, everybody a member who has everything, nothing that waits, and new work is done by all.
  async #recover(): Promise<void> {
    const { world, cluster, clients } = this
    const waiting = () => [...clients.pending.values()].filter(({ node }) => node.process.isAlive)
    await world
      .until(() => isWhole(cluster), recoveryMs, 'a group of all nodes')
      .catch(error => {
        throw world.failure ?? new Violation(`${error.message}: ${describe(cluster)}`)
      })
    await world
      .until(() => waiting().length === 0, recoveryMs, 'an end of every call')
      .catch(error => {
        throw world.failure ?? new Violation(`${error.message}: ${waiting().map(({ what }) => what)}`)
      })
    for (const [i, node] of cluster.living.entries()) {
      const last = clients.recorder.counts.ok
      clients.perform({ id: 9000 + i, at: 0, node: cluster.living.indexOf(node), kind: 'counter', key: 0 })
      await world.until(() => waiting().length === 0, recoveryMs, 'a last write')
      if (clients.recorder.counts.ok === last)
        throw new Violation(`${node.id} cannot write when all is well: ${describe(cluster)}`)
    }
    await this.#staysWell()
    const settled = () => new Set(cluster.living.map(({ strong }) => strong.applied)).size === 1
    await world.until(settled, recoveryMs, 'members that have applied the same')
    const hashes = cluster.living.map(({ state }) => state.hash())
    if (new Set(hashes).size > 1) throw new Violation(`states differ at the end: ${hashes}`)
  }

  // Leadership goes to the ring's choice now: nobody is refused anything by that.
  async #staysWell(): Promise<void> {
    const { world, cluster } = this
    let open = 0
    for (let i = 0; i < wellRounds; i++) {
      for (const node of cluster.living)
        for (const call of [node.submit({ kind: 'tick' }, recoveryMs), node.barrier(recoveryMs)]) {
          open++
          call.then(
            () => void open--,
            error => {
              world.failure ??= new Violation(`${node.id} is refused when all is well: ${error.message}`)
            },
          )
        }
      await world.run(wellRoundMs)
    }
    await world.until(() => open === 0, recoveryMs, 'an end of the last calls')
  }

  #judge(): void {
    const { cluster, clients } = this
    const calls = callsOf(clients.recorder.events)
    const [node] = cluster.living
    const lists = new Set(
      calls.lists.flatMap(({ operation }) => [...operation.reads, ...operation.appends.map(([l]) => l)]),
    )
    const finalLists = new Map(
      [...lists].map(list => [list, (node.read('lists', list).value ?? []) as number[]]),
    )
    const names = new Set(calls.counters.map(({ operation }) => operation.counter))
    const finalCounters = new Map(
      [...names].map(name => [name, (node.read('counters', name).value ?? 0) as number]),
    )
    const total = startBalance * accountNames.length
    const verdicts: Verdict[] = [
      checkSerializability(calls.lists, finalLists),
      checkLinearizability(calls.registers, { maxSteps: 200_000, tables: calls.tables }),
      checkCounters(calls.counters, finalCounters),
      checkBank(calls.bank, { total, accounts: accountNames }),
      checkLockLog(cluster.lockWatch.events),
      checkLockCalls(calls.locks, calls.lists),
    ]
    for (const { checker, violations, unjudged } of verdicts) {
      this.unjudged += unjudged
      if (violations.length > 0) throw new Violation(`${checker}: ${violations.slice(0, 3).join('\n')}`)
    }
    clients.crowd.judge(node)
    const sum = accountNames.reduce((all, name) => all + (node.read('bank', name).value as number), 0)
    if (sum !== total) throw new Violation(`bank: ${sum} at the end instead of ${total}`)
    if (this.#options.model !== false) cluster.judge()
  }

  #trace(line: string): void {
    this.#options.trace?.(`${this.world.now.toFixed(1).padStart(9)} ${line}`)
  }
}

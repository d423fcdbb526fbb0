import { isDeepStrictEqual } from 'node:util'
import { isQuorum, membersOf } from '../../../src/coordination/consensus/configuration.ts'
import type { LogEntry, MemberId } from '../../../src/coordination/consensus/types.ts'
import { type ClockSettings, SimProcess } from '../support/process.ts'
import { strictLog, Violation } from '../support/violation.ts'
import { SeededRandom, type World } from '../support/world.ts'
import { Invariants } from './invariants.ts'
import { LockWatch } from './lock-watch.ts'
import { ModelState } from './model-state.ts'
import { nameOf, StrongNetwork } from './network.ts'
import type { StrongPlan } from './plan.ts'
import { type Run, StrongNode } from './strong-node.ts'
import { tables } from './tables.ts'
import { Watchers } from './watchers.ts'

const groupId = 'f'.repeat(32)
const leaveMs = 1500
const tellEveryMs = 50

export interface StrongClusterOptions {
  /** Breaks something in each process, to see whether the laws notice. */
  readonly sabotage?: (node: StrongNode, cluster: StrongCluster) => void
  /** What each member makes of an entry is held against a plain model of it. Default true. */
  readonly model?: boolean
}

export type ClusterPlan = Pick<StrongPlan, 'nodes' | 'voters' | 'constants' | 'clocks'>

/** Processes of one strong group on a simulated network; all of their laws are watched at every step. */
export class StrongCluster {
  readonly world: World
  readonly network: StrongNetwork
  /** Of the group that the run begins with. */
  readonly invariants = new Invariants()
  readonly lockWatch = new LockWatch()
  /** The present life of each node. */
  readonly nodes = new Map<string, StrongNode>()
  readonly names: readonly string[]
  readonly #plan: ClusterPlan
  readonly #options: StrongClusterOptions
  /** The group's clock after each entry. */
  readonly clocks: number[] = []
  readonly watchers: Watchers
  readonly #model = new ModelState()
  readonly #byGroup = new Map([[groupId, this.invariants]])
  readonly #lives = new Map<string, number>()
  readonly #steppedMs = new Map<string, number>()
  readonly #leaving = new Set<string>()
  // From here on a quorum may be lost, with what nobody else had.
  #isLosing = false
  // The one group that was founded since, and not only for the time being.
  #confirmed: string | undefined
  // The last entry that the model has applied.
  #modelled = 0

  constructor(world: World, plan: ClusterPlan, options: StrongClusterOptions = {}) {
    this.world = world
    this.#plan = plan
    this.#options = options
    this.network = new StrongNetwork(world, (from, to, bytes) => this.#deliver(from, to, bytes))
    this.names = Array.from({ length: plan.nodes }, (_, i) => `n${i}`)
    this.watchers = new Watchers(this.#model.tables)
  }

  /** A group of all nodes, with a leader. */
  async boot(): Promise<void> {
    const nodes = this.names.map(name => this.start(name))
    const ids = nodes.map(({ id }) => id)
    const { voters } = this.#plan
    for (const { group } of nodes) group.found(groupId, ids.slice(0, voters), ids.slice(voters))
    await this.world.until(() => this.leader !== undefined, 20_000, 'a leader')
    const found = { kind: 'found', id: groupId, generation: 1, provisional: false } as const
    this.leader?.group.propose(found)
    await this.world.until(() => nodes.every(({ state }) => state.group.id === groupId), 20_000, 'founded')
    this.world.after(tellEveryMs, () => this.#tell())
  }

  // As every frame between two nodes does: who is behind is told of the schema by any peer, not by the leader alone.
  #tell(): void {
    this.world.after(tellEveryMs, () => this.#tell())
    for (const to of this.running)
      for (const from of this.running)
        if (!this.network.isCut(from.id, to.id)) to.catalog.adopt(from.catalog.records())
  }

  get running(): StrongNode[] {
    return [...this.nodes.values()].filter(({ process }) => process.isRunning)
  }

  get living(): StrongNode[] {
    return [...this.nodes.values()].filter(({ process }) => process.isAlive)
  }

  /** Of the highest term, if there are several who believe it. */
  get leader(): StrongNode | undefined {
    const leaders = this.living.filter(({ isLeader }) => isLeader)
    const term = ({ group }: StrongNode) => group.consensus.state.term
    return leaders.sort((a, b) => term(b) - term(a))[0]
  }

  /** A new life of the node, with nothing in its memory. */
  start(name: string): StrongNode {
    const life = (this.#lives.get(name) ?? 0) + 1
    this.#lives.set(name, life)
    return this.startAs(`${name}#${String(life).padStart(4, '0')}`)
  }

  /** A process under that identity, whatever came before. */
  startAs(self: MemberId): StrongNode {
    const name = nameOf(self)
    const clock: ClockSettings = this.#plan.clocks[this.names.indexOf(name)] ?? { offsetMs: 0, rate: 1 }
    const process = new SimProcess(this.world, clock, { seed: this.world.random.uint32(), log: strictLog })
    process.stepClock(this.#steppedMs.get(name) ?? 0)
    this.#leaving.delete(name)
    const node = new StrongNode(
      {
        ...{ self, process },
        send: (to, bytes) => this.network.send(self, to, bytes),
        seeds: () => this.names.map(each => this.nodes.get(each)?.id),
        peers: () => this.living.map(({ id }) => id).filter(id => id !== self && this.#isSeen(self, id)),
        sabotage: made => this.#options.sabotage?.(made, this),
        applied: (at, index, entry, run) => this.#applied(at, index, entry, run),
        mayReset: () => this.#isLosing,
        renewing: (id, last) => void this.#byGroup.set(id, new Invariants(last)),
        mayRenew: made => this.#isLosing && this.#isAccounted(made),
      },
      { maxVoters: this.#plan.voters, ...this.#plan.constants },
    )
    node.onReset = () => this.#watch(node)
    this.#watch(node)
    this.nodes.set(name, node)
    return node
  }

  // As gossip has it once no quorum is left: who is cut off is not believed alive.
  #isSeen(a: MemberId, b: MemberId): boolean {
    return !this.#isLosing || (!this.network.isCut(a, b) && !this.network.isCut(b, a))
  }

  #watch(node: StrongNode): void {
    const { id, group } = node
    const { consensus } = group
    const step = consensus.step.bind(consensus)
    consensus.step = (input, now) => {
      const effects = step(input, now)
      this.invariantsOf(node).observe({ id, consensus })
      return effects
    }
  }

  /** The laws of the group that the process is in; a group that is formed anew is another one. */
  invariantsOf({ group }: StrongNode): Invariants {
    const known = this.#byGroup.get(group.id)
    if (known !== undefined) return known
    const made = new Invariants()
    this.#byGroup.set(group.id, made)
    return made
  }

  /** Memory and all, without a word. */
  crash(name: string): void {
    this.nodes.get(name)?.process.kill()
  }

  /** The wall clock of that host goes to another time, and stays there. */
  stepClock(name: string, ms: number): void {
    this.#steppedMs.set(name, (this.#steppedMs.get(name) ?? 0) + ms)
    this.nodes.get(name)?.process.stepClock(ms)
  }

  /** It leaves in order, and is closed and gone when that is done. */
  leave(name: string, gone: () => void): void {
    const node = this.nodes.get(name)
    if (node === undefined) return
    this.#leaving.add(name)
    const end = () => {
      node.strong.stop()
      // What it still had to tell its callers it has told by then.
      this.world.after(1, () => {
        node.process.kill()
        gone()
      })
    }
    node.strong.leave(leaveMs).then(end, error => {
      this.world.failure ??= error
    })
  }

  /** True while some process is on its way out. */
  get hasLeavers(): boolean {
    return this.#leaving.size > 0
  }

  /**
   * True when every configuration that a living member goes by keeps its quorum without the node, also if it was about
   * to be given a vote: a leader does not see at once that it is gone.
   */
  maySpare(name: string): boolean {
    const staying = this.living.filter(node => node.name !== name && !this.#leaving.has(node.name))
    const left = new Set(staying.map(({ id }) => id))
    return this.living.every(({ group }) => {
      const { configuration } = group.consensus.state
      if (configuration === undefined) return true
      const learner = configuration.learners.find(member => nameOf(member) === name)
      const voters = learner === undefined ? configuration.voters : [...configuration.voters, learner]
      return isQuorum({ ...configuration, voters }, member => left.has(member))
    })
  }

  /** Other voters, as many as there are, of those that have nearly everything. */
  reconfigure(pick: number): void {
    const leader = this.leader
    const configuration = leader?.group.consensus.state.configuration
    if (leader === undefined || configuration === undefined || !leader.process.isRunning) return
    const { replication, state } = leader.group.consensus
    const members = membersOf(configuration).filter(member => this.nodes.get(nameOf(member))?.id === member)
    const ready = members.filter(
      member => member === leader.id || (replication.progress.get(member)?.match ?? 0) >= state.commit - 3,
    )
    const count = configuration.voters.length
    const voters = new SeededRandom(pick).shuffle(ready).slice(0, count)
    if (voters.length < count) return
    const learners = membersOf(configuration).filter(member => !voters.includes(member))
    leader.group.step({ kind: 'configure', voters, learners })
    leader.group.step({ kind: 'flush' })
  }

  transfer(to: string): void {
    const id = this.nodes.get(to)?.id
    if (id !== undefined && this.leader?.process.isRunning)
      this.leader.group.step({ kind: 'transfer', to: id })
  }

  /** From here on a quorum may be lost: a group may be formed anew, and the model of one log says nothing any more. */
  beginLoss(): void {
    this.#isLosing = true
  }

  // Of all members that the node knows of each lives or has another life, and those who live are no quorum.
  #isAccounted({ group }: StrongNode): boolean {
    const { configuration } = group.consensus.state
    if (configuration === undefined) return false
    const lives = (member: MemberId) => this.living.some(({ id }) => id === member)
    const isOutlived = (member: MemberId) => (this.nodes.get(nameOf(member))?.id ?? '') > member
    const isKnown = membersOf(configuration).every(member => lives(member) || isOutlived(member))
    return isKnown && !isQuorum(configuration, lives)
  }

  heal(): void {
    this.network.heal()
    for (const { process } of this.nodes.values()) process.resume()
  }

  /** When all have applied the same: what they hold is what the model holds, and watchers were told how it came about. */
  judge(): void {
    for (const name of tables) {
      const expected = this.#model.tables.rows(name)
      for (const node of this.living)
        if (!isDeepStrictEqual(node.rows(name), expected))
          throw new Violation(`${node.id} has other rows in ${name} than its entries make`)
    }
    this.watchers.judge()
  }

  #deliver(from: MemberId, to: MemberId, bytes: Buffer): void {
    const node = this.nodes.get(nameOf(to))
    if (node?.id === to) node.process.run(() => node.group.receive(from, bytes))
  }

  #applied(node: StrongNode, index: number, entry: LogEntry, run: Run | undefined): void {
    this.invariantsOf(node).applied(
      node.id,
      index,
      entry,
      `${node.state.hash()} ${JSON.stringify(run?.result)}`,
    )
    if (this.#isLosing) {
      this.#founded(node)
      return
    }
    if (index === this.#modelled + 1) this.#first(node, index, entry, run)
    this.watchers.applied(node, index)
  }

  // Nobody who counts for either dies meanwhile: then one of two groups cannot have more than half of the seeds.
  #founded({ id, state }: StrongNode): void {
    const { group } = state
    if (group.id === '' || group.id === groupId || group.provisional || group.origin !== undefined) return
    this.#confirmed ??= group.id
    if (this.#confirmed !== group.id)
      throw new Violation(`${id} is in ${group.id}, confirmed as ${this.#confirmed} is`)
  }

  // The first member to apply the entry.
  #first(node: StrongNode, index: number, entry: LogEntry, run: Run | undefined): void {
    this.#modelled = index
    this.clocks[index] = node.state.clock
    this.lockWatch.applied(node.state, index, run)
    if (run !== undefined && run.result.index === index && run.request.session !== '') {
      const { status } = run.result
      if (status !== 'noSession' && status !== 'forgotten')
        this.invariants.executed(run.request.session, run.request.sequence, index)
    }
    if (this.#options.model === false) return
    const expected = this.#model.apply(index, entry)
    if (expected?.isNew === true && expected.request.session !== '') compare(index, expected.result, run)
  }
}

function compare(index: number, expected: Run['result'] | undefined, run: Run | undefined): void {
  const said = (result: Run['result'] | undefined) => {
    if (result?.status === 'done' && run?.request.command.kind === 'transaction')
      return JSON.stringify([result.index, result.outcomes])
    return JSON.stringify([result?.status, result?.index])
  }
  if (said(expected) !== said(run?.result))
    throw new Violation(`entry ${index} made ${said(run?.result)}, and should make ${said(expected)}`)
}

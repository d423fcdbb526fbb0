import { invariant } from '../../core/invariant.ts'
import { CatchUp } from './catch-up.ts'
import { towards } from './configuration.ts'
import { Election } from './election.ts'
import { type ConsensusOptions, MemberState, type Outgoing } from './member-state.ts'
import { type ReadAnswer, ReadIndex } from './read-index.ts'
import { Replication } from './replication.ts'
import type { Configuration, LogEntry, MemberId, Message, StateMachine } from './types.ts'

/** What may happen to a member. */
export type Input =
  | { readonly kind: 'message'; readonly from: MemberId; readonly message: Message }
  | { readonly kind: 'tick' }
  /** The turn is over: what it brought is sent. */
  | { readonly kind: 'flush' }
  | { readonly kind: 'propose'; readonly payloads: readonly Buffer[] }
  | { readonly kind: 'read'; readonly tag: number }
  | {
      readonly kind: 'configure'
      readonly voters: readonly MemberId[]
      readonly learners: readonly MemberId[]
    }
  /** Gives leadership to that voter as soon as it has everything. */
  | { readonly kind: 'transfer'; readonly to: MemberId }
  /** That member is said to be dead; undefined when nobody is any more. */
  | { readonly kind: 'suspect'; readonly member: MemberId | undefined }

/** What is to be done about it. */
export interface Effects {
  readonly messages: readonly Outgoing[]
  readonly reads: readonly ReadAnswer[]
  /** Index of the first payload proposed, undefined when this member cannot take proposals. */
  readonly proposedAt: number | undefined
}

/** The time: monotonic ms for what waits, Unix ms for what is stamped. */
export interface Now {
  readonly ms: number
  readonly wallMs: number
}

const noBytes = Buffer.alloc(0)

/**
 * One member of a replicated log. It does no I/O, reads no clock and holds no timer: the same inputs at the same
 * times have the same effects. Whoever drives it calls `tick` a few times in a heartbeat, and `flush` once at the end
 * of a turn in which anything else was put in.
 */
export class Consensus {
  readonly state: MemberState
  readonly election: Election
  readonly replication: Replication
  readonly reads: ReadIndex
  readonly catchUp: CatchUp
  #quorumCheckAt = 0
  #transferTo: MemberId | undefined
  #transferUntil = 0
  #wallMs = 0

  constructor(
    options: ConsensusOptions,
    parts: { readonly machine: StateMachine; readonly random: () => number },
  ) {
    this.state = new MemberState(options, parts.machine, parts.random)
    this.replication = new Replication(this.state)
    this.reads = new ReadIndex(this.state, this.replication)
    this.election = new Election(this.state, {
      won: nowMs => this.#lead(nowMs),
      lost: nowMs => this.#resign(nowMs),
    })
    this.catchUp = new CatchUp(this.state, this.election, this.replication)
  }

  get isLeader(): boolean {
    return this.state.role === 'leader'
  }

  /** True while it leads, knows all that was decided before, and gives leadership to nobody. */
  get takesProposals(): boolean {
    return this.isLeader && this.#transferTo === undefined
  }

  /** True when it leads and has so much to decide that it takes no more (S8). What is decided is applied at once. */
  get isOverloaded(): boolean {
    return this.isLeader && this.state.log.undecidedBytes > this.state.options.maxUndecidedBytes
  }

  /** True when the configuration may be changed: one change at a time (Raft section 6). */
  get canConfigure(): boolean {
    const { configuration, log, commit } = this.state
    return (
      this.takesProposals &&
      this.replication.isSettled &&
      configuration?.old === undefined &&
      log.configurationIndex <= commit
    )
  }

  /** Begins a log whose first entry is that configuration. Every founder must begin with the same. */
  bootstrap(configuration: Configuration): void {
    invariant(this.state.log.lastIndex === 0, 'a log is begun twice')
    this.state.log.append({ term: 0, kind: 'configuration', atMs: 0, configuration, payload: noBytes })
    this.state.commitTo(1)
  }

  /**
   * Goes on alone with everything that is here. Only for a member that knows that no other of its configuration will
   * ever decide anything again.
   */
  takeOver(now: Now): void {
    const { state } = this
    this.#wallMs = now.wallMs
    state.commitTo(state.log.lastIndex)
    state.term++
    this.#append('configuration', { voters: [state.self], old: undefined, learners: [] }, noBytes)
    this.election.stand(now.ms, false)
  }

  step(input: Input, now: Now): Effects {
    this.#wallMs = now.wallMs
    const proposedAt = this.#take(input, now.ms)
    this.#finishChange(now.ms)
    this.reads.settle()
    const effects = { messages: this.state.outgoing, reads: this.reads.answers, proposedAt }
    if (effects.messages.length > 0) this.state.outgoing = []
    if (effects.reads.length > 0) this.reads.answers = []
    return effects
  }

  #take(input: Input, nowMs: number): number | undefined {
    switch (input.kind) {
      case 'message':
        this.#receive(input.from, input.message, nowMs)
        return undefined
      case 'tick':
        this.#tick(nowMs)
        return undefined
      case 'flush':
        if (this.isLeader) {
          this.replication.flush(nowMs)
          this.reads.flush(nowMs)
        }
        return undefined
      case 'propose':
        return this.#propose(input.payloads)
      case 'read':
        this.reads.ask(input.tag)
        return undefined
      case 'configure':
        this.#configure(input)
        return undefined
      case 'transfer':
        this.#transfer(input.to, nowMs)
        return undefined
      case 'suspect':
        this.election.suspect(input.member, nowMs)
        return undefined
    }
  }

  #tick(nowMs: number): void {
    this.election.tick(nowMs)
    this.catchUp.tick(nowMs)
    if (!this.isLeader) return
    this.replication.tick(nowMs)
    if (this.#transferTo !== undefined && nowMs >= this.#transferUntil) this.#transferTo = undefined
    if (nowMs < this.#quorumCheckAt) return
    this.#quorumCheckAt = nowMs + this.state.options.electionMs
    if (!this.replication.hearsQuorum(nowMs)) this.election.follow(this.state.term, nowMs)
  }

  #receive(from: MemberId, message: Message, nowMs: number): void {
    const { state, election, replication } = this
    switch (message.type) {
      case 'preVote':
        election.preVote(from, message, nowMs)
        return
      case 'preVoteReply':
        election.preVoteReply(from, message, nowMs)
        return
      case 'vote':
        election.vote(from, message, nowMs)
        return
      case 'voteReply':
        election.voteReply(from, message, nowMs)
        return
      case 'timeoutNow':
        election.timeoutNow(from, message, nowMs)
        return
      case 'fetch':
        this.catchUp.fetch(from, message)
        return
      case 'fetched':
        this.catchUp.fetched(from, message, nowMs)
        return
    }
    if (message.term > state.term) election.follow(message.term, nowMs)
    switch (message.type) {
      case 'append':
        if (this.#hearLeader(from, message.term, message.round, nowMs)) replication.append(from, message)
        return
      case 'snapshot':
        if (this.#hearLeader(from, message.term, message.round, nowMs)) replication.snapshot(from, message)
        return
      case 'appendReply':
        if (!this.isLeader || message.term !== state.term) return
        replication.appendReply(from, message, nowMs)
        this.#hurryTransfer()
        return
      case 'snapshotReply':
        if (this.isLeader && message.term === state.term) replication.snapshotReply(from, message, nowMs)
    }
  }

  // False for one who led in an earlier term, who is told so.
  #hearLeader(from: MemberId, term: number, round: number, nowMs: number): boolean {
    const { state, election } = this
    if (term < state.term) {
      state.send(from, {
        ...{ type: 'appendReply', term: state.term, ok: false, round },
        ...{ index: state.log.lastIndex, previousIndex: 0 },
      })
      return false
    }
    invariant(state.role !== 'leader', `two leaders in term ${term}`)
    state.role = 'follower'
    state.leader = from
    state.lastContact = nowMs
    election.rest(nowMs)
    return true
  }

  #propose(payloads: readonly Buffer[]): number | undefined {
    if (!this.takesProposals || this.isOverloaded) return undefined
    const first = this.state.log.lastIndex + 1
    for (const payload of payloads) this.#append('command', undefined, payload)
    if (this.state.others.length === 0) this.replication.advance()
    return first
  }

  #append(kind: LogEntry['kind'], configuration: Configuration | undefined, payload: Buffer): number {
    return this.state.log.append(this.#entry(kind, configuration, payload))
  }

  #entry(kind: LogEntry['kind'], configuration: Configuration | undefined, payload: Buffer): LogEntry {
    const { term, log } = this.state
    return { term, kind, atMs: Math.max(log.lastAtMs, this.#wallMs), configuration, payload }
  }

  #lead(nowMs: number): void {
    this.#transferTo = undefined
    this.#quorumCheckAt = nowMs + 2 * this.state.options.electionMs
    this.replication.lead(this.#entry('noop', undefined, noBytes), nowMs)
  }

  #resign(nowMs: number): void {
    this.#transferTo = undefined
    this.state.ledUntil = this.replication.heardUntil(nowMs)
    this.replication.resign()
    this.reads.fail()
  }

  #configure(wanted: { voters: readonly MemberId[]; learners: readonly MemberId[] }): void {
    const { configuration } = this.state
    if (!this.canConfigure || configuration === undefined || wanted.voters.length === 0) return
    this.#append('configuration', towards(configuration, wanted), noBytes)
    this.replication.advance()
  }

  // Once both sets have agreed the new one alone holds; who is not in it has led so far, and leads no more.
  #finishChange(nowMs: number): void {
    const { state } = this
    const { configuration, log } = state
    if (!this.isLeader || configuration === undefined) return
    if (log.configurationIndex > state.commit || !this.replication.isSettled) return
    if (configuration.old !== undefined) {
      const { voters, learners } = configuration
      this.#append('configuration', { voters, old: undefined, learners }, noBytes)
      this.replication.beat(nowMs)
    } else if (!configuration.voters.includes(state.self)) {
      this.election.follow(state.term, nowMs)
      state.lastContact = Number.NEGATIVE_INFINITY
    }
  }

  #transfer(to: MemberId, nowMs: number): void {
    const { configuration, options, self } = this.state
    if (!this.canConfigure || to === self || configuration?.voters.includes(to) !== true) return
    this.#transferTo = to
    this.#transferUntil = nowMs + options.electionMs
    this.#hurryTransfer()
  }

  #hurryTransfer(): void {
    const to = this.#transferTo
    const { log, term } = this.state
    if (to === undefined || (this.replication.progress.get(to)?.match ?? 0) < log.lastIndex) return
    this.state.send(to, { type: 'timeoutNow', term })
  }
}

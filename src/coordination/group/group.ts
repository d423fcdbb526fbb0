import { BytesReader } from '../../core/bytes.ts'
import { type Cancel, type Environment, unit } from '../../core/environment.ts'
import { MnemeshError } from '../../core/errors.ts'
import type { Call } from '../../wire/caller.ts'
import { Consensus, type Effects, type Input, type Now } from '../consensus/consensus.ts'
import { type ConsensusOptions, consensusDefaults } from '../consensus/member-state.ts'
import type { MemberId } from '../consensus/types.ts'
import { encodeRequest } from '../state/command-codec.ts'
import type { Command, Request, Result } from '../state/commands.ts'
import type { Answered, Numbered } from '../strong.ts'
import { Barrier } from './barrier.ts'
import type { GroupMessage, Proposals } from './group-message.ts'
import { type GroupOptions, type GroupParts, leaveBehind } from './group-parts.ts'
import { readGroupMessage } from './message-codec.ts'
import { Postbox } from './postbox.ts'
import { Submitter } from './submitter.ts'

const tickMs = 25

/**
 * This process as a member of the strong group: drives the log with time and messages, puts commands into it and
 * waits for them, asks the leader before linearizable reads.
 */
export class Group {
  readonly self: MemberId
  /** Groups that this process has left, but for one that it was told to go back to. */
  readonly left: string[] = []
  /** The log; another one after `reset`. */
  consensus: Consensus
  readonly options: ConsensusOptions
  readonly #env: Environment
  readonly #parts: GroupParts
  readonly #submitter: Submitter
  readonly #barrier: Barrier
  readonly #postbox: Postbox
  readonly #asked = new Map<number, { readonly from: MemberId; readonly tag: number }>()
  readonly #stopTicking: Cancel
  readonly #startedAt: number
  #proposals: (Omit<Proposals, 'type'> & { readonly from: MemberId })[] = []
  #id = ''
  #tag = 0
  #flushing = false
  #stopped = false

  constructor(env: Environment, parts: GroupParts, options: GroupOptions) {
    this.#env = env
    this.#parts = parts
    this.self = options.self
    this.options = { ...consensusDefaults, ...options }
    this.#startedAt = env.clock.monotonic()
    this.consensus = this.#createLog()
    this.#postbox = new Postbox(parts.send)
    const voters = () => this.consensus.state.configuration?.voters ?? []
    const shared = { leader: () => this.leader, hasQuorum: () => this.hasQuorum, voters }
    this.#submitter = new Submitter(env, {
      ...shared,
      session: () => parts.state.sessionOf(this.self),
      resultOf: (session, sequence) => parts.state.resultOf(session, sequence),
      encode: encodeRequest,
      schedule: () => this.#scheduleFlush(),
      send: (leader, batch, payloads) => this.#propose(leader, batch, payloads),
    })
    this.#barrier = new Barrier(env, {
      ...shared,
      ask: (leader, tag) => this.#askIndex(leader, tag),
      applied: () => this.consensus.state.applied,
    })
    this.#stopTicking = env.timers.every(tickMs, () => this.#tick())
  }

  /** 128 random bits as hex; '' while this process is in no group. */
  get id(): string {
    return this.#id
  }

  /** Who leads, as far as this process knows. */
  get leader(): MemberId | undefined {
    return this.consensus.state.leader
  }

  /** False where nothing can be decided from here. */
  get hasQuorum(): boolean {
    return this.#id !== '' && this.consensus.state.configuration !== undefined && !this.hasLostQuorum
  }

  /** True for a member that heard no leader for 3T, in which an election should have ended. */
  get hasLostQuorum(): boolean {
    const { state } = this.consensus
    return state.configuration !== undefined && this.leaderSilentMs >= 3 * this.options.electionMs
  }

  /** Ms since a leader was heard, or a quorum by this process while it led itself; 0 for the leader. */
  get leaderSilentMs(): number {
    const { role, lastContact, ledUntil } = this.consensus.state
    if (role === 'leader') return 0
    return this.#env.clock.monotonic() - Math.max(lastContact, ledUntil, this.#startedAt)
  }

  /** Begins a group of this process alone, or, in tests, of founders that all begin with the same. */
  found(id: string, voters: readonly MemberId[] = [this.self], learners: readonly MemberId[] = []): void {
    this.#id = id
    this.consensus.bootstrap({ voters, old: undefined, learners })
    if (voters.length === 1 && voters[0] === this.self) {
      this.consensus.election.stand(this.#env.clock.monotonic(), false)
      this.step({ kind: 'flush' })
    }
  }

  /** Leaves the group: what waits fails, the log begins anew with whichever group takes this process in. */
  reset(into = ''): void {
    this.#flush()
    // One that never had its log here may still send it.
    if (this.consensus.state.configuration !== undefined) leaveBehind(this.left, this.#id)
    // That group may be one that this process was of before it went on alone, as another one.
    const before = this.left.indexOf(into)
    if (before >= 0) this.left.splice(before, 1)
    this.#id = ''
    this.consensus = this.#createLog()
  }

  /** Goes on alone with all that this process has, as another group. See `Consensus.takeOver`. */
  renew(id: string): void {
    leaveBehind(this.left, this.#id)
    this.#submitter.abandon()
    this.#id = id
    this.consensus.takeOver(this.#now())
    this.step({ kind: 'flush' })
  }

  /** Resolves once this process has applied the command. See `Strong.submit`. */
  submit(command: Command, call: Call, numbered?: Numbered): Promise<Result> {
    return new Promise((done, failed) => this.#submitter.ask(command, call, { done, failed }, numbered))
  }

  /** See `Strong.ask`. */
  ask(command: Command, call: Call, answered: Answered): void {
    this.#submitter.ask(command, call, answered)
  }

  /** Resolves once this process has applied all that was acknowledged before. See `Barrier.pass`. */
  barrier(call: Call): Promise<void> {
    return this.#barrier.pass(call)
  }

  /** As the leader, puts in what nobody asked for: housekeeping, which may be lost and is repeated then. */
  propose(command: Command): void {
    const request: Request = { session: '', sequence: 0, settledBelow: 0, command }
    this.#propose(this.self, 0, [encodeRequest(request)])
  }

  /** The state has applied a request: its submitter may be waiting here. */
  applied(session: string, sequence: number, result: Result): void {
    this.#submitter.applied(session, sequence, result)
  }

  /** The state is another one, taken over or given up: requests may be answered in it, or cannot be any more. */
  restored(): void {
    this.#submitter.restored()
    this.#barrier.advanced()
  }

  /** Takes in what another process sent. Throws ERR_FRAME_INVALID for what none of ours sends. */
  receive(from: MemberId, bytes: Buffer): void {
    if (this.#stopped) return
    const reader = new BytesReader(bytes)
    const group = reader.text()
    while (reader.left > 0) this.#take(from, group, readGroupMessage(reader))
  }

  send(to: MemberId, message: GroupMessage): void {
    this.#postbox.add(to, this.#id, message)
    this.#scheduleFlush()
  }

  /** Gives the log something to think about, and does what comes of it. */
  step(input: Input): Effects {
    const { leader } = this
    const effects = this.consensus.step(input, this.#now())
    for (const { to, message } of effects.messages) this.send(to, message)
    for (const { tag, index } of effects.reads) this.#answerIndex(tag, index)
    this.#barrier.advanced()
    if (this.leader !== leader && this.leader !== undefined) {
      this.#submitter.led(this.leader)
      this.#barrier.tick()
      this.#scheduleFlush()
    }
    return effects
  }

  /** Everything that waits fails; nothing is sent any more. */
  stop(): void {
    if (this.#stopped) return
    this.#flush()
    this.#stopped = true
    this.#stopTicking()
    const error = new MnemeshError('ERR_CLOSED', 'this node was closed while the call waited')
    this.#submitter.close(error)
    this.#barrier.close(error)
  }

  #now(): Now {
    return { ms: this.#env.clock.monotonic(), wallMs: this.#env.clock.wall() }
  }

  #createLog(): Consensus {
    return new Consensus(this.options, { machine: this.#parts.state, random: () => unit(this.#env.random) })
  }

  #tick(): void {
    if (this.#id !== '') this.step({ kind: 'tick' })
    this.#parts.events.tick(this.#env.clock.monotonic())
    this.#submitter.tick()
    this.#barrier.tick()
    this.#scheduleFlush()
  }

  #take(from: MemberId, group: string, message: GroupMessage): void {
    if (message.type === 'greeting' || message.type === 'leaving') {
      this.#parts.events.message(from, message)
      return
    }
    // A leader that writes to a process without a group has taken it in. One that was left speaks from the past.
    const isTakenIn = message.type === 'append' || message.type === 'snapshot'
    if (this.#id === '' && isTakenIn && !this.left.includes(group)) this.#id = group
    if (group !== this.#id) return
    switch (message.type) {
      case 'proposals':
        this.#proposals.push({ ...message, from })
        this.#scheduleFlush()
        return
      case 'refused':
        this.#submitter.refused(from, message)
        return
      case 'read':
        this.#read(from, message.tag)
        return
      case 'readReply':
        this.#barrier.answered(message.tag, message.index)
        return
      case 'heard':
      case 'missing':
        this.#parts.events.message(from, message)
        return
      default:
        this.step({ kind: 'message', from, message })
        this.#scheduleFlush()
    }
  }

  #propose(leader: MemberId, batch: number, payloads: readonly Buffer[]): void {
    if (leader === this.self) {
      this.#proposals.push({ from: this.self, batch, payloads })
      this.#scheduleFlush()
    } else this.send(leader, { type: 'proposals', batch, payloads })
  }

  #askIndex(leader: MemberId, tag: number): void {
    if (leader === this.self) this.#read(this.self, tag)
    else this.send(leader, { type: 'read', tag })
  }

  #read(from: MemberId, tag: number): void {
    this.#asked.set(++this.#tag, { from, tag })
    this.step({ kind: 'read', tag: this.#tag })
    this.#scheduleFlush()
  }

  #answerIndex(tag: number, index: number | undefined): void {
    const asked = this.#asked.get(tag)
    if (asked === undefined || !this.#asked.delete(tag)) return
    if (asked.from === this.self) this.#barrier.answered(asked.tag, index)
    else this.send(asked.from, { type: 'readReply', tag: asked.tag, index })
  }

  #scheduleFlush(): void {
    if (this.#flushing || this.#stopped) return
    this.#flushing = true
    this.#env.timers.soon(() => this.#flush())
  }

  // The end of a turn: what was gathered goes into the log at once, and out in one piece to each member.
  #flush(): void {
    if (this.#stopped) return
    // Whoever was answered in this turn may have asked again: that goes with what tells of the answers.
    this.#submitter.flush()
    for (const { from, batch, payloads } of this.#proposals.splice(0)) {
      if (this.step({ kind: 'propose', payloads }).proposedAt !== undefined) continue
      const refusal = { batch, overloaded: this.consensus.isOverloaded }
      if (from === this.self) this.#submitter.refused(from, refusal)
      else this.send(from, { type: 'refused', ...refusal })
    }
    if (this.#id !== '') this.step({ kind: 'flush' })
    this.#postbox.flush()
    // What is said from here on is for the next turn.
    this.#flushing = false
    this.consensus.state.applyDecided()
    this.#barrier.advanced()
  }
}

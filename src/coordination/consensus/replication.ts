import { invariant } from '../../core/invariant.ts'
import { reachedByQuorum } from './configuration.ts'
import { sizeOf } from './log.ts'
import type { MemberState } from './member-state.ts'
import { type Progress, ProgressTable } from './progress.ts'
import { SnapshotReceiver, SnapshotTransfer } from './snapshot-transfer.ts'
import type {
  Append,
  AppendReply,
  Configuration,
  LogEntry,
  MemberId,
  SnapshotChunk,
  SnapshotReply,
} from './types.ts'

/** How a leader's log becomes everybody's, and when an entry is decided (Raft sections 5.3 and 5.4). */
export class Replication {
  readonly progress = new ProgressTable()
  readonly #state: MemberState
  readonly #receiver: SnapshotReceiver
  #round = 0
  #beatAt = 0
  #nowMs = 0
  // What the last answer to a leader said.
  #said = { term: -1, round: 0, index: 0 }
  /** The no-op of this member's own term as leader; nothing is read or reconfigured before it is decided. */
  termStart = 0

  constructor(state: MemberState) {
    this.#state = state
    this.#receiver = new SnapshotReceiver(state)
  }

  /** Number of the last round of messages that was begun. */
  get round(): number {
    return this.#round
  }

  /** True when this member leads and knows all that was decided before it did. */
  get isSettled(): boolean {
    return this.#state.role === 'leader' && this.#state.commit >= this.termStart
  }

  /** This member leads: the others are asked how far they are, by the first entry of its term. */
  lead(entry: LogEntry, nowMs: number): void {
    const { log } = this.#state
    this.progress.clear()
    this.progress.follow(this.#state.others, log.lastIndex + 1, nowMs)
    this.termStart = log.append(entry)
    this.#receiver.abort()
    this.beat(nowMs)
  }

  resign(): void {
    this.progress.clear()
  }

  tick(nowMs: number): void {
    if (nowMs >= this.#beatAt) this.beat(nowMs)
  }

  /** A round of messages to everybody, whether there is something to say or not. */
  beat(nowMs: number): void {
    const state = this.#state
    this.#nowMs = nowMs
    this.#beatAt = nowMs + state.options.heartbeatMs
    this.#round++
    this.progress.follow(state.others, state.log.lastIndex + 1, nowMs)
    for (const [member, progress] of this.progress.all()) {
      if (progress.transfer !== undefined) progress.transfer.beat(this.#round, nowMs)
      this.#sendEntries(member, progress, nowMs, true)
    }
    this.advance()
  }

  /** Sends what is new: entries, and what was decided since. */
  flush(nowMs: number): void {
    const state = this.#state
    this.#nowMs = nowMs
    this.progress.follow(state.others, state.log.lastIndex + 1, nowMs)
    this.advance()
    for (const [member, progress] of this.progress.all()) {
      while (this.#sendEntries(member, progress, nowMs, false)) {}
      if (progress.toldCommit < state.commit && progress.transfer === undefined)
        this.#sendEntries(member, progress, nowMs, true)
    }
  }

  /** True when a quorum answered lately enough for this member to believe that it still leads. */
  hearsQuorum(nowMs: number): boolean {
    return nowMs - this.heardUntil(nowMs) < 2 * this.#state.options.electionMs
  }

  /** Until when a quorum answered, as far as this leader knows now; monotonic ms. */
  heardUntil(nowMs: number): number {
    const { configuration, self } = this.#state
    const never = Number.NEGATIVE_INFINITY
    if (configuration === undefined) return never
    return reachedByQuorum(configuration, member =>
      member === self ? nowMs : (this.progress.get(member)?.answeredAt ?? never),
    )
  }

  /** Decides what a quorum has: only by an entry of its own term, which then decides those before it (section 5.4.2). */
  advance(): void {
    const state = this.#state
    const { configuration, log } = state
    if (state.role !== 'leader' || configuration === undefined) return
    const reached = reachedByQuorum(configuration, member =>
      member === state.self ? log.lastIndex : (this.progress.get(member)?.match ?? 0),
    )
    const decided = Math.min(reached, this.#heldByLearners(configuration, reached))
    if (decided > state.commit && this.mayDecide(decided)) state.commitTo(decided)
    let kept = state.applied
    for (const [, { transfer }] of this.progress.all())
      if (transfer !== undefined) kept = Math.min(kept, transfer.index)
    state.compact(kept)
  }

  // Where one member alone votes, what it has said to be decided must outlive it: a learner that keeps up has it, too,
  // unless it is silent (D-9).
  #heldByLearners({ voters, old, learners }: Configuration, reached: number): number {
    if (voters.length > 1 || old !== undefined) return reached
    const { options, commit } = this.#state
    let held = reached
    for (const learner of learners) {
      const progress = this.progress.get(learner)
      if (progress === undefined || progress.match < commit || progress.transfer !== undefined) continue
      if (this.#nowMs - progress.answeredAt < 2 * options.electionMs) held = Math.min(held, progress.match)
    }
    return held
  }

  mayDecide(index: number): boolean {
    return this.#state.log.termAt(index) === this.#state.term
  }

  /** A follower takes in what the leader sent. */
  append(from: MemberId, message: Append): void {
    const state = this.#state
    const { log } = state
    const { round, previousIndex } = message
    const { term } = state
    if (previousIndex > log.lastIndex || !this.#fits(message)) {
      const index = Math.min(log.lastIndex, previousIndex - 1)
      state.send(from, { type: 'appendReply', term, ok: false, index, previousIndex, round })
      return
    }
    this.take(message)
    const index = Math.max(previousIndex + message.entries.length, log.base.index)
    const decided = Math.min(message.commit, index)
    // The leader waits for the answer: what was decided before is applied when that has left.
    if (message.entries.length > 0) state.decideTo(decided)
    else state.commitTo(decided)
    state.compact(state.applied)
    // News of what was decided needs no answer where the last one of this round said the same.
    const said = this.#said
    const isNews = said.term !== term || said.round !== round || said.index !== index
    if (message.entries.length === 0 && !isNews) return
    this.#said = { term, round, index }
    state.send(from, { type: 'appendReply', term, ok: true, index, previousIndex, round })
  }

  /** Entries that are there already stay: a message may be old, and shorter than what came since. */
  take({ previousIndex, entries }: Pick<Append, 'previousIndex' | 'entries'>): void {
    const { log, commit } = this.#state
    let index = previousIndex
    for (const entry of entries) {
      index++
      if (index <= log.base.index) continue
      if (index <= log.lastIndex) {
        if (log.termAt(index) === entry.term) continue
        invariant(index > commit, `entry ${index} would be cut off but is decided`)
        log.truncateFrom(index)
      }
      log.append(entry)
    }
  }

  appendReply(from: MemberId, reply: AppendReply, nowMs: number): void {
    const progress = this.progress.get(from)
    if (progress === undefined) return
    progress.answeredAt = nowMs
    progress.round = Math.max(progress.round, reply.round)
    if (!reply.ok) {
      this.#refused(from, progress, reply, nowMs)
      return
    }
    progress.match = Math.max(progress.match, reply.index)
    if (progress.isProbing) progress.next = progress.match + 1
    progress.isProbing = false
    progress.next = Math.max(progress.next, progress.match + 1)
    progress.inFlight.answered(progress.match)
    if (progress.transfer !== undefined && progress.match >= progress.transfer.index) {
      progress.transfer.close()
      progress.transfer = undefined
    }
    this.advance()
  }

  // The first refusal ends the stream: each of the messages under way will be refused as well, and answering every one
  // of those with all that follows would be a storm. From then on one message asks at a time.
  #refused(from: MemberId, progress: Progress, reply: AppendReply, nowMs: number): void {
    if (progress.transfer !== undefined || reply.previousIndex <= progress.match) return
    if (!progress.isProbing) {
      progress.isProbing = true
      progress.inFlight.clear()
      progress.next = progress.match + 1
    } else if (reply.previousIndex === progress.next - 1) {
      progress.next = Math.max(progress.match, Math.min(reply.previousIndex - 1, reply.index)) + 1
    } else return
    progress.isAsked = false
    this.#sendEntries(from, progress, nowMs, true)
  }

  /** A follower is given the state itself. True when it took it over. */
  snapshot(from: MemberId, chunk: SnapshotChunk): void {
    const state = this.#state
    if (!this.#receiver.accept(from, chunk)) return
    const { round } = chunk
    const index = Math.max(chunk.index, state.commit)
    const reply = { term: state.term, ok: true, index, previousIndex: index, round }
    state.send(from, { type: 'appendReply', ...reply })
  }

  snapshotReply(from: MemberId, reply: SnapshotReply, nowMs: number): void {
    const progress = this.progress.get(from)
    if (progress === undefined) return
    progress.answeredAt = nowMs
    progress.round = Math.max(progress.round, reply.round)
    if (progress.transfer?.confirm(reply, this.#round, nowMs) !== false) return
    progress.transfer.close()
    this.#beginTransfer(from, progress, nowMs)
  }

  #fits({ previousIndex, previousTerm }: Append): boolean {
    const { log } = this.#state
    // What lies before the base is decided, here as there.
    return previousIndex < log.base.index || log.termAt(previousIndex) === previousTerm
  }

  // True when there was something to send and more may follow.
  #sendEntries(member: MemberId, progress: Progress, nowMs: number, always: boolean): boolean {
    const { log, options, term, commit } = this.#state
    // The pieces of the state say who leads.
    if (progress.transfer !== undefined) return false
    const previousTerm = log.termAt(progress.next - 1)
    if (previousTerm === undefined) {
      this.#beginTransfer(member, progress, nowMs)
      return false
    }
    const entries = this.#isFull(progress)
      ? []
      : log.slice(progress.next, options.maxEntries, Math.min(options.maxBytes, this.#room(progress)))
    if (entries.length === 0 && !always) return false
    const previousIndex = progress.next - 1
    const { round } = this
    this.#state.send(member, { type: 'append', term, previousIndex, previousTerm, entries, commit, round })
    progress.toldCommit = commit
    if (progress.isProbing) {
      progress.isAsked = true
      return false
    }
    if (entries.length > 0) {
      progress.next += entries.length
      let bytes = 0
      for (const entry of entries) bytes += sizeOf(entry)
      progress.inFlight.sent(progress.next - 1, bytes)
    }
    return entries.length > 0
  }

  // A single entry that is larger than all the room travels when nothing else is under way.
  #isFull(progress: Progress): boolean {
    if (progress.isProbing) return progress.isAsked
    const { log, options } = this.#state
    if (progress.inFlight.messages === 0 || progress.next > log.lastIndex) return false
    if (progress.inFlight.messages >= options.maxInFlight) return true
    return sizeOf(log.at(progress.next)) > this.#room(progress)
  }

  #room({ inFlight }: Progress): number {
    return this.#state.options.maxInFlightBytes - inFlight.bytes
  }

  #beginTransfer(member: MemberId, progress: Progress, nowMs: number): void {
    const state = this.#state
    const configuration = state.log.configurationAt(state.applied)
    if (configuration === undefined) return
    progress.inFlight.clear()
    progress.transfer = new SnapshotTransfer(state, member, configuration, nowMs)
    progress.next = progress.transfer.index + 1
    progress.transfer.pump(this.#round)
  }
}

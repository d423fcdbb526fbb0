import { isQuorum } from './configuration.ts'
import type { MemberState } from './member-state.ts'
import type { MemberId, PreVote, PreVoteReply, TimeoutNow, Vote, VoteReply } from './types.ts'

/** What the election tells the rest. */
export interface ElectionEvents {
  /** This member leads from now on. */
  won(nowMs: number): void
  /** It led until now. */
  lost(nowMs: number): void
}

/**
 * Who leads: at most one member in a term. Before a member raises the term it asks whether it could win (PreVote),
 * so that one who was cut off disturbs nobody when it comes back (Ongaro's thesis, section 9.6).
 */
export class Election {
  readonly #state: MemberState
  readonly #events: ElectionEvents
  #dueAt = Number.POSITIVE_INFINITY
  #granted = new Set<MemberId>()
  #transfer = false
  #suspected: MemberId | undefined

  constructor(state: MemberState, events: ElectionEvents) {
    this.#state = state
    this.#events = events
  }

  /** Waits anew, T to 2T, before standing. */
  rest(nowMs: number): void {
    const { options, leader, random } = this.#state
    const isSuspected = leader !== undefined && leader === this.#suspected
    this.#dueAt = nowMs + options.electionMs * (isSuspected ? this.#turn(leader) : 1 + random())
  }

  // A little more than T: all the others must have missed it for T, too, or they refuse. One after the other, since
  // two that ask at once may both fail.
  #turn(leader: MemberId): number {
    const { configuration, self } = this.#state
    const heirs = configuration?.voters.filter(voter => voter !== leader) ?? []
    return 1.05 + Math.max(0, heirs.indexOf(self)) / 10
  }

  /**
   * That member is said to be dead; undefined when nobody is. If it leads, this one asks as soon as it has missed it
   * for T, the first time; whoever hears the leader refuses all the same.
   */
  suspect(member: MemberId | undefined, nowMs: number): void {
    this.#suspected = member
    const { leader, lastContact } = this.#state
    if (member === undefined || member !== leader) return
    const before = this.#dueAt
    this.rest(lastContact)
    this.#dueAt = Math.min(before, Math.max(this.#dueAt, nowMs))
  }

  tick(nowMs: number): void {
    const state = this.#state
    if (this.#dueAt === Number.POSITIVE_INFINITY) this.rest(nowMs)
    if (state.role === 'leader' || !state.isVoter || nowMs < this.#dueAt) return
    this.#ask(nowMs)
  }

  /** Stands at once, whatever leader there is: of a group of one, or because the leader asked for it. */
  stand(nowMs: number, transfer: boolean): void {
    const state = this.#state
    state.role = 'candidate'
    state.term++
    state.votedFor = state.self
    state.leader = undefined
    this.#transfer = transfer
    this.#granted = new Set([state.self])
    this.rest(nowMs)
    const { lastIndex, lastTerm } = state.log
    for (const to of state.others)
      state.send(to, { type: 'vote', term: state.term, lastIndex, lastTerm, transfer: this.#transfer })
    this.#count(nowMs)
  }

  /** Steps back to follow, in that term. */
  follow(term: number, nowMs: number): void {
    const state = this.#state
    const led = state.role === 'leader'
    if (term > state.term) {
      state.term = term
      state.votedFor = undefined
      state.leader = undefined
    }
    if (led) state.leader = undefined
    state.role = 'follower'
    this.rest(nowMs)
    if (led) this.#events.lost(nowMs)
  }

  preVote(from: MemberId, message: PreVote, nowMs: number): void {
    const state = this.#state
    const granted =
      message.nextTerm > state.term &&
      this.isUpToDate(message) &&
      !this.#hearsLeader(nowMs) &&
      state.role !== 'leader'
    state.send(from, { type: 'preVoteReply', term: state.term, nextTerm: message.nextTerm, granted })
  }

  preVoteReply(from: MemberId, message: PreVoteReply, nowMs: number): void {
    const state = this.#state
    if (message.term > state.term) this.follow(message.term, nowMs)
    else if (state.role === 'preCandidate' && message.granted && message.nextTerm === state.term + 1) {
      this.#granted.add(from)
      this.#countPreVotes(nowMs)
    }
  }

  vote(from: MemberId, message: Vote, nowMs: number): void {
    const state = this.#state
    if (message.term > state.term) {
      // While a leader lives nobody else is needed, unless it says so itself.
      if (!message.transfer && (this.#hearsLeader(nowMs) || state.role === 'leader')) return
      this.follow(message.term, nowMs)
    }
    const granted =
      message.term === state.term &&
      state.role === 'follower' &&
      (state.votedFor === undefined || state.votedFor === from) &&
      this.isUpToDate(message)
    if (granted) {
      state.votedFor = from
      this.rest(nowMs)
    }
    state.send(from, { type: 'voteReply', term: state.term, granted })
  }

  voteReply(from: MemberId, message: VoteReply, nowMs: number): void {
    const state = this.#state
    if (message.term > state.term) this.follow(message.term, nowMs)
    else if (state.role === 'candidate' && message.term === state.term && message.granted) {
      this.#granted.add(from)
      this.#count(nowMs)
    }
  }

  timeoutNow(from: MemberId, message: TimeoutNow, nowMs: number): void {
    const state = this.#state
    if (message.term === state.term && state.leader === from && state.isVoter) this.stand(nowMs, true)
  }

  /** True when the other's log has everything that this one may know to be decided (Raft section 5.4.1). */
  isUpToDate({ lastIndex, lastTerm }: { readonly lastIndex: number; readonly lastTerm: number }): boolean {
    const { log } = this.#state
    return lastTerm > log.lastTerm || (lastTerm === log.lastTerm && lastIndex >= log.lastIndex)
  }

  #ask(nowMs: number): void {
    const state = this.#state
    state.role = 'preCandidate'
    state.leader = undefined
    this.rest(nowMs)
    this.#granted = new Set([state.self])
    const { lastIndex, lastTerm } = state.log
    for (const to of state.others)
      state.send(to, { type: 'preVote', term: state.term, nextTerm: state.term + 1, lastIndex, lastTerm })
    this.#countPreVotes(nowMs)
  }

  #countPreVotes(nowMs: number): void {
    if (this.#hasQuorum()) this.stand(nowMs, false)
  }

  #count(nowMs: number): void {
    const state = this.#state
    if (state.role !== 'candidate' || !this.#hasQuorum()) return
    state.role = 'leader'
    state.leader = state.self
    this.#events.won(nowMs)
  }

  #hasQuorum(): boolean {
    const { configuration } = this.#state
    return configuration !== undefined && isQuorum(configuration, member => this.#granted.has(member))
  }

  #hearsLeader(nowMs: number): boolean {
    return nowMs - this.#state.lastContact < this.#state.options.electionMs
  }
}

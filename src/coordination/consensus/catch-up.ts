import { membersOf } from './configuration.ts'
import type { Election } from './election.ts'
import type { MemberState } from './member-state.ts'
import type { Replication } from './replication.ts'
import type { Fetch, Fetched, MemberId } from './types.ts'

/**
 * A member that hears no leader, or is not heard by it, while others are in touch with both gets from them what was decided (D-16). Only that: who gives it has no
 * say in who leads, and nobody counts it as confirmed. What is older than anybody keeps is the leader's to send.
 */
export class CatchUp {
  readonly #state: MemberState
  readonly #election: Election
  readonly #replication: Replication
  #askAt = 0
  #missedUntil = Number.NEGATIVE_INFINITY
  #turn = 0

  constructor(state: MemberState, election: Election, replication: Replication) {
    this.#state = state
    this.#election = election
    this.#replication = replication
  }

  tick(nowMs: number): void {
    const { role, options, lastContact, configuration, others } = this.#state
    if (role === 'leader' || configuration === undefined || others.length === 0) return
    if (nowMs < this.#askAt || (nowMs - lastContact <= 2 * options.electionMs && nowMs >= this.#missedUntil))
      return
    this.#askAt = nowMs + options.heartbeatMs
    this.#ask(others[this.#turn++ % others.length])
  }

  /** The leader says that it does not hear this member: it cannot know what to send. */
  missed(nowMs: number): void {
    this.#missedUntil = nowMs + 2 * this.#state.options.electionMs
  }

  /** Another member asks for what was decided behind that index. */
  fetch(from: MemberId, { index }: Fetch): void {
    const { log, commit, configuration, options, term } = this.#state
    if (configuration === undefined || !membersOf(configuration).includes(from)) return
    if (index >= commit || index < log.base.index) return
    const entries = log.slice(index + 1, Math.min(options.maxEntries, commit - index), options.maxBytes)
    this.#state.send(from, { type: 'fetched', term, previousIndex: index, entries })
  }

  fetched(from: MemberId, { term, previousIndex, entries }: Fetched, nowMs: number): void {
    const state = this.#state
    // Up to what is decided the logs are equal.
    if (state.role === 'leader' || previousIndex > state.commit || entries.length === 0) return
    // No entry is of a later term than its member.
    if (term > state.term) this.#election.follow(term, nowMs)
    const index = previousIndex + entries.length
    if (index <= state.commit) return
    this.#replication.take({ previousIndex, entries })
    state.commitTo(index)
    state.compact(state.applied)
    this.#ask(from)
  }

  #ask(member: MemberId): void {
    this.#state.send(member, { type: 'fetch', term: this.#state.term, index: this.#state.commit })
  }
}

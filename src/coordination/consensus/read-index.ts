import { isQuorum } from './configuration.ts'
import type { MemberState } from './member-state.ts'
import type { Replication } from './replication.ts'

/** A read that waits for the leader to be sure that it leads. */
interface PendingRead {
  readonly tag: number
  /** What was decided when it was asked: whoever has applied that much reads the truth. */
  readonly index: number
  /** A round of messages that was begun after it was asked. */
  readonly round: number
}

/** What became of a read: the index to wait for, or undefined when this member does not lead (any more). */
export interface ReadAnswer {
  readonly tag: number
  readonly index: number | undefined
}

/**
 * Linearizable reads without an entry in the log (Ongaro's thesis, section 6.4): a quorum that answers a round begun
 * after the read was asked knows of no newer leader. All reads that come while a round is under way share the next.
 */
export class ReadIndex {
  readonly #state: MemberState
  readonly #replication: Replication
  #pending: PendingRead[] = []
  answers: ReadAnswer[] = []

  constructor(state: MemberState, replication: Replication) {
    this.#state = state
    this.#replication = replication
  }

  ask(tag: number): void {
    if (!this.#replication.isSettled) {
      this.answers.push({ tag, index: undefined })
      return
    }
    this.#pending.push({ tag, index: this.#state.commit, round: this.#replication.round + 1 })
  }

  /** Begins a round when reads wait for one and none is under way, then answers what can be answered. */
  flush(nowMs: number): void {
    const first = this.#pending[0]
    if (first === undefined) return
    // The oldest read waits for a round that was not begun: no other is under way for reads.
    if (first.round > this.#replication.round) this.#replication.beat(nowMs)
    this.settle()
  }

  settle(): void {
    const { configuration } = this.#state
    if (configuration === undefined) return
    let done = 0
    for (const { tag, index, round } of this.#pending) {
      if (!this.isConfirmed(round)) break
      this.answers.push({ tag, index })
      done++
    }
    if (done > 0) this.#pending.splice(0, done)
  }

  /** True when a quorum answered that round or a later one. */
  isConfirmed(round: number): boolean {
    const { configuration, self } = this.#state
    if (configuration === undefined) return false
    const { progress } = this.#replication
    return isQuorum(configuration, member => member === self || (progress.get(member)?.round ?? 0) >= round)
  }

  /** This member does not lead any more. */
  fail(): void {
    for (const { tag } of this.#pending) this.answers.push({ tag, index: undefined })
    this.#pending = []
  }
}

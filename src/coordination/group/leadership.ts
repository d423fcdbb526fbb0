import { partitionCount } from '../../core/partition.ts'
import { ringOrders } from '../../membership/ring.ts'
import { nodeOf } from '../../membership/view.ts'
import type { Configuration, MemberId } from '../consensus/types.ts'
import { partitionOfKey } from '../state/fingerprint.ts'
import type { Group } from './group.ts'
import { isCaughtUp } from './member-keeper.ts'

/** A leader that has led in peace for so long makes way for the voter that the ring prefers (S16). */
export const settledAfterMs = 30_000

export interface LeadershipParts {
  readonly group: Group
  /** Other processes that are believed alive. */
  readonly peers: () => readonly MemberId[]
  /** See `settledAfterMs`. */
  readonly settledAfterMs: number
}

/** Who should lead, beyond who can: a leader makes way for another one, and one that is said to be dead is missed sooner. */
export class Leadership {
  readonly #parts: LeadershipParts
  #suspected: MemberId | undefined
  // What the leader led when it was last changed or handed over, and when that was.
  #configuration: Configuration | undefined
  #settledAt = 0
  #preferred: MemberId | undefined

  constructor(parts: LeadershipParts) {
    this.#parts = parts
  }

  tick(nowMs: number): void {
    this.#suspect()
    const { group, settledAfterMs } = this.#parts
    const { configuration } = group.consensus.state
    if (!group.consensus.canConfigure || configuration === undefined) {
      this.#configuration = undefined
      return
    }
    if (configuration !== this.#configuration) {
      this.#configuration = configuration
      this.#settledAt = nowMs
      this.#preferred = preferredLeader(group.id, configuration.voters)
    }
    const { self } = group
    if (this.#preferred === self || nowMs - this.#settledAt < settledAfterMs) return
    if (this.#preferred !== undefined && this.#isReady(this.#preferred, nowMs))
      group.step({ kind: 'transfer', to: this.#preferred })
  }

  /** Gives leadership to whoever has most, if this process leads and any other voter can. */
  handOver(): boolean {
    const { group } = this.#parts
    const { progress } = group.consensus.replication
    const matchOf = (voter: MemberId) => progress.get(voter)?.match ?? 0
    const others = group.consensus.state.configuration?.voters.filter(voter => voter !== group.self) ?? []
    const [heir] = others.sort((a, b) => matchOf(b) - matchOf(a))
    if (heir === undefined || matchOf(heir) === 0) return false
    group.step({ kind: 'transfer', to: heir })
    return true
  }

  // What the log has to say of it comes first: this only ends the wait, and whoever hears the leader refuses (S1).
  #suspect(): void {
    const { group, peers } = this.#parts
    const { leader } = group
    if (leader === undefined || leader === group.self) return
    const suspected = peers().includes(leader) ? undefined : leader
    if (suspected === this.#suspected) return
    this.#suspected = suspected
    group.step({ kind: 'suspect', member: suspected })
  }

  // Nothing can be proposed while it is handed over, so only to one that takes it at once.
  #isReady(member: MemberId, nowMs: number): boolean {
    const { consensus, options } = this.#parts.group
    const progress = consensus.replication.progress.get(member)
    return isCaughtUp(progress, consensus.state.commit, nowMs - options.electionMs / 2)
  }
}

/** The voter that owns the group's id on the ring of voters: the same for all, and another one for another group. */
export function preferredLeader(group: string, voters: readonly MemberId[]): MemberId | undefined {
  const partition = partitionOfKey(Buffer.from(group))
  const [owner] = ringOrders(voters.map(nodeOf), partitionCount)[partition]
  return voters.find(voter => nodeOf(voter) === owner)
}

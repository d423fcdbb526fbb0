import type { Clock } from '../../core/environment.ts'
import type { Events } from '../../core/events.ts'
import { nodeOf } from '../../membership/view.ts'
import type { Configuration } from '../consensus/types.ts'
import type { GroupRecord } from '../state/group-facts.ts'
import type { Group } from './group.ts'

export interface GroupWatchParts {
  readonly group: Group
  readonly facts: () => GroupRecord
  readonly events: Events
  readonly clock: Clock
}

/** Tells what becomes of the group: who leads it, who is in it, whether it can decide, which other group it met. */
export class GroupWatch {
  readonly #parts: GroupWatchParts
  #term = 0
  #leader: string | undefined
  #configuration: Configuration | undefined
  #members = ''
  #lostAt: number | undefined
  #met: string | undefined

  constructor(parts: GroupWatchParts) {
    this.#parts = parts
  }

  /** Called a few times in a heartbeat; allocates nothing while all stays as it is. */
  tick(): void {
    this.#noticeLeader()
    this.#noticeConfiguration()
    this.#noticeQuorum()
    this.#noticeOther()
  }

  /** This process and the leader have other states after the same command. */
  diverged(index: number, mine: string, theirs: string): void {
    this.#parts.events.emit('invariant-violation', {
      what: `the state of the group differs at index ${index}: ${mine} here, ${theirs} at the leader`,
    })
  }

  #noticeLeader(): void {
    const { group, events } = this.#parts
    const { leader, term } = group.consensus.state
    if (leader === undefined || (leader === this.#leader && term === this.#term)) return
    this.#leader = leader
    this.#term = term
    events.emit('strong-leader', { leader: nodeOf(leader), term })
  }

  // Between two configurations there is one of both, which is nobody's wish.
  #noticeConfiguration(): void {
    const { group, events } = this.#parts
    const { configuration } = group.consensus.state
    if (configuration === undefined || configuration === this.#configuration) return
    this.#configuration = configuration
    if (configuration.old !== undefined) return
    const voters = configuration.voters.map(nodeOf)
    const learners = configuration.learners.map(nodeOf)
    const members = `${group.id} ${configuration.voters.join()} ${configuration.learners.join()}`
    if (members === this.#members) return
    this.#members = members
    events.emit('strong-config', { group: group.id, voters, learners })
  }

  #noticeQuorum(): void {
    const { group, events, clock } = this.#parts
    if (group.hasLostQuorum) {
      if (this.#lostAt !== undefined) return
      this.#lostAt = clock.monotonic()
      const voters = group.consensus.state.configuration?.voters.map(nodeOf) ?? []
      events.emit('strong-quorum-lost', { group: group.id, voters })
    } else if (this.#lostAt !== undefined && group.hasQuorum) {
      events.emit('strong-quorum-regained', {
        group: group.id,
        ms: Math.round(clock.monotonic() - this.#lostAt),
      })
      this.#lostAt = undefined
    }
  }

  #noticeOther(): void {
    const { id, absorbing, dissolvedInto } = this.#parts.facts()
    const other = dissolvedInto ?? absorbing?.loser
    if (other === this.#met) return
    this.#met = other
    if (other === undefined) return
    this.#parts.events.emit('group-conflict', { group: id, other, stays: dissolvedInto === undefined })
  }
}

import type { Environment } from '../../core/environment.ts'
import { nodeOf } from '../../membership/view.ts'
import { membersOf } from '../consensus/configuration.ts'
import type { MemberId } from '../consensus/types.ts'
import type { GroupRecord } from '../state/group-facts.ts'
import type { Allegiance } from './allegiance.ts'
import type { Group } from './group.ts'
import type { Greeting, GroupRank } from './group-message.ts'
import type { Heard } from './reformation.ts'

/** A merge that takes longer has failed. */
const absorbForMs = 60_000

export interface MergingParts {
  readonly group: Group
  readonly facts: () => GroupRecord
  /** Majority rows or locks are there: what would be lost if the group were given up. */
  readonly holds: () => boolean
  /** What was said lately. */
  readonly heard: ReadonlyMap<MemberId, Heard>
  readonly allegiance: Allegiance
}

/** What becomes of the group as a whole when others are met: confirmed, above what they knew, one with another (D-4, D-5, D-11). */
export class Merging {
  readonly #env: Environment
  readonly #parts: MergingParts
  #seen = 0

  constructor(env: Environment, parts: MergingParts) {
    this.#env = env
    this.#parts = parts
  }

  /** The highest generation of any group that this process was in: tokens of it may be known here. */
  get seen(): number {
    return Math.max(this.#seen, this.#parts.facts().generation)
  }

  /** Called often enough that no generation passes unseen. */
  note(): void {
    this.#seen = this.seen
  }

  get rank(): GroupRank {
    const { group, facts, holds } = this.#parts
    const { provisional, generation } = facts()
    const { configuration } = group.consensus.state
    const members = configuration === undefined ? 0 : membersOf(configuration).length
    return { provisional, holds: holds(), generation, members }
  }

  /** For the leader. */
  tick(): void {
    const { group, facts } = this.#parts
    // What it has not applied yet may say all that already.
    if (!group.consensus.replication.isSettled) return
    if (facts().provisional && this.#isComplete()) group.propose({ kind: 'confirm' })
    if (this.#endsAbsorbing()) return
    for (const { greeting } of this.#parts.heard.values()) {
      if (greeting.group === '' || greeting.group === group.id) this.#rise(greeting.seen)
      else if (greeting.leads) this.#meet(greeting)
    }
  }

  // Nodes of the other group, which is heard no more, have left it, for this one or a third: nothing is to wait for.
  #endsAbsorbing(): boolean {
    const { group, facts, heard } = this.#parts
    const { absorbing } = facts()
    if (absorbing === undefined || absorbing.untilMs <= this.#env.clock.wall()) return false
    const { loser } = absorbing
    const greetings = [...heard.values()].map(({ greeting }) => greeting)
    const theirs = greetings.filter(greeting => greeting.group === loser)
    const isGone = theirs.length === 0 && greetings.some(({ left }) => left.includes(loser))
    // It has grown meanwhile, and has agreed to take this one in: so it dissolves as little as this one does.
    const hasTurned = theirs.some(
      ({ rank, leads, absorbs }) =>
        leads && absorbs === group.id && isAbove(rank, loser, this.rank, group.id),
    )
    if (!isGone && !hasTurned) return false
    group.propose({ kind: 'absorb', loser, untilMs: 0 })
    return true
  }

  // Once it has more than half of those that another group would need, no other one can decide anything.
  #isComplete(): boolean {
    const { group, facts, allegiance } = this.#parts
    const { awaited, seeds } = facts()
    if (seeds > 0 && !allegiance.hasMost(group.id, seeds)) return false
    if (awaited.length === 0) return true
    const { configuration } = group.consensus.state
    const nodes = configuration === undefined ? [] : membersOf(configuration).map(nodeOf)
    return awaited.filter(node => nodes.includes(node)).length > awaited.length / 2
  }

  // Whoever comes or returns may know tokens of that generation: those granted from now on stand above them.
  #rise(seen: number): void {
    const { group, facts } = this.#parts
    if (seen > facts().generation) group.propose({ kind: 'generation', atLeast: seen + 1 })
  }

  // Two groups that meet: the leader of the one that stays says so in its log, then the other one dissolves.
  #meet(other: Greeting): void {
    const { group, facts } = this.#parts
    if (!isAbove(this.rank, group.id, other.rank, other.group)) {
      if (other.absorbs === group.id) group.propose({ kind: 'dissolve', into: other.group })
      return
    }
    const { absorbing } = facts()
    const wallMs = this.#env.clock.wall()
    const left = absorbing === undefined ? 0 : absorbing.untilMs - wallMs
    const isOther = absorbing?.loser === other.group
    if (left > 0 && (!isOther || left > absorbForMs / 2)) return
    this.#rise(other.rank.generation)
    group.propose({ kind: 'absorb', loser: other.group, untilMs: wallMs + absorbForMs })
  }
}

/** True when group a stays and group b dissolves, if they meet. */
export function isAbove(a: GroupRank, idA: string, b: GroupRank, idB: string): boolean {
  if (a.provisional !== b.provisional) return b.provisional
  if (a.holds !== b.holds) return a.holds
  if (a.generation !== b.generation) return a.generation > b.generation
  if (a.members !== b.members) return a.members > b.members
  return idA < idB
}

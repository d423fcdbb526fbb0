import type { MemberId } from '../consensus/types.ts'
import type { Group } from './group.ts'
import type { Greeting } from './group-message.ts'
import type { Heard } from './reformation.ts'
import type { Whereabouts } from './whereabouts.ts'

const maxMembers = 64

export interface AllegianceParts {
  readonly group: Group
  /** What was said lately. */
  readonly heard: ReadonlyMap<MemberId, Heard>
  readonly whereabouts: Whereabouts
  /** For each configured seed the process that answers there, this one included; undefined where none is known. */
  readonly seeds: () => readonly (MemberId | undefined)[]
}

/**
 * The one group that this process counts for (D-4). To answer "no group" to a group that is being formed is a promise,
 * as to become a member is: the process counts for no other one, not even when that takes it in, until this one is over.
 * A group is confirmed by more than half of the seeds; any two such majorities have a process in common, and that counts
 * for one of them: no two groups are confirmed that contradict each other.
 *
 * The promise ends with the process, as a membership does: its next life has forgotten both. So only what was said lately
 * counts, and a seed that has restarted counts anew. It ends before that on the proof that the group is over: somebody
 * who was in it has left it for good, or all that were of it, or seen and could be, are accounted for (as in D-9).
 */
export class Allegiance {
  readonly #parts: AllegianceParts
  #to = ''
  #members: readonly MemberId[] = []

  constructor(parts: AllegianceParts) {
    this.#parts = parts
  }

  /** Id of the group; '' while it is free. */
  get to(): string {
    return this.#to
  }

  /** Counts for the group from now on, unless for another one; true if it does. Members are those that it may have. */
  give(group: string, members: readonly MemberId[]): boolean {
    const { id } = this.#parts.group
    if (id !== '' && id !== group) return false
    if (this.#to !== '' && this.#to !== group) return false
    this.#to = group
    this.#members = [...new Set([...members, ...this.#members])].slice(0, maxMembers)
    return true
  }

  /** Another process has presented itself. True when it asks to be counted for, and is. */
  hear(from: MemberId, { asks, addresses, left }: Greeting): boolean {
    if (this.#to !== '' && left.includes(this.#to)) this.release()
    return asks !== '' && this.give(asks, [from, ...addresses.map(([member]) => member)])
  }

  /** The group is over. */
  release(): void {
    this.#to = ''
    this.#members = []
  }

  /** Called a few times in a second. */
  tick(): void {
    const { group } = this.#parts
    if (this.#to === '' || group.id === this.#to) return
    if (group.left.includes(this.#to) || this.#isOver()) this.release()
  }

  /** True when more than half of the seeds, and of so many, count for the group. */
  hasMost(group: string, ofSeeds: number): boolean {
    const { heard, seeds } = this.#parts
    const { self } = this.#parts.group
    const all = seeds()
    const known = [...new Set(all)].filter(member => member !== undefined)
    const total = Math.max(ofSeeds, known.length + all.filter(member => member === undefined).length)
    const counts = (member: MemberId) =>
      (member === self ? this.#to : heard.get(member)?.greeting.promised) === group
    return total === 0 || 2 * known.filter(counts).length > total
  }

  // Nobody who may be of that group can be alive and out of sight.
  #isOver(): boolean {
    const { group, heard, whereabouts } = this.#parts
    const there = [group.self, ...heard.keys()]
    const others = new Set([...whereabouts.strangers(), ...this.#members])
    others.delete(group.self)
    for (const member of others) {
      const last = heard.get(member)?.greeting
      const isElsewhere = last !== undefined && last.group !== this.#to && last.asks !== this.#to
      const isGone =
        whereabouts.hasLeft(member) || whereabouts.isOutlived(member, there, Number.NEGATIVE_INFINITY)
      if (!isElsewhere && !isGone && !whereabouts.isMember(member)) return false
    }
    return true
  }
}

import { MnemeshError } from '../../core/errors.ts'
import { nodeOf } from '../../membership/view.ts'
import { isAfter, type SchemaRecords } from '../../replication/catalog.ts'
import { isQuorum, membersOf } from '../consensus/configuration.ts'
import type { MemberId } from '../consensus/types.ts'
import type { Group } from './group.ts'
import type { Greeting } from './group-message.ts'
import type { Whereabouts } from './whereabouts.ts'

/**
 * A group without majority rows and locks goes on without those that are missing after so long (D-10). It agrees on
 * epochs only until more than half of its nodes are there, since the others may go on as well; merging does the rest.
 */
export const reformAfterMs = 120_000
/**
 * In such a group an older life of a node that nobody has heard for so long is dead once a newer one is there (D-9). Where
 * there is something to lose that proves nothing: the only voter, behind a cut, may go on and acknowledge.
 */
const forgottenAfterMs = 60_000

type Last = Pick<Greeting, 'lastTerm' | 'lastIndex'>

/** What another process last said of itself, and when, monotonic ms. */
export interface Heard {
  readonly greeting: Greeting
  readonly at: number
}

export interface ReformationParts {
  readonly group: Group
  /** What was said lately. */
  readonly heard: ReadonlyMap<MemberId, Heard>
  readonly whereabouts: Whereabouts
  /** Majority rows or locks are there: what would be lost if the group were given up. */
  readonly holds: () => boolean
  /** Goes on with the present state as another group, which waits for more than half of those nodes to be confirmed. */
  readonly renew: (awaited: readonly string[]) => void
  /** The latest that is known here of the schema, by the log or by what a peer has told. */
  readonly known: () => SchemaRecords
}

/**
 * A group that has lost its quorum for good (S18, D-9). When every member is accounted for (here, or proved dead by a newer
 * life of its node), those who are left promise each other to ignore what is left of it, and the
 * one with the longest log goes on as another group.
 */
export class Reformation {
  readonly #parts: ReformationParts
  #sealedAt: number | undefined

  constructor(parts: ReformationParts) {
    this.#parts = parts
  }

  get isSealed(): boolean {
    return this.#sealedAt !== undefined
  }

  unseal(): void {
    this.#sealedAt = undefined
  }

  /**
   * An operator's word that those who are missing are gone for good (S17, D-10): this process goes on at once with what it
   * has, as another group. Throws ERR_CONFLICT while a leader is heard, and where somebody who is there has more.
   */
  force(): void {
    const { group, renew } = this.#parts
    if (group.consensus.state.configuration === undefined)
      throw new MnemeshError(
        'ERR_NOT_READY',
        'this node is in no group that could go on with what it has; recover on a node that is',
      )
    if (!group.hasLostQuorum)
      throw new MnemeshError(
        'ERR_CONFLICT',
        `group ${group.id} has a leader, or had one a moment ago: there is nothing to recover`,
      )
    const better = this.#longest()
    if (better !== undefined)
      throw new MnemeshError(
        'ERR_CONFLICT',
        `${nodeOf(better)} is there and has more of what group ${group.id} has agreed on; recover there`,
        { details: { node: nodeOf(better) } },
      )
    renew([])
  }

  /** For a member without a leader. True when it has just given its promise, which the others wait for. */
  tick(nowMs: number): boolean {
    const { group, renew } = this.#parts
    const whole = this.#survivors(nowMs)
    const survivors = whole ?? this.#without()
    if (survivors === undefined) {
      this.#sealedAt = undefined
      return false
    }
    if (this.#sealedAt === undefined) {
      this.#sealedAt = nowMs
      return true
    }
    // Only after an election had its time: where a quorum is left it needs nothing of this.
    const isLate = nowMs - this.#sealedAt >= 2 * group.options.electionMs
    const isAgreed =
      survivors.every(({ greeting }) => greeting.sealed && this.#knowsAsMuch(greeting)) &&
      (whole === undefined || this.#areElsewhere(this.#sealedAt))
    if (isLate && isAgreed && this.#isBest()) renew(whole === undefined ? this.#nodes() : [])
    return false
  }

  // The one with the longest log may know less of the schema than another that was told by a peer: it is told soon (D-3).
  #knowsAsMuch({ schema }: Greeting): boolean {
    return !isAfter(schema, this.#parts.known().epoch)
  }

  // The other members that live; undefined while one of all is not accounted for, or while they can still decide. What
  // is known here of the members may be old, so whoever else was seen lately must be accounted for, too.
  #survivors(nowMs: number): Heard[] | undefined {
    const { group, heard, whereabouts } = this.#parts
    const silentSince = this.#holds ? Number.NEGATIVE_INFINITY : nowMs - forgottenAfterMs
    const isOutlived = (member: MemberId) =>
      whereabouts.isOutlived(member, [group.self, ...heard.keys()], silentSince)
    const { configuration } = group.consensus.state
    if (configuration === undefined) return undefined
    const out: Heard[] = []
    const alive = new Set([group.self])
    for (const member of membersOf(configuration)) {
      if (member === group.self) continue
      const last = heard.get(member)
      if (last !== undefined && last.greeting.group === group.id && last.greeting.seeks) {
        out.push(last)
        alive.add(member)
      } else if (!this.#isElsewhere(member, last) && !isOutlived(member)) return undefined
    }
    for (const stranger of whereabouts.strangers()) {
      const last = heard.get(stranger)
      if (last === undefined ? !isOutlived(stranger) : last.greeting.group === group.id) {
        if (last?.greeting.seeks !== true) return undefined
        out.push(last)
      }
    }
    // Where a quorum is left an election is all that it takes.
    return isQuorum(configuration, member => alive.has(member)) ? undefined : out
  }

  // One of them that is behind may not know of it yet.
  get #holds(): boolean {
    const { group, heard, holds } = this.#parts
    if (holds()) return true
    for (const { greeting } of heard.values())
      if (greeting.group === group.id && greeting.rank.holds) return true
    return false
  }

  // Those that are here of a group that has nothing to lose, when the others stay away for long.
  #without(): Heard[] | undefined {
    const { group, heard } = this.#parts
    const { configuration } = group.consensus.state
    if (configuration === undefined || this.#holds || group.leaderSilentMs < reformAfterMs) return undefined
    const own = membersOf(configuration).filter(member => heard.get(member)?.greeting.group === group.id)
    const alive = [group.self, ...own]
    if (isQuorum(configuration, member => alive.includes(member))) return undefined
    const survivors = own.flatMap(member => heard.get(member) ?? [])
    return survivors.every(({ greeting }) => greeting.seeks) ? survivors : undefined
  }

  #nodes(): string[] {
    const { configuration } = this.#parts.group.consensus.state
    return configuration === undefined ? [] : [...new Set(membersOf(configuration).map(nodeOf))]
  }

  // It was taken in and got nothing of the log, or it is in another group: one that gives way when the two meet. Nobody
  // votes who has nothing of the log: a voter that has no group said so before it was taken in.
  #isElsewhere(member: MemberId, last: Heard | undefined): boolean {
    const { group } = this.#parts
    if (last === undefined || last.greeting.group === group.id) return false
    if (!isVoter(group, member)) return true
    const { provisional, holds } = last.greeting.rank
    return last.greeting.group !== '' && (provisional || !holds)
  }

  // Members that are in no group or another one have said so since then, not before they were taken in here.
  #areElsewhere(sinceMs: number): boolean {
    const { group, heard } = this.#parts
    const { configuration } = group.consensus.state
    const members = configuration === undefined ? [] : membersOf(configuration)
    return members.every(member => {
      const last = heard.get(member)
      return last === undefined || last.greeting.group === group.id || last.at >= sinceMs
    })
  }

  // Another one that is there and whose log is longer than this one's.
  #longest(): MemberId | undefined {
    const { group, heard } = this.#parts
    let best: MemberId | undefined
    let most: Last = group.consensus.state.log
    for (const [member, { greeting }] of heard) {
      if (greeting.group !== group.id || !isLonger(greeting, most, false)) continue
      best = member
      most = greeting
    }
    return best
  }

  #isBest(): boolean {
    const { group, heard } = this.#parts
    const { lastTerm, lastIndex } = group.consensus.state.log
    for (const [member, { greeting }] of heard) {
      if (greeting.group === group.id && !isLonger({ lastTerm, lastIndex }, greeting, group.self < member))
        return false
    }
    return true
  }
}

function isVoter({ consensus }: Group, member: MemberId): boolean {
  const { configuration } = consensus.state
  return configuration?.voters.includes(member) === true || configuration?.old?.includes(member) === true
}

function isLonger(a: Last, b: Last, first: boolean): boolean {
  if (a.lastTerm !== b.lastTerm) return a.lastTerm > b.lastTerm
  return a.lastIndex === b.lastIndex ? first : a.lastIndex > b.lastIndex
}

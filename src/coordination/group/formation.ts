import type { Environment } from '../../core/environment.ts'
import type { MnemeshError } from '../../core/errors.ts'
import { incarnationOf } from '../../membership/view.ts'
import type { SchemaRecords } from '../../replication/catalog.ts'
import { membersOf } from '../consensus/configuration.ts'
import type { MemberId } from '../consensus/types.ts'
import type { GroupRecord } from '../state/group-facts.ts'
import { Departure } from './departure.ts'
import type { Group } from './group.ts'
import type { Greeting, GroupMessage } from './group-message.ts'
import { Hearsay } from './hearsay.ts'
import { Leadership } from './leadership.ts'
import { isCaughtUp, type MembersSeen, nextConfiguration } from './member-keeper.ts'
import { Merging } from './merging.ts'
import { type Heard, Reformation } from './reformation.ts'
import { whyOutside } from './waiting-room.ts'
import { Whereabouts } from './whereabouts.ts'

const greetEveryMs = 500
/** What was said longer ago than this says nothing any more. */
const recentMs = 1600
/** How long a leader goes on after its group dissolved, so that the others hear of it. */
const lastWordsMs = 400

export interface FormationParts {
  readonly group: Group
  readonly zone: string
  readonly maxVoters: number
  /** See the constant. */
  readonly settledAfterMs: number
  /** Other processes that are believed alive, of whatever group. */
  readonly peers: () => readonly MemberId[]
  /** Where a process that is believed alive, or this one, answers. */
  readonly addressOf: (member: MemberId) => string | undefined
  readonly facts: () => GroupRecord
  /** Majority rows or locks are there: what would be lost if the group were given up. */
  readonly holds: () => boolean
  /** A new id and generation; with a number it is provisional until it has so many members. */
  readonly begin: (confirmedAt: number | undefined) => void
  /** Leaves the present group with all its state. */
  readonly reset: () => void
  /** Goes on with the present state as another group. */
  readonly renew: (awaited: readonly string[]) => void
  /** The latest that is known here of the schema, by the log or by what a peer has told. */
  readonly known: () => SchemaRecords
}

/**
 * Which group this process belongs to, and who belongs to it: founding, joining, a new life of a member, leaving,
 * two groups that meet, a group that lost its quorum for good (protocol, "Forming and re-forming the cluster", S11,
 * S18, D-4, D-5, D-9). Nobody types a command in any of them.
 */
export class Formation {
  readonly #env: Environment
  readonly #parts: FormationParts
  readonly #heard = new Map<MemberId, Heard>()
  readonly #zones = new Map<MemberId, string>()
  #greetAt = 0
  #mayFound = false
  #confirmedAt: number | undefined
  readonly #reformation: Reformation
  readonly #leadership: Leadership
  readonly #hearsay: Hearsay
  readonly #merging: Merging
  readonly #whereabouts: Whereabouts
  readonly #departure: Departure
  #dissolvedAt: number | undefined
  #members: readonly MemberId[] = []

  constructor(env: Environment, parts: FormationParts) {
    this.#env = env
    this.#parts = parts
    this.#whereabouts = new Whereabouts(parts)
    this.#reformation = new Reformation({ ...parts, heard: this.#heard, whereabouts: this.#whereabouts })
    this.#leadership = new Leadership(parts)
    const { group } = parts
    this.#departure = new Departure(env, {
      group,
      leadership: this.#leadership,
      whereabouts: this.#whereabouts,
    })
    this.#hearsay = new Hearsay({ group, heard: this.#heard, greet: to => this.#greet(to) })
    this.#merging = new Merging(env, { ...parts, heard: this.#heard })
  }

  /**
   * Where nobody has a group one may be founded now: the seeds were heard, or there are none. When they stayed silent
   * another group may be behind them: then it is provisional until it has so many members (D-4).
   */
  mayFound(confirmedAt: number | undefined): void {
    this.#mayFound = true
    this.#confirmedAt = confirmedAt
  }

  /** The highest generation of any group that this process was in. */
  get seen(): number {
    return this.#merging.seen
  }

  /** See `whyOutside`. */
  whyOutside(): MnemeshError | undefined {
    return whyOutside(this.#parts.group.self, this.#heard)
  }

  receive(from: MemberId, message: GroupMessage): void {
    if (message.type === 'leaving') {
      this.#departure.hear(from)
      return
    }
    const nowMs = this.#env.clock.monotonic()
    if (message.type === 'heard') this.#hearsay.receive(message, nowMs)
    if (message.type === 'missing') this.#hearsay.missed(message, nowMs)
    if (message.type !== 'greeting') return
    this.#zones.set(from, message.zone)
    this.#heard.set(from, { greeting: message, at: nowMs })
    this.#whereabouts.heard(from, message.addresses, nowMs)
    if (message.seeks && !this.#seeks) this.#greet(from)
    this.#followAway(from, message)
  }

  /** See `Departure.leave`. */
  leave(timeoutMs: number): Promise<void> {
    return this.#departure.leave(timeoutMs)
  }

  /** See `Reformation.force`. */
  force(): void {
    this.#reformation.force()
  }

  /** This process has applied that its group dissolves. */
  dissolved(): void {
    const nowMs = this.#env.clock.monotonic()
    this.#dissolvedAt ??= nowMs
    if (!this.#parts.group.consensus.isLeader) this.#leaveGroup()
  }

  tick(nowMs: number): void {
    if (this.#dissolvedAt !== undefined && nowMs - this.#dissolvedAt >= lastWordsMs) this.#leaveGroup()
    this.#merging.note()
    this.#whereabouts.tick(nowMs)
    for (const [member, { at }] of this.#heard) if (nowMs - at > recentMs) this.#heard.delete(member)
    this.#forgetThoseOut()
    const { group } = this.#parts
    if (nowMs >= this.#greetAt) {
      this.#greetAt = nowMs + greetEveryMs
      this.#greetAll()
      this.#hearsay.report(nowMs)
    }
    // A leader began to take this process in and fell silent: another group may do it.
    const isForgotten = group.id !== '' && group.consensus.state.configuration === undefined && this.#seeks
    if (isForgotten) this.#leaveGroup()
    this.#leadership.tick(nowMs)
    if (group.id === '') this.#found()
    else if (group.consensus.isLeader) this.#lead()
    else if (this.#seeks && this.#reformation.tick(nowMs)) this.#greetAt = 0
  }

  // What a member said before it was taken out does not mean that it wants to be in again.
  #forgetThoseOut(): void {
    const { configuration } = this.#parts.group.consensus.state
    const members = configuration === undefined ? [] : membersOf(configuration)
    for (const member of this.#members) if (!members.includes(member)) this.#heard.delete(member)
    this.#members = members
  }

  #leaveGroup(): void {
    this.#dissolvedAt = undefined
    this.#reformation.unseal()
    this.#heard.clear()
    this.#parts.reset()
  }

  /** As the leader: the members as they are seen, and the next change among them. */
  #lead(): void {
    const { group, facts } = this.#parts
    this.#reformation.unseal()
    if (facts().dissolvedInto !== undefined) return
    this.#merging.tick()
    if (!group.consensus.canConfigure) return
    const next = nextConfiguration(this.#seen())
    if (next !== undefined) group.step({ kind: 'configure', ...next })
  }

  /** Ms since this leader, or anybody that tells it, heard the member. */
  silentMs(member: MemberId): number {
    const { group } = this.#parts
    const nowMs = this.#env.clock.monotonic()
    const answeredAt = group.consensus.replication.progress.get(member)?.answeredAt
    const here = member === group.self ? 0 : nowMs - (answeredAt ?? nowMs)
    return Math.min(here, this.#hearsay.silentMs(member, nowMs))
  }

  #seen(): MembersSeen {
    const { group, maxVoters, zone } = this.#parts
    const { state, replication } = group.consensus
    const { electionMs } = group.options
    const nowMs = this.#env.clock.monotonic()
    const configuration = state.configuration ?? { voters: [group.self], old: undefined, learners: [] }
    const present = membersOf(configuration)
    const seeking = new Map<MemberId, string>()
    for (const [member, { greeting }] of this.#heard) {
      const belongs = greeting.group === '' || (greeting.group === group.id && greeting.seeks)
      if (belongs && !present.includes(member)) seeking.set(member, greeting.zone)
    }
    return {
      ...{ self: group.self, configuration, seeking, leaving: this.#departure.leaving, maxVoters },
      silentMs: member => this.silentMs(member),
      isCaughtUp: member => isCaughtUp(replication.progress.get(member), state.commit, nowMs - electionMs),
      zoneOf: member => (member === group.self ? zone : (this.#zones.get(member) ?? '')),
    }
  }

  get #seeks(): boolean {
    const { group } = this.#parts
    // Who leaves would be taken in again by a leader that has not heard of it.
    if (this.#departure.isLeaving) return false
    return group.id === '' || group.leaderSilentMs > 2 * group.options.electionMs
  }

  #greetAll(): void {
    const { group, peers } = this.#parts
    const { configuration } = group.consensus.state
    const own = configuration === undefined ? [] : membersOf(configuration)
    // Members are in touch by the log; the leader speaks to all others, and who was of another group, which somebody may
    // wait for; whoever looks for a group to everybody.
    const speaks = group.consensus.isLeader || group.left.length > 0
    for (const peer of peers()) {
      if (this.#seeks || (speaks && !(own.includes(peer) && this.#isOurs(peer)))) this.#greet(peer)
    }
  }

  // A member that was given up for lost may have gone on with another group, and says so.
  #isOurs(member: MemberId): boolean {
    const last = this.#heard.get(member)
    return last === undefined || last.greeting.group === this.#parts.group.id
  }

  #greet(to: MemberId): void {
    const { group, zone, facts, known } = this.#parts
    const { lastTerm, lastIndex } = group.consensus.state.log
    const { generation, index } = known().epoch
    const { absorbing } = facts()
    group.send(to, {
      ...{ type: 'greeting', group: group.id, zone, seeks: this.#seeks, leads: group.consensus.isLeader },
      ...{ rank: this.#merging.rank, seen: this.#merging.seen, addresses: this.#whereabouts.told },
      ...{ absorbs: absorbing?.loser ?? '', left: group.left },
      voters: group.consensus.state.configuration?.voters ?? [],
      ...{ lastTerm, lastIndex, schema: { generation, index }, sealed: this.#reformation.isSealed },
    })
  }

  // All that are there have said that they have no group: the one that is there the longest founds one.
  #found(): void {
    const { group, peers, begin } = this.#parts
    if (!this.#mayFound) return
    for (const peer of peers()) {
      const heard = this.#heard.get(peer)
      if (heard === undefined || heard.greeting.group !== '') return
      if (isBefore(peer, group.self)) return
    }
    begin(this.#confirmedAt)
  }

  // A member that has left the own group for another one has applied that they dissolve: so has this one, nearly. In
  // which group it was before says nothing: that may have been said before it was taken in here.
  #followAway(from: MemberId, { group: other, left }: Greeting): void {
    const { group } = this.#parts
    const { configuration } = group.consensus.state
    if (configuration === undefined || !this.#seeks || other === '' || !left.includes(group.id)) return
    if (membersOf(configuration).includes(from)) this.#leaveGroup()
  }
}

// The longest there: processes that start together agree on it, whatever the order in which they hear of each other.
function isBefore(a: MemberId, b: MemberId): boolean {
  const [lifeA, lifeB] = [incarnationOf(a), incarnationOf(b)]
  return lifeA === lifeB ? a < b : lifeA < lifeB
}

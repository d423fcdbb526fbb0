import type { Environment } from '../../core/environment.ts'
import type { MnemeshError } from '../../core/errors.ts'
import type { SchemaRecords } from '../../replication/catalog.ts'
import { membersOf } from '../consensus/configuration.ts'
import type { MemberId } from '../consensus/types.ts'
import type { GroupRecord } from '../state/group-facts.ts'
import { Allegiance } from './allegiance.ts'
import { Candidacy } from './candidacy.ts'
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
  /** For each configured seed the process that answers there, this one included; undefined where none is known. */
  readonly seeds: () => readonly (MemberId | undefined)[]
  readonly facts: () => GroupRecord
  /** Majority rows or locks are there: what would be lost if the group were given up. */
  readonly holds: () => boolean
  /** A group of this process alone. */
  readonly begin: (id: string, provisional: boolean) => void
  /** Leaves the present group with all its state, for that other one if it is known. */
  readonly reset: (into: string | undefined) => void
  /** Goes on with the present state as another group. */
  readonly renew: (awaited: readonly string[]) => void
  /** Tables, by id, of which this process remembers more deletes than it has room for. */
  readonly pressed: () => readonly string[]
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
  readonly #allegiance: Allegiance
  readonly #candidacy: Candidacy
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
    this.#hearsay = new Hearsay({ ...parts, heard: this.#heard, greet: to => this.#greet(to) })
    const told = { heard: this.#heard, whereabouts: this.#whereabouts }
    const allegiance = new Allegiance({ ...parts, ...told })
    this.#allegiance = allegiance
    this.#merging = new Merging(env, { ...parts, heard: this.#heard, allegiance })
    this.#candidacy = new Candidacy(env, {
      ...parts,
      heard: this.#heard,
      allegiance,
      greetAll: () => this.#greetAll(),
    })
  }

  /**
   * Where nobody has a group one may be founded now: the seeds were heard, or there are none, or they stayed silent for
   * long enough. Without more than half of them it is provisional, since another group may be behind them (D-4).
   */
  mayFound(hasListened: boolean): void {
    this.#candidacy.allow(hasListened)
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
    const isCountedFor = this.#allegiance.hear(from, message)
    if (isCountedFor || (message.seeks && !this.#seeks)) this.#greet(from)
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
    const { group } = this.#parts
    if (this.#dissolvedAt !== undefined && nowMs - this.#dissolvedAt >= lastWordsMs) this.#leaveGroup()
    this.#merging.note()
    this.#whereabouts.tick(nowMs)
    this.#allegiance.tick()
    if (group.id !== '') this.#candidacy.giveUp()
    if (this.#asks !== '') this.#allegiance.give(this.#asks, [])
    for (const [member, { at }] of this.#heard) if (nowMs - at > recentMs) this.#heard.delete(member)
    this.#forgetThoseOut()
    if (nowMs >= this.#greetAt) {
      this.#greetAt = nowMs + greetEveryMs
      this.#greetAll()
      this.#hearsay.report(nowMs)
    }
    // A leader began to take this process in and fell silent: another group may do it.
    const isForgotten = group.id !== '' && group.consensus.state.configuration === undefined && this.#seeks
    if (isForgotten) this.#leaveGroup()
    this.#leadership.tick(nowMs)
    if (group.id === '') this.#candidacy.tick(nowMs)
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

  #leaveGroup(into = this.#parts.facts().dissolvedInto): void {
    this.#dissolvedAt = undefined
    this.#reformation.unseal()
    this.#heard.clear()
    this.#parts.reset(into)
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

  /** True while this leader, or anybody that tells it, has no room for the deletes of the table. */
  isPressed(table: string): boolean {
    return this.#hearsay.isPressed(table, this.#env.clock.monotonic())
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
      const isInTouch = own.includes(peer) && this.#isOurs(peer) && this.#asks === ''
      if (this.#seeks || (speaks && !isInTouch)) this.#greet(peer)
    }
  }

  // The group that others are asked to count for.
  get #asks(): string {
    const { group, facts } = this.#parts
    if (group.id === '') return this.#candidacy.asks
    return group.consensus.isLeader && facts().provisional ? group.id : ''
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
      ...{ asks: this.#asks, promised: this.#allegiance.to },
      voters: group.consensus.state.configuration?.voters ?? [],
      ...{ lastTerm, lastIndex, schema: { generation, index }, sealed: this.#reformation.isSealed },
    })
  }

  // A member that has left the own group for another one has applied that they dissolve: so has this one, nearly. In
  // which group it was before says nothing: that may have been said before it was taken in here.
  #followAway(from: MemberId, { group: other, left }: Greeting): void {
    const { group } = this.#parts
    const { configuration } = group.consensus.state
    if (configuration === undefined || !this.#seeks || other === '' || !left.includes(group.id)) return
    // One that was taken in while this process heard nothing of it goes on for all who have promised to ignore the rest.
    if (membersOf(configuration).includes(from) || this.#reformation.isSealed) this.#leaveGroup(other)
  }
}

import type { Moment } from '../../replication/catalog.ts'
import type { MemberId, Message } from '../consensus/types.ts'

/** How a process presents itself to one that may have, or be in, a group. */
export interface Greeting {
  readonly type: 'greeting'
  /** Its group; '' for none. */
  readonly group: string
  readonly zone: string
  /** It is in no group, or has not heard its leader for long. */
  readonly seeks: boolean
  readonly leads: boolean
  /** For the order of groups that meet (D-5). */
  readonly rank: GroupRank
  /** The highest generation of any group that it was in (D-11). */
  readonly seen: number
  /** Where it answers, and the members of its group did as far as it knows (D-9). */
  readonly addresses: readonly (readonly [member: MemberId, address: string])[]
  /** Of its group, as it knows them. */
  readonly voters: readonly MemberId[]
  /** Groups that it was in and has left for good, the last ones. */
  readonly left: readonly string[]
  /** The group, provisional or yet to be founded, that others are asked to count for (D-4); '' for none. */
  readonly asks: string
  /** The one group that it counts for; '' for none. */
  readonly promised: string
  /** The group that this one is taking in; '' for none. */
  readonly absorbs: string
  /** Where its log ends, for a group that is formed anew by who is left. */
  readonly lastTerm: number
  readonly lastIndex: number
  /** How late its schema is, by its log or by what others of its group have told it (D-3). */
  readonly schema: Moment
  /** It has promised to ignore what is left of its group (S18). */
  readonly sealed: boolean
}

/** What decides which of two groups survives. */
export interface GroupRank {
  readonly provisional: boolean
  /** It has majority rows or locks. */
  readonly holds: boolean
  readonly generation: number
  readonly members: number
}

/** Requests on their way to the leader, encoded by who makes them. */
export interface Proposals {
  readonly type: 'proposals'
  /** The sender's number for them, which a refusal repeats. */
  readonly batch: number
  readonly payloads: readonly Buffer[]
}

/** None of those requests was taken: who is asked does not lead, or has too much to decide already. */
export interface ProposalsRefused {
  readonly type: 'refused'
  readonly batch: number
  readonly overloaded: boolean
}

export interface ReadRequest {
  readonly type: 'read'
  readonly tag: number
}

export interface ReadReply {
  readonly type: 'readReply'
  readonly tag: number
  /** What must be applied before the read; undefined from one who does not lead. */
  readonly index: number | undefined
}

/** The process leaves for good. */
export interface Leaving {
  readonly type: 'leaving'
}

/** Members whose answers the leader has missed for a while: it asks who hears them (D-16). */
export interface Missing {
  readonly type: 'missing'
  readonly members: readonly MemberId[]
}

/** What a member tells its leader now and then. */
export interface HeardOf {
  readonly type: 'heard'
  /** Members that the leader may not hear and that this one heard, and how many ms ago (D-16). */
  readonly members: readonly (readonly [member: MemberId, agoMs: number])[]
  /** Tables, by id, of which it remembers more deletes than it has room for (D7). */
  readonly pressed: readonly string[]
}

export type GroupMessage =
  | Message
  | Greeting
  | Proposals
  | ProposalsRefused
  | ReadRequest
  | ReadReply
  | Leaving
  | HeardOf
  | Missing

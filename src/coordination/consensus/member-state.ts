import { invariant } from '../../core/invariant.ts'
import { isVoter, membersOf } from './configuration.ts'
import { Log } from './log.ts'
import type { Configuration, MemberId, Message, StateMachine } from './types.ts'

export interface ConsensusOptions {
  readonly self: MemberId
  /** T: a voter that hears from no leader for T to 2T stands for election. */
  readonly electionMs: number
  /** How often a leader speaks when there is nothing to say; a small part of T. */
  readonly heartbeatMs: number
  /** Entries and bytes in one message. */
  readonly maxEntries: number
  readonly maxBytes: number
  /** Messages with entries that one member may owe answers to. */
  readonly maxInFlight: number
  readonly maxInFlightBytes: number
  /** A leader takes no more proposals while it has so much to decide: nobody is behind it, or too far. */
  readonly maxUndecidedBytes: number
  /** The log is cut to half of this once it is longer; whoever is further behind gets the state instead. */
  readonly maxLogEntries: number
  readonly maxLogBytes: number
  readonly chunkBytes: number
}

export const consensusDefaults = {
  electionMs: 1000,
  heartbeatMs: 150,
  maxEntries: 1024,
  maxBytes: 512 * 1024,
  maxInFlight: 256,
  maxInFlightBytes: 4 * 1024 * 1024,
  maxUndecidedBytes: 64 * 1024 * 1024,
  maxLogEntries: 20_000,
  maxLogBytes: 64 * 1024 * 1024,
  chunkBytes: 256 * 1024,
} as const

export type Role = 'follower' | 'preCandidate' | 'candidate' | 'leader'

export interface Outgoing {
  readonly to: MemberId
  readonly message: Message
}

/** What one member knows: shared by the parts of the algorithm, each of which changes its own share of it. */
export class MemberState {
  readonly options: ConsensusOptions
  readonly machine: StateMachine
  readonly log = new Log()
  /** Uniform in [0, 1). */
  readonly random: () => number
  term = 0
  votedFor: MemberId | undefined
  role: Role = 'follower'
  leader: MemberId | undefined
  /** When a leader of this term was last heard, monotonic ms. */
  lastContact = Number.NEGATIVE_INFINITY
  /** Until when a quorum answered this member the last time that it led, monotonic ms. */
  ledUntil = Number.NEGATIVE_INFINITY
  commit = 0
  applied = 0
  outgoing: Outgoing[] = []

  constructor(options: ConsensusOptions, machine: StateMachine, random: () => number) {
    this.options = options
    this.machine = machine
    this.random = random
  }

  get self(): MemberId {
    return this.options.self
  }

  get configuration(): Configuration | undefined {
    return this.log.configuration
  }

  get isVoter(): boolean {
    return isVoter(this.configuration, this.self)
  }

  /** Members other than this one. */
  get others(): MemberId[] {
    const { configuration } = this
    return configuration === undefined ? [] : membersOf(configuration).filter(member => member !== this.self)
  }

  send(to: MemberId, message: Message): void {
    this.outgoing.push({ to, message })
  }

  /** Everything up to that index is decided; it is applied at once. */
  commitTo(index: number): void {
    this.decideTo(index)
    this.applyDecided()
  }

  /** The same, except that who drives this member has it applied by `applyDecided`, once its answers have left. */
  decideTo(index: number): void {
    if (index <= this.commit) return
    invariant(index <= this.log.lastIndex, `entry ${index} is committed but not here`)
    this.commit = index
  }

  applyDecided(): void {
    while (this.applied < this.commit) {
      const next = this.applied + 1
      this.applied = next
      this.machine.apply(next, this.log.decide(next))
    }
  }

  /** Forgets old entries once there are too many of them. `kept` and what follows it must stay. */
  compact(kept: number): void {
    const { maxLogEntries, maxLogBytes } = this.options
    if (this.log.length <= maxLogEntries && this.log.bytes <= maxLogBytes) return
    const half = this.applied - (maxLogEntries >> 1)
    // Large entries: none of them is worth more than starting anew from the state.
    const target = this.log.bytes > maxLogBytes ? this.applied : half
    this.log.compactTo(Math.min(target, kept, this.applied))
  }
}

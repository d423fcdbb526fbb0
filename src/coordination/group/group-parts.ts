import type { ConsensusOptions } from '../consensus/member-state.ts'
import type { MemberId, StateMachine } from '../consensus/types.ts'
import type { Result } from '../state/commands.ts'
import type { GroupMessage } from './group-message.ts'

/** What the group needs of the state that it replicates. */
export interface GroupState extends StateMachine {
  /** The session of that process; undefined while it is no member. */
  sessionOf(member: MemberId): string | undefined
  resultOf(session: string, sequence: number): Result | undefined
}

export interface GroupOptions extends Partial<Omit<ConsensusOptions, 'self'>> {
  readonly self: MemberId
}

export interface GroupParts {
  readonly state: GroupState
  /** Sends to that process, soon and in order; what is lost is not told. */
  readonly send: (to: MemberId, bytes: Buffer) => void
  /** Messages about who belongs to which group. */
  readonly events: GroupEvents
}

export interface GroupEvents {
  /** A message that is not about the log. */
  message(from: MemberId, message: GroupMessage): void
  /** Called a few times in a heartbeat. */
  tick(nowMs: number): void
}

const maxLeft = 16

/** Adds a group that is over to those that were left, of which the last few are remembered. */
export function leaveBehind(left: string[], group: string): void {
  if (left.push(group) > maxLeft) left.shift()
}

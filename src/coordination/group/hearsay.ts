import { membersOf } from '../consensus/configuration.ts'
import type { MemberId } from '../consensus/types.ts'
import type { Group } from './group.ts'
import type { HeardOf } from './group-message.ts'
import { removeAfterMs } from './member-keeper.ts'
import type { Heard } from './reformation.ts'

export interface HearsayParts {
  readonly group: Group
  /** What was said lately, here. */
  readonly heard: ReadonlyMap<MemberId, Heard>
}

/**
 * Members tell the leader whom they hear that looks for it: one that only the leader does not hear is not gone, and is
 * neither replaced nor removed (D-16).
 */
export class Hearsay {
  readonly #parts: HearsayParts
  // When somebody last heard the member, monotonic ms.
  readonly #heardAt = new Map<MemberId, number>()

  constructor(parts: HearsayParts) {
    this.#parts = parts
  }

  /** Called now and then: tells the leader, if there is something to tell. */
  report(nowMs: number): void {
    const { group, heard } = this.#parts
    const { leader } = group
    const { configuration } = group.consensus.state
    if (leader === undefined || leader === group.self || configuration === undefined) return
    const members: [MemberId, number][] = []
    for (const member of membersOf(configuration)) {
      const last = heard.get(member)
      if (last?.greeting.group === group.id && last.greeting.seeks)
        members.push([member, Math.round(nowMs - last.at)])
    }
    if (members.length > 0) group.send(leader, { type: 'heard', members })
  }

  receive({ members }: HeardOf, nowMs: number): void {
    for (const [member, agoMs] of members)
      this.#heardAt.set(member, Math.max(this.#heardAt.get(member) ?? 0, nowMs - agoMs))
    for (const [member, at] of this.#heardAt) if (nowMs - at > removeAfterMs) this.#heardAt.delete(member)
  }

  /** Ms since any member that said so heard that one; Infinity when none did. */
  silentMs(member: MemberId, nowMs: number): number {
    return nowMs - (this.#heardAt.get(member) ?? Number.NEGATIVE_INFINITY)
  }
}

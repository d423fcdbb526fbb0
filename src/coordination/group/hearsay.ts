import { membersOf } from '../consensus/configuration.ts'
import type { MemberId } from '../consensus/types.ts'
import type { Group } from './group.ts'
import type { HeardOf, Missing } from './group-message.ts'
import { removeAfterMs } from './member-keeper.ts'
import type { Heard } from './reformation.ts'

export interface HearsayParts {
  readonly group: Group
  /** What was said lately, here. */
  readonly heard: ReadonlyMap<MemberId, Heard>
  /** Tables, by id, of which this process remembers more deletes than it has room for. */
  readonly pressed: () => readonly string[]
  /** Presents this process to another one. */
  readonly greet: (to: MemberId) => void
}

/** A member says so twice in a second as long as it is true. */
const pressedForMs = 2000
/** So many tables are told of at a time. */
const mostPressed = 16

/**
 * Members tell the leader whom they hear that it may not: one that only the leader does not hear is not gone, and is
 * neither replaced nor removed (D-16). Whoever does not hear the leader presents itself to all others; whoever hears it
 * and is not heard does so when the leader says that it misses it.
 */
export class Hearsay {
  readonly #parts: HearsayParts
  // When somebody last heard the member, monotonic ms.
  readonly #heardAt = new Map<MemberId, number>()
  // When a member last said so of the table.
  readonly #pressedAt = new Map<string, number>()

  constructor(parts: HearsayParts) {
    this.#parts = parts
  }

  /** Called now and then: tells the leader, if there is something to tell; the leader asks. */
  report(nowMs: number): void {
    const { group, heard } = this.#parts
    const { leader } = group
    if (leader === group.self) this.#ask(nowMs)
    if (leader === undefined || leader === group.self) return
    const members: [MemberId, number][] = []
    for (const member of this.#members()) {
      const last = heard.get(member)
      if (last?.greeting.group === group.id) members.push([member, Math.round(nowMs - last.at)])
    }
    const pressed = this.#parts.pressed().slice(0, mostPressed)
    if (members.length + pressed.length > 0) group.send(leader, { type: 'heard', members, pressed })
  }

  /** The leader does not hear those members. */
  missed({ members }: Missing, nowMs: number): void {
    const { group, greet } = this.#parts
    if (!members.includes(group.self)) return
    group.consensus.catchUp.missed(nowMs)
    for (const member of this.#members()) if (member !== group.self) greet(member)
  }

  receive({ members, pressed }: HeardOf, nowMs: number): void {
    for (const table of pressed) this.#pressedAt.set(table, nowMs)
    for (const [table, at] of this.#pressedAt) if (nowMs - at > pressedForMs) this.#pressedAt.delete(table)
    for (const [member, agoMs] of members)
      this.#heardAt.set(member, Math.max(this.#heardAt.get(member) ?? 0, nowMs - agoMs))
    for (const [member, at] of this.#heardAt) if (nowMs - at > removeAfterMs) this.#heardAt.delete(member)
  }

  #ask(nowMs: number): void {
    const { group } = this.#parts
    const { replication } = group.consensus
    const since = nowMs - 2 * group.options.electionMs
    const others = this.#members().filter(member => member !== group.self)
    const members = others.filter(member => (replication.progress.get(member)?.answeredAt ?? nowMs) < since)
    if (members.length > 0) for (const other of others) group.send(other, { type: 'missing', members })
  }

  #members(): readonly MemberId[] {
    const { configuration } = this.#parts.group.consensus.state
    return configuration === undefined ? [] : membersOf(configuration)
  }

  /** True while this process, or a member that says so, remembers more deletes of the table than it has room for. */
  isPressed(table: string, nowMs: number): boolean {
    const saidAt = this.#pressedAt.get(table) ?? Number.NEGATIVE_INFINITY
    return nowMs - saidAt <= pressedForMs || this.#parts.pressed().includes(table)
  }

  /** Ms since any member that said so heard that one; Infinity when none did. */
  silentMs(member: MemberId, nowMs: number): number {
    return nowMs - (this.#heardAt.get(member) ?? Number.NEGATIVE_INFINITY)
  }
}

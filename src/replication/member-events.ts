import type { Cancel } from '../core/environment.ts'
import type { Events } from '../core/events.ts'
import type { Membership } from '../membership/membership.ts'
import type { Member, View } from '../membership/view.ts'

export interface MemberEventsParts {
  readonly membership: Membership
  readonly events: Events
  /** A member is gone and did not say that it leaves: it has failed, or cannot be reached. */
  readonly lost: (node: string) => void
  /** A member is there that was not, or another process of its name. */
  readonly came: (node: string) => void
}

/** Tells who comes, who goes, and how. */
export class MemberEvents {
  readonly #parts: MemberEventsParts
  readonly #offs: Cancel[]
  // Processes, by name and incarnation, that said so and are members still.
  readonly #leaving = new Set<string>()

  constructor(parts: MemberEventsParts) {
    this.#parts = parts
    this.#offs = [
      parts.membership.onChange((view, previous) => this.#follow(view, previous)),
      parts.membership.onSign((sign, member) => {
        if (sign === 'left' && parts.membership.view.has(member)) this.#leaving.add(processOf(member))
        if (sign === 'suspect') parts.events.emit('member-suspect', { member: member.name })
      }),
    ]
  }

  stop(): void {
    for (const off of this.#offs) off()
  }

  #follow(view: View, previous: View): void {
    const { events, came, lost } = this.#parts
    for (const member of view.members) {
      const before = previous.get(member.name)
      if (before?.incarnation === member.incarnation) continue
      const { name, address } = member
      events.emit(before === undefined ? 'member-up' : 'member-restarted', { member: name, address })
      came(name)
    }
    for (const member of previous.members) {
      const isLeaving = this.#leaving.delete(processOf(member))
      if (view.get(member.name) !== undefined) continue
      events.emit(isLeaving ? 'member-left' : 'member-dead', { member: member.name })
      if (!isLeaving) lost(member.name)
    }
  }
}

function processOf({ name, incarnation }: Member): string {
  return `${name}#${incarnation}`
}

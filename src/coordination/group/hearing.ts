import { isQuorum } from '../consensus/configuration.ts'
import type { Configuration, MemberId } from '../consensus/types.ts'

/** Whom of its group this process hears itself, leader or not. */
export class Hearing {
  readonly #self: MemberId
  // When it spoke last, monotonic ms.
  readonly #heardAt = new Map<MemberId, number>()

  constructor(self: MemberId) {
    this.#self = self
  }

  heard(from: MemberId, nowMs: number): void {
    this.#heardAt.set(from, nowMs)
  }

  /** True when a majority of the voters, this process counted, has spoken since then. */
  hearsQuorum(configuration: Configuration, sinceMs: number): boolean {
    return isQuorum(
      configuration,
      member => member === this.#self || (this.#heardAt.get(member) ?? Number.NEGATIVE_INFINITY) >= sinceMs,
    )
  }

  /** Nobody else is remembered. */
  keep(members: readonly MemberId[]): void {
    for (const member of this.#heardAt.keys()) if (!members.includes(member)) this.#heardAt.delete(member)
  }
}

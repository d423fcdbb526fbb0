import type { Environment } from '../core/environment.ts'
import type { Membership } from '../membership/membership.ts'
import { activeElsewhere } from './copy-plan.ts'
import type { Holders } from './holders.ts'
import type { Quorum } from './minority.ts'

const barrierTimeoutMs = 2000

export interface LastResortParts {
  readonly holders: Holders
  readonly membership: Membership
  readonly quorum: Pick<Quorum, 'barrier'>
}

/** Says who begins with what it has when nobody that lives holds an active copy: one node, the others load from it. */
export class LastResort {
  readonly #env: Environment
  readonly #parts: LastResortParts

  constructor(env: Environment, parts: LastResortParts) {
    this.#env = env
    this.#parts = parts
  }

  /**
   * Resolves with true on the one node of those that shall hold a copy (`isWanted`) whose turn it is, and only with a
   * majority that has given up every copy with the rows: one that is merely out of reach may live, take writes and forget
   * deletes by itself until it learns of another copy.
   */
  async mayBegin(table: string, isWanted: (node: string) => boolean): Promise<boolean> {
    const isItsTurn = () => {
      const entry = this.#parts.holders.of(table)?.table
      const isGivenUp = entry && activeElsewhere(entry, this.#parts.membership.self.name).length === 0
      return isGivenUp === true && this.#isFirstInLine(isWanted)
    }
    if (!isItsTurn()) return false
    const deadline = this.#env.clock.monotonic() + barrierTimeoutMs
    return this.#parts.quorum.barrier({ deadline }).then(isItsTurn, () => false)
  }

  // The process that has been there longest: it may hold rows that came before its load was over.
  #isFirstInLine(isWanted: (node: string) => boolean): boolean {
    const { self, view } = this.#parts.membership
    const waiting = view.members.filter(({ name }) => isWanted(name))
    const oldest = waiting.sort((a, b) => a.incarnation - b.incarnation || (a.name < b.name ? -1 : 1))[0]
    return oldest?.name === self.name
  }
}

import { type Environment, randomBelow } from '../../core/environment.ts'
import type { Call } from '../../wire/caller.ts'
import type { TransactionSource } from './source.ts'
import { Turns } from './turns.ts'

/** After so many conflicts a transaction queues for its turn. */
const conflictsBeforeTurn = 5
const shortestPauseMs = 2
const longestPauseMs = 250

/** How one transaction makes way for others that it has met: at once, then later and later, then in its turn. */
export class Patience {
  readonly turns: Turns
  readonly #env: Environment
  #conflicts = 0

  constructor(env: Environment, source: TransactionSource) {
    this.#env = env
    this.turns = new Turns(source)
  }

  /** Resolves when it may try again. `table` is where the conflict was, as far as that is known. */
  async giveWay(table: string | undefined, call: Call): Promise<void> {
    this.#conflicts++
    if (this.#conflicts >= conflictsBeforeTurn && table !== undefined) {
      await this.turns.take([table], call)
      return
    }
    // At once after a first conflict, as what was read is old; then at random, so that others get through.
    if (this.#conflicts === 1) return
    const most = Math.min(longestPauseMs, shortestPauseMs * 2 ** this.#conflicts)
    const left = Math.max(0, call.deadline - this.#env.clock.monotonic())
    const ms = Math.min(left, 1 + randomBelow(this.#env.random, most))
    await new Promise<void>(resolve => this.#env.timers.after(ms, resolve))
  }

  /** It has been made, or given up. */
  end(): void {
    this.#conflicts = 0
    this.turns.end()
  }
}

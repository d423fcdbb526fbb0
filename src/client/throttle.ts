import { type Environment, unit } from '../core/environment.ts'
import type { MnemeshError } from '../core/errors.ts'
import { overloaded } from '../core/overload.ts'
import type { Gate } from '../wire/caller.ts'

/** Calls let out for each that was accepted lately, while the node refuses some. */
const perAccepted = 2
const windowMs = 250
/** A node that has refused nothing for so long is not overloaded. */
const calmMs = 1000

interface Window {
  asked: number
  accepted: number
}

/**
 * Holds calls back in the client while the node refuses many of them: refusing costs the node little, but not nothing,
 * and ten times too many calls would leave it no time for those it takes. A call is refused here with the probability
 * (asked - 2 accepted) / (asked + 1) over the last quarter to half second, so that the node sees about twice what it
 * accepts and a change for the better shows at once ("client-side throttling", Beyer et al., Site Reliability
 * Engineering, 2016, chapter 21). In calm times it counts nothing.
 */
export class Throttle implements Gate {
  readonly #env: Pick<Environment, 'clock' | 'random'>
  readonly #address: string
  #isActive = false
  #now: Window = { asked: 0, accepted: 0 }
  #before: Window = { asked: 0, accepted: 0 }
  #endsAt = 0
  #refusedAt = 0
  #retryAfterMs = 0

  constructor(env: Pick<Environment, 'clock' | 'random'>, address: string) {
    this.#env = env
    this.#address = address
  }

  get isActive(): boolean {
    return this.#isActive
  }

  refusal(): MnemeshError | undefined {
    this.#follow(this.#env.clock.monotonic())
    const asked = this.#now.asked + this.#before.asked
    const accepted = this.#now.accepted + this.#before.accepted
    this.#now.asked++
    const excess = asked - perAccepted * accepted
    if (excess <= 0 || unit(this.#env.random) >= excess / (asked + 1)) return undefined
    return overloaded(
      `the node at ${this.#address} refuses many calls now; this one did not leave this process`,
      this.#retryAfterMs,
    )
  }

  accepted(): void {
    this.#now.accepted++
  }

  refused(retryAfterMs: number): void {
    const now = this.#env.clock.monotonic()
    this.#retryAfterMs = retryAfterMs
    this.#refusedAt = now
    if (this.#isActive) return
    this.#isActive = true
    this.#before = { asked: 0, accepted: 0 }
    this.#now = { asked: 0, accepted: 0 }
    this.#endsAt = now + windowMs
  }

  #follow(now: number): void {
    if (now < this.#endsAt) return
    this.#before = now < this.#endsAt + windowMs ? this.#now : { asked: 0, accepted: 0 }
    this.#now = { asked: 0, accepted: 0 }
    this.#endsAt = now + windowMs
    if (now - this.#refusedAt > calmMs) this.#isActive = false
  }
}

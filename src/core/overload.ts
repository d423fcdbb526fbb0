import type { Cancel, Clock, Timers } from './environment.ts'
import { MnemeshError, withoutStack } from './errors.ts'

/** Without a refusal for so long, the load is over. */
const calmMs = 1000

/**
 * The error of a call that was refused because too much waits already: it was not applied, always. `retryAfterMs` in
 * its details says when to ask again.
 */
export function overloaded(message: string, retryAfterMs: number): MnemeshError {
  return withoutStack(() => new MnemeshError('ERR_OVERLOADED', message, { details: { retryAfterMs } }))
}

/** When whoever refused the call wants to be asked again; undefined where it did not say. */
export function retryAfterOf(error: unknown): number | undefined {
  if (!MnemeshError.is(error)) return undefined
  const ms = error.details?.retryAfterMs
  return typeof ms === 'number' && ms >= 0 && Number.isFinite(ms) ? ms : undefined
}

/** Counts what is refused, and tells when that begins and when it is over: when nothing was refused for a second. */
export class Refusals {
  readonly #env: { readonly clock: Clock; readonly timers: Timers }
  readonly #listeners = new Set<(ongoing: boolean) => void>()
  #count = 0
  #lastAt = 0
  #isOngoing = false

  constructor(env: { readonly clock: Clock; readonly timers: Timers }) {
    this.#env = env
  }

  /** Since the start. */
  get count(): number {
    return this.#count
  }

  get isOngoing(): boolean {
    return this.#isOngoing
  }

  onChange(listener: (ongoing: boolean) => void): Cancel {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** So many more were refused now. */
  note(count: number): void {
    if (count === 0) return
    this.#count += count
    this.#lastAt = this.#env.clock.monotonic()
    if (this.#isOngoing) return
    this.#tell(true)
    this.#waitForCalm(calmMs)
  }

  #waitForCalm(ms: number): void {
    this.#env.timers.after(ms, () => {
      const leftMs = this.#lastAt + calmMs - this.#env.clock.monotonic()
      // A fraction of a ms may be nothing on a clock that counts for long.
      if (leftMs > 0) this.#waitForCalm(Math.ceil(leftMs))
      else this.#tell(false)
    })
  }

  #tell(ongoing: boolean): void {
    this.#isOngoing = ongoing
    for (const listener of this.#listeners) listener(ongoing)
  }
}

import type { Environment } from '../core/environment.ts'
import { MnemeshError } from '../core/errors.ts'
import { within } from '../core/within.ts'
import type { Call } from '../wire/caller.ts'

type Name = string | number | boolean

/** One request under way. */
export interface Fetch<T> {
  answer: Promise<T>
}

/** Many readers of one key make one request; each keeps to its own deadline. */
export class SharedFetches<T> {
  readonly #env: Environment
  readonly #running = new Map<Name, Fetch<T>>()

  constructor(env: Environment) {
    this.#env = env
  }

  /** What the request under way answers, or one that begins now. */
  fetch(name: Name, call: Call, begin: (fetch: Fetch<T>) => Promise<T>): Promise<T> {
    const running = this.#running.get(name)
    if (running !== undefined) return this.#join(running, call, () => this.fetch(name, call, begin))
    const fetch = {} as Fetch<T>
    this.#running.set(name, fetch)
    fetch.answer = begin(fetch).finally(() => {
      if (this.isCurrent(name, fetch)) this.#running.delete(name)
    })
    return fetch.answer
  }

  /** False once the key was forgotten since that request began: its answer may be older than what was told then. */
  isCurrent(name: Name, fetch: Fetch<T>): boolean {
    return this.#running.get(name) === fetch
  }

  /** Who asks for the key from now on is not given what was asked for before. */
  forget(name: Name): void {
    this.#running.delete(name)
  }

  clear(): void {
    this.#running.clear()
  }

  // The time of who asked first may be over before that of who asked then.
  #join({ answer }: Fetch<T>, call: Call, again: () => Promise<T>): Promise<T> {
    return within(this.#env, answer, call, 'the answer to another reader').catch(error => {
      const isOver = call.signal?.aborted || this.#env.clock.monotonic() >= call.deadline
      const isTheirs = MnemeshError.is(error, 'ERR_TIMEOUT') || MnemeshError.is(error, 'ERR_ABORTED')
      if (isOver || !isTheirs) throw error
      return again()
    })
  }
}

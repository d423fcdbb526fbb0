import type { Environment } from '../core/environment.ts'
import { MnemeshError } from '../core/errors.ts'
import type { ElectOptions, Leadership } from './lock-types.ts'
import { checkLockName, leaseFrom } from './locks.ts'
import type { HeldLockPort, LockPort } from './port.ts'

const retryMs = 500

/** A candidacy: gives a leadership whenever this candidate is elected, until it is ended. */
export class Election implements AsyncIterableIterator<Leadership> {
  readonly #env: Environment
  readonly #port: LockPort
  readonly #name: string
  readonly #ttlMs: number
  readonly #over = new AbortController()
  #held: HeldLockPort | undefined
  #last: Promise<unknown> = Promise.resolve()

  constructor(env: Environment, port: LockPort, name: string, { ttl, signal }: ElectOptions = {}) {
    this.#env = env
    this.#port = port
    this.#name = checkLockName(name)
    this.#ttlMs = leaseFrom(ttl)
    const end = () => void this.return()
    if (signal?.aborted) end()
    else {
      signal?.addEventListener('abort', end, { once: true })
      this.#over.signal.addEventListener('abort', () => signal?.removeEventListener('abort', end))
    }
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<IteratorResult<Leadership>> {
    const next = this.#last.then(() => this.#elected())
    this.#last = next.catch(() => {})
    return next
  }

  async return(): Promise<IteratorResult<Leadership>> {
    this.#over.abort()
    await this.#resign()
    return { done: true, value: undefined }
  }

  // A group out of reach elects nobody; the candidate goes on standing.
  async #elected(): Promise<IteratorResult<Leadership>> {
    await this.#resign()
    while (!this.#over.signal.aborted) {
      try {
        const held = await this.#acquire()
        if (this.#over.signal.aborted) {
          await held.release()
          break
        }
        this.#held = held
        return { done: false, value: toLeadership(held) }
      } catch (error) {
        if (this.#over.signal.aborted) break
        if (!isPassing(error)) throw error
        await new Promise<void>(resolve => this.#env.timers.after(retryMs, resolve))
      }
    }
    return { done: true, value: undefined }
  }

  #acquire(): Promise<HeldLockPort> {
    const request = {
      ...{ name: `election/${this.#name}`, mode: 'exclusive' as const, permits: 1 },
      ...{ ttlMs: this.#ttlMs, waitMs: Number.POSITIVE_INFINITY },
    }
    return this.#port.acquire(request, { deadline: Number.POSITIVE_INFINITY, signal: this.#over.signal })
  }

  async #resign(): Promise<void> {
    const held = this.#held
    this.#held = undefined
    await held?.release()
  }
}

function toLeadership(held: HeldLockPort): Leadership {
  const { name, token, signal } = held
  return { name, token, signal, resign: () => held.release() }
}

function isPassing(error: unknown): boolean {
  if (!MnemeshError.is(error)) return false
  return (
    error.maybeApplied ||
    error.retryable ||
    error.code === 'ERR_SESSION_EXPIRED' ||
    error.code === 'ERR_TIMEOUT'
  )
}

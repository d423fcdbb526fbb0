import type { Cancel, Environment } from '../../core/environment.ts'
import { MnemeshError } from '../../core/errors.ts'
import type { Call } from '../../wire/caller.ts'

// A longer timer of Node's ends at once.
const longestTimerMs = 2 ** 30

/** Throws ERR_ABORTED and ERR_TIMEOUT for a transaction of which nothing was done yet. */
export function checkTime(nowMs: number, { deadline, signal }: Call): void {
  if (signal?.aborted)
    throw new MnemeshError('ERR_ABORTED', 'the transaction was aborted by its signal', {
      cause: signal.reason,
    })
  if (nowMs >= deadline)
    throw new MnemeshError(
      'ERR_TIMEOUT',
      'the transaction was not ready before its deadline; nothing was done',
    )
}

interface Watched {
  readonly call: Call
  readonly late: (error: unknown) => void
}

/** Tells whoever waits that its time is over: one timer for all of them, as nearly all end long before. */
export class Deadlines {
  readonly #env: Pick<Environment, 'clock' | 'timers'>
  readonly #watched = new Set<Watched>()
  #cancel: Cancel | undefined
  #dueAt = Number.POSITIVE_INFINITY

  constructor(env: Pick<Environment, 'clock' | 'timers'>) {
    this.#env = env
  }

  /** Calls `late` with ERR_TIMEOUT or ERR_ABORTED, unless it is ended before. */
  watch(call: Call, late: (error: unknown) => void): Cancel {
    const one = { call, late }
    this.#watched.add(one)
    const { deadline, signal } = call
    if (signal === undefined) {
      this.#arm(deadline)
      return () => this.#forget(one)
    }
    const onAbort = () => this.#check(one)
    signal.addEventListener('abort', onAbort)
    this.#arm(signal.aborted ? Number.NEGATIVE_INFINITY : deadline)
    return () => {
      signal.removeEventListener('abort', onAbort)
      this.#forget(one)
    }
  }

  #forget(one: Watched): void {
    this.#watched.delete(one)
    if (this.#watched.size === 0) this.#disarm()
  }

  #disarm(): void {
    this.#cancel?.()
    this.#cancel = undefined
    this.#dueAt = Number.POSITIVE_INFINITY
  }

  #arm(deadline: number): void {
    if (deadline >= this.#dueAt) return
    this.#disarm()
    this.#dueAt = deadline
    const left = Math.max(0, deadline - this.#env.clock.monotonic())
    // Timers count whole ms: never too early.
    this.#cancel = this.#env.timers.after(Math.min(longestTimerMs, Math.ceil(left)), () => this.#tick())
  }

  #tick(): void {
    this.#disarm()
    for (const one of [...this.#watched]) this.#check(one)
    let next = Number.POSITIVE_INFINITY
    for (const { call } of this.#watched) next = Math.min(next, call.deadline)
    this.#arm(next)
  }

  #check(one: Watched): void {
    try {
      checkTime(this.#env.clock.monotonic(), one.call)
    } catch (error) {
      this.#forget(one)
      one.late(error)
    }
  }
}

/**
 * What the closure resolves with, as long as there is time for it: one that never ends keeps nobody waiting, and what it
 * does later is refused. Rejects with ERR_TIMEOUT and ERR_ABORTED.
 */
export function inTime<T>(deadlines: Deadlines, running: Promise<T>, call: Call): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const stop = deadlines.watch(call, error => {
      stop()
      reject(error)
    })
    running.then(
      value => {
        stop()
        resolve(value)
      },
      error => {
        stop()
        reject(error)
      },
    )
  })
}

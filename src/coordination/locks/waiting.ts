import type { Cancel, Environment } from '../../core/environment.ts'
import { MnemeshError } from '../../core/errors.ts'
import type { Call } from '../../wire/caller.ts'
import type { FencingToken } from '../state/commands.ts'
import type { Place } from './held-lock.ts'

/** A request for a lock, from its submission until it is granted or given up. */
export class Waiting {
  readonly place: Place
  /** The group has answered that it waits. */
  isQueued = false
  #token: FencingToken | undefined
  #settle: { resolve(token: FencingToken): void; reject(error: MnemeshError): void } | undefined

  constructor(place: Place) {
    this.place = place
  }

  granted(token: FencingToken): void {
    this.#token = token
    this.#settle?.resolve(token)
  }

  fail(error: MnemeshError): void {
    this.#settle?.reject(error)
  }

  /** The token, once it is granted. Rejects with ERR_TIMEOUT after `waitMs` or at the deadline, and ERR_ABORTED. */
  wait(env: Environment, waitMs: number, call: Call): Promise<FencingToken> {
    if (this.#token !== undefined) return Promise.resolve(this.#token)
    const { lock } = this.place
    const leftMs = Math.max(0, Math.min(waitMs, call.deadline - env.clock.monotonic()))
    return new Promise<FencingToken>((resolve, reject) => {
      let stop: Cancel = () => {}
      const onAbort = () =>
        this.fail(
          new MnemeshError('ERR_ABORTED', `waiting for lock ${lock} was aborted`, {
            cause: call.signal?.reason,
          }),
        )
      const over = () => {
        stop()
        call.signal?.removeEventListener('abort', onAbort)
        this.#settle = undefined
      }
      this.#settle = {
        resolve: token => {
          over()
          resolve(token)
        },
        reject: error => {
          over()
          reject(error)
        },
      }
      if (leftMs !== Number.POSITIVE_INFINITY)
        stop = env.timers.after(leftMs, () =>
          this.fail(
            new MnemeshError(
              'ERR_TIMEOUT',
              `others held lock ${lock} for the whole ${Math.round(leftMs)} ms`,
            ),
          ),
        )
      call.signal?.addEventListener('abort', onAbort)
      if (call.signal?.aborted) onAbort()
    })
  }
}

import type { Clock, Timers } from './environment.ts'
import { MnemeshError } from './errors.ts'

/**
 * Waits for the promise until the deadline or the signal: for waiting that no wire watches. Rejects with ERR_TIMEOUT
 * saying `what`, or ERR_ABORTED.
 */
export function within<T>(
  env: { readonly clock: Clock; readonly timers: Pick<Timers, 'after'> },
  promise: Promise<T>,
  call: { readonly deadline: number; readonly signal?: AbortSignal | undefined },
  what: string,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const cancel = env.timers.after(Math.max(0, call.deadline - env.clock.monotonic()), () => {
      settle()
      reject(new MnemeshError('ERR_TIMEOUT', `${what} did not happen in time`))
    })
    const onAbort = () => {
      settle()
      reject(new MnemeshError('ERR_ABORTED', 'the call was aborted', { cause: call.signal?.reason }))
    }
    const settle = () => {
      cancel()
      call.signal?.removeEventListener('abort', onAbort)
    }
    call.signal?.addEventListener('abort', onAbort)
    promise.then(
      value => {
        settle()
        resolve(value)
      },
      error => {
        settle()
        reject(error)
      },
    )
  })
}

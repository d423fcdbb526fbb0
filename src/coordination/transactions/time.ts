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

/**
 * What the closure resolves with, as long as there is time for it: one that never ends keeps nobody waiting, and what it
 * does later is refused. Rejects with ERR_TIMEOUT and ERR_ABORTED.
 */
export function inTime<T>(
  { clock, timers }: Pick<Environment, 'clock' | 'timers'>,
  running: Promise<T>,
  call: Call,
): Promise<T> {
  const { deadline, signal } = call
  return new Promise<T>((resolve, reject) => {
    let cancel: Cancel | undefined
    const settle = () => {
      cancel?.()
      signal?.removeEventListener('abort', check)
    }
    const check = () => {
      try {
        checkTime(clock.monotonic(), call)
        const left = Math.max(1, deadline - clock.monotonic())
        cancel = timers.after(Math.min(longestTimerMs, left), check)
      } catch (error) {
        settle()
        reject(error)
      }
    }
    check()
    signal?.addEventListener('abort', check)
    running.finally(settle).then(resolve, reject)
  })
}

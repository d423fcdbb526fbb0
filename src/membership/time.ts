import type { Clock, Timers } from '../core/environment.ts'

/** Durations, and what happens after them. */
export interface Time {
  readonly clock: Pick<Clock, 'monotonic'>
  readonly timers: Pick<Timers, 'after' | 'every'>
}

/** That of the process; its timers keep it alive. */
export const systemTime: Time = {
  clock: { monotonic: () => performance.now() },
  timers: {
    after(delayMs, run) {
      const timer = setTimeout(run, delayMs)
      return () => clearTimeout(timer)
    },
    every(periodMs, run) {
      const timer = setInterval(run, periodMs)
      return () => clearInterval(timer)
    },
  },
}

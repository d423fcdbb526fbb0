/** One repetition for so many calls, so that repeating never makes much more load of an overload. */
const callsPerRetry = 10
/** And some a second, for clients that call seldom. */
const perSecond = 10
const most = 100

/** How many refused calls may be made again: a tenth of all, and 10 a second, saved up to 100. */
export class RetryBudget {
  #left = most
  #calls = 0
  #at: number

  constructor(nowMs: number) {
    this.#at = nowMs
  }

  /** True when one more may be repeated; `calls` counts all that were made so far. */
  take(calls: number, nowMs: number): boolean {
    // A connection that was made anew counts from 0.
    const earned = Math.max(0, calls - this.#calls) / callsPerRetry + ((nowMs - this.#at) / 1000) * perSecond
    this.#calls = calls
    this.#at = nowMs
    this.#left = Math.min(most, this.#left + earned)
    if (this.#left < 1) return false
    this.#left--
    return true
  }
}

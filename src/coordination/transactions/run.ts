import type { Environment } from '../../core/environment.ts'
import { MnemeshError } from '../../core/errors.ts'
import type { Call } from '../../wire/caller.ts'
import type { Result } from '../state/commands.ts'
import { Attempt } from './attempt.ts'
import { Context } from './context.ts'
import type { Convoy } from './convoy.ts'
import { decide } from './decide.ts'
import { failureOf } from './failures.ts'
import { Patience } from './patience.ts'
import { changedOf, conflictOf, Snapshot } from './snapshot.ts'
import type { Changed, TransactionSource } from './source.ts'
import { checkTime, type Deadlines, inTime } from './time.ts'
import type { Arrival, Ride } from './trip.ts'

export const defaultMaxAttempts = 20

export interface RunOptions {
  readonly maxAttempts: number
  readonly readOnly: boolean
}

type Ending<T> = { readonly value: T } | { readonly conflict: MnemeshError }

export interface RunParts {
  readonly env: Environment
  readonly source: TransactionSource
  /** Shared by the transactions of one process. */
  readonly deadlines: Deadlines
  /** Where transactions of this process stand in line; undefined where each goes by itself. */
  readonly convoy?: Convoy
}

/**
 * Runs the closure until it has been committed, all of it at one place in the log (optimistic concurrency control; Kung
 * and Robinson, 1981). Rejects with what the closure throws, ERR_CONFLICT after `maxAttempts`, ERR_FENCED, ERR_TIMEOUT
 * when nothing was done in time; ERR_UNKNOWN_OUTCOME is passed on and never tried again.
 */
export function runTransaction<T>(
  parts: RunParts,
  work: (attempt: Attempt) => Promise<T>,
  options: RunOptions,
  call: Call,
): Promise<T> {
  return new Run(parts, options, call).until(work)
}

class Run {
  readonly #parts: RunParts
  readonly #call: Call
  readonly #options: RunOptions
  readonly #patience: Patience
  // Where it met others of this process: the next attempt stands in line.
  #line: Changed | undefined
  // It was put off: from now on it goes by itself.
  #isAlone = false

  constructor(parts: RunParts, options: RunOptions, call: Call) {
    this.#parts = parts
    this.#call = call
    this.#options = options
    this.#patience = new Patience(parts.env, parts.source)
  }

  get #convoy(): Convoy | undefined {
    return this.#options.readOnly ? undefined : this.#parts.convoy
  }

  async until<T>(work: (attempt: Attempt) => Promise<T>): Promise<T> {
    const { maxAttempts } = this.#options
    let reason: MnemeshError | undefined
    this.#convoy?.enter()
    try {
      for (let attempt = 1; attempt <= maxAttempts; attempt++) {
        this.#checkTime()
        const ending = await this.#try(attempt, reason, work)
        if ('value' in ending) return ending.value
        reason = ending.conflict
        // Those in line wait there.
        if (attempt < maxAttempts && this.#line === undefined)
          await this.#patience.giveWay(changedOf(reason)?.table, this.#call)
      }
    } finally {
      this.#convoy?.leave()
      this.#patience.end()
    }
    throw new MnemeshError(
      'ERR_CONFLICT',
      `${maxAttempts} attempts met other writers, at last: ${reason?.message}; try again later`,
      { cause: reason, details: reason?.details ?? {} },
    )
  }

  async #try<T>(
    number: number,
    reason: MnemeshError | undefined,
    work: (attempt: Attempt) => Promise<T>,
  ): Promise<Ending<T>> {
    const { readOnly } = this.#options
    // What is read from then on was so at one moment after the transaction began, which is all that it promises.
    const context = this.#begin(readOnly ? await this.#parts.source.barrier(this.#call) : 0)
    const attempt = new Attempt(context, { attempt: number, reason, readOnly })
    try {
      if (this.#line !== undefined) await context.board(this.#line)
      const value = await inTime(this.#parts.deadlines, Promise.resolve(work(attempt)), this.#call)
      attempt.end()
      // The closure may have caught it: it has run on nothing, all the same.
      const boarded = context.boarded()
      const met = boarded instanceof Promise ? await boarded : boarded
      const conflict = met ?? this.#met(await this.#commit(attempt, context))
      return conflict === undefined ? { value } : this.#ending(conflict, context)
    } catch (error) {
      attempt.end()
      const conflict = context.snapshot.conflict ?? (await this.#afterError(error, context.ride))
      if (conflict !== undefined) return this.#ending(conflict, context)
      throw error
    }
  }

  #begin(atLeast: number): Context {
    const { env, source } = this.#parts
    const convoy = this.#isAlone ? undefined : this.#convoy
    const parts = { clock: env.clock, source, call: this.#call, convoy }
    return new Context(parts, new Snapshot(source, this.#call, atLeast))
  }

  #commit(attempt: Attempt, { snapshot, ride, writes }: Context): Promise<Result | Arrival> | undefined {
    this.#checkTime()
    if (this.#options.readOnly) return undefined
    const { plan } = attempt
    if (ride !== undefined) return plan.guards.length > 0 ? ride.leave() : ride.finish(writes)
    const deciding = { source: this.#parts.source, snapshot, turns: this.#patience.turns }
    return decide(deciding, plan, this.#call)
  }

  // The conflict that it has met; undefined when it was made.
  #met(became: Result | Arrival | undefined): MnemeshError | undefined {
    if (became === undefined) return undefined
    if ('kind' in became) return this.#arrived(became)
    if (became.status === 'done') return undefined
    if (became.status === 'conflict') return conflictOf(became)
    throw failureOf(became)
  }

  // What a closure throws in line was thrown because of what others have written: it counts only if that is made.
  async #afterError(error: unknown, ride: Ride | undefined): Promise<MnemeshError | undefined> {
    if (ride === undefined) return undefined
    if (this.#isLate) {
      ride.leave()
      return undefined
    }
    const isLimit = MnemeshError.is(error, 'ERR_LIMIT_EXCEEDED')
    return this.#arrived(await (isLimit ? ride.leave() : ride.finish(undefined)))
  }

  #arrived(arrival: Arrival): MnemeshError | undefined {
    if (arrival.kind === 'done') return undefined
    if (arrival.kind === 'unfit') this.#isAlone = true
    return arrival.conflict
  }

  #ending(conflict: MnemeshError, { ride, diverted }: Context): { readonly conflict: MnemeshError } {
    ride?.leave()
    if (this.#isAlone) this.#line = undefined
    else if (diverted !== undefined) this.#line = diverted
    else if (ride !== undefined) this.#line = ride.hot
    else {
      const changed = changedOf(conflict)
      if (this.#convoy?.met(changed)) this.#line = changed
    }
    return { conflict }
  }

  get #isLate(): boolean {
    try {
      this.#checkTime()
      return false
    } catch {
      return true
    }
  }

  #checkTime(): void {
    checkTime(this.#parts.env.clock.monotonic(), this.#call)
  }
}

import { type Environment, randomBelow } from '../../core/environment.ts'
import { MnemeshError } from '../../core/errors.ts'
import type { Call } from '../../wire/caller.ts'
import type { Result } from '../state/commands.ts'
import { Attempt } from './attempt.ts'
import { failureOf } from './failures.ts'
import { conflictOf, Snapshot } from './snapshot.ts'
import type { Plan, TransactionSource } from './source.ts'
import { Turns } from './turns.ts'

export const defaultMaxAttempts = 20
/** After so many conflicts a transaction queues for its turn. */
const conflictsBeforeTurn = 5
const shortestPauseMs = 2
const longestPauseMs = 250

export interface RunOptions {
  readonly maxAttempts: number
  readonly readOnly: boolean
}

type Ending<T> =
  | { readonly value: T }
  | { readonly conflict: MnemeshError; readonly table: string | undefined }

/**
 * Runs the closure until it has been committed, all of it at one place in the log (optimistic concurrency control; Kung
 * and Robinson, 1981). Rejects with what the closure throws, ERR_CONFLICT after `maxAttempts`, ERR_FENCED, ERR_TIMEOUT
 * when nothing was done in time; ERR_UNKNOWN_OUTCOME is passed on and never tried again.
 */
export async function runTransaction<T>(
  env: Environment,
  source: TransactionSource,
  call: Call,
  options: RunOptions,
  work: (attempt: Attempt) => Promise<T>,
): Promise<T> {
  const run = new Run(env, source, call, options)
  try {
    return await run.until(work)
  } finally {
    run.end()
  }
}

class Run {
  readonly #env: Environment
  readonly #source: TransactionSource
  readonly #call: Call
  readonly #options: RunOptions
  readonly #turns: Turns
  #conflicts = 0

  constructor(env: Environment, source: TransactionSource, call: Call, options: RunOptions) {
    this.#env = env
    this.#source = source
    this.#call = call
    this.#options = options
    this.#turns = new Turns(source)
  }

  end(): void {
    this.#turns.end()
  }

  async until<T>(work: (attempt: Attempt) => Promise<T>): Promise<T> {
    const { maxAttempts } = this.#options
    let reason: MnemeshError | undefined
    for (let attempt = 1; attempt <= maxAttempts; attempt++) {
      this.#checkTime()
      const ending = await this.#try(attempt, reason, work)
      if ('value' in ending) return ending.value
      reason = ending.conflict
      if (attempt < maxAttempts) await this.#giveWay(ending.table)
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
    const atLeast = readOnly ? await this.#source.barrier(this.#call) : 0
    const snapshot = new Snapshot(this.#source, this.#call, atLeast)
    const parts = { source: this.#source, snapshot, checkTime: () => this.#checkTime() }
    const attempt = new Attempt(parts, { attempt: number, reason, readOnly })
    try {
      const value = await work(attempt)
      attempt.end()
      // The closure may have caught it: it has run on nothing, all the same.
      if (snapshot.conflict !== undefined) return ending(snapshot.conflict)
      this.#checkTime()
      const conflict = readOnly ? undefined : await this.#commit(attempt, snapshot)
      return conflict === undefined ? { value } : ending(conflict)
    } catch (error) {
      attempt.end()
      if (snapshot.conflict !== undefined) return ending(snapshot.conflict)
      throw error
    }
  }

  async #commit(attempt: Attempt, snapshot: Snapshot): Promise<MnemeshError | undefined> {
    const { plan } = attempt
    if (attempt.isEmpty) {
      if (plan.reads.length + plan.ranges.length > 0)
        await snapshot.validate(await this.#source.barrier(this.#call))
      return undefined
    }
    const queued = this.#turns.missing(tablesOf(plan))
    if (queued.length > 0) await this.#turns.take(queued, this.#call)
    return conflictIn(await this.#source.commit(plan, this.#call))
  }

  // At once after a first conflict, as what was read is old; then later and later, at random, so that others get through.
  async #giveWay(table: string | undefined): Promise<void> {
    this.#conflicts++
    if (this.#conflicts >= conflictsBeforeTurn && table !== undefined) {
      await this.#turns.take([table], this.#call)
      return
    }
    if (this.#conflicts === 1) return
    const most = Math.min(longestPauseMs, shortestPauseMs * 2 ** this.#conflicts)
    const left = Math.max(0, this.#call.deadline - this.#env.clock.monotonic())
    const ms = Math.min(left, 1 + randomBelow(this.#env.random, most))
    await new Promise<void>(resolve => this.#env.timers.after(ms, resolve))
  }

  #checkTime(): void {
    const { deadline, signal } = this.#call
    if (signal?.aborted)
      throw new MnemeshError('ERR_ABORTED', 'the transaction was aborted by its signal', {
        cause: signal.reason,
      })
    if (this.#env.clock.monotonic() >= deadline)
      throw new MnemeshError(
        'ERR_TIMEOUT',
        'the transaction was not ready before its deadline; nothing was done',
      )
  }
}

function ending(conflict: MnemeshError): { conflict: MnemeshError; table: string | undefined } {
  const table = conflict.details?.table
  return { conflict, table: typeof table === 'string' ? table : undefined }
}

function tablesOf({ reads, ranges, operations }: Plan): Set<string> {
  return new Set([...reads, ...ranges, ...operations].map(({ table }) => table))
}

/** The conflict that a commit met, if it did. Throws what else it met. */
function conflictIn(result: Result): MnemeshError | undefined {
  if (result.status === 'done') return undefined
  if (result.status === 'conflict') return conflictOf(result)
  throw failureOf(result)
}

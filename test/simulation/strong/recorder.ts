import type { Answer, HistoryEvent, Operation, Outcome } from '../../../src/cli/chaos/checkers/history.ts'
import { MnemeshError } from '../../../src/core/errors.ts'

/** What a call came to: its answer, or that it certainly did nothing. */
export type Conclusion = { readonly answer: Answer; readonly index?: number } | 'failed'

/** Writes down calls as they begin and end. */
export class Recorder {
  readonly events: HistoryEvent[] = []
  readonly counts: Record<Outcome, number> = { ok: 0, fail: 0, info: 0 }
  readonly #now: () => number
  #call = 0

  constructor(now: () => number) {
    this.#now = now
  }

  /** Calls that were begun. */
  get calls(): number {
    return this.#call
  }

  /**
   * Runs the call for a process: an error that says so leaves open what became of it, as does a process that dies.
   * Errors that are none of ours are thrown on.
   */
  async record(
    { process, isAlive }: { readonly process: string; readonly isAlive: () => boolean },
    operation: Operation,
    run: () => Promise<Conclusion>,
  ): Promise<Answer | undefined> {
    const call = ++this.#call
    this.events.push({ type: 'invoke', call, atMs: this.#now(), process, operation })
    const end = (type: Outcome, answer?: Answer) => {
      if (!isAlive()) return
      this.counts[type]++
      this.events.push({ type, call, atMs: this.#now(), answer })
    }
    try {
      const conclusion = await run()
      if (conclusion === 'failed') {
        end('fail')
        return undefined
      }
      end('ok', conclusion.answer)
      return conclusion.answer
    } catch (error) {
      if (!MnemeshError.is(error)) throw error
      end(error.maybeApplied ? 'info' : 'fail')
      return undefined
    }
  }
}

import { MnemeshError } from '../../client/index.ts'
import type { Answer, HistoryEvent, Operation, Outcome } from './checkers/history.ts'

/** Writes down calls as they begin and end, in the one time of this process. */
export class Recorder {
  readonly events: HistoryEvent[] = []
  readonly counts: Record<Outcome, number> = { ok: 0, fail: 0, info: 0 }
  /** How often calls ended with which error; those of unknown outcome under `CODE?`. */
  readonly errors = new Map<string, number>()
  /** What was thrown that no call may end with. */
  readonly defects: string[] = []
  #calls = 0

  /** Runs the call, which resolves with its answer. Undefined when it failed, or when nobody knows. */
  async record<A extends Answer>(
    process: string,
    operation: Operation,
    run: () => Promise<A>,
  ): Promise<A | undefined> {
    const call = ++this.#calls
    this.events.push({ type: 'invoke', call, atMs: performance.now(), process, operation })
    try {
      const answer = await run()
      this.#end(call, 'ok', { answer })
      return answer
    } catch (error) {
      const isOurs = MnemeshError.is(error)
      // A closure that was made here throws nothing of its own: neither may the product.
      if (!isOurs || error.code === 'ERR_INTERNAL')
        this.defects.push(`call ${call} of ${process}: ${error instanceof Error ? error.stack : error}`)
      const outcome = !isOurs || error.maybeApplied ? 'info' : 'fail'
      const code = isOurs ? error.code : 'no MnemeshError'
      const name = outcome === 'info' ? `${code}?` : code
      this.errors.set(name, (this.errors.get(name) ?? 0) + 1)
      this.#end(call, outcome, { error: code })
      return undefined
    }
  }

  /** The history as lines of JSON. */
  get lines(): string[] {
    return this.events.map(event => JSON.stringify(event))
  }

  /** Drops the history, not what was counted: for runs that are longer than memory. No call may be open. */
  forget(): void {
    this.events.length = 0
  }

  #end(call: number, type: Outcome, told: { readonly answer?: Answer; readonly error?: string }): void {
    this.counts[type]++
    this.events.push({ type, call, atMs: performance.now(), ...told })
  }
}

import type { Admission, Precedence, Rank, Waited, Work } from './admission.ts'

// What a call takes of memory while it waits, roughly: it has been read and decoded already.
const usualBytes = 1024

export interface CallLimits {
  readonly precedence: Precedence
  readonly timeoutMs: number
}

/**
 * A single call that is let in by the same queue as all others. Rejects with ERR_OVERLOADED, not begun, when it waited
 * too long, or for longer than its caller does.
 */
export function admitted<T>(admission: Admission, limits: CallLimits, begin: () => Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const underWay = () => {
      admission.began()
      const answer = begin()
      const ended = () => admission.ended()
      answer.then(ended, ended)
      resolve(answer)
    }
    admission.take(new CallWork(admission, limits, { begin: underWay, refuse: reject }))
  })
}

/** Lets calls of that precedence in; see `admitted`. */
export function admitter(
  admission: Admission,
  precedence: Precedence,
): <T>(begin: () => Promise<T>, timeoutMs: number) => Promise<T> {
  return (begin, timeoutMs) => admitted(admission, { precedence, timeoutMs }, begin)
}

class CallWork implements Work {
  readonly bytes = usualBytes
  readonly from = this
  readonly isBlocked = false
  readonly rank: Rank
  readonly #admission: Admission
  readonly #limits: CallLimits
  readonly #parts: { readonly begin: () => void; readonly refuse: (error: unknown) => void }

  constructor(
    admission: Admission,
    limits: CallLimits,
    parts: { readonly begin: () => void; readonly refuse: (error: unknown) => void },
  ) {
    this.#admission = admission
    this.#limits = limits
    this.#parts = parts
    this.rank = limits.precedence === 'first' ? 'new' : 'further'
  }

  keep(): undefined {}

  run(_until: number, waited: Waited): boolean {
    const { precedence, timeoutMs } = this.#limits
    const isShed = waited.sheds === 'last' || waited.sheds === precedence || this.#admission.isFull
    if (precedence !== 'never' && (isShed || waited.ms >= timeoutMs)) {
      this.#parts.refuse(this.#admission.refusal(waited.ms))
      this.#admission.refusals.note(1)
    } else {
      this.#parts.begin()
    }
    return true
  }
}

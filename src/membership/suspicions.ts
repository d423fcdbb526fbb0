export interface SuspicionOptions {
  readonly timeoutMs: number
  /** A timer that comes later than this was held up by a pause of this process. */
  readonly lateMs: number
}

interface Suspicion {
  readonly incarnation: number
  timer: NodeJS.Timeout
}

/**
 * One timer per suspected incarnation. In the library each failed ping starts it anew, so that in a cluster whose
 * members are pinged more often than the timeout nobody is ever lost (membership.js:75-84, its issue 24), and a
 * suspicion heard from others starts none (membership.js:173-205).
 */
export class Suspicions {
  readonly #options: SuspicionOptions
  readonly #expired: (host: string, incarnation: number) => void
  readonly #running = new Map<string, Suspicion>()

  constructor(expired: (host: string, incarnation: number) => void, options: SuspicionOptions) {
    this.#expired = expired
    this.#options = options
  }

  /** False when that incarnation, or a newer one, is under suspicion already. */
  begin(host: string, incarnation: number): boolean {
    const running = this.#running.get(host)
    if (running !== undefined && running.incarnation >= incarnation) return false
    clearTimeout(running?.timer)
    const suspicion: Suspicion = { incarnation, timer: this.#wait(host, incarnation, true) }
    this.#running.set(host, suspicion)
    return true
  }

  clear(): void {
    for (const { timer } of this.#running.values()) clearTimeout(timer)
    this.#running.clear()
  }

  #wait(host: string, incarnation: number, mayExtend: boolean): NodeJS.Timeout {
    const dueAt = performance.now() + this.#options.timeoutMs
    return setTimeout(() => {
      const suspicion = this.#running.get(host)
      const wasHeldUp = performance.now() - dueAt > this.#options.lateMs
      // After a pause timers run before the socket is read, and there the contradiction may lie. Once only, lest
      // in a process that is always late nobody is ever lost.
      if (wasHeldUp && mayExtend && suspicion !== undefined) {
        suspicion.timer = this.#wait(host, incarnation, false)
        return
      }
      this.#running.delete(host)
      this.#expired(host, incarnation)
    }, this.#options.timeoutMs)
  }
}

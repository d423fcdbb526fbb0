/** What became of paced writes. */
export interface Paced {
  readonly worstMs: number
  readonly failed: number
}

interface Acknowledged {
  readonly begunAt: number
  readonly at: number
}

/**
 * A write every few ms, whether the ones before are answered or not: what users see while a cluster changes. Times are
 * Unix ms, the same for all processes of a machine.
 */
export class PacedWrites {
  readonly #write: (key: string) => Promise<unknown>
  readonly #timer: NodeJS.Timeout
  readonly #open = new Set<Promise<void>>()
  readonly #acknowledged: Acknowledged[] = []
  #listener: (() => void) | undefined
  #failed = 0
  #count = 0

  constructor(write: (key: string) => Promise<unknown>, everyMs: number) {
    this.#write = write
    this.#timer = setInterval(() => this.#begin(), everyMs)
  }

  /** Resolves with the time of the first acknowledgement of a write that was begun after that time. */
  async firstSince(at: number): Promise<number> {
    for (let seen = 0; ; ) {
      for (; seen < this.#acknowledged.length; seen++) {
        const write = this.#acknowledged[seen]
        if (write.begunAt > at) return write.at
      }
      await new Promise<void>(resolve => {
        this.#listener = resolve
      })
    }
  }

  /** Begins no more; resolves when all are answered. */
  async end(): Promise<Paced> {
    clearInterval(this.#timer)
    await Promise.all(this.#open)
    const times = this.#acknowledged.map(({ begunAt, at }) => at - begunAt)
    return { worstMs: times.reduce((worst, ms) => Math.max(worst, ms), 0), failed: this.#failed }
  }

  #begin(): void {
    const begunAt = unixMs()
    const written = this.#write(`paced${this.#count++ % 1000}`).then(
      () => {
        this.#acknowledged.push({ begunAt, at: unixMs() })
        this.#listener?.()
      },
      () => {
        this.#failed++
      },
    )
    this.#open.add(written)
    void written.then(() => this.#open.delete(written))
  }
}

/** Now, in fractions of a ms. */
export function unixMs(): number {
  return performance.timeOrigin + performance.now()
}

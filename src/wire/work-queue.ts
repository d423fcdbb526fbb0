import type { Work } from './admission.ts'

/** A work that waits, and the instant on the monotonic clock since when. */
export interface Waiting {
  readonly work: Work
  readonly since: number
}

/** Works in the order in which they came. */
export class WorkQueue {
  #works: Waiting[] = []
  // Index of the oldest: shifting thousands of entries one by one takes longer than handling them.
  #next = 0
  #emptyAt: number

  constructor(nowMs: number) {
    this.#emptyAt = nowMs
  }

  get length(): number {
    return this.#works.length - this.#next
  }

  get oldest(): Waiting | undefined {
    return this.#works[this.#next]
  }

  /** When it was empty last. */
  emptyAt(nowMs: number): number {
    return this.length === 0 ? nowMs : this.#emptyAt
  }

  push(waiting: Waiting, nowMs: number): void {
    if (this.length === 0) this.#emptyAt = nowMs
    this.#works.push(waiting)
  }

  /** Takes the oldest out. */
  shift(): void {
    this.#next++
    if (this.#next < 1024 && this.length > 0) return
    this.#works = this.#works.slice(this.#next)
    this.#next = 0
  }
}

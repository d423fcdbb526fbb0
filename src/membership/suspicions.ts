/** Beyond so many times its timeout a suspicion runs out whatever else: else a process that is always late loses nobody. */
const longest = 9

interface Suspicion {
  readonly incarnation: number
  readonly since: number
  /** Time in which an answer would have been heard. */
  heardMs: number
}

/**
 * One suspicion for each suspected incarnation, which runs out after its timeout. In the library each failed ping
 * starts it anew, so that in a cluster whose members are pinged more often than the timeout nobody is ever lost
 * (membership.js:75-84, its issue 24), and a suspicion heard from others starts none (membership.js:173-205). Here only
 * time counts in which this process could hear: one that is busy for longer than the timeout would otherwise find all
 * its suspects lost when it wakes, before it reads that they have contradicted.
 */
export class Suspicions {
  readonly #timeoutMs: number
  readonly #expired: (host: string, incarnation: number) => void
  readonly #running = new Map<string, Suspicion>()
  #beatAt: number

  constructor(expired: (host: string, incarnation: number) => void, timeoutMs: number, nowMs: number) {
    this.#expired = expired
    this.#timeoutMs = timeoutMs
    this.#beatAt = nowMs
  }

  /** False when that incarnation, or a newer one, is under suspicion already. */
  begin(host: string, incarnation: number, nowMs: number): boolean {
    const running = this.#running.get(host)
    if (running !== undefined && running.incarnation >= incarnation) return false
    // Beats come between: the part of one that has passed already does not count.
    this.#running.set(host, { incarnation, since: nowMs, heardMs: this.#beatAt - nowMs })
    return true
  }

  /** Time went on: with `heard` false nothing was heard of it, and without `mayAccuse` nobody is lost yet. */
  beat(nowMs: number, heard: boolean, mayAccuse: boolean): void {
    const passedMs = nowMs - this.#beatAt
    this.#beatAt = nowMs
    for (const [host, suspicion] of this.#running) {
      if (heard) suspicion.heardMs += passedMs
      const isOver = mayAccuse && suspicion.heardMs >= this.#timeoutMs
      if (!isOver && nowMs - suspicion.since < longest * this.#timeoutMs) continue
      this.#running.delete(host)
      this.#expired(host, suspicion.incarnation)
    }
  }

  clear(): void {
    this.#running.clear()
  }
}

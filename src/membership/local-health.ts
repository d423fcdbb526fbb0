export interface LocalHealthOptions {
  /** How often `beat` is called. */
  readonly beatMs: number
  /** A beat that comes later than this was held up: the process was busy, paused, or had no processor. */
  readonly lateMs: number
  /** After being held up, what has come meanwhile is read first: so long nobody is accused. */
  readonly graceMs: number
}

const worst = 8

/**
 * How far this process can trust what it sees of others. A process that is late itself finds all others silent: their
 * answers lie in its socket unread. From "Lifeguard: Local Health Awareness for More Accurate Failure Detection"
 * (Dadgar, Phillips, Currey, HashiCorp, 2017, arXiv:1707.00788): a score from 0 to 8 that grows with every sign that
 * the fault is here (a probe without an answer, a doubt in this node, being late) and falls with every answer;
 * timeouts of probes are multiplied by the score + 1. Beyond the paper: lateness is measured, and accuses nobody.
 */
export class LocalHealth {
  readonly #options: LocalHealthOptions
  #score = 0
  #beatAt: number
  #lateAt = Number.NEGATIVE_INFINITY

  constructor(options: LocalHealthOptions, nowMs: number) {
    this.#options = options
    this.#beatAt = nowMs
  }

  /** 0 is well, 8 the worst. */
  get score(): number {
    return this.#score
  }

  /** Timeouts of probes are multiplied by it. */
  get multiplier(): number {
    return this.#score + 1
  }

  /** To be called every `beatMs`. False when it comes late: the time since the last beat proves nothing of others. */
  beat(nowMs: number): boolean {
    const { beatMs, lateMs } = this.#options
    const heldUpMs = nowMs - this.#beatAt - beatMs
    this.#beatAt = nowMs
    if (heldUpMs <= lateMs) return true
    this.#lateAt = nowMs
    this.#worsen(Math.ceil(heldUpMs / lateMs))
    return false
  }

  /**
   * True when silence until an instant proves something: this process was not late then, and has read since what may
   * have come. Timers of what was due may run before the beat that notices.
   */
  mayAccuse(dueMs: number, nowMs: number): boolean {
    const { lateMs, graceMs, beatMs } = this.#options
    if (nowMs - dueMs > lateMs || nowMs - this.#beatAt > beatMs + lateMs) return false
    return nowMs - this.#lateAt > graceMs
  }

  /** A probe was answered. */
  answered(): void {
    if (this.#score > 0) this.#score--
  }

  /** A probe was not, neither directly nor through others. */
  missed(): void {
    this.#worsen(1)
  }

  /** Somebody takes this node for dead, or doubts that it lives. */
  doubted(): void {
    this.#worsen(1)
  }

  #worsen(by: number): void {
    this.#score = Math.min(worst, this.#score + by)
  }
}

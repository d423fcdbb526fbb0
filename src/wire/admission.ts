import type { Clock, Timers } from '../core/environment.ts'
import type { MnemeshError } from '../core/errors.ts'
import { overloaded, Refusals } from '../core/overload.ts'

export interface AdmissionLimits {
  /** Work goes on for so long in one turn of the event loop; then whatever else came has its turn. */
  readonly turnMs: number
  /** Nothing waits longer than this... */
  readonly burstMs: number
  /** ...and nothing longer than that while the queue was not empty for `burstMs`: then it is no burst. */
  readonly targetMs: number
  readonly maxBytes: number
  readonly maxWorks: number
  /** Calls that were begun and wait for others, at most. */
  readonly maxUnderWay: number
}

export const defaultAdmissionLimits: AdmissionLimits = {
  turnMs: 5,
  burstMs: 1000,
  targetMs: 100,
  maxBytes: 64 * 1024 * 1024,
  maxWorks: 16_384,
  maxUnderWay: 16_384,
}

/**
 * When a call is refused: `first` are calls of clients, by the age of the queue; `last` is what has come further than
 * those (calls to the strong group, of other nodes in a caller's name), and only beyond what a burst may wait; `never`
 * is what ends something, costs nothing or keeps the cluster together.
 */
export type Precedence = 'first' | 'last' | 'never'

/** How long a work has waited, and what that means for the calls in it. */
export interface Waited {
  readonly ms: number
  readonly sheds: 'none' | 'first' | 'last'
}

/** Something to handle: a frame full of calls, or one call. */
export interface Work {
  readonly bytes: number
  /** Whoever it comes from: its works are done in the order in which they came. */
  readonly from: object
  /** True while its answers would only pile up here: who asked does not read them. */
  readonly isBlocked: boolean
  /** It has to wait: what it was only lent it must keep. */
  keep(): void
  /** Goes on until all is done (true) or that instant on the monotonic clock has passed (false). */
  run(until: number, waited: Waited): boolean
}

interface Waiting {
  readonly work: Work
  readonly since: number
}

const atOnce: Waited = { ms: 0, sheds: 'none' }
const hintStepMs = 50
/** How often works are looked at that wait until their answers can go. */
const parkedLookMs = 50
const maxHintMs = 1000

/**
 * Lets calls in as fast as this process handles them. In calm times a call is handled where it arrives. When a turn of
 * the event loop has been used up the rest waits, so that what other nodes send (heartbeats, acknowledgements, the
 * group's messages) never waits behind it for longer than a turn; and what has waited too long is refused, unhandled.
 *
 * How long is too long: CoDel (Nichols and Jacobson, RFC 8289) as servers do it (Maurer, "Fail at Scale", ACM Queue
 * 13(8), 2015): a burst may wait for `burstMs`; when the queue has not been empty for that long it stands, and a
 * standing queue serves nobody, so that what waits longer than `targetMs` goes. First in, first out: calls of a session
 * keep their order. By age and not by length alone, since only age is what a caller feels.
 */
export class Admission {
  /** Calls that were refused. */
  readonly refusals: Refusals
  readonly #clock: Clock
  readonly #timers: Timers
  readonly #limits: AdmissionLimits
  #queue: Waiting[] = []
  // Index of the oldest: shifting thousands of entries one by one takes longer than handling them.
  #next = 0
  // By whom they come from: they wait for no turn, but until their answers can go.
  readonly #parked = new Map<object, Waiting[]>()
  #bytes = 0
  #parkedWorks = 0
  #emptyAt: number
  #turnEndsAt = 0
  #inTurn = false
  #underWay = 0

  constructor(env: { readonly clock: Clock; readonly timers: Timers }, limits = defaultAdmissionLimits) {
    this.#clock = env.clock
    this.#timers = env.timers
    this.#limits = limits
    this.refusals = new Refusals(env)
    this.#emptyAt = env.clock.monotonic()
  }

  /** Works that wait for their turn. */
  get length(): number {
    return this.#queue.length - this.#next
  }

  /** Works that wait, those included that wait until their answers can go. */
  get waiting(): number {
    return this.length + this.#parkedWorks
  }

  /** How long the oldest of them has waited. */
  get oldestMs(): number {
    let since = this.length === 0 ? Number.POSITIVE_INFINITY : this.#queue[this.#next].since
    for (const [oldest] of this.#parked.values()) since = Math.min(since, oldest.since)
    return since === Number.POSITIVE_INFINITY ? 0 : this.#clock.monotonic() - since
  }

  /** No more calls may begin whose answer has to be waited for. */
  get isFull(): boolean {
    return this.#underWay >= this.#limits.maxUnderWay
  }

  /** Handles the work, now or when its turn comes. */
  take(work: Work): void {
    const now = this.#clock.monotonic()
    if (!this.#inTurn) this.#beginTurn(now)
    const parked = this.#parked.get(work.from)
    if (this.length === 0 && parked === undefined) {
      this.#emptyAt = now
      if (now < this.#turnEndsAt && !work.isBlocked && work.run(this.#turnEndsAt, atOnce)) return
    }
    const { maxBytes, maxWorks } = this.#limits
    if (this.length + this.#parkedWorks >= maxWorks || this.#bytes + work.bytes > maxBytes) {
      work.run(Number.POSITIVE_INFINITY, { ms: 0, sheds: 'first' })
      return
    }
    work.keep()
    this.#bytes += work.bytes
    const waiting = { work, since: now }
    if (parked !== undefined || work.isBlocked) this.#park(waiting)
    else this.#queue.push(waiting)
  }

  /** Whoever that is reads its answers again: its works get their turns. */
  unblocked(from: object): void {
    const parked = this.#parked.get(from)
    if (parked === undefined) return
    this.#parked.delete(from)
    this.#parkedWorks -= parked.length
    this.#queue.push(...parked)
    if (!this.#inTurn) this.#beginTurn(this.#clock.monotonic())
  }

  /** A call waits for others from now on, until `ended`. */
  began(): void {
    this.#underWay++
  }

  ended(): void {
    this.#underWay--
  }

  /** The error of a call that is refused now, after it waited so long. */
  refusal(waitedMs: number): MnemeshError {
    const steps = Math.ceil(waitedMs / hintStepMs)
    const retryAfterMs = Math.min(maxHintMs, Math.max(1, steps) * hintStepMs)
    return overloaded('this node has more calls to handle than it can; nothing was done', retryAfterMs)
  }

  #beginTurn(now: number): void {
    this.#inTurn = true
    this.#turnEndsAt = now + this.#limits.turnMs
    this.#timers.soon(() => this.#endTurn())
  }

  #endTurn(): void {
    this.#inTurn = false
    if (this.length === 0) return
    const now = this.#clock.monotonic()
    this.#beginTurn(now)
    this.#drain(now)
  }

  #drain(began: number): void {
    const until = this.#turnEndsAt
    for (let now = began; this.length > 0 && now < until; now = this.#clock.monotonic()) {
      const waiting = this.#queue[this.#next]
      const { work, since } = waiting
      const isParked = work.isBlocked || this.#parked.has(work.from)
      if (!isParked && !work.run(until, this.#waited(now, since))) {
        if (!work.isBlocked) break
        this.#park(waiting)
      } else if (isParked) this.#park(waiting)
      else this.#bytes -= work.bytes
      this.#next++
    }
    if (this.length === 0) this.#emptyAt = this.#clock.monotonic()
    if (this.#next < 1024 && this.length > 0) return
    this.#queue = this.#queue.slice(this.#next)
    this.#next = 0
  }

  #park(waiting: Waiting): void {
    const { from } = waiting.work
    const parked = this.#parked.get(from)
    this.#parkedWorks++
    if (parked !== undefined) {
      parked.push(waiting)
      return
    }
    this.#parked.set(from, [waiting])
    if (this.#parked.size === 1) this.#timers.after(parkedLookMs, () => this.#refuseParked())
  }

  // Time passes for them as for all others; small answers, and refusals are small, go all the same.
  #refuseParked(): void {
    const now = this.#clock.monotonic()
    for (const [from, parked] of this.#parked) {
      let late = 0
      while (late < parked.length && now - parked[late].since > this.#limits.burstMs) {
        const { work, since } = parked[late++]
        work.run(Number.POSITIVE_INFINITY, { ms: now - since, sheds: 'last' })
        this.#bytes -= work.bytes
      }
      this.#parkedWorks -= late
      if (late === parked.length) this.#parked.delete(from)
      else if (late > 0) parked.splice(0, late)
    }
    if (this.#parked.size > 0) this.#timers.after(parkedLookMs, () => this.#refuseParked())
  }

  #waited(now: number, since: number): Waited {
    const { burstMs, targetMs } = this.#limits
    const ms = now - since
    if (ms > burstMs) return { ms, sheds: 'last' }
    return { ms, sheds: ms > targetMs && now - this.#emptyAt > burstMs ? 'first' : 'none' }
  }
}

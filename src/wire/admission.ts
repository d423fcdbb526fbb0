import type { Clock, Timers } from '../core/environment.ts'
import type { MnemeshError } from '../core/errors.ts'
import { overloaded, Refusals } from '../core/overload.ts'
import { type Waiting, WorkQueue } from './work-queue.ts'

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

/**
 * Who has the next turn: first what has come further (it goes on with what was begun, or is asked by another node for its
 * own caller: to let it wait behind what is new wastes what was done for it), then what is new, then what only keeps
 * copies equal.
 */
export type Rank = 'further' | 'new' | 'background'

/** Something to handle: a frame full of calls, or one call. */
export interface Work {
  readonly bytes: number
  readonly rank: Rank
  /** Whoever it comes from: its works are done in the order in which they came. */
  readonly from: object
  /** True while its answers would only pile up here: who asked does not read them. */
  readonly isBlocked: boolean
  /** It has to wait: what it was only lent it must keep. Gives what of it has come further as a work of its own. */
  keep(): Work | undefined
  /** Goes on until all is done (true) or that instant on the monotonic clock has passed (false). */
  run(until: number, waited: Waited): boolean
}

const atOnce: Waited = { ms: 0, sheds: 'none' }
const hintStepMs = 50
/** How often works are looked at that wait until their answers can go. */
const parkedLookMs = 50
const maxHintMs = 1000
const busyTurns = 4
/** What is in the background has a turn so often, however much else there is: it slows down and never stops. */
const backgroundEveryMs = 50

/**
 * Lets calls in as fast as this process handles them. In calm times a call is handled where it arrives. When a turn of
 * the event loop has been used up the rest waits, so that what other nodes send (heartbeats, acknowledgements, the
 * group's messages) never waits behind it for longer than a turn; and what has waited too long is refused, unhandled.
 *
 * How long is too long: CoDel (Nichols and Jacobson, RFC 8289) as servers do it (Maurer, "Fail at Scale", ACM Queue
 * 13(8), 2015): a burst may wait for `burstMs`; when the queue has not been empty for that long it stands, and a
 * standing queue serves nobody, so that what waits longer than `targetMs` goes. First in, first out among equals: calls
 * of a session keep their order. By age and not by length alone, since only age is what a caller feels.
 */
export class Admission {
  /** Calls that were refused. */
  readonly refusals: Refusals
  readonly #clock: Clock
  readonly #timers: Timers
  readonly #limits: AdmissionLimits
  readonly #queues: Readonly<Record<Rank, WorkQueue>>
  // By whom they come from: they wait for no turn, but until their answers can go.
  readonly #parked = new Map<object, Waiting[]>()
  #bytes = 0
  #parkedWorks = 0
  #backgroundAt = 0
  #turnEndsAt = 0
  #inTurn = false
  #underWay = 0

  constructor(env: { readonly clock: Clock; readonly timers: Timers }, limits = defaultAdmissionLimits) {
    this.#clock = env.clock
    this.#timers = env.timers
    this.#limits = limits
    this.refusals = new Refusals(env)
    const now = env.clock.monotonic()
    this.#queues = { further: new WorkQueue(now), new: new WorkQueue(now), background: new WorkQueue(now) }
  }

  /** Works that wait for their turn. */
  get length(): number {
    const { further, background } = this.#queues
    return further.length + this.#queues.new.length + background.length
  }

  /** Calls wait longer than a few turns, or were refused in the last second. */
  get isBusy(): boolean {
    if (this.refusals.isOngoing) return true
    const now = this.#clock.monotonic()
    const { further } = this.#queues
    const since = Math.min(further.oldest?.since ?? now, this.#queues.new.oldest?.since ?? now)
    return now - since > busyTurns * this.#limits.turnMs
  }

  /** Works that wait, those included that wait until their answers can go. */
  get waiting(): number {
    return this.length + this.#parkedWorks
  }

  /** How long the oldest of them has waited. */
  get oldestMs(): number {
    const now = this.#clock.monotonic()
    let since = now
    for (const { oldest } of Object.values(this.#queues)) since = Math.min(since, oldest?.since ?? now)
    for (const [oldest] of this.#parked.values()) since = Math.min(since, oldest.since)
    return now - since
  }

  /** No more calls may begin whose answer has to be waited for. */
  get isFull(): boolean {
    return this.#underWay >= this.#limits.maxUnderWay
  }

  /** Handles the work, now or when its turn comes. */
  take(work: Work): void {
    const now = this.#clock.monotonic()
    if (!this.#inTurn) this.#beginTurn(now)
    const isFree = this.length === 0 && !this.#parked.has(work.from) && !work.isBlocked
    if (isFree && now < this.#turnEndsAt && work.run(this.#turnEndsAt, atOnce)) return
    const { maxBytes, maxWorks } = this.#limits
    if (this.waiting >= maxWorks || this.#bytes + work.bytes > maxBytes) {
      work.run(Number.POSITIVE_INFINITY, { ms: 0, sheds: 'first' })
      return
    }
    const further = work.keep()
    if (further !== undefined) this.#wait({ work: further, since: now })
    this.#wait({ work, since: now })
  }

  /** Whoever that is reads its answers again: its works get their turns. */
  unblocked(from: object): void {
    const parked = this.#parked.get(from)
    if (parked === undefined) return
    this.#parked.delete(from)
    this.#parkedWorks -= parked.length
    const now = this.#clock.monotonic()
    for (const waiting of parked) this.#queues[waiting.work.rank].push(waiting, now)
    if (!this.#inTurn) this.#beginTurn(now)
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

  #wait(waiting: Waiting): void {
    const { work } = waiting
    this.#bytes += work.bytes
    if (this.#parked.has(work.from) || work.isBlocked) this.#park(waiting)
    else this.#queues[work.rank].push(waiting, waiting.since)
  }

  #drain(began: number): void {
    const until = this.#turnEndsAt
    for (let now = began; this.length > 0 && now < until; now = this.#clock.monotonic()) {
      const queue = this.#due(now)
      const { oldest } = queue
      if (oldest === undefined) return
      const { work, since } = oldest
      const isParked = work.isBlocked || this.#parked.has(work.from)
      if (isParked) this.#park(oldest)
      else if (work.run(until, this.#waited(queue, now, since))) this.#bytes -= work.bytes
      else if (work.isBlocked) this.#park(oldest)
      else return
      queue.shift()
    }
  }

  // What is new and has waited too long is told so at once, whoever else has the turn: that takes next to nothing.
  #due(now: number): WorkQueue {
    const { further, background } = this.#queues
    const fresh = this.#queues.new
    if (fresh.oldest !== undefined && this.#waited(fresh, now, fresh.oldest.since).sheds !== 'none')
      return fresh
    const isDue = background.length > 0 && now - this.#backgroundAt >= backgroundEveryMs
    if (!isDue && further.length > 0) return further
    if (!isDue && fresh.length > 0) return fresh
    this.#backgroundAt = now
    return background
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

  #waited(queue: WorkQueue, now: number, since: number): Waited {
    const { burstMs, targetMs } = this.#limits
    const ms = now - since
    if (queue === this.#queues.background) return { ms, sheds: 'none' }
    if (ms > burstMs) return { ms, sheds: 'last' }
    return { ms, sheds: ms > targetMs && now - queue.emptyAt(now) > burstMs ? 'first' : 'none' }
  }
}

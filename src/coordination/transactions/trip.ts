import type { MnemeshError } from '../../core/errors.ts'
import type { Call } from '../../wire/caller.ts'
import { unansweredInTime } from './failures.ts'
import { transactionLimits } from './limits.ts'
import { conflictOf, type Snapshot } from './snapshot.ts'
import type { Changed } from './source.ts'
import { Writes } from './writes.ts'

const mostRiders = 64
/** Room is kept for a last one. */
const mostOperations = transactionLimits.operations - 16
const mostBytes = transactionLimits.bytes / 2

/** What became of a trip for one that rode in it. */
export type Arrival =
  | { readonly kind: 'done' }
  | { readonly kind: 'conflict'; readonly conflict: MnemeshError }
  /** It must go by itself: it took too long, or does not fit with others. */
  | { readonly kind: 'unfit'; readonly conflict: MnemeshError }

/** Transactions of this process, one after the other on one snapshot, each on top of the writes of those before it. */
export class Trip {
  readonly snapshot: Snapshot
  readonly writes = new Writes()
  readonly riders: Ride[] = []

  constructor(snapshot: Snapshot) {
    this.snapshot = snapshot
  }

  get hasRoom(): boolean {
    const { writes, riders } = this
    if (this.snapshot.conflict !== undefined) return false
    return riders.length < mostRiders && writes.size < mostOperations && writes.bytes < mostBytes
  }

  /** The latest instant at which anybody waits for it. */
  get call(): Call {
    return { deadline: this.riders.reduce((latest, { call }) => Math.max(latest, call.deadline), 0) }
  }

  board(hot: Changed, call: Call): Ride {
    const ride = new Ride(this, hot, call)
    this.riders.push(ride)
    return ride
  }

  settle(arrival: Arrival): void {
    for (const ride of this.riders) ride.arrive(arrival)
  }

  fail(error: unknown): void {
    for (const ride of this.riders) ride.fail(error)
  }
}

/** One transaction's place in a trip. */
export class Ride {
  /** Resolves when its closure is over, or it is put off. */
  readonly ended: Promise<void>
  readonly call: Call
  /** Where it met others of this process. */
  readonly hot: Changed
  readonly #trip: Trip
  readonly #arrived: Promise<Arrival>
  #end: () => void = () => {}
  #settle: { resolve(arrival: Arrival): void; reject(error: unknown): void } | undefined
  #isOff = false
  #isOver = false

  constructor(trip: Trip, hot: Changed, call: Call) {
    this.#trip = trip
    this.hot = hot
    this.call = call
    this.ended = new Promise(resolve => {
      this.#end = resolve
    })
    this.#arrived = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject }
    })
    // Whoever was put off does not wait for it.
    this.#arrived.catch(() => {})
  }

  get snapshot(): Snapshot {
    return this.#trip.snapshot
  }

  get writes(): Writes {
    return this.#trip.writes
  }

  /** Throws once it was put off: what its closure still does is in vain. */
  check(): void {
    if (this.#isOff) throw this.conflict
  }

  /** The closure is over: `writes` are to be made, undefined for those of one that failed. */
  finish(writes: Writes | undefined): Promise<Arrival> {
    if (this.#isOff || (writes !== undefined && !this.writes.fits(writes))) return this.leave()
    if (writes !== undefined && !this.#isOver) this.writes.merge(writes)
    this.#isOver = true
    this.#end()
    return this.#arrived
  }

  /** Its writes are not made, and it does not wait for what becomes of the others'. */
  leave(): Promise<Arrival> {
    this.putOff()
    return this.#arrived
  }

  /** The others go on without it. */
  putOff(): void {
    this.#isOff = true
    this.arrive({ kind: 'unfit', conflict: this.conflict })
    this.#end()
  }

  arrive(arrival: Arrival): void {
    this.#settle?.resolve(arrival)
    this.#settle = undefined
  }

  fail(error: unknown): void {
    this.#settle?.reject(error)
    this.#settle = undefined
  }

  /** It waits no longer: while its closure runs it is put off, and then nobody can say what becomes of it. */
  giveUp(): void {
    if (this.#isOver) this.fail(unansweredInTime())
    else this.putOff()
  }

  /** Why it has to be made again when it was put off. */
  get conflict(): MnemeshError {
    return conflictOf(this.hot)
  }
}

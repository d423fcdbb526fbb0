import type { Cancel, Environment } from '../../core/environment.ts'
import type { MnemeshError } from '../../core/errors.ts'
import type { Call } from '../../wire/caller.ts'
import { nameOf } from './by-key.ts'
import { decide } from './decide.ts'
import { failureOf } from './failures.ts'
import { Patience } from './patience.ts'
import { changedOf, conflictOf, Snapshot } from './snapshot.ts'
import type { Changed, TransactionSource } from './source.ts'
import { checkTime } from './time.ts'
import { type Arrival, type Ride, Trip } from './trip.ts'

/** A key is hot for so long after transactions of this process last met at it. */
const hotMs = 250
const mostHot = 1024
/** A closure that takes longer is put off, so that it does not hold up the others. */
const slowMs = 20
const tickMs = 25
const mostPatienceMs = 5_000

interface Waiting {
  readonly hot: Changed
  readonly call: Call
  readonly resolve: (ride: Ride) => void
  readonly reject: (error: unknown) => void
}

/**
 * Where transactions of this process meet again and again at a key they stand in a line: as many as are there run one
 * after the other on one snapshot, each on top of what those before it have written, and are then decided on as one
 * transaction, all or none (combining; Hendler and others, "Flat combining and the synchronization-parallelism
 * tradeoff", 2010). So they are in conflict with those of other processes only. None is told anything before that.
 */
export class Convoy {
  readonly #env: Environment
  readonly #source: TransactionSource
  // Until when a key is hot, the longest untouched first.
  readonly #hot = new Map<string, number>()
  readonly #waiting: Waiting[] = []
  readonly #underway = new Set<Ride>()
  readonly #patience: Patience
  #members = 0
  #stopTicking: Cancel | undefined

  constructor(env: Environment, source: TransactionSource) {
    this.#env = env
    this.#source = source
    this.#patience = new Patience(env, source)
  }

  /** One more transaction that may write has begun. */
  enter(): void {
    this.#members++
  }

  /** One has ended. */
  leave(): void {
    this.#members--
  }

  /** A transaction of this process was in conflict there. True when others of this process may have been the reason. */
  met({ table, key }: Changed): boolean {
    if (key === undefined || this.#members < 2) return false
    this.#heat(nameOf(table, key))
    return true
  }

  /** False when no key is hot. */
  get hasHot(): boolean {
    return this.#hot.size > 0
  }

  isHot(table: string, key: Buffer): boolean {
    const name = nameOf(table, key)
    const until = this.#hot.get(name)
    if (until === undefined) return false
    this.#hot.delete(name)
    if (until <= this.#env.clock.monotonic()) return false
    this.#heat(name)
    return true
  }

  /** Resolves when it is this transaction's turn to run. Rejects with ERR_TIMEOUT and ERR_ABORTED. */
  ride(hot: Changed, call: Call): Promise<Ride> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ hot, call, resolve, reject })
      if (this.#stopTicking !== undefined) return
      this.#stopTicking = this.#env.timers.every(tickMs, () => this.#tick())
      void this.#drive()
    })
  }

  #heat(name: string): void {
    this.#hot.set(name, this.#env.clock.monotonic() + hotMs)
    if (this.#hot.size <= mostHot) return
    const [oldest] = this.#hot.keys()
    this.#hot.delete(oldest)
  }

  async #drive(): Promise<void> {
    do {
      // Whoever was answered in this turn, or has just begun, comes along.
      await new Promise<void>(resolve => this.#env.timers.soon(resolve))
      await this.#trip()
    } while (this.#waiting.length > 0)
    this.#stopTicking?.()
    this.#stopTicking = undefined
  }

  async #trip(): Promise<void> {
    // Those on board have deadlines of their own.
    const trip = new Trip(new Snapshot(this.#source, { deadline: Number.POSITIVE_INFINITY }, 0))
    const stopHurrying = this.#hurry(trip)
    while (trip.hasRoom) {
      const next = this.#waiting.shift()
      if (next === undefined) break
      const ride = trip.board(next.hot, next.call)
      this.#underway.add(ride)
      next.resolve(ride)
      await ride.ended
    }
    stopHurrying()
    await this.#arrive(trip)
    for (const ride of trip.riders) this.#underway.delete(ride)
  }

  // Puts off whoever runs since the last time that it looked.
  #hurry(trip: Trip): Cancel {
    let before: Ride | undefined
    return this.#env.timers.every(slowMs, () => {
      const present = trip.riders.at(-1)
      if (present === before) present?.putOff()
      before = present
    })
  }

  async #arrive(trip: Trip): Promise<void> {
    let arrival: Arrival
    try {
      arrival =
        trip.snapshot.conflict === undefined ? await this.#decide(trip) : conflicting(trip.snapshot.conflict)
    } catch (error) {
      if (trip.snapshot.conflict === undefined) {
        trip.fail(error)
        return
      }
      arrival = conflicting(trip.snapshot.conflict)
    }
    trip.settle(arrival)
    if (arrival.kind === 'conflict') await this.#giveWay(arrival.conflict)
    else this.#patience.end()
  }

  async #decide({ snapshot, writes, riders, call }: Trip): Promise<Arrival> {
    const plan = { ...snapshot.seen, guards: [], operations: writes.operations() }
    const deciding = { source: this.#source, snapshot, turns: this.#patience.turns }
    const result = await decide(deciding, plan, call)
    if (result.status === 'done') return { kind: 'done' }
    if (result.status === 'conflict') return conflicting(conflictOf(result))
    // One of them was refused, and nothing was made: by itself each hears what becomes of it.
    if (riders.length > 1) return { kind: 'unfit', conflict: riders[0].conflict }
    throw failureOf(result)
  }

  async #giveWay(conflict: MnemeshError): Promise<void> {
    const changed = changedOf(conflict)
    this.met(changed)
    const call = { deadline: this.#env.clock.monotonic() + mostPatienceMs }
    // Without a turn, too, the next trip may get through.
    await this.#patience.giveWay(changed.table, call).catch(() => {})
  }

  #tick(): void {
    const nowMs = this.#env.clock.monotonic()
    for (const one of this.#waiting.splice(0)) {
      try {
        checkTime(nowMs, one.call)
        this.#waiting.push(one)
      } catch (error) {
        one.reject(error)
      }
    }
    for (const ride of this.#underway) {
      if (nowMs >= ride.call.deadline || ride.call.signal?.aborted === true) ride.giveUp()
    }
  }
}

function conflicting(conflict: MnemeshError): Arrival {
  return { kind: 'conflict', conflict }
}

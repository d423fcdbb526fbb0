import type { Clock } from '../../core/environment.ts'
import type { MnemeshError } from '../../core/errors.ts'
import type { Call } from '../../wire/caller.ts'
import type { Convoy } from './convoy.ts'
import type { Snapshot } from './snapshot.ts'
import type { Answer, Changed, TransactionSource } from './source.ts'
import { checkTime } from './time.ts'
import type { Ride } from './trip.ts'
import { Writes } from './writes.ts'

export interface ContextParts {
  readonly clock: Clock
  readonly source: TransactionSource
  readonly call: Call
  /** Where it may stand in line; undefined for one that goes by itself. */
  readonly convoy: Convoy | undefined
}

/** What one attempt and those nested in it share: what they read from, and the line that they may stand in. */
export class Context {
  readonly source: TransactionSource
  readonly writes = new Writes()
  /** Where others of this process were met: it has to stand in line from the beginning. */
  diverted: Changed | undefined
  ride: Ride | undefined
  snapshot: Snapshot
  readonly #parts: ContextParts
  #boarding: Promise<void> | undefined

  constructor(parts: ContextParts, snapshot: Snapshot) {
    this.#parts = parts
    this.source = parts.source
    this.snapshot = snapshot
  }

  /** Throws a conflict, ERR_TIMEOUT or ERR_ABORTED when what is done now would be in vain. */
  check(): void {
    const { conflict } = this.snapshot
    if (conflict !== undefined) throw conflict
    this.ride?.check()
    checkTime(this.#parts.clock.monotonic(), this.#parts.call)
  }

  /** What a read of those keys has to wait for; undefined for nothing. Throws a conflict if it is too late to stand in line. */
  before(table: string, keys: readonly Buffer[]): Promise<void> | undefined {
    if (this.#boarding !== undefined) return this.#boarding
    const { convoy } = this.#parts
    if (convoy?.hasHot !== true || this.ride !== undefined) return undefined
    const key = keys.find(key => convoy.isHot(table, key))
    if (key === undefined) return undefined
    const hot = { table, key: Buffer.from(key) }
    if (this.snapshot.isEmpty) return this.board(hot)
    this.diverted = hot
    throw this.snapshot.giveUp(hot)
  }

  /** Resolves when it stands first in line, at the others' snapshot and on top of their writes. */
  board(hot: Changed): Promise<void> | undefined {
    const { convoy, call } = this.#parts
    this.#boarding = convoy?.ride(hot, call).then(ride => {
      this.ride = ride
      this.snapshot = ride.snapshot
      this.writes.outer = ride.writes
      this.#boarding = undefined
    })
    return this.#boarding
  }

  /** The conflict that it has met, once it does not wait in line any more. */
  boarded(): Answer<MnemeshError | undefined> {
    return this.#boarding === undefined
      ? this.snapshot.conflict
      : this.#boarding.then(() => this.snapshot.conflict)
  }
}

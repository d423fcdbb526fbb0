import { CounterTally, type CounterWriter, counterWriterOf } from '../core/counter.ts'
import type { Row } from '../core/entry.ts'
import { ownRow } from '../core/operation.ts'
import type { Place } from './counters.ts'

/** So many parts stand in one row at most: those of more writers stay in rows of their own. */
const maxParts = 4096

export interface CounterRules {
  /** Who this process is in this copy. */
  readonly own: CounterWriter
  /** Processes that hold a copy. */
  readonly writers: { has(origin: string): boolean }
  /** True where this node decides for the key: else it only cares for what itself has written. */
  readonly isOwner: boolean
  /** See `Settled`. */
  readonly settled: number
  /** Nobody will bring anything any more that was written without knowing what was written up to here. */
  readonly forgotten: number
}

interface Part {
  readonly row: Row
  /** What the row says by itself. */
  readonly tally: CounterTally
  /** True where nothing of it counts: it may still tell of a reset. */
  readonly isVoid: boolean
  readonly isSettled: boolean
  /** Who wrote it writes no more. */
  readonly isGone: boolean
  readonly isOwn: boolean
}

/** The rows of one counter, and which of them are not needed. */
export class CounterRows {
  readonly place: Place
  readonly #rules: CounterRules
  readonly #all: CounterTally
  readonly #parts: Part[]
  #lastStamp = 0

  constructor(place: Place, rules: CounterRules) {
    this.place = place
    this.#rules = rules
    const { copy } = place.held
    this.#all = new CounterTally(copy.clearVersion.h)
    const rows: Row[] = []
    copy.eachOf(place.hash, place.key, place.key.length, row => {
      this.#lastStamp = Math.max(this.#lastStamp, row.stamp)
      if (row.isDead) return
      rows.push(ownRow(row))
      this.#all.addRow(row)
    })
    this.#parts = rows.map(row => this.#partOf(row))
  }

  /** What this process has to write before those that are gone are not needed; undefined for nothing. */
  toTakeOver(): CounterTally | undefined {
    const own = this.#own
    const next = new CounterTally()
    if (own !== undefined) next.addRow(own.row)
    next.reset = this.#all.reset
    let isMore = false
    for (const { tally, isGone, isVoid, isSettled } of this.#parts) {
      if (!isGone || isVoid || !isSettled || this.#covers(own?.tally, tally)) continue
      const parts = tally.parts()
      if (next.parts().length + parts.length > maxParts) continue
      for (const part of parts) next.raise(part)
      isMore = true
    }
    return isMore ? next : undefined
  }

  /** Rows without which every copy says the same, whatever is still on its way. */
  toRemove(): Row[] {
    return this.#parts.filter(part => this.#isSpare(part)).map(({ row }) => row)
  }

  get #own(): Part | undefined {
    return this.#parts.find(({ isOwn }) => isOwn)
  }

  // Nobody will be heard of who did not know that the key was deleted: then nothing has to tell of it any longer.
  get #isOver(): boolean {
    const { reset } = this.#all
    const isPast = this.#lastStamp <= this.#rules.forgotten
    return isPast && this.#parts.every(({ tally }) => tally.parts().every(({ birth }) => birth > reset))
  }

  // Who clears a table tells all copies by other means.
  get #needsWitness(): boolean {
    return this.#all.reset > this.place.held.copy.clearVersion.h
  }

  #isSpare(part: Part): boolean {
    const { isVoid, isGone, isSettled, isOwn, tally } = part
    if (!isSettled) return false
    if (isVoid && this.#rules.isOwner) return !this.#needsWitness || this.#isOver || this.#hasWitness(part)
    if (!isGone || isOwn) return false
    const own = this.#own
    return own?.isSettled === true && this.#covers(own.tally, tally)
  }

  // Another row by which every copy knows of the reset, and that is not removed for the same reason.
  #hasWitness(part: Part): boolean {
    return this.#parts.some(
      other =>
        other !== part &&
        other.isSettled &&
        other.tally.reset === this.#all.reset &&
        (!other.isVoid || part.tally.reset < this.#all.reset),
    )
  }

  #covers(own: CounterTally | undefined, other: CounterTally): boolean {
    if (own === undefined) return false
    const { reset } = this.#all
    const isTold = other.reset <= Math.max(own.reset, this.place.held.copy.clearVersion.h)
    return isTold && other.parts().every(part => part.birth <= reset || own.has(part))
  }

  #partOf(row: Row): Part {
    const { own, writers, isOwner, settled } = this.#rules
    const { origin, since } = counterWriterOf(row)
    const isMine = origin === own.origin
    const tally = new CounterTally().addRow(row)
    const reset = this.#all.reset
    return {
      ...{ row, tally, isVoid: tally.parts().every(({ birth }) => birth <= reset) },
      isSettled: row.stamp <= settled,
      isGone: isMine ? since !== own.since : isOwner && !writers.has(origin),
      isOwn: isMine && since === own.since,
    }
  }
}

import { CounterTally, counterWriterOf } from '../core/counter.ts'
import type { Cancel, Environment } from '../core/environment.ts'
import { partitionOf, type ScanCursor, scanEnd } from '../core/partition.ts'
import type { HybridClock } from '../core/version.ts'
import type { Copies, HeldCopy } from '../storage/copies.ts'
import type { TableCopy } from '../storage/table.ts'
import { type Catalog, copySetOf } from './catalog.ts'
import { CounterRows } from './counter-rows.ts'
import type { Counters, Place } from './counters.ts'
import type { Holders } from './holders.ts'
import { Settled } from './settled.ts'
import type { Stability } from './stability.ts'
import type { Writer } from './writer.ts'

const periodMs = 1000
const rowsPerRound = 2048

export interface CounterKeeperParts {
  /** The node that this process is. */
  readonly node: string
  readonly catalog: Catalog
  readonly copies: Copies
  readonly holders: Pick<Holders, 'owner'>
  readonly hybrid: HybridClock
  readonly stability: Stability
  readonly counters: Counters
  readonly writer: Writer
}

interface Progress {
  readonly settled: Settled
  cursor: ScanCursor
}

/**
 * Keeps the rows of counters few (5.10): the owner of a key takes over what writers that are gone have counted, and
 * removes their rows once every copy has its own; and rows of before a reset. It goes through a table little by little.
 */
export class CounterKeeper {
  readonly counters: Counters
  readonly #parts: Omit<CounterKeeperParts, 'counters'>
  readonly #stop: Cancel
  readonly #progress = new WeakMap<TableCopy, Progress>()

  constructor(env: Environment, parts: CounterKeeperParts) {
    this.#parts = parts
    this.counters = parts.counters
    this.#stop = env.timers.every(periodMs, () => this.#round())
  }

  stop(): void {
    this.#stop()
  }

  /** See `Settled`. */
  settled(copy: TableCopy): number {
    return this.#progressOf(copy).settled.point
  }

  /** Nobody will bring anything any more that was written without knowing what was written up to here. */
  forgotten(copy: TableCopy): number {
    return Math.min(this.settled(copy), copy.floor)
  }

  #round(): void {
    const { copies, writer, stability, hybrid } = this.#parts
    for (const held of copies.all()) {
      if (!held.copy.isCounter || !held.active) continue
      const progress = this.#progressOf(held.copy)
      progress.settled.follow(stability.point(held.copy.id), hybrid.last)
      if (held.copy.isSettling || !writer.canWrite(held)) continue
      for (let rows = 0; rows < rowsPerRound; ) {
        rows += this.#slice(held, progress)
        if (progress.cursor === 0) break
      }
    }
  }

  #progressOf(copy: TableCopy): Progress {
    const known = this.#progress.get(copy)
    if (known !== undefined) return known
    const progress = { settled: new Settled(), cursor: 0 }
    this.#progress.set(copy, progress)
    return progress
  }

  // Gives how many rows it has seen.
  #slice(held: HeldCopy, progress: Progress): number {
    const { catalog, node, holders } = this.#parts
    const { counters } = this
    const { copy } = held
    const table = catalog.byId(copy.id)
    if (table === undefined) return rowsPerRound
    const own = counters.writerOf(copy)
    const writers = copySetOf(table)
    const places = new Map<string, Place>()
    const point = this.settled(copy)
    const forgotten = this.forgotten(copy)
    let seen = 0
    const cursor = copy.scan(progress.cursor, row => {
      seen++
      if (row.isDead || row.stamp > point) return
      const { origin, since } = counterWriterOf(row)
      const isGone = origin === own.origin ? since !== own.since : !writers.has(origin)
      if (!isGone && new CounterTally(copy.clearVersion.h).addRow(row).value !== undefined) return
      const place = counters.placeOf(held, row)
      places.set(place.key.toString('latin1'), place)
    })
    progress.cursor = cursor === scanEnd ? 0 : cursor
    for (const place of places.values()) {
      const isOwner = holders.owner(copy.id, partitionOf(place.hash)) === node
      this.#keep(new CounterRows(place, { own, writers, isOwner, settled: point, forgotten }))
    }
    return seen
  }

  #keep(rows: CounterRows): void {
    const { writer } = this.#parts
    const { held } = rows.place
    const more = rows.toTakeOver()
    if (more !== undefined) this.counters.write(rows.place, more)
    else for (const row of rows.toRemove()) writer.kill(held, row)
  }
}

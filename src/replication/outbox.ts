import { BytesWriter } from '../core/bytes.ts'
import type { Row } from '../core/entry.ts'
import type { Timers } from '../core/environment.ts'
import { frameKinds, openFrame } from '../core/frame.ts'
import { RowBatch } from '../core/rows.ts'
import type { HybridClock, Origins } from '../core/version.ts'

/** Operations of one turn of the event loop, encoded once for all peers. */
export interface Segment {
  /** Sequence number of its first operation; numbers are consecutive within and between segments. */
  readonly first: number
  readonly count: number
  /** Stamp of its last operation. */
  readonly g: number
  /** A whole `ops` frame but for what the head says of the stream. */
  readonly frame: Buffer
  /** Tables that its operations touch. */
  readonly tables: ReadonlySet<string>
}

export interface OutboxLimits {
  readonly maxOperations: number
  readonly maxBytes: number
}

export const defaultOutboxLimits: OutboxLimits = { maxOperations: 100_000, maxBytes: 64 * 1024 * 1024 }

/** Share of the limits from which on writers are held back, if no peer keeps up with them. */
const crowded = 0.9
/** To repair so few takes less than to write them again. */
const fewOperations = 1000

/** Frames of operations close at this size: applying one then takes a receiver a few ms at most. */
const segmentTargetBytes = 256 * 1024

/**
 * What this node issued and not every peer has acknowledged: one bounded log that all peers read at their own
 * pace. A peer that falls behind its beginning is repaired instead; none can block another or grow memory.
 */
export class Outbox {
  readonly #timers: Timers
  readonly #clock: HybridClock
  readonly #limits: OutboxLimits
  readonly #batch: RowBatch
  readonly #writer = new BytesWriter(segmentTargetBytes + 4096)
  readonly #readers = new Set<() => void>()
  #tables = new Set<string>()
  #batchOperations = 0
  #batchG = 0
  #segments: Segment[] = []
  #operations = 0
  #bytes = 0
  #head = 0
  #lastStamp = 0
  #scheduled = false

  constructor(
    timers: Timers,
    parts: { readonly clock: HybridClock; readonly origins: Origins },
    limits = defaultOutboxLimits,
  ) {
    this.#timers = timers
    this.#clock = parts.clock
    this.#limits = limits
    this.#batch = new RowBatch(parts.origins)
  }

  /** Sequence number of the last operation; 0 before the first. */
  get head(): number {
    return this.#head
  }

  /** Stamp of the last operation; 0 before the first. */
  get lastStamp(): number {
    return this.#lastStamp
  }

  /** Operations and bytes held for peers. */
  get held(): { readonly operations: number; readonly bytes: number } {
    return { operations: this.#operations + this.#batchOperations, bytes: this.#bytes + this.#batch.size }
  }

  /** So much is held that the oldest of it is dropped soon, whoever lacks it. */
  get isCrowded(): boolean {
    const { maxOperations, maxBytes } = this.#limits
    const operations = this.#operations + this.#batchOperations
    return (
      operations > Math.max(fewOperations, crowded * maxOperations) ||
      this.#bytes + this.#batch.size > crowded * maxBytes
    )
  }

  /** Sequence number in the middle of what is held. */
  get middle(): number {
    return this.#head - (this.#operations + this.#batchOperations) / 2
  }

  /** Takes a row that was just applied here. Returns its sequence number. */
  append(tableId: string, row: Row): number {
    this.#head++
    this.#lastStamp = row.stamp
    if (this.#readers.size > 0) {
      this.#batch.add(row, tableId)
      this.#added(tableId, row.stamp)
    }
    return this.#head
  }

  /** Takes rows that are one operation: one number for all of them, and one frame, whatever its size. */
  appendAll(tableId: string, rows: readonly Row[]): number {
    if (this.#batch.size + bytesOf(rows) > segmentTargetBytes) this.#close()
    this.#head++
    this.#lastStamp = rows[0].stamp
    if (this.#readers.size > 0) {
      for (const row of rows) this.#batch.add(row, tableId)
      this.#added(tableId, rows[0].stamp)
    }
    return this.#head
  }

  /** Calls `notify` after each turn that brought operations, until `leave`. Without readers nothing is kept. */
  join(notify: () => void): void {
    this.#readers.add(notify)
  }

  leave(notify: () => void): void {
    this.#readers.delete(notify)
    if (this.#readers.size === 0) this.#drop()
  }

  /**
   * The segment that holds operation `sequence`; `gone` if it was dropped, undefined if it is not issued yet.
   */
  segmentWith(sequence: number): Segment | 'gone' | undefined {
    if (sequence > this.#head) return undefined
    this.#close()
    const segments = this.#segments
    if (segments.length === 0 || sequence < segments[0].first) return 'gone'
    let low = 0
    let high = segments.length - 1
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if (segments[middle].first <= sequence) low = middle
      else high = middle - 1
    }
    return segments[low]
  }

  /** Every operation issued here up to this stamp has a sequence number up to `sequence`. */
  stampAt(sequence: number, segmentG: number): number {
    return sequence >= this.#head ? this.#clock.issue() : segmentG
  }

  /** Every reader has everything up to `sequence`: it need not be kept. */
  trim(sequence: number): void {
    let drop = 0
    while (drop < this.#segments.length) {
      const segment = this.#segments[drop]
      if (segment.first + segment.count - 1 > sequence) break
      this.#operations -= segment.count
      this.#bytes -= segment.frame.length
      drop++
    }
    if (drop > 0) this.#segments.splice(0, drop)
  }

  /** Forgets everything held: readers find it gone and have to be repaired. */
  #drop(): void {
    this.#batch.reset()
    this.#batchOperations = 0
    this.#tables = new Set()
    this.#segments = []
    this.#operations = 0
    this.#bytes = 0
  }

  reset(): void {
    this.#drop()
  }

  #added(tableId: string, stamp: number): void {
    this.#tables.add(tableId)
    this.#batchOperations++
    this.#batchG = stamp
    if (this.#batch.size >= segmentTargetBytes) this.#close()
    this.#schedule()
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    this.#timers.soon(() => {
      this.#scheduled = false
      for (const notify of this.#readers) notify()
    })
  }

  #close(): void {
    const count = this.#batchOperations
    if (count === 0) return
    openFrame(this.#writer, frameKinds.ops)
    this.#writer.f64(this.#head - count + 1)
    this.#writer.f64(this.#head)
    this.#batch.writeTo(this.#writer)
    const frame = this.#writer.copy()
    this.#segments.push({
      first: this.#head - count + 1,
      count,
      g: this.#batchG,
      frame,
      tables: this.#tables,
    })
    this.#operations += count
    this.#bytes += frame.length
    this.#batch.reset()
    this.#batchOperations = 0
    this.#tables = new Set()
    this.#bound()
  }

  #bound(): void {
    const { maxOperations, maxBytes } = this.#limits
    while (this.#segments.length > 1 && (this.#operations > maxOperations || this.#bytes > maxBytes)) {
      this.trim(this.#segments[0].first + this.#segments[0].count - 1)
    }
  }
}

function bytesOf(rows: readonly Row[]): number {
  return rows.reduce((sum, { keyLength, valueLength }) => sum + keyLength + valueLength, 0)
}

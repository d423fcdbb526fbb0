import { forgettableAt, type Row } from '../core/entry.ts'
import { partitionCount, partitionOf, partitionSpan, type ScanCursor, scanEnd } from '../core/partition.ts'

/**
 * Which partition holds something to sweep: the earliest expiry and the earliest stamp of a tombstone in each. So
 * expired entries are freed without being read, and a table in which nothing is due is not looked at.
 */
export class SweepPlan {
  readonly #expiry = new Float64Array(partitionCount).fill(Number.POSITIVE_INFINITY)
  readonly #deadStamp = new Float64Array(partitionCount).fill(Number.POSITIVE_INFINITY)
  // The earliest of both over all partitions: never later than the truth.
  #nextExpiry = Number.POSITIVE_INFINITY
  #nextDeadStamp = Number.POSITIVE_INFINITY
  #cursor: ScanCursor = 0
  #inside = false

  noteExpiry(row: Row): void {
    const partition = partitionOf(row.hash)
    if (row.expiresAt < this.#expiry[partition]) this.#expiry[partition] = row.expiresAt
    if (row.expiresAt < this.#nextExpiry) this.#nextExpiry = row.expiresAt
  }

  noteDead(row: Row): void {
    const partition = partitionOf(row.hash)
    const stamp = forgettableAt(row)
    if (stamp < this.#deadStamp[partition]) this.#deadStamp[partition] = stamp
    if (stamp < this.#nextDeadStamp) this.#nextDeadStamp = stamp
  }

  /** Where the next slice to sweep begins, or undefined when nothing is due. */
  next(wallMs: number, floor: number): ScanCursor | undefined {
    if (this.#inside) return this.#cursor
    if (this.#nextExpiry > wallMs && this.#nextDeadStamp > floor) return undefined
    const start = Math.floor(this.#cursor / partitionSpan) % partitionCount
    for (let i = 0; i < partitionCount; i++) {
      const partition = (start + i) % partitionCount
      if (this.#expiry[partition] > wallMs && this.#deadStamp[partition] > floor) continue
      this.#expiry[partition] = Number.POSITIVE_INFINITY
      this.#deadStamp[partition] = Number.POSITIVE_INFINITY
      this.#cursor = partition * partitionSpan
      this.#inside = true
      return this.#cursor
    }
    this.#nextExpiry = this.#expiry.reduce((least, at) => Math.min(least, at))
    this.#nextDeadStamp = this.#deadStamp.reduce((least, at) => Math.min(least, at))
    return undefined
  }

  /** The slice up to there was swept; what is left in it was noted again. */
  swept(cursor: ScanCursor): void {
    this.#inside = cursor % partitionSpan !== 0
    this.#cursor = cursor === scanEnd ? 0 : cursor
  }
}

import type { Row } from '../../core/entry.ts'
import { bucketCount, bucketOf } from '../../core/partition.ts'
import type { TableCopy } from '../../storage/table.ts'

const rowsPerCall = 20_000

/**
 * Which of a table's 4,096 buckets hold something whose time is over: the earliest expiry in each, or an earlier
 * instant. So finding what is due costs a look at a few buckets, and no memory per row.
 */
export class ExpiryPlan {
  readonly #earliest = new Float64Array(bucketCount).fill(Number.POSITIVE_INFINITY)
  // Never later than the truth.
  #next = Number.POSITIVE_INFINITY

  note(hash: number, expiresAt: number): void {
    const bucket = bucketOf(hash)
    if (expiresAt < this.#earliest[bucket]) this.#earliest[bucket] = expiresAt
    if (expiresAt < this.#next) this.#next = expiresAt
  }

  /** Other rows, or other hashes: every bucket must be looked at again. */
  forget(): void {
    this.#earliest.fill(0)
    this.#next = 0
  }

  /** No row is due before it. */
  get next(): number {
    return this.#next
  }

  /** Visits rows that are due at that instant: `limit` at most, and not all of them if that took long. */
  each(copy: TableCopy, atMs: number, limit: number, visit: (row: Row) => void): void {
    if (this.#next > atMs) return
    let found = 0
    let seen = 0
    for (let bucket = 0; bucket < bucketCount; bucket++) {
      if (this.#earliest[bucket] > atMs) continue
      let earliest = Number.POSITIVE_INFINITY
      copy.eachInBucket(bucket, row => {
        seen++
        if (row.expiresAt === 0) return
        if (row.expiresAt < earliest) earliest = row.expiresAt
        if (row.expiresAt <= atMs && found++ < limit) visit(row)
      })
      this.#earliest[bucket] = earliest
      if (found >= limit || seen >= rowsPerCall) return
    }
    this.#next = this.#earliest.reduce((least, at) => Math.min(least, at))
  }
}

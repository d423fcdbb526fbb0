/**
 * Every table is cut into 256 partitions by the leading bits of its keys' hashes. A partition is the unit of
 * ownership, of snapshots and of memory growth; each holds 16 of a table's 4,096 digest buckets.
 */
export const partitionCount = 256
export const bucketCount = 4096
export const groupCount = 64

export function partitionOf(hash: number): number {
  return hash >>> 24
}

export function bucketOf(hash: number): number {
  return hash >>> 20
}

export function partitionOfBucket(bucket: number): number {
  return bucket >>> 4
}

/** Where a scan of a copy stands: partition * 2^24 + place in it. Valid on every copy with the same hash seed. */
export type ScanCursor = number
export const partitionSpan = 2 ** 24
export const scanEnd: ScanCursor = partitionCount * partitionSpan

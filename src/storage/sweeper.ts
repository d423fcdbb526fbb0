import { forgettableAt, isSpent, Row, rowFlags } from '../core/entry.ts'
import type { ScanCursor } from '../core/partition.ts'
import type { Contents } from './contents.ts'

const row = new Row()

/**
 * Sweeps the slice that begins at the cursor: forgets what the floor allows, drops the values of entries that have
 * expired and tells of each.
 */
export function sweepSlice(
  contents: Contents,
  { cursor, wallMs, floor }: { readonly cursor: ScanCursor; readonly wallMs: number; readonly floor: number },
  expired: (row: Row) => void,
): void {
  const { partitions, sweep } = contents
  const due: number[] = []
  const next = partitions.slice(cursor, address => {
    partitions.read(address, row)
    if (forgettableAt(row) <= floor) due.push(address)
    else if (isSpent(row)) sweep.noteDead(row)
    else if (row.expiresAt === 0) return
    else if (row.expiresAt <= wallMs) due.push(address)
    else sweep.noteExpiry(row)
  })
  sweep.swept(next)
  // Dropping allocates nothing, so addresses stay valid; stripping does, so it comes last and looks again.
  const ended = due.filter(address => !dropForgettable(contents, address, floor))
  for (const { hash, key } of ended.map(address => keyAt(contents, address))) {
    strip(contents, hash, key)
    expired(row)
  }
}

function dropForgettable(contents: Contents, address: number, floor: number): boolean {
  contents.partitions.read(address, row)
  if (forgettableAt(row) > floor) return false
  contents.drop(row, address)
  return true
}

function keyAt({ partitions }: Contents, address: number): { hash: number; key: Buffer } {
  partitions.read(address, row)
  const { hash, keyBytes, keyStart, keyLength } = row
  return { hash, key: Buffer.from(keyBytes.subarray(keyStart, keyStart + keyLength)) }
}

// The version stays, so that no older write that would live longer comes back.
function strip(contents: Contents, hash: number, key: Buffer): void {
  const { partitions } = contents
  const address = partitions.find(hash, key, 0, key.length)
  partitions.read(address, row)
  contents.account(row, -1, partitions.sizeAt(address))
  row.keyBytes = key
  row.keyStart = 0
  row.valueLength = 0
  row.flags |= rowFlags.stripped
  contents.store(row, address)
}

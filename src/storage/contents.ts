import { Digest } from '../core/digest.ts'
import { isSpent, lastingFlags, type Row, rowFlags } from '../core/entry.ts'
import { MnemeshError } from '../core/errors.ts'
import { type HashSeed, mix32 } from '../core/hash.ts'
import type { TableDefinition } from '../core/schema.ts'
import type { Origins } from '../core/version.ts'
import { Partitions } from './partitions.ts'
import { unitsOf } from './record.ts'
import { SweepPlan } from './sweep.ts'
import { Usage } from './usage.ts'

/** What live entries and their bytes grow by. */
export interface Growth {
  entries: number
  bytes: number
}

interface Bounded {
  readonly name: string
  readonly definition: TableDefinition
}

/** The rows of a copy under one hash seed and what is counted of them: sizes, digest, when something is due. */
export class Contents {
  readonly partitions: Partitions
  readonly digest: Digest
  readonly sweep = new SweepPlan()
  readonly usage: Usage
  readonly #origins: Origins
  liveCount = 0
  liveBytes = 0
  deadCount = 0
  readonly #growth: Growth = { entries: 0, bytes: 0 }

  constructor(origins: Origins, seed: HashSeed) {
    this.#origins = origins
    this.partitions = new Partitions(seed)
    this.usage = new Usage(this.partitions)
    this.digest = new Digest(seed.low ^ seed.high)
  }

  /** Puts the row in. The record at `previous` (0: none) has the same key and is not counted any more. */
  store(row: Row, previous: number): void {
    this.usage.advance(this.liveCount)
    this.partitions.put(row, previous)
    this.account(row, 1, unitsOf(row) * 8)
    if (isSpent(row)) this.sweep.noteDead(row)
    else if (row.expiresAt !== 0) this.sweep.noteExpiry(row)
  }

  drop(row: Row, address: number): void {
    this.account(row, -1, this.partitions.sizeAt(address))
    this.partitions.remove(row.hash, address)
  }

  account(row: Row, sign: 1 | -1, bytes: number): void {
    const flags = row.flags & lastingFlags
    const by = this.#origins.hashOf(row.origin)
    this.digest.toggle(row.hash, row.h, (flags & rowFlags.touched) === 0 ? by : by ^ touchHash(row), flags)
    if (isSpent(row)) {
      this.deadCount += sign
      return
    }
    this.liveCount += sign
    this.liveBytes += sign * bytes
    this.usage.count(row.hash, sign, bytes)
  }

  /** Throws ERR_TABLE_FULL when the row, in the place of `found` at `address` (0: of none), passes a limit. */
  checkRoom(row: Row, found: Row, address: number, table: Bounded): void {
    if ((row.flags & rowFlags.dead) !== 0) return
    const growth = this.#growth
    growth.entries = 0
    growth.bytes = 0
    this.grow(growth, row, address === 0 ? undefined : found)
    this.checkGrowth(growth, table)
  }

  /** Adds what comes in when the row takes the place of `found`, if there is one. */
  grow(growth: Growth, row: Row, found: Row | undefined): void {
    const replaced = found !== undefined && !isSpent(found)
    growth.entries += replaced ? 0 : 1
    growth.bytes += (unitsOf(row) - (replaced ? unitsOf(found) : 0)) * 8
  }

  /** Throws ERR_TABLE_FULL when so much more passes a limit of the table. */
  checkGrowth({ entries, bytes }: Readonly<Growth>, { name, definition }: Bounded): void {
    const { maxEntries, maxBytes, eviction } = definition
    if (eviction !== 'none') {
      // Others make room for it, unless it alone is more than there may be.
      if (maxEntries !== undefined && entries > maxEntries) throw full(name, `${maxEntries} entries`)
      if (maxBytes !== undefined && bytes > maxBytes) throw full(name, `${maxBytes} bytes`)
      return
    }
    if (maxEntries !== undefined && this.liveCount + entries > maxEntries)
      throw full(name, `${maxEntries} entries`)
    if (maxBytes !== undefined && this.liveBytes + bytes > maxBytes) throw full(name, `${maxBytes} bytes`)
  }
}

/** The error of a write for which a table has no room. */
export function full(table: string, limit: string): MnemeshError {
  return new MnemeshError(
    'ERR_TABLE_FULL',
    `table ${table} is at its limit of ${limit}; delete entries, give them a ttl, or raise the limit`,
  )
}

// Copies are equal only when their entries end at the same time.
function touchHash({ stamp, expiresAt }: Row): number {
  const low = mix32((stamp >>> 0) + Math.imul(Math.floor(stamp / 2 ** 32), 0x9e3779b1))
  return mix32(low + (expiresAt >>> 0) + Math.imul(Math.floor(expiresAt / 2 ** 32), 0x85ebca77))
}

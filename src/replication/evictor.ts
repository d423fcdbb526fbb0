import { Row } from '../core/entry.ts'
import type { Environment } from '../core/environment.ts'
import { maxKeyBytes } from '../core/key.ts'
import { partitionCount, partitionOf } from '../core/partition.ts'
import type { HeldCopy } from '../storage/copies.ts'
import { FrequencySketch } from '../storage/frequency.ts'
import type { CopyListener } from '../storage/table.ts'
import { Newcomers } from './newcomers.ts'
import type { TableBounds } from './table-bounds.ts'

/** Evictions in a row, after which others get their turn. */
const evictionsPerTurn = 256

export interface EvictorParts {
  readonly self: string
  readonly holders: { owner(id: string, partition: number): string | undefined }
  readonly bounds: TableBounds
  readonly writer: { kill(held: HeldCopy, row: Row): void; canWrite(held: HeldCopy): boolean }
}

/**
 * Makes room in one table that is over its limit, or over what a holder has memory for (5.6, D-20): each owner removes of its own share what was not used for
 * long, until either the table or that share is within bounds. So n owners at the same time do not evict n times too
 * much. An eviction kills exactly the version that was chosen: a newer write, wherever it comes from, stays.
 */
export class Evictor implements CopyListener {
  readonly #env: Environment
  readonly #parts: EvictorParts
  readonly held: HeldCopy
  readonly #victim = new Row()
  readonly #key = Buffer.alloc(maxKeyBytes + 16)
  readonly #newcomers = new Newcomers()
  #sketch: FrequencySketch | undefined
  #sketchFor = 0
  #scheduled = false
  #evicted = 0

  constructor(env: Environment, parts: EvictorParts, held: HeldCopy) {
    this.#env = env
    this.#parts = parts
    this.held = held
    held.copy.listen(this)
  }

  stop(): void {
    this.held.copy.unlisten(this)
  }

  /** Entries that this node evicted. */
  get evicted(): number {
    return this.#evicted
  }

  applied(row: Row): void {
    if (row.isDead) return
    if (this.#admits && this.#owns(partitionOf(row.hash))) {
      this.#frequencies().add(row.hash)
      this.#newcomers.add(row.hash)
    }
    if (this.#isOver) this.#schedule()
    else if (this.#admits) this.#newcomers.settle(this.held.copy.size)
  }

  expired(): void {}
  cleared(): void {}
  gone(): void {}

  /** Keys with these hashes were read, here or elsewhere. */
  touched(hashes: Iterable<number>): void {
    const { copy } = this.held
    for (const hash of hashes) {
      copy.usage.touch(hash, copy.size)
      if (this.#admits) this.#frequencies().add(hash)
    }
  }

  /** Evicts as far as is needed now, a bounded number at a time. */
  run(): void {
    const { copy } = this.held
    if (!this.held.active || copy.isSettling || copy.definition.eviction === 'none' || !this.#isOver) return
    if (!this.#parts.writer.canWrite(this.held)) return
    const owned: number[] = []
    for (let partition = 0; partition < partitionCount; partition++)
      if (this.#owns(partition)) owned.push(partition)
    if (owned.length === 0) return
    const share = owned.length / partitionCount
    for (let i = 0; i < evictionsPerTurn; i++) {
      if (!this.#isOver || !this.#isShareOver(owned, share)) return
      if (!this.#choose(owned)) return
      this.#kill()
    }
    this.#schedule()
  }

  get #admits(): boolean {
    return this.held.copy.definition.eviction === 'tinylfu'
  }

  get #isOver(): boolean {
    const { copy } = this.held
    return copy.size > this.#maxEntries || copy.bytes > this.#maxBytes
  }

  get #maxEntries(): number {
    return this.held.copy.definition.maxEntries ?? Number.POSITIVE_INFINITY
  }

  get #maxBytes(): number {
    const { id, definition } = this.held.copy
    const { bounds } = this.#parts
    const bytes = definition.maxBytes ?? Number.POSITIVE_INFINITY
    return bounds.isEmpty ? bytes : Math.min(bytes, bounds.of(id)?.maxBytes ?? bytes)
  }

  #isShareOver(owned: readonly number[], share: number): boolean {
    const { copy } = this.held
    const { usage } = copy
    if (copy.size > this.#maxEntries && usage.entriesIn(owned) > this.#maxEntries * share) return true
    return copy.bytes > this.#maxBytes && usage.bytesIn(owned) > this.#maxBytes * share
  }

  #owns(partition: number): boolean {
    return this.#parts.holders.owner(this.held.copy.id, partition) === this.#parts.self
  }

  // What was used least recently; but where entries have to earn their place, a newcomer that has not.
  #choose(owned: readonly number[]): boolean {
    const { usage } = this.held.copy
    if (!usage.leastRecent(owned, this.#env.random, this.#victim)) return false
    if (!this.#admits) return true
    const newcomer = this.#newcomers.next(usage.entriesIn(owned))
    if (newcomer === undefined || newcomer === this.#victim.hash) return true
    const sketch = this.#frequencies()
    if (sketch.estimate(newcomer) > sketch.estimate(this.#victim.hash)) return true
    return usage.find(newcomer, this.#victim) || usage.leastRecent(owned, this.#env.random, this.#victim)
  }

  // The key must be no window on the copy, which is about to change.
  #kill(): void {
    const row = this.#victim
    row.keyBytes.copy(this.#key, 0, row.keyStart, row.keyStart + row.keyLength)
    row.keyBytes = this.#key
    row.keyStart = 0
    this.#parts.writer.kill(this.held, row)
    this.#evicted++
  }

  // As large as the table has grown; a larger one begins to count anew.
  #frequencies(): FrequencySketch {
    const { size } = this.held.copy
    if (this.#sketch === undefined || size > this.#sketchFor * 2) {
      this.#sketchFor = Math.max(512, Math.min(size, this.#maxEntries))
      this.#sketch = new FrequencySketch(this.#sketchFor)
    }
    return this.#sketch
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    this.#env.timers.soon(() => {
      this.#scheduled = false
      this.run()
    })
  }
}

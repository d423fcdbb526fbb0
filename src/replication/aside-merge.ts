import { isNewer, isSameVersion, isVisible, Row } from '../core/entry.ts'
import type { Events } from '../core/events.ts'
import { mergeFunctionOf } from '../core/schema.ts'
import type { Origins } from '../core/version.ts'
import type { HeldCopy } from '../storage/copies.ts'
import { TableCopy } from '../storage/table.ts'
import type { Instead } from './receipts.ts'
import type { Merged, RowMerger } from './row-merger.ts'

export interface AsideMergeParts {
  readonly events: Events
  readonly origins: Origins
  readonly merger: Pick<RowMerger, 'mergeAll'>
  /** A function is about to merge the row with what there is. */
  readonly merging?: (copy: TableCopy, row: Row, instead: Instead) => void
  /** True while that very process is a member, this one too. */
  readonly isLive: (member: string) => boolean
  /** Index of this process in the origins. */
  readonly self: number
}

/**
 * Rows that this node wrote apart from the majority and set aside, on their way through the function of their table.
 * Each row goes through it once: other copies of it are left to its writer.
 */
export class AsideMerge {
  readonly #parts: AsideMergeParts
  readonly #found = new Row()
  #pending: Row[] = []
  #isRunning = false
  #merged = 0
  #failed: TableCopy | undefined

  constructor(parts: AsideMergeParts) {
    this.#parts = parts
  }

  /** True while rows that were taken are not through. */
  get isPending(): boolean {
    return this.#pending.length > 0
  }

  get merged(): number {
    return this.#merged
  }

  /** What the function could not merge; undefined for nothing. */
  get failed(): TableCopy | undefined {
    return this.#failed
  }

  /**
   * What becomes of a row that was written apart: taken to be merged, or dropped because somebody else sees to it, or it is
   * there already. Undefined where the table has no function, or the writer is gone, so that nobody knows whether another
   * one brings it: then it goes by its version.
   */
  take({ copy }: HeldCopy, row: Row, wallMs: number): 'taken' | 'dropped' | undefined {
    const { origins, self, isLive, merging } = this.#parts
    const rule = copy.definition.onMerge
    if (mergeFunctionOf(rule) === undefined) return undefined
    if (row.origin !== self) return isLive(origins.nameOf(row.origin)) ? 'dropped' : undefined
    const { keyBytes, keyStart, keyLength } = row
    const hash = copy.hashOf(keyBytes, keyStart, keyLength)
    const exists = copy.read(hash, keyBytes, keyStart, keyLength, this.#found)
    if (exists && isSameVersion(row, this.#found)) return 'dropped'
    if (!isNewer(origins, row, copy.clearVersion)) return 'dropped'
    const present = exists && isVisible(this.#found, wallMs) ? this.#found : undefined
    merging?.(copy, row, { present, rule })
    this.#pending.push(row)
    return 'taken'
  }

  /** Merges what was taken, unless that is under way. */
  run(held: HeldCopy): void {
    if (this.#isRunning) return
    this.#isRunning = true
    void this.#parts.merger.mergeAll(held, this.#pending).then(merged => this.#done(held.copy, merged))
  }

  #done(copy: TableCopy, { merged, failed, why, left }: Merged): void {
    this.#isRunning = false
    this.#pending = [...left]
    this.#merged += merged
    if (why === undefined) return
    this.#failed ??= new TableCopy(this.#parts.origins, copy, copy.seed)
    for (const row of failed) {
      row.hash = this.#failed.hashOf(row.keyBytes, row.keyStart, row.keyLength)
      this.#failed.put(row)
    }
    const { name: table, definition } = copy
    const facts = { table, rule: definition.onMerge, rows: failed.length, why: why.message }
    this.#parts.events.emit('merge-failed', facts)
  }
}

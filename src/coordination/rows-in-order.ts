import { Row } from '../core/entry.ts'
import { scanEnd } from '../core/partition.ts'
import type { BroughtRow } from './state/commands.ts'
import type { StrongTable } from './state/strong-table.ts'

const maxRows = 500

/** Rows of a table that nobody changes any more, in parts, by the order of their keys: the same on all that have them. */
export class RowsInOrder {
  readonly table: StrongTable
  readonly #keys: readonly Buffer[]
  readonly #row = new Row()

  constructor(table: StrongTable) {
    const keys: Buffer[] = []
    for (let cursor = 0; cursor !== scanEnd; )
      cursor = table.copy.scan(cursor, ({ keyBytes, keyStart, keyLength }) =>
        keys.push(Buffer.from(keyBytes.subarray(keyStart, keyStart + keyLength))),
      )
    this.table = table
    this.#keys = keys.sort(Buffer.compare)
  }

  /** The rows behind that key, of about so many bytes. */
  part(after: Buffer, maxBytes: number): { readonly rows: BroughtRow[]; readonly isLast: boolean } {
    const rows: BroughtRow[] = []
    let at = this.#behind(after)
    for (let bytes = 0; at < this.#keys.length && rows.length < maxRows && bytes < maxBytes; at++) {
      const key = this.#keys[at]
      if (!this.table.find(key, this.#row)) continue
      const { valueBytes, valueStart, valueLength, expiresAt } = this.#row
      const value = Buffer.from(valueBytes.subarray(valueStart, valueStart + valueLength))
      rows.push({ key, value, expiresAt })
      bytes += key.length + valueLength
    }
    return { rows, isLast: at >= this.#keys.length }
  }

  #behind(after: Buffer): number {
    let [low, high] = [0, this.#keys.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (Buffer.compare(this.#keys[middle], after) > 0) high = middle
      else low = middle + 1
    }
    return low
  }
}

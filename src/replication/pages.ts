import { BytesReader, BytesWriter } from '../core/bytes.ts'
import type { Row } from '../core/entry.ts'
import type { ScanCursor } from '../core/partition.ts'
import { RowBatch, RowBlock } from '../core/rows.ts'
import type { Origins } from '../core/version.ts'
import type { TableCopy } from '../storage/table.ts'

/** What is asked for beyond it is cut to it: a page fits a frame, and takes a bounded time. */
export const maxPageBytes = 512 * 1024

export interface PageParts {
  readonly origins: Origins
  /** What the page shall have for the row: itself, as a rule; undefined for nothing. */
  readonly shown: (row: Row) => Row | undefined
}

/** Rows of the copy from the cursor on, about `maxBytes` of them, and where the next page begins. */
export function fillPage(
  copy: TableCopy,
  asked: { readonly cursor: ScanCursor; readonly end: ScanCursor; readonly maxBytes: number },
  { origins, shown }: PageParts,
): { readonly rows: RowBlock; readonly next: ScanCursor } {
  const batch = new RowBatch(origins)
  const limit = Math.min(asked.maxBytes, maxPageBytes)
  const visit = (row: Row) => {
    const entry = shown(row)
    if (entry !== undefined) batch.add(entry)
  }
  let next = asked.cursor
  let narrow = narrowFor(copy, limit)
  // Regions without a row to return count too: a page takes a bounded time.
  for (let slices = 0; next < asked.end && batch.size < limit && slices < 64; slices++) {
    const { count, rowBytes } = batch
    const after = copy.scan(next, visit, narrow)
    if (batch.size <= maxPageBytes || narrow > 24) next = after
    else {
      // Large values: the slice is taken again in parts, and left for the next page if something fitted already.
      batch.rollback(count, rowBytes)
      if (count > 0) break
      narrow += 4
    }
  }
  return { rows: blockOf(batch, origins), next }
}

/** The rows of a batch as those are read that arrived. */
export function blockOf(batch: RowBatch, origins: Origins): RowBlock {
  const writer = new BytesWriter(batch.size + 1024)
  batch.writeTo(writer)
  return new RowBlock(new BytesReader(writer.bytes, 0, writer.length), origins)
}

// So that a slice of rows of average size is a fraction of a page.
function narrowFor({ size, bytes }: TableCopy, maxBytes: number): number {
  const sliceBytes = size === 0 ? 0 : (bytes / size) * 256
  return Math.max(0, Math.ceil(Math.log2(sliceBytes / (maxBytes / 4))))
}

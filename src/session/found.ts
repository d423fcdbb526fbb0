import type { BytesWriter } from '../core/bytes.ts'
import type { Row } from '../core/entry.ts'
import { writeRow } from '../core/operation.ts'
import type { OpenTable } from '../replication/open-tables.ts'

/** What a read found, or that it found nothing: the whole row, or its value only. */
export function writeFound(reply: BytesWriter, row: Row | undefined, whole: boolean, table: OpenTable): void {
  reply.u8(row === undefined ? 0 : 1)
  if (row === undefined) return
  if (whole) {
    writeRow(reply, row, table.origins)
    return
  }
  const at = reply.reserve(row.valueLength)
  row.valueBytes.copy(reply.bytes, at, row.valueStart, row.valueStart + row.valueLength)
}

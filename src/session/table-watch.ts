import { toMnemeshError } from '../core/errors.ts'
import { writeError } from '../core/failure.ts'
import { writeRow } from '../core/operation.ts'
import type { OpenTable } from '../replication/open-tables.ts'
import type { Incoming } from '../wire/answerer.ts'
import type { Call } from '../wire/caller.ts'
import { sessionPushes } from './calls.ts'

/** Pushes every change under the prefix to who called. Resolves, once the watch stands, with what ends it. */
export function watchTable(
  call: Incoming,
  table: OpenTable,
  prefix: Buffer,
  limit: Call,
): Promise<() => void> {
  return table.watch(prefix, limit, {
    changed: (kind, row) =>
      call.push(push => {
        push.u8(sessionPushes[kind])
        writeRow(push, row, table.origins)
      }),
    event: kind => call.push(push => push.u8(sessionPushes[kind])),
    ended: error =>
      call.push(push => {
        push.u8(sessionPushes.ended)
        writeError(push, toMnemeshError(error))
      }),
  })
}

import type { BytesReader } from '../core/bytes.ts'
import type { CodecName } from '../core/codec.ts'
import { versionText } from '../core/entry.ts'
import { readError } from '../core/failure.ts'
import { readRow } from '../core/operation.ts'
import type { Origins } from '../core/version.ts'
import { entryOfRow, keyOfRow } from '../face/entries.ts'
import type { PortListener } from '../face/port.ts'
import { sessionPushes } from '../session/calls.ts'

const changes = new Map(
  (['set', 'delete', 'expire', 'evict'] as const).map(change => [sessionPushes[change] as number, change]),
)

/** Tells the listener what a node has pushed to a watch. */
export function tell(
  push: BytesReader,
  listener: PortListener,
  { codec, origins }: { readonly codec: CodecName; readonly origins: Origins },
): void {
  const kind = push.u8()
  if (kind === sessionPushes.clear) listener.event('clear')
  else if (kind === sessionPushes.resync) listener.event('resync')
  else if (kind === sessionPushes.ended) listener.ended(readError(push))
  else {
    const row = readRow(push, origins)
    const type = changes.get(kind)
    if (type === undefined) return
    const value = type === 'set' ? entryOfRow(row, codec, origins, 'remote').value : undefined
    listener.changed(type, {
      key: keyOfRow(row),
      value,
      version: versionText(origins, row.h, row.origin, row.flags),
    })
  }
}

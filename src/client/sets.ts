import { type CodecName, hardMaxValueBytes, ValueWriter } from '../core/codec.ts'
import { encodeKey, type Key } from '../core/key.ts'
import { checkAtomic, type Operation } from '../core/operation.ts'
import type { SetAllOptions } from '../face/port.ts'

const values = new ValueWriter()

/** Sets to be made as one. Throws ERR_LIMIT_EXCEEDED, so that what is too much is not sent. */
export function setsOf(
  entries: readonly (readonly [Key, unknown])[],
  codec: CodecName,
  { lifetime, ack = 'one' }: SetAllOptions,
): readonly Operation[] {
  const operations = entries.map(([key, value]): Operation => {
    const length = values.write(value, codec, hardMaxValueBytes)
    const bytes = Buffer.from(values.bytes.subarray(0, length))
    return { kind: 'set', key: encodeKey(key), value: bytes, by: 0, lifetime, condition: 'none', ack }
  })
  checkAtomic(operations)
  return operations
}

import { MnemeshError } from '../core/errors.ts'
import type { ClusterServiceParts } from './cluster-service.ts'
import { fromGroup } from './convert.ts'
import type { ClusterServiceHandlers } from './generated/mnemesh/v1/ClusterService.ts'
import { streaming, unary } from './handlers.ts'

const partBytes = 64 * 1024

/** What operators ask of ClusterService where a group waits for them, or has dropped rows. */
export function recoveryHandlers({
  admin,
  admit,
}: Pick<ClusterServiceParts, 'admin' | 'admit'>): Pick<
  ClusterServiceHandlers,
  'Recover' | 'ListDumps' | 'ReadDump'
> {
  return {
    Recover: unary(async ({ mode }, options) => {
      const how =
        mode === 'RECOVER_MODE_FORCE' ? 'force' : mode === 'RECOVER_MODE_ACCEPT' ? 'accept' : undefined
      if (how === undefined)
        throw new MnemeshError(
          'ERR_INVALID_ARGUMENT',
          'mode must be RECOVER_MODE_FORCE or RECOVER_MODE_ACCEPT',
        )
      return { group: fromGroup(await admin().recover(how, options)) }
    }),
    ListDumps: unary(async (_, options) => ({ dumps: await admin().dumps(options) })),
    ReadDump: streaming(async function* ({ name }, { signal }) {
      for await (const part of partsOf(admin().dump(name, { signal }))) yield { part }
    }, admit.tables),
  }
}

// A row may be larger than a message; many are far smaller.
async function* partsOf(lines: AsyncIterable<string>): AsyncGenerator<Buffer> {
  let gathered: Buffer[] = []
  let bytes = 0
  for await (const line of lines) {
    const next = Buffer.from(`${line}\n`)
    gathered.push(next)
    bytes += next.length
    if (bytes < partBytes) continue
    const whole = Buffer.concat(gathered)
    for (let at = 0; at < whole.length; at += partBytes) yield whole.subarray(at, at + partBytes)
    gathered = []
    bytes = 0
  }
  if (bytes > 0) yield Buffer.concat(gathered)
}

import { MnemeshError } from '../../core/errors.ts'
import type { Call } from '../../wire/caller.ts'

/** Throws ERR_ABORTED and ERR_TIMEOUT for a transaction of which nothing was done yet. */
export function checkTime(nowMs: number, { deadline, signal }: Call): void {
  if (signal?.aborted)
    throw new MnemeshError('ERR_ABORTED', 'the transaction was aborted by its signal', {
      cause: signal.reason,
    })
  if (nowMs >= deadline)
    throw new MnemeshError(
      'ERR_TIMEOUT',
      'the transaction was not ready before its deadline; nothing was done',
    )
}

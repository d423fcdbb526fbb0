import { type Duration, toMs } from '../core/duration.ts'
import type { Clock } from '../core/environment.ts'
import { MnemeshError } from '../core/errors.ts'
import type { Call } from '../wire/caller.ts'
import { checkOptions, checkSignal } from './arguments.ts'
import type { CallOptions } from './types.ts'

export const defaultTimeoutMs = 5000
/** For what waits until a copy is loaded. */
export const moveTimeoutMs = 600_000
/** For what looks at all rows of a table that may differ. */
export const verifyTimeoutMs = 60_000

/** The deadline and signal of a call that is made now. Throws ERR_INVALID_ARGUMENT, and ERR_ABORTED at once. */
export function callFrom(clock: Clock, options: CallOptions | undefined, timeoutMs = defaultTimeoutMs): Call {
  checkOptions('the options of a call', options)
  checkSignal(options?.signal)
  const limit = options?.timeout === undefined ? timeoutMs : toMs(options.timeout, 'timeout')
  const signal = options?.signal
  if (signal?.aborted)
    throw new MnemeshError('ERR_ABORTED', 'the call was aborted before it began', { cause: signal.reason })
  return { deadline: clock.monotonic() + limit, signal }
}

/** A lifetime in ms, or 0 for none given. Throws ERR_INVALID_ARGUMENT. */
export function ttlFrom(ttl: Duration | undefined): number {
  return ttl === undefined ? 0 : toMs(ttl, 'ttl')
}

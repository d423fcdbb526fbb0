import { errorCode, MnemeshError } from '../../core/errors.ts'
import type { Result } from '../state/commands.ts'

/** Nobody waited for the answer long enough. */
export function unansweredInTime(): MnemeshError {
  return new MnemeshError(
    'ERR_UNKNOWN_OUTCOME',
    'the transaction was decided on too late to be answered: it may have been done; read before you repeat it',
    { maybeApplied: true },
  )
}

/** The error of a result that is none of a command's own. */
export function failureOf(result: Result): MnemeshError {
  if (result.status === 'refused') return new MnemeshError(errorCode(result.code), result.message)
  if (result.status === 'fenced')
    return new MnemeshError('ERR_FENCED', `lock ${result.lock} is not held under that token any more`, {
      details: { lock: result.lock },
    })
  if (result.status === 'forgotten' || result.status === 'noSession')
    return new MnemeshError(
      'ERR_UNKNOWN_OUTCOME',
      'the group does not know any more what became of the request: it may have been done',
      { maybeApplied: true },
    )
  return new MnemeshError('ERR_INTERNAL', `the group answered ${result.status}`)
}

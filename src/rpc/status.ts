import { Metadata, type ServiceError, type StatusObject, status } from '@grpc/grpc-js'
import { type ErrorCode, errorCode, MnemeshError, toMnemeshError } from '../core/errors.ts'
import { retryAfterOf } from '../core/overload.ts'

/** The one table from our codes to the standard statuses of gRPC. */
const statusOf: Readonly<Record<ErrorCode, status>> = {
  ERR_TIMEOUT: status.DEADLINE_EXCEEDED,
  ERR_ABORTED: status.CANCELLED,
  ERR_UNAVAILABLE: status.UNAVAILABLE,
  ERR_NO_QUORUM: status.UNAVAILABLE,
  ERR_NOT_READY: status.UNAVAILABLE,
  ERR_CLOSED: status.UNAVAILABLE,
  ERR_OVERLOADED: status.RESOURCE_EXHAUSTED,
  ERR_CONFLICT: status.ABORTED,
  ERR_TX_ABORTED: status.ABORTED,
  ERR_READ_ONLY: status.FAILED_PRECONDITION,
  ERR_CLOCK_SKEW: status.FAILED_PRECONDITION,
  ERR_FENCED: status.FAILED_PRECONDITION,
  ERR_LOCK_LOST: status.ABORTED,
  ERR_SESSION_EXPIRED: status.ABORTED,
  ERR_CODEC: status.INVALID_ARGUMENT,
  ERR_KEY_TOO_LARGE: status.INVALID_ARGUMENT,
  ERR_VALUE_TOO_LARGE: status.INVALID_ARGUMENT,
  ERR_TABLE_FULL: status.RESOURCE_EXHAUSTED,
  ERR_TABLE_UNKNOWN: status.NOT_FOUND,
  ERR_TABLE_MISMATCH: status.FAILED_PRECONDITION,
  ERR_INVALID_ARGUMENT: status.INVALID_ARGUMENT,
  ERR_INVALID_OPTION: status.INVALID_ARGUMENT,
  ERR_UNAUTHENTICATED: status.UNAUTHENTICATED,
  ERR_UNKNOWN_OUTCOME: status.UNKNOWN,
  ERR_CLUSTER_MISMATCH: status.FAILED_PRECONDITION,
  ERR_VERSION_SKEW: status.FAILED_PRECONDITION,
  ERR_ADDRESS_IN_USE: status.FAILED_PRECONDITION,
  ERR_NAME_IN_USE: status.ALREADY_EXISTS,
  ERR_NOT_OWNER: status.FAILED_PRECONDITION,
  ERR_BAD_TYPE: status.FAILED_PRECONDITION,
  ERR_FRAME_INVALID: status.INVALID_ARGUMENT,
  ERR_LIMIT_EXCEEDED: status.RESOURCE_EXHAUSTED,
  ERR_INTERNAL: status.INTERNAL,
}

const codeTrailer = 'mnemesh-code'
const maybeAppliedTrailer = 'mnemesh-maybe-applied'
const retryTrailer = 'retry-after-ms'
// By this the retries that gRPC itself makes, where a client has asked for them, wait as long (gRFC A6).
const pushbackTrailer = 'grpc-retry-pushback-ms'
const usualRetryAfterMs = 200

/** What a handler answers for the error: a status, and our code in the trailers. */
export function toStatus(error: unknown): Partial<StatusObject> {
  const { code, message, maybeApplied, retryable } = toMnemeshError(error)
  const metadata = new Metadata()
  metadata.set(codeTrailer, code)
  if (maybeApplied) metadata.set(maybeAppliedTrailer, 'true')
  if (retryable) {
    const ms = String(Math.ceil(retryAfterOf(error) ?? usualRetryAfterMs))
    metadata.set(retryTrailer, ms)
    metadata.set(pushbackTrailer, ms)
  }
  return { code: statusOf[code], details: message, metadata }
}

/** The error that a server of ours, or gRPC itself, answered with. */
export function fromStatus(error: ServiceError | StatusObject): MnemeshError {
  const word = error.metadata?.get(codeTrailer)[0]
  const maybeApplied = error.metadata?.get(maybeAppliedTrailer)[0] === 'true'
  const code = word === undefined ? codeOf(error.code) : errorCode(String(word))
  const retryAfterMs = Number(error.metadata?.get(retryTrailer)[0] ?? Number.NaN)
  const details = retryAfterMs >= 0 ? { retryAfterMs } : undefined
  const message = error.details || `gRPC status ${error.code}`
  return new MnemeshError(code, message, { cause: error, maybeApplied, details })
}

function codeOf(code: status): ErrorCode {
  if (code === status.DEADLINE_EXCEEDED) return 'ERR_TIMEOUT'
  if (code === status.CANCELLED) return 'ERR_ABORTED'
  if (code === status.UNAUTHENTICATED) return 'ERR_UNAUTHENTICATED'
  if (code === status.RESOURCE_EXHAUSTED) return 'ERR_LIMIT_EXCEEDED'
  return 'ERR_UNAVAILABLE'
}

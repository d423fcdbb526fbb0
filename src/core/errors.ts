const codes = [
  'ERR_TIMEOUT',
  'ERR_ABORTED',
  'ERR_UNAVAILABLE',
  'ERR_NO_QUORUM',
  'ERR_NOT_READY',
  'ERR_CLOSED',
  'ERR_OVERLOADED',
  'ERR_CONFLICT',
  'ERR_TX_ABORTED',
  'ERR_READ_ONLY',
  'ERR_CLOCK_SKEW',
  'ERR_FENCED',
  'ERR_LOCK_LOST',
  'ERR_SESSION_EXPIRED',
  'ERR_CODEC',
  'ERR_KEY_TOO_LARGE',
  'ERR_VALUE_TOO_LARGE',
  'ERR_TABLE_FULL',
  'ERR_TABLE_UNKNOWN',
  'ERR_TABLE_MISMATCH',
  'ERR_INVALID_ARGUMENT',
  'ERR_INVALID_OPTION',
  'ERR_UNAUTHENTICATED',
  'ERR_UNKNOWN_OUTCOME',
  'ERR_CLUSTER_MISMATCH',
  'ERR_VERSION_SKEW',
  'ERR_ADDRESS_IN_USE',
  'ERR_NAME_IN_USE',
  'ERR_NOT_OWNER',
  'ERR_BAD_TYPE',
  'ERR_FRAME_INVALID',
  'ERR_LIMIT_EXCEEDED',
  'ERR_INTERNAL',
] as const

/** Stable words to branch on; a code never changes its meaning. The same word travels in the gRPC trailer `mnemesh-code`. */
export type ErrorCode = (typeof codes)[number]

const known: ReadonlySet<string> = new Set(codes)
const retryable: ReadonlySet<ErrorCode> = new Set([
  'ERR_UNAVAILABLE',
  'ERR_NO_QUORUM',
  'ERR_NOT_READY',
  'ERR_OVERLOADED',
  'ERR_NOT_OWNER',
  'ERR_CONFLICT',
])
const brand = Symbol.for('mnemesh.error')

export interface ErrorOptions {
  readonly cause?: unknown
  /** The write may have happened, or may still happen: its fate is unknown to the caller. */
  readonly maybeApplied?: boolean
  readonly details?: Readonly<Record<string, unknown>>
}

/** The one error class. `code` tells what to do; the message names the thing, what was got and the way out. */
export class MnemeshError extends Error {
  override readonly name = 'MnemeshError'
  readonly code: ErrorCode
  readonly maybeApplied: boolean
  readonly details: Readonly<Record<string, unknown>> | undefined

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.maybeApplied = options.maybeApplied ?? false
    this.details = options.details
  }

  /** The same call may succeed later, and repeating it cannot apply it twice. */
  get retryable(): boolean {
    return retryable.has(this.code) && !this.maybeApplied
  }

  /** True for errors of any copy of this package in the process; with `code`, only for that code. */
  static is(error: unknown, code?: ErrorCode): error is MnemeshError {
    if (!(error instanceof Error) || !(brand in error)) return false
    return code === undefined || ('code' in error && error.code === code)
  }
}

Object.defineProperty(MnemeshError.prototype, brand, { value: true })

/**
 * What `make` returns, an error made without the places that it comes from: to gather those takes longer than all else
 * about a call that is refused.
 */
export function withoutStack<E extends Error>(make: () => E): E {
  const { stackTraceLimit } = Error
  // Where intrinsics are frozen nothing happens.
  Reflect.set(Error, 'stackTraceLimit', 0)
  try {
    return make()
  } finally {
    Reflect.set(Error, 'stackTraceLimit', stackTraceLimit)
  }
}

/** The code of that name, or ERR_INTERNAL for a word that this version does not know. */
export function errorCode(word: string): ErrorCode {
  return known.has(word) ? (word as ErrorCode) : 'ERR_INTERNAL'
}

/** The error itself, or a wrapping with ERR_INTERNAL: for the edges, where anything may have been thrown. */
export function toMnemeshError(error: unknown): MnemeshError {
  if (MnemeshError.is(error)) return error
  const text = error instanceof Error ? error.message : String(error)
  return new MnemeshError('ERR_INTERNAL', text, { cause: error })
}

import type { IncomingHttpHeaders } from 'node:http2'
import { Metadata, type StatusObject, status } from '@grpc/grpc-js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ErrorCode, MnemeshError } from '../../../src/core/errors.ts'
import { fromStatus, toStatus } from '../../../src/rpc/status.ts'

// Part of the interface for other languages: a status never changes. The compiler asks for a line for every code.
const statuses: Readonly<Record<ErrorCode, keyof typeof status>> = {
  ERR_TIMEOUT: 'DEADLINE_EXCEEDED',
  ERR_ABORTED: 'CANCELLED',
  ERR_UNAVAILABLE: 'UNAVAILABLE',
  ERR_NO_QUORUM: 'UNAVAILABLE',
  ERR_NOT_READY: 'UNAVAILABLE',
  ERR_CLOSED: 'UNAVAILABLE',
  ERR_OVERLOADED: 'RESOURCE_EXHAUSTED',
  ERR_CONFLICT: 'ABORTED',
  ERR_TX_ABORTED: 'ABORTED',
  ERR_READ_ONLY: 'FAILED_PRECONDITION',
  ERR_CLOCK_SKEW: 'FAILED_PRECONDITION',
  ERR_FENCED: 'FAILED_PRECONDITION',
  ERR_LOCK_LOST: 'ABORTED',
  ERR_SESSION_EXPIRED: 'ABORTED',
  ERR_CODEC: 'INVALID_ARGUMENT',
  ERR_KEY_TOO_LARGE: 'INVALID_ARGUMENT',
  ERR_VALUE_TOO_LARGE: 'INVALID_ARGUMENT',
  ERR_TABLE_FULL: 'RESOURCE_EXHAUSTED',
  ERR_TABLE_UNKNOWN: 'NOT_FOUND',
  ERR_TABLE_MISMATCH: 'FAILED_PRECONDITION',
  ERR_INVALID_ARGUMENT: 'INVALID_ARGUMENT',
  ERR_INVALID_OPTION: 'INVALID_ARGUMENT',
  ERR_UNAUTHENTICATED: 'UNAUTHENTICATED',
  ERR_UNKNOWN_OUTCOME: 'UNKNOWN',
  ERR_CLUSTER_MISMATCH: 'FAILED_PRECONDITION',
  ERR_VERSION_SKEW: 'FAILED_PRECONDITION',
  ERR_ADDRESS_IN_USE: 'FAILED_PRECONDITION',
  ERR_NAME_IN_USE: 'ALREADY_EXISTS',
  ERR_NOT_OWNER: 'FAILED_PRECONDITION',
  ERR_BAD_TYPE: 'FAILED_PRECONDITION',
  ERR_FRAME_INVALID: 'INVALID_ARGUMENT',
  ERR_LIMIT_EXCEEDED: 'RESOURCE_EXHAUSTED',
  ERR_INTERNAL: 'INTERNAL',
}
const codes = Object.keys(statuses) as ErrorCode[]

/** The status as it arrives at the other side. */
function sent(error: unknown): StatusObject {
  const { code = status.OK, details = '', metadata = new Metadata() } = toStatus(error)
  return {
    code,
    details,
    metadata: Metadata.fromHttp2Headers(metadata.toHttp2Headers() as IncomingHttpHeaders),
  }
}

describe('the status of an error', () => {
  it.each(Object.entries(statuses))('for %s is %s', (code, name) => {
    expect(toStatus(new MnemeshError(code as ErrorCode, 'why')).code).toBe(status[name])
  })

  it('carries code, text and fate to the other side', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...codes),
        fc.string({ minLength: 1 }),
        fc.boolean(),
        (code, text, maybeApplied) => {
          const arrived = fromStatus(sent(new MnemeshError(code, text, { maybeApplied })))
          expect([arrived.code, arrived.message, arrived.maybeApplied]).toEqual([code, text, maybeApplied])
        },
      ),
    )
  })

  it('says when to try again exactly where trying again helps and cannot apply a write twice', () => {
    for (const code of codes) {
      const error = new MnemeshError(code, 'why')
      expect(sent(error).metadata.get('retry-after-ms')).toEqual(error.retryable ? ['200'] : [])
      const unknown = new MnemeshError(code, 'why', { maybeApplied: true })
      expect(sent(unknown).metadata.get('retry-after-ms')).toEqual([])
      expect(sent(unknown).metadata.get('mnemesh-maybe-applied')).toEqual(['true'])
    }
  })

  it('says it as whoever refused has said it, to our clients and to the retries of gRPC', () => {
    const error = new MnemeshError('ERR_OVERLOADED', 'why', { details: { retryAfterMs: 350 } })
    const arrived = sent(error)
    expect(arrived.metadata.get('retry-after-ms')).toEqual(['350'])
    expect(arrived.metadata.get('grpc-retry-pushback-ms')).toEqual(['350'])
    expect(fromStatus(arrived).details).toEqual({ retryAfterMs: 350 })
  })

  it('is INTERNAL for what is no error of ours, with its text', () => {
    for (const thrown of [new TypeError('x is not a function'), 'x is not a function']) {
      const arrived = sent(thrown)
      expect([arrived.code, arrived.details]).toEqual([status.INTERNAL, 'x is not a function'])
      expect(arrived.metadata.get('mnemesh-code')).toEqual(['ERR_INTERNAL'])
    }
  })
})

describe('the error of a status', () => {
  const plain = (code: status, details = '') => fromStatus({ code, details, metadata: new Metadata() })

  it('that gRPC itself made is what a caller would do about it', () => {
    expect(plain(status.DEADLINE_EXCEEDED).code).toBe('ERR_TIMEOUT')
    expect(plain(status.CANCELLED).code).toBe('ERR_ABORTED')
    expect(plain(status.UNAUTHENTICATED).code).toBe('ERR_UNAUTHENTICATED')
    expect(plain(status.RESOURCE_EXHAUSTED).code).toBe('ERR_LIMIT_EXCEEDED')
    expect(plain(status.UNAVAILABLE).code).toBe('ERR_UNAVAILABLE')
    expect(plain(status.UNAVAILABLE).message).toBe('gRPC status 14')
  })

  it('with a word that this version does not know is ERR_INTERNAL', () => {
    const metadata = new Metadata()
    metadata.set('mnemesh-code', 'ERR_OF_THE_FUTURE')
    expect(fromStatus({ code: status.ABORTED, details: 'x', metadata }).code).toBe('ERR_INTERNAL')
  })
})

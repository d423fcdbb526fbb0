import { MnemeshError } from '../../core/errors.ts'

/** What one transaction may take, so that none holds up the log that all share (protocol, section C). */
export const transactionLimits = { operations: 128, bytes: 1024 * 1024, reads: 10_000 } as const

interface Measured {
  readonly reads: readonly unknown[]
  readonly ranges: readonly unknown[]
  readonly guards: readonly unknown[]
  readonly operations: readonly { readonly key: Buffer; readonly value: Buffer }[]
}

/** Throws ERR_LIMIT_EXCEEDED for a transaction that is more than one may be, whoever has planned it. */
export function checkLimits({ reads, ranges, guards, operations }: Measured): void {
  if (operations.length > transactionLimits.operations) throw tooManyOperations()
  if (reads.length + ranges.length + guards.length > transactionLimits.reads) throw tooManyReads()
  let bytes = 0
  for (const { key, value } of operations) bytes += key.length + value.length
  if (bytes > transactionLimits.bytes) throw tooManyBytes(bytes)
}

export function tooManyOperations(): MnemeshError {
  const { operations } = transactionLimits
  return limit(`a transaction changes at most ${operations} keys; make several of it`)
}

export function tooManyBytes(bytes: number): MnemeshError {
  const most = transactionLimits.bytes
  return limit(`a transaction writes at most ${most} bytes of keys and values, this one ${bytes}`)
}

export function tooManyReads(): MnemeshError {
  const { reads } = transactionLimits
  return limit(`a transaction reads at most ${reads} keys, or rows of a scan that end by themselves`)
}

function limit(message: string): MnemeshError {
  return new MnemeshError('ERR_LIMIT_EXCEEDED', message)
}

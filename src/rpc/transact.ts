import { type CodecName, ValueWriter } from '../core/codec.ts'
import { show, toMs } from '../core/duration.ts'
import { MnemeshError } from '../core/errors.ts'
import { encodeKey } from '../core/key.ts'
import type { CallOptions, FencingToken } from '../face/types.ts'
import { toKey, toValue } from './convert.ts'
import type { FencingToken__Output as TokenOutput } from './generated/mnemesh/v1/FencingToken.ts'
import type { TransactOperation__Output as OperationOutput } from './generated/mnemesh/v1/TransactOperation.ts'
import type { TransactRequest__Output as TransactOutput } from './generated/mnemesh/v1/TransactRequest.ts'
import type { TransactResponse } from './generated/mnemesh/v1/TransactResponse.ts'

/** A transaction as the group takes it: keys and values encoded, versions as places in its log. */
export interface SubmittedTransaction {
  readonly reads: readonly { readonly table: string; readonly key: Buffer; readonly version: number }[]
  readonly ranges: readonly { readonly table: string; readonly partition: undefined; readonly asOf: number }[]
  readonly guards: readonly { readonly lock: string; readonly token: FencingToken }[]
  readonly operations: readonly SubmittedOperation[]
}

export interface SubmittedOperation {
  readonly kind: 'set' | 'delete' | 'increment'
  readonly table: string
  readonly key: Buffer
  readonly value: Buffer
  readonly by: number
  readonly lifetime: number | 'forever' | 'keep'
  readonly condition: 'none' | 'absent' | number
}

export interface MadeTransaction {
  readonly index: number
  readonly outcomes: readonly {
    readonly applied: boolean
    readonly version: number
    readonly number: number | undefined
  }[]
}

/** What transactions need of the node that decides them. */
export interface TransactionParts {
  /** Throws ERR_LIMIT_EXCEEDED for more than one of them may be. */
  readonly check: (transaction: SubmittedTransaction) => void
  /** Throws ERR_TABLE_UNKNOWN, ERR_NOT_READY, and ERR_INVALID_ARGUMENT for what is no majority table. */
  readonly majority: (table: string) => MajorityOptions
  /** Rejects with ERR_CONFLICT, ERR_FENCED, ERR_NO_QUORUM, ERR_UNKNOWN_OUTCOME. */
  readonly submit: (transaction: SubmittedTransaction, options: CallOptions) => Promise<MadeTransaction>
}

export interface MajorityOptions {
  readonly codec: CodecName
  readonly ttlMs: number | undefined
  readonly maxValueBytes: number
}

const values = new ValueWriter()
const noBytes = Buffer.alloc(0)
const kinds = {
  OPERATION_TYPE_SET: 'set',
  OPERATION_TYPE_DELETE: 'delete',
  OPERATION_TYPE_INCREMENT: 'increment',
} as const

export async function transact(
  { check, majority, submit }: TransactionParts,
  request: TransactOutput,
  { timeout, ...options }: CallOptions & { readonly timeout: number },
): Promise<TransactResponse> {
  const transaction: SubmittedTransaction = {
    reads: request.reads.map(({ table, key, version }) => {
      majority(table)
      return { table, key: encodeKey(toKey(key)), version: toIndex(version) }
    }),
    ranges: request.ranges.map(({ table, asOf }) => {
      majority(table)
      return { table, partition: undefined, asOf: whole(asOf, 'as_of') }
    }),
    guards: request.guards.map(({ lock, token }) => ({ lock: lockName(lock), token: toToken(token) })),
    operations: request.operations.map(operation => toOperation(operation, majority(operation.table))),
  }
  check(transaction)
  // A moment before the caller's deadline, so that it hears whether anything may have been done.
  const made = await submit(transaction, { ...options, timeout: timeout - Math.min(250, timeout / 10) })
  const { index, outcomes } = made
  return {
    index,
    outcomes: outcomes.map(({ applied, version, number }) => ({
      applied,
      version: fromIndex(version),
      ...(number === undefined ? {} : { number }),
    })),
  }
}

/** A token as the messages have it. Throws ERR_INVALID_ARGUMENT: what is no index may not come into the log. */
export function toToken(message: TokenOutput | null): FencingToken {
  if (message === null) throw invalid('a fencing token is a generation and an index')
  const { generation, index } = message
  return { generation: whole(generation, 'generation'), index: whole(index, 'index') }
}

function toOperation(
  message: OperationOutput,
  { codec, ttlMs, maxValueBytes }: MajorityOptions,
): SubmittedOperation {
  const { table, type, by = 1 } = message
  const kind = kinds[type as keyof typeof kinds]
  if (kind === undefined) throw invalid(`an operation is a set, a delete or an increment, got ${show(type)}`)
  if (!Number.isFinite(by)) throw invalid(`an increment is a finite number, got ${show(by)}`)
  if (kind === 'set') values.write(toValue(message.value, codec), codec, maxValueBytes)
  else if (message.value !== null) throw invalid(`a value is for a set, not for ${kind}`)
  return {
    ...{ kind, table, key: encodeKey(toKey(message.key)) },
    value: kind === 'set' ? Buffer.from(values.bytes.subarray(0, values.length)) : noBytes,
    by: kind === 'increment' ? by : 0,
    lifetime: lifetimeOf(message, kind, ttlMs),
    condition: conditionOf(message),
  }
}

function lifetimeOf(
  { ttlMs, keepTtl }: OperationOutput,
  kind: SubmittedOperation['kind'],
  tableTtlMs: number | undefined,
): SubmittedOperation['lifetime'] {
  if (keepTtl && ttlMs !== 0) throw invalid('ttl_ms and keep_ttl exclude each other')
  if (ttlMs !== 0) return toMs(ttlMs, 'ttl_ms')
  // An increment keeps it anyway: of a new number it is as the table says.
  return keepTtl || kind === 'increment' ? 'keep' : (tableTtlMs ?? 'forever')
}

function conditionOf({
  condition,
  ifAbsent,
  ifVersion = '',
}: OperationOutput): SubmittedOperation['condition'] {
  if (condition === 'ifVersion') return ifVersion === '' ? 'absent' : toIndex(ifVersion)
  return ifAbsent === true ? 'absent' : 'none'
}

// The version of a majority table's row is the index that last changed it, and names no node.
function toIndex(version: string): number {
  if (version === '') return 0
  const index = /^[0-9a-z]{1,11}@$/.test(version) ? Number.parseInt(version, 36) : 0
  if (Number.isSafeInteger(index) && index > 0) return index
  throw invalid(`${show(version)} is no version of an entry of a majority table`)
}

function fromIndex(index: number): string {
  return index === 0 ? '' : `${index.toString(36)}@`
}

function whole(number: number, what: string): number {
  if (Number.isSafeInteger(number)) return number
  throw invalid(`${what} must be a whole number below 2^53, got ${show(number)}`)
}

function lockName(name: string): string {
  // A semaphore's has some characters more than the 200 of a lock.
  if (name !== '' && name.length <= 256) return name
  throw invalid(`a guard names a lock, got ${show(name)}`)
}

function invalid(message: string): MnemeshError {
  return new MnemeshError('ERR_INVALID_ARGUMENT', message)
}

import { decodeValue } from '../core/codec.ts'
import { show } from '../core/duration.ts'
import type { Clock } from '../core/environment.ts'
import { MnemeshError } from '../core/errors.ts'
import { decodeKey, encodeKey, type Key, showKey } from '../core/key.ts'
import type { Lifetime } from '../core/operation.ts'
import { checkTableName } from '../core/schema.ts'
import { checkFunction, checkList, isRecord } from './arguments.ts'
import { callFrom, ttlFrom } from './calls.ts'
import type { FencingToken } from './lock-types.ts'
import type { AttemptPort, EncodedValue, TransactionPort } from './port.ts'
import type { TransactionOptions, Tx, TxSetOptions, TxTable } from './transaction-types.ts'
import type { DeepReadonly, ScanOptions } from './types.ts'

const defaultMaxAttempts = 20
const noBytes = Buffer.alloc(0)

/** Runs the closure as one transaction over the port. */
export function transact<T>(
  clock: Clock,
  port: TransactionPort,
  work: (tx: Tx) => Promise<T>,
  options: TransactionOptions = {},
): Promise<T> {
  try {
    checkFunction('what a transaction does', work)
    const { maxAttempts = defaultMaxAttempts, readOnly = false } = options
    if (!Number.isSafeInteger(maxAttempts) || maxAttempts < 1)
      throw new MnemeshError(
        'ERR_INVALID_ARGUMENT',
        `maxAttempts must be a whole number from 1 on, got ${show(maxAttempts)}`,
      )
    const call = callFrom(clock, options)
    return port.run(attempt => work(new TypedTx(attempt)), { maxAttempts, readOnly }, call)
  } catch (error) {
    return Promise.reject(error)
  }
}

class TypedTx implements Tx {
  readonly #attempt: AttemptPort

  constructor(attempt: AttemptPort) {
    this.#attempt = attempt
  }

  get attempt(): number {
    return this.#attempt.attempt
  }

  get reason(): MnemeshError | undefined {
    return this.#attempt.reason
  }

  table<K extends Key, V>(table: string | { readonly name: string }): TxTable<K, V> {
    const name: unknown = typeof table === 'string' ? table : table?.name
    checkTableName(name)
    this.#attempt.check(name)
    return new TypedTxTable<K, V>(this.#attempt, name)
  }

  guard(lock: { readonly name: string; readonly token: FencingToken }): void {
    if (!isLock(lock))
      throw new MnemeshError(
        'ERR_INVALID_ARGUMENT',
        `a guard is a lock that was acquired, or its { name, token: { generation, index } }, got ${show(lock)}`,
      )
    this.#attempt.guard(lock.name, lock.token)
  }

  async transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    checkFunction('what a transaction does', work)
    const inner = this.#attempt.begin()
    try {
      const value = await work(new TypedTx(inner))
      this.#attempt.keep(inner)
      return value
    } finally {
      inner.end()
    }
  }

  abort(reason?: unknown): never {
    const text =
      reason instanceof Error ? reason.message : reason === undefined ? 'no reason given' : show(reason)
    throw new MnemeshError('ERR_TX_ABORTED', `the transaction was aborted: ${text}`, { cause: reason })
  }
}

class TypedTxTable<K extends Key, V> implements TxTable<K, V> {
  readonly name: string
  readonly #attempt: AttemptPort

  constructor(attempt: AttemptPort, name: string) {
    this.name = name
    this.#attempt = attempt
  }

  async get(key: K): Promise<DeepReadonly<V> | undefined> {
    const found = this.#attempt.get(this.name, encodeKey(key))
    // A value that is at hand is decoded before anything can change it.
    return decode<V>(found instanceof Promise ? await found : found)
  }

  async getMany(keys: readonly K[]): Promise<(DeepReadonly<V> | undefined)[]> {
    checkList('keys', keys)
    const found = this.#attempt.getMany(
      this.name,
      keys.map(key => encodeKey(key)),
    )
    return (found instanceof Promise ? await found : found).map(value => decode<V>(value))
  }

  async has(key: K): Promise<boolean> {
    return (await this.#attempt.get(this.name, encodeKey(key))) !== undefined
  }

  async *keys(options?: Pick<ScanOptions, 'prefix' | 'limit'>): AsyncIterableIterator<K> {
    for await (const { key } of this.#scan(options)) yield decodeKey(key, 0, key.length) as K
  }

  async *entries(
    options?: Pick<ScanOptions, 'prefix' | 'limit'>,
  ): AsyncIterableIterator<[K, DeepReadonly<V>]> {
    for await (const { key, value } of this.#scan(options))
      yield [decodeKey(key, 0, key.length) as K, decode<V>(value) as DeepReadonly<V>]
  }

  set(key: K, value: V, options: TxSetOptions = {}): void {
    this.#attempt.set(this.name, encodeKey(key), value, lifetimeOf(options))
  }

  delete(key: K): void {
    this.#attempt.delete(this.name, encodeKey(key))
  }

  async update(
    key: K,
    change: (value: DeepReadonly<V> | undefined) => V | undefined,
  ): Promise<DeepReadonly<V> | undefined> {
    checkFunction('change', change)
    const present = await this.get(key)
    const value = change(present)
    if (value === undefined) return present
    this.set(key, value, { keepTtl: present !== undefined })
    return value as DeepReadonly<V>
  }

  async increment(key: K, by = 1): Promise<number> {
    if (!Number.isFinite(by))
      throw new MnemeshError('ERR_INVALID_ARGUMENT', `an increment is a finite number, got ${show(by)}`)
    const present: unknown = await this.get(key)
    if (present !== undefined && typeof present !== 'number')
      throw new MnemeshError(
        'ERR_BAD_TYPE',
        `the value under ${showKey(key)} in table ${this.name} is no number; set one first`,
      )
    const sum = (present ?? 0) + by
    this.set(key, sum as V, { keepTtl: present !== undefined })
    return sum
  }

  async *#scan({ prefix, limit = Number.POSITIVE_INFINITY }: Pick<ScanOptions, 'prefix' | 'limit'> = {}) {
    if (!(limit >= 0))
      throw new MnemeshError('ERR_INVALID_ARGUMENT', `limit must be a number from 0 on, got ${show(limit)}`)
    let left = limit
    if (left === 0) return
    for await (const entry of this.#attempt.scan(
      this.name,
      prefix === undefined ? noBytes : encodeKey(prefix),
    )) {
      yield entry
      if (--left <= 0) return
    }
  }
}

function isLock(lock: unknown): boolean {
  if (!isRecord(lock) || typeof lock.name !== 'string' || !isRecord(lock.token)) return false
  return Number.isSafeInteger(lock.token.generation) && Number.isSafeInteger(lock.token.index)
}

function decode<V>(value: EncodedValue | undefined): DeepReadonly<V> | undefined {
  if (value === undefined) return undefined
  return decodeValue(value.bytes, 0, value.bytes.length, value.codec) as DeepReadonly<V>
}

function lifetimeOf({ ttl, keepTtl }: TxSetOptions): Lifetime {
  if (keepTtl === true && ttl !== undefined)
    throw new MnemeshError('ERR_INVALID_ARGUMENT', 'ttl and keepTtl exclude each other')
  if (keepTtl === true) return 'keep'
  return ttl === undefined ? 'default' : ttlFrom(ttl)
}

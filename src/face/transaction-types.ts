import type { Duration } from '../core/duration.ts'
import type { MnemeshError } from '../core/errors.ts'
import type { Key } from '../core/key.ts'
import type { FencingToken } from './lock-types.ts'
import type { CallOptions, DeepReadonly, ScanOptions, Table, TableDef } from './types.ts'

export interface TransactionOptions extends CallOptions {
  /** Runs of the closure at most before ERR_CONFLICT; default 20. */
  readonly maxAttempts?: number
  /** Reads only, of one moment after the call: takes no part in what is agreed on, so it holds up nobody. */
  readonly readOnly?: boolean
}

/** Of a write in a transaction. */
export interface TxSetOptions {
  /** Lifetime from the commit on; default as the table says. */
  readonly ttl?: Duration
  /** Leaves the present entry's end of life as it is. */
  readonly keepTtl?: boolean
}

/**
 * A transaction while it runs. Everything that it reads was there together at one moment, with its own writes on top;
 * what it writes happens all at once when its closure returns, or not at all. The closure may run several times: it
 * does nothing else that cannot be repeated.
 */
export interface Tx {
  /** Which run of the closure this is, from 1 on. */
  readonly attempt: number
  /** Why the run before was in vain: who changed what. Undefined in the first one. */
  readonly reason: MnemeshError | undefined
  /** A majority table in this transaction. ERR_INVALID_ARGUMENT for other tables. */
  table<K extends Key, V>(table: Table<K, V> | TableDef<K, V>): TxTable<K, V>
  table<K extends Key = Key, V = unknown>(name: string): TxTable<K, V>
  /** Commits only if that lock is still held under that token: else ERR_FENCED. */
  guard(lock: { readonly name: string; readonly token: FencingToken }): void
  /** A transaction in this one: what it writes is dropped when its closure throws, and a part of this one else. */
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>
  /** Ends the transaction with ERR_TX_ABORTED, which has the reason as its cause; nothing is written. */
  abort(reason?: unknown): never
}

/** A majority table in a transaction. */
export interface TxTable<K extends Key = Key, V = unknown> {
  readonly name: string
  get(key: K): Promise<DeepReadonly<V> | undefined>
  /** In the order of the keys, read together. */
  getMany(keys: readonly K[]): Promise<(DeepReadonly<V> | undefined)[]>
  has(key: K): Promise<boolean>
  /** Whoever changes anything in the table meanwhile makes this transaction run again. */
  keys(options?: Pick<ScanOptions, 'prefix' | 'limit'>): AsyncIterableIterator<K>
  entries(options?: Pick<ScanOptions, 'prefix' | 'limit'>): AsyncIterableIterator<[K, DeepReadonly<V>]>
  /** At the commit. ERR_LIMIT_EXCEEDED beyond 128 keys or 1 MiB. */
  set(key: K, value: V, options?: TxSetOptions): void
  delete(key: K): void
  /** Reads and writes back what `change` makes of it; undefined leaves the entry as it is. */
  update(
    key: K,
    change: (value: DeepReadonly<V> | undefined) => V | undefined,
  ): Promise<DeepReadonly<V> | undefined>
  /** Adds to the number under the key, 0 if there is none. Resolves with the sum. */
  increment(key: K, by?: number): Promise<number>
}

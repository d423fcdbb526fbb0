import type { Bytes, Duration } from '../core/duration.ts'
import type { KeyExplanation, NodeReceipts, TableVerification } from '../core/inspection.ts'
import type { Key } from '../core/key.ts'
import type { Ack, OnMerge, OnMinority, TableDefinition, TableOptions } from '../core/schema.ts'
import type { ClusterStatus, DumpInfo, TableInfo } from '../core/status.ts'
import type { TableChange } from '../core/table-change.ts'
import type { Admin } from './admin-types.ts'
import type { ClusterEvents } from './events.ts'
import type { ElectOptions, Leadership, Locks, Semaphore } from './lock-types.ts'
import type { TransactionOptions, Tx } from './transaction-types.ts'

export type * from './admin-types.ts'
export type * from './lock-types.ts'
export type * from './transaction-types.ts'

export type {
  Ack,
  Bytes,
  ClusterStatus,
  DumpInfo,
  Duration,
  Key,
  KeyExplanation,
  NodeReceipts,
  OnMerge,
  OnMinority,
  TableChange,
  TableDefinition,
  TableInfo,
  TableOptions,
  TableVerification,
}

/** Values are shared with the cache they come from: look at them, do not change them. */
export type DeepReadonly<T> = T extends (infer E)[]
  ? readonly DeepReadonly<E>[]
  : T extends Uint8Array
    ? T
    : T extends object
      ? { readonly [P in keyof T]: DeepReadonly<T[P]> }
      : T

/** For every call that may wait. */
export interface CallOptions {
  /** Ends the waiting with ERR_ABORTED. A write that has left may still happen. */
  readonly signal?: AbortSignal
  /** How long to wait at most; default 5 s. */
  readonly timeout?: Duration
}

/**
 * `'linearizable'`: every write that was acknowledged before, wherever, is seen; what majority tables do by default, and
 * only they can. `'local'`: what the asked node has, at once, which may be a little old.
 */
export type Consistency = 'linearizable' | 'local'

export interface ReadOptions extends CallOptions {
  readonly consistency?: Consistency
}

export interface WriteOptions extends CallOptions {
  /** How many copies must have the write before the call resolves; default as the table says. */
  readonly ack?: Ack
}

export interface SetOptions extends WriteOptions {
  /** Lifetime from now; default as the table says. */
  readonly ttl?: Duration
  /** Leaves the present entry's end of life as it is. */
  readonly keepTtl?: boolean
  /** Writes only if there is no entry; decided at the key's owner. */
  readonly ifAbsent?: boolean
  /** Writes only if the entry has exactly this version (`Entry.version`); decided at the key's owner. */
  readonly ifVersion?: string
}

export interface SetManyOptions extends SetOptions {
  /** All or none: one transaction in a majority table, one operation in others. */
  readonly atomic?: boolean
}

export interface DeleteOptions extends WriteOptions {
  /** Deletes only if the entry has exactly this version; decided at the key's owner. */
  readonly ifVersion?: string
}

export interface IncrementOptions extends WriteOptions {
  /** Lifetime from now for a number that is new; an existing one keeps its end of life. */
  readonly ttl?: Duration
}

/** Which keys, in no particular order. */
export interface ScanOptions extends ReadOptions {
  /** Strings that begin so, or tuples whose first elements are these. */
  readonly prefix?: Key
  /** At most so many. */
  readonly limit?: number
}

export interface WatchOptions {
  /** Only this key. */
  readonly key?: Key
  /** Only strings that begin so, or tuples whose first elements are these. */
  readonly prefix?: Key
  /** Changes kept for a slow reader; beyond that they are dropped and one `resync` stands for them. Default 1,024. */
  readonly buffer?: number
  readonly signal?: AbortSignal
}

export interface Entry<K extends Key = Key, V = unknown> {
  readonly key: K
  readonly value: DeepReadonly<V>
  /** Opaque; equal only to itself. For `ifVersion`. */
  readonly version: string
  /** Unix ms; absent for an entry without end. */
  readonly expiresAt?: number
  /** Unix ms of the write. */
  readonly createdAt: number
  /** Name of the node that wrote it. */
  readonly node: string
  /** Bytes of key and value, encoded. */
  readonly bytes: number
  /** Where it came from: this process's cache of decoded values, this node's copy, or another node. */
  readonly hit: 'l1' | 'local' | 'remote'
}

/**
 * One change of a table. Per key, versions only rise; `resync` means that some were missed: read anew. `evict`: the entry
 * made room for others (`eviction`).
 */
export type Change<K extends Key = Key, V = unknown> =
  | { readonly type: 'set'; readonly key: K; readonly value: DeepReadonly<V>; readonly version: string }
  | { readonly type: 'delete' | 'expire' | 'evict'; readonly key: K; readonly version: string }
  | { readonly type: 'clear' | 'resync' }

/** A replicated table, as a Map that may wait. The same on an embedded node and on a client. */
export interface Table<K extends Key = Key, V = unknown> {
  readonly name: string

  /** What this process holds now, without waiting; undefined on a client and where the entry is elsewhere. */
  peek(key: K): DeepReadonly<V> | undefined
  get(key: K, options?: ReadOptions): Promise<DeepReadonly<V> | undefined>
  /** In the order of the keys. */
  getMany(keys: readonly K[], options?: ReadOptions): Promise<(DeepReadonly<V> | undefined)[]>
  entry(key: K, options?: ReadOptions): Promise<Entry<K, V> | undefined>
  has(key: K, options?: ReadOptions): Promise<boolean>

  /** False when a condition did not hold and nothing was written. */
  set(key: K, value: V, options?: SetOptions): Promise<boolean>
  /**
   * All are written, each for itself: no reader sees them change together. With `atomic` all or none are, at once: in a
   * majority table at most 128 and 1 MiB, in others at most 16,384 and 1 MiB, and only where it was not cut off: a copy
   * that catches up by repair, or that is being loaded, may show a part meanwhile.
   */
  setMany(entries: Iterable<readonly [K, V]>, options?: SetManyOptions): Promise<void>
  /**
   * Reads, changes and writes back; again when somebody else was quicker, up to ten times, then ERR_CONFLICT. `change`
   * may run several times; undefined from it leaves the entry as it is. Resolves with the value that is there then.
   */
  update(
    key: K,
    change: (value: DeepReadonly<V> | undefined) => V | undefined,
    options?: SetOptions,
  ): Promise<V | undefined>
  /**
   * Adds to the number under the key (0 if there is none) at the key's owner. Resolves with the sum. In a table of type
   * `counter` it adds a whole number here, without asking anybody, and resolves with the sum as this node has it: nobody
   * else's increment is lost by it, on either side of a split.
   */
  increment(key: K, by?: number, options?: IncrementOptions): Promise<number>
  /**
   * Has the entry end so long from now, and leaves its value and version as they are; false if there is none. Of a
   * default table a touch loses to every write and every delete of its time: it never brings an entry back.
   */
  touch(key: K, ttl: Duration, options?: WriteOptions): Promise<boolean>
  /** True if there was an entry, and a counter counts from 0 again; with `ifVersion`, if it was deleted. */
  delete(key: K, options?: DeleteOptions): Promise<boolean>
  /** Removes what is in the table now; concurrent writes may stay. */
  clear(options?: WriteOptions): Promise<void>

  /** An entry that is there the whole time comes exactly once. */
  keys(options?: ScanOptions): AsyncIterableIterator<K>
  entries(options?: ScanOptions): AsyncIterableIterator<[K, DeepReadonly<V>]>

  /** Changes from now on, until `return()` or the signal. */
  watch(options?: WatchOptions): AsyncIterableIterator<Change<K, V>>
  info(options?: CallOptions): Promise<TableInfo>
}

/** A table's name with the types of its keys and values: made once, shared by all who use the table. */
export interface TableDef<K extends Key = Key, V = unknown> {
  readonly name: string
  readonly options: TableOptions | undefined
  /** Never set: carries the types. */
  readonly types?: readonly [K, V]
}

/** Gives a table's name its types: `defineTable<string, User>()('users', { ttl: '1h' })`. */
export function defineTable<K extends Key, V>(): (name: string, options?: TableOptions) => TableDef<K, V> {
  return (name, options) => ({ name, options })
}

/** What is agreed on in the whole cluster: needs a majority of its voters. */
export interface Coordination {
  /**
   * Runs the closure as one transaction on majority tables: all that it reads was there at one moment, all that it writes
   * happens at that place or not at all (strict serializability). When others change what it has read it runs again.
   * Rejects with what the closure throws, and then nothing was written; with ERR_CONFLICT after `maxAttempts`.
   *
   * Where transactions of one node meet at a key they stand in line: a closure then sees, at one moment, also what those
   * before it in line have written, which may not be decided yet. Nothing that it returns or throws is told before all of
   * them are decided; when that fails it runs again. What it does elsewhere meanwhile is not taken back.
   */
  transaction<T>(work: (tx: Tx) => Promise<T>, options?: TransactionOptions): Promise<T>
  readonly locks: Locks
  /**
   * Stands for election under that name: gives a leadership whenever this candidate is elected, one at a time in the
   * whole cluster. The one before is resigned when the next is asked for, and at `return()`.
   */
  elect(name: string, options?: ElectOptions): AsyncIterableIterator<Leadership>
  semaphore(name: string, permits: number): Semaphore
}

/** What an embedded node and a client to nodes elsewhere have in common. */
export interface Client extends AsyncDisposable, Coordination {
  /** Resolves when the cluster can be used; ERR_TIMEOUT if it cannot in time. */
  ready(options?: CallOptions): Promise<this>
  /**
   * The table with its types. With options it is created if need be and must have these options
   * (ERR_TABLE_MISMATCH); without, it is taken as it is, and created with the defaults if it does not exist.
   */
  table<K extends Key = Key, V = unknown>(
    name: string,
    tableOptions?: TableOptions,
    options?: CallOptions,
  ): Promise<Table<K, V>>
  table<K extends Key, V>(definition: TableDef<K, V>, options?: CallOptions): Promise<Table<K, V>>
  /** Resolves when all of the tables can be read from here; ERR_TIMEOUT if not in time (default 30 s). */
  waitForTables(names: readonly string[], options?: CallOptions): Promise<void>
  readonly admin: Admin
  readonly events: ClusterEvents
  /** Ends everything that this object holds. Idempotent. */
  close(): Promise<void>
}

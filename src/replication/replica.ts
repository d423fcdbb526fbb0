import type { Ranked, Row } from '../core/entry.ts'
import type { Epoch } from '../core/epoch.ts'
import type { Question } from '../core/inspection.ts'
import type { Operation, Outcome } from '../core/operation.ts'
import type { ScanCursor } from '../core/partition.ts'
import type { RowBatch, RowBlock } from '../core/rows.ts'
import type { Ack } from '../core/schema.ts'
import type { Call } from '../wire/caller.ts'
import type { Compared, CopyLife } from './coverage.ts'

/**
 * The copies that one node holds, wherever it is: in this process, behind gRPC, or simulated. A call touches that
 * node's own memory and never causes another call. Every call rejects with ERR_NOT_READY when the node does not
 * hold the table, ERR_UNAVAILABLE when it cannot be reached, ERR_TIMEOUT at the deadline; calls that change
 * something, with ERR_UNKNOWN_OUTCOME when the connection is lost before the answer.
 */
export interface Replica {
  readonly node: string

  /** The rows under the keys, tombstones included, in the order of the keys; undefined where there is none. */
  read(table: string, keys: readonly Buffer[], call: Call): Promise<readonly (Row | undefined)[]>

  /**
   * Has the node make an unconditional operation in its own name. `after`: it first applies this node's operations
   * up to that sequence number.
   */
  issue(table: string, operation: Operation, after: number, call: Call): Promise<Outcome>

  /** Has the node make unconditional sets as one operation, in its own name. */
  issueAll(table: string, operations: readonly Operation[], after: number, call: Call): Promise<void>

  /** Has the node, as the key's owner, decide and make the operation. ERR_NOT_OWNER when it is not. */
  decide(table: string, operation: Operation, after: number, call: Call): Promise<Outcome>

  clear(table: string, ack: Ack, after: number, call: Call): Promise<void>

  /**
   * From the answer on, the node's operations on that table are sent to this one: those that it issued beyond the stamp
   * that comes back.
   */
  open(table: string, call: Call): Promise<number>

  /** Rows from the cursor on, about `maxBytes` of them, tombstones included; of keys that begin with `prefix` only. */
  page(table: string, request: PageRequest, call: Call): Promise<Page>

  /** The same of a counter table: entries, each with the sum of its parts, and no rows. */
  sums(table: string, request: PageRequest, call: Call): Promise<Page>

  /**
   * Fingerprints for comparison: of the whole tables, of the 64 groups of one, or of the 64 buckets of a group. Each
   * side takes over up to where the other one has cleared the tables. Tables in whose copy set this node was not in that
   * epoch, as far as the other one knows, are left out.
   */
  roots(tables: readonly TableClear[], epoch: Epoch, call: Call): Promise<Roots>
  groups(table: string, call: Call): Promise<Uint32Array>
  buckets(table: string, group: number, call: Call): Promise<Uint32Array>

  /** Hash and version of every row in the buckets of the copy of that life. */
  versions(of: CopyLife, buckets: readonly number[], call: Call): Promise<readonly RowVersion[]>

  /** Rows with those hashes; when `complete` is false, not all of them fitted. */
  rows(of: CopyLife, hashes: readonly number[], call: Call): Promise<Page>

  /** Gives the copy of that life rows to merge, which this node holds in that epoch. */
  merge(of: CopyLife, rows: RowBatch, epoch: Epoch, call: Call): Promise<void>

  /** Keys with these hashes were read elsewhere: what the node evicts is chosen by it. A hint, which may be lost. */
  touched(table: string, hashes: readonly number[], call: Call): Promise<void>

  /**
   * Of these tables the node called by that name, which holds copies, has memory for so many bytes of live entries only:
   * in the place of what it said before. Holds for a few seconds.
   */
  bounded(by: string, maxBytes: ReadonlyMap<string, number>, call: Call): Promise<void>

  /** Tells the node what it has of the tables now, after a comparison that this one began in that epoch. */
  compared(tables: readonly Compared[], epoch: Epoch, call: Call): Promise<void>

  /**
   * From the answer on, calls the listener for every change of that partition of the node's copy, in order with its
   * replies to this node.
   */
  subscribe(table: string, partition: number, call: Call, listener: Invalidations): Promise<() => void>

  /** Calls the listener for every change of the node's copy under the prefix. */
  watch(table: string, prefix: Buffer, call: Call, listener: WatchListener): Promise<() => void>

  /** What the node says of itself, for `ClusterStatus`. */
  status(call: Call): Promise<Readonly<Record<string, unknown>>>

  /** What the node has in its memory (`Question`): nothing of it changes by being asked for. */
  inspect(question: Question, call: Call): Promise<Readonly<Record<string, unknown>>>
}

export interface PageRequest {
  readonly cursor: ScanCursor
  /** Where to stop at the latest. */
  readonly end: ScanCursor
  readonly maxBytes: number
  readonly prefix: Buffer
}

export interface Page {
  readonly rows: RowBlock
  /** Where the next page begins; at or beyond the request's end after the last. */
  readonly next: ScanCursor
  /** Rows that the copy has in all, and bytes of the live ones, about. */
  readonly total: number
  readonly totalBytes: number
}

/** Up to where a table was cleared. */
export interface TableClear {
  readonly table: string
  readonly clear: { readonly h: number; readonly origin: number }
}

/** One table of a node that answers a comparison, and what it had of it by then. */
export interface Root extends TableClear, Compared {
  readonly words: Uint32Array
  /** False while the digest does not have all rows yet. */
  readonly isWhole: boolean
  readonly floor: number
}

export interface Roots {
  /** The epoch of the node that answers. */
  readonly epoch: Epoch
  readonly roots: readonly Root[]
}

export interface RowVersion extends Ranked {
  readonly hash: number
}

/** What a cache is told by the holder that serves it. */
export interface Invalidations {
  /** The row under that key changed to that version. The bytes are valid during the call only. */
  changed(key: Buffer, start: number, length: number, version: RowVersion): void
  /** Nothing that was fetched holds any longer, and no more will be told: fetch and subscribe anew. */
  lost(): void
}

export interface WatchListener {
  /** The row is valid during the call only. */
  changed(kind: 'set' | 'delete' | 'expire' | 'evict', row: Row): void
  /** The table was cleared, or changes may have been missed. */
  event(kind: 'clear' | 'resync'): void
  /** No more comes. */
  ended(error: Error): void
}

/** The replica of the node with that name; this node's own name yields the local one. */
export type Replicas = (node: string) => Replica

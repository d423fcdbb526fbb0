import type { CodecName } from '../../core/codec.ts'
import type { Lifetime } from '../../core/operation.ts'
import type { ScanCursor } from '../../core/partition.ts'
import type { Call } from '../../wire/caller.ts'
import type { Guard, RangeVersion, ReadVersion, Result } from '../state/commands.ts'

/** At once where the answer is at hand, so that whoever has it waits for nothing. */
export type Answer<T> = T | Promise<T>

/**
 * A value as a table stores it. The bytes of an answer that comes at once may be a window, good until the turn of the
 * event loop ends; those of one that comes later are the caller's to keep.
 */
export interface StoredValue {
  readonly bytes: Buffer
  readonly codec: CodecName
}

/** What is under one key. */
export interface ReadRow {
  /** The index that last changed it; 0 where there is nothing. */
  readonly version: number
  readonly value: StoredValue | undefined
}

/** Rows as they were after the entry `asOf` of the log, all of them together. */
export interface ReadAnswer {
  readonly asOf: number
  readonly rows: readonly ReadRow[]
}

export interface ScannedRow {
  readonly key: Buffer
  readonly version: number
  /** It ends by itself, which changes the table's version only later. */
  readonly ends: boolean
  readonly value: StoredValue
}

export interface PageAnswer {
  readonly asOf: number
  /** The index that last changed the table. */
  readonly changedAt: number
  readonly rows: readonly ScannedRow[]
  readonly next: ScanCursor
}

export interface ScanRequest {
  readonly cursor: ScanCursor
  readonly prefix: Buffer
}

/** What a transaction has seen, to be compared with what is. */
export interface Seen {
  readonly reads: readonly ReadVersion[]
  readonly ranges: readonly RangeVersion[]
}

/** `changed` is the first thing that is another one as of `asOf`; undefined when all is as it was seen. */
export interface Validation {
  readonly asOf: number
  readonly changed: Changed | undefined
}

/** A row, or where there is no key a table. */
export interface Changed {
  readonly table: string
  readonly key: Buffer | undefined
}

export interface PlannedOperation {
  readonly kind: 'set' | 'delete'
  readonly table: string
  readonly key: Buffer
  readonly value: StoredValue | undefined
  readonly lifetime: Lifetime
}

export interface Plan extends Seen {
  readonly guards: readonly Guard[]
  readonly operations: readonly PlannedOperation[]
}

/**
 * Where transactions read and commit: this process's copy of the group's state, or a node's at the other end of a
 * connection. With `atLeast` the answer is of that index or a later one.
 */
export interface TransactionSource {
  /** Throws ERR_TABLE_UNKNOWN, ERR_INVALID_ARGUMENT for a table that is no majority table, as far as that is known. */
  check(table: string): void
  /** The value as the table stores it, in bytes of its own. */
  encode(table: string, value: unknown): StoredValue
  read(table: string, keys: readonly Buffer[], atLeast: number, call: Call): Answer<ReadAnswer>
  page(table: string, request: ScanRequest, atLeast: number, call: Call): Answer<PageAnswer>
  validate(seen: Seen, atLeast: number, call: Call): Answer<Validation>
  /** The index up to which everything that was acknowledged anywhere is applied at the source. */
  barrier(call: Call): Promise<number>
  /** Rejects with ERR_NO_QUORUM when certainly nothing was done, ERR_UNKNOWN_OUTCOME when nobody can say. */
  commit(plan: Plan, call: Call): Promise<Result>
  /** True when somebody waits for turns at that table, as far as the source knows. */
  isQueuedFor(table: string): boolean
  /** Resolves with this transaction's turn at the table, first come first served. */
  turn(table: string, call: Call): Promise<Turn>
}

/** A place that others wait for. */
export interface Turn {
  end(): void
}

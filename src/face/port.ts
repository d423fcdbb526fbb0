import type { CodecName } from '../core/codec.ts'
import type { MnemeshError } from '../core/errors.ts'
import type { Key } from '../core/key.ts'
import type { Condition, Lifetime } from '../core/operation.ts'
import type { ScanCursor } from '../core/partition.ts'
import type { Ack } from '../core/schema.ts'
import type { TableInfo } from '../core/status.ts'
import type { Call } from '../wire/caller.ts'
import type { FencingToken, LockStatus } from './lock-types.ts'
import type { Consistency, Entry } from './types.ts'

/** Said of a key whose entry cannot be had without asking another node. */
export const elsewhere = Symbol('elsewhere')

/** A change of one key as the face hands it down: checked, not encoded. */
export interface Write {
  readonly kind: 'set' | 'delete' | 'increment' | 'touch'
  readonly key: Key
  readonly value: unknown
  readonly by: number
  readonly lifetime: Lifetime
  readonly condition: Condition
  /** Undefined: as the table says. */
  readonly ack: Ack | undefined
}

/** What holds for each of many sets. */
export type SetAllOptions = Pick<Write, 'lifetime' | 'ack'>

export interface Written {
  readonly applied: boolean
  /** The entry as it is now. */
  readonly entry: Entry | undefined
}

export interface ScanPage {
  readonly entries: readonly Entry[]
  readonly next: ScanCursor
}

export interface PortListener {
  changed(
    type: 'set' | 'delete' | 'expire' | 'evict',
    entry: { key: Key; value: unknown; version: string },
  ): void
  event(type: 'clear' | 'resync'): void
  ended(error: Error): void
}

/** One table as the typed face needs it: an embedded node and a client to nodes elsewhere implement it. */
export interface TablePort {
  readonly name: string
  /** What this process holds: the decoded value, undefined, or `elsewhere`. Never waits, promises nothing. */
  held(key: Key): unknown
  /** The same where it is what a read may answer: `elsewhere` where others have to be asked. */
  here(key: Key): unknown
  /** Just the value, for reads that want nothing else. Without a consistency, here and below: as the table has it. */
  value(key: Key, call: Call, consistency: Consistency | undefined): Promise<unknown>
  find(key: Key, call: Call, consistency: Consistency | undefined): Promise<Entry | undefined>
  findMany(
    keys: readonly Key[],
    call: Call,
    consistency: Consistency | undefined,
  ): Promise<readonly (Entry | undefined)[]>
  /**
   * An unconditional set with a lifetime from now (0: as the table says): the hot path. Without a call the default
   * deadline holds, so that who need not wait need not look at the clock.
   */
  set(key: Key, value: unknown, ttlMs: number, ack: Ack | undefined, call: Call | undefined): Promise<boolean>
  delete(key: Key, ack: Ack | undefined, call: Call | undefined): Promise<boolean>
  write(write: Write, call: Call): Promise<Written>
  /** Sets all of them at once or none, as one operation. */
  setAll(entries: readonly (readonly [Key, unknown])[], options: SetAllOptions, call: Call): Promise<void>
  clear(ack: Ack | undefined, call: Call): Promise<void>
  page(
    cursor: ScanCursor,
    prefix: Key | undefined,
    call: Call,
    consistency: Consistency | undefined,
  ): Promise<ScanPage>
  /** Tells the listener of every change under the prefix until the function that it resolves with is called. */
  watch(prefix: Key | undefined, listener: PortListener, call: Call): Promise<() => void>
  info(call: Call): Promise<TableInfo>
}

/** A value as its table stores it. */
export interface EncodedValue {
  readonly bytes: Buffer
  readonly codec: CodecName
}

/** One run of a transaction, in bytes. What is answered at once is good until the turn of the event loop ends. */
export interface AttemptPort {
  readonly attempt: number
  readonly reason: MnemeshError | undefined
  /** Throws for what is no majority table, where that is known. */
  check(table: string): void
  get(table: string, key: Buffer): EncodedValue | undefined | Promise<EncodedValue | undefined>
  getMany(
    table: string,
    keys: readonly Buffer[],
  ): readonly (EncodedValue | undefined)[] | Promise<readonly (EncodedValue | undefined)[]>
  scan(table: string, prefix: Buffer): AsyncIterable<{ readonly key: Buffer; readonly value: EncodedValue }>
  set(table: string, key: Buffer, value: unknown, lifetime: Lifetime): void
  delete(table: string, key: Buffer): void
  guard(lock: string, token: FencingToken): void
  /** A transaction in this one, whose writes become this one's by `keep`. */
  begin(): AttemptPort
  keep(inner: AttemptPort): void
  end(): void
}

/** Runs closures until they are committed. */
export interface TransactionPort {
  run<T>(
    work: (attempt: AttemptPort) => Promise<T>,
    options: { readonly maxAttempts: number; readonly readOnly: boolean },
    call: Call,
  ): Promise<T>
}

export interface LockRequest {
  readonly name: string
  readonly mode: 'exclusive' | 'shared'
  /** How many may hold it at once. */
  readonly permits: number
  readonly ttlMs: number
  /** How long to wait for others: 0 for not at all, Infinity for as long as the call may take. */
  readonly waitMs: number
  /** Highest generation of a token that the caller knows of. */
  readonly seen?: number | undefined
}

export interface HeldLockPort {
  readonly name: string
  readonly token: FencingToken
  readonly signal: AbortSignal
  readonly expiresAt: number
  release(): Promise<void>
}

/** Locks of the cluster, as an embedded node and a client get them. */
export interface LockPort {
  acquire(request: LockRequest, call: Call): Promise<HeldLockPort>
  query(call: Call): Promise<LockStatus[]>
}

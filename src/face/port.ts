import type { Key } from '../core/key.ts'
import type { Condition, Lifetime } from '../core/operation.ts'
import type { ScanCursor } from '../core/partition.ts'
import type { Ack } from '../core/schema.ts'
import type { TableInfo } from '../core/status.ts'
import type { Call } from '../wire/caller.ts'
import type { Entry } from './types.ts'

/** Said of a key whose entry cannot be had without asking another node. */
export const elsewhere = Symbol('elsewhere')

/** A change of one key as the face hands it down: checked, not encoded. */
export interface Write {
  readonly kind: 'set' | 'delete' | 'increment'
  readonly key: Key
  readonly value: unknown
  readonly by: number
  readonly lifetime: Lifetime
  readonly condition: Condition
  /** Undefined: as the table says. */
  readonly ack: Ack | undefined
}

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
  changed(type: 'set' | 'delete' | 'expire', entry: { key: Key; value: unknown; version: string }): void
  event(type: 'clear' | 'resync'): void
  ended(error: Error): void
}

/** One table as the typed face needs it: an embedded node and a client to nodes elsewhere implement it. */
export interface TablePort {
  readonly name: string
  /** The decoded value, undefined, or `elsewhere`; never waits. */
  here(key: Key): unknown
  /** Just the value, for reads that want nothing else. */
  value(key: Key, call: Call): Promise<unknown>
  find(key: Key, call: Call): Promise<Entry | undefined>
  findMany(keys: readonly Key[], call: Call): Promise<readonly (Entry | undefined)[]>
  /**
   * An unconditional set with a lifetime from now (0: as the table says): the hot path. Without a call the default
   * deadline holds, so that who need not wait need not look at the clock.
   */
  set(key: Key, value: unknown, ttlMs: number, ack: Ack | undefined, call: Call | undefined): Promise<boolean>
  delete(key: Key, ack: Ack | undefined, call: Call | undefined): Promise<boolean>
  write(write: Write, call: Call): Promise<Written>
  clear(ack: Ack | undefined, call: Call): Promise<void>
  page(cursor: ScanCursor, prefix: Key | undefined, call: Call): Promise<ScanPage>
  /** Tells the listener of every change under the prefix until the function that it resolves with is called. */
  watch(prefix: Key | undefined, listener: PortListener, call: Call): Promise<() => void>
  info(call: Call): Promise<TableInfo>
}

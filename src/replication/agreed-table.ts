import type { Row } from '../core/entry.ts'
import { MnemeshError } from '../core/errors.ts'
import type { Lifetime, Operation, Outcome } from '../core/operation.ts'
import type { ScanCursor } from '../core/partition.ts'
import type { Ack } from '../core/schema.ts'
import type { Call } from '../wire/caller.ts'
import type { Page } from './replica.ts'

/** `linearizable`: as of now in the whole cluster. `local`: what this node has. */
export type Freshness = 'linearizable' | 'local'

export interface PlainSet {
  readonly key: Buffer
  readonly value: Buffer
  readonly lifetime: Lifetime
  readonly ack: Ack
}

/** A majority table as this node uses it: every write is agreed on by a group of nodes before it is made. */
export interface AgreedTable {
  /**
   * Calls `visit` with each key's row, valid during the call only, or undefined; at once where it may. Rejects with
   * ERR_NO_QUORUM.
   */
  each(
    keys: readonly Buffer[],
    freshness: Freshness,
    call: Call,
    visit: (row: Row | undefined) => void,
  ): undefined | Promise<void>
  /** Rows from the cursor on that can be seen now, in pages as other tables' are. */
  page(
    request: { readonly cursor: ScanCursor; readonly prefix: Buffer; readonly maxBytes: number },
    freshness: Freshness,
    call: Call,
  ): Promise<Page>
  /** A set without a condition, the write that there are many of; resolves with true. The bytes are the caller's again at once. */
  set(write: PlainSet, call: Call): Promise<boolean>
  /** The row that comes back is the entry as this node sees it after the operation, undefined where there is none. */
  operate(operation: Operation, call: Call): Promise<Outcome>
  /** All at once, or none. ERR_LIMIT_EXCEEDED beyond what one transaction may write. */
  setAll(operations: readonly Operation[], call: Call): Promise<void>
  clear(call: Call): Promise<void>
}

/**
 * How a majority table is to be read, linearizable unless it says otherwise; undefined for other tables, which are read
 * in one way. Throws ERR_INVALID_ARGUMENT where such a table is to be read as a majority table.
 */
export function freshnessOf(
  { agreed, entry }: { readonly agreed: AgreedTable | undefined; readonly entry: { readonly name: string } },
  asked: Freshness | undefined,
): Freshness | undefined {
  if (agreed !== undefined) return asked ?? 'linearizable'
  if (asked !== 'linearizable') return undefined
  throw new MnemeshError(
    'ERR_INVALID_ARGUMENT',
    `reads of table ${entry.name} are not linearizable: it is no majority table; create one with { majority: true }`,
  )
}

/** The error of a transaction on a table without a majority. */
export function notMajority(name: string): MnemeshError {
  return new MnemeshError(
    'ERR_INVALID_ARGUMENT',
    `transactions are for majority tables, and table ${name} is none; create one with { majority: true }`,
  )
}

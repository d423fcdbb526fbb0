import type { TableDefinition } from '../../core/schema.ts'
import type { Origin, TableRecord } from '../../replication/catalog.ts'
import type { SchemaChange } from '../../replication/schema-change.ts'
import type { MemberId } from '../consensus/types.ts'

/**
 * What the strong group decides: each command is one entry of its log. The encoded form carries the session and the
 * number of the request, so that a command that is sent again is applied once.
 */
export interface Request {
  /** `name#incarnation@index` of the submitting process. Requests of no session (the leader's own housekeeping): ''. */
  readonly session: string
  /** From 1, each number once in a session. */
  readonly sequence: number
  /** Every request below has been answered and need not be remembered. */
  readonly settledBelow: number
  readonly command: Command
}

export type Command =
  | Transaction
  | AcquireLock
  | ReleaseLock
  | GrantLock
  | ExpireRows
  | ClearTable
  | SchemaCommand
  | BringRows
  | SessionCommand
  | GroupCommand
  | StateHash
  | Tick

/** All or nothing. Certified against the state at its place in the log (optimistic concurrency control). */
export interface Transaction {
  readonly kind: 'transaction'
  /** What was read, with the index that had last changed it (0: absent). Another one now: conflict. */
  readonly reads: readonly ReadVersion[]
  /** Parts of tables that were scanned as of an index; any change since: conflict. */
  readonly ranges: readonly RangeVersion[]
  /** Locks that must still be held. */
  readonly guards: readonly Guard[]
  readonly operations: readonly RowOperation[]
}

export interface ReadVersion {
  readonly table: string
  readonly key: Buffer
  readonly version: number
}

export interface RangeVersion {
  readonly table: string
  /** One of the 256 partitions, or undefined for the whole table. */
  readonly partition: number | undefined
  readonly asOf: number
}

export interface Guard {
  readonly lock: string
  readonly token: FencingToken
}

/** Grows with every grant, over all lives of a group. */
export interface FencingToken {
  readonly generation: number
  readonly index: number
}

export interface RowOperation {
  readonly kind: 'set' | 'delete' | 'increment' | 'touch'
  readonly table: string
  readonly key: Buffer
  /** The encoded value of a set. */
  readonly value: Buffer
  readonly by: number
  /** From the leader's time on: ms, for ever, or as the present entry does. */
  readonly lifetime: number | 'forever' | 'keep'
  /** Nothing, that there is no entry, or that it was last changed at that index. Unmet: not applied, no conflict. */
  readonly condition: 'none' | 'absent' | number
}

export type LockMode = 'exclusive' | 'shared'

/** Answered at once when the lock is free; queued, first come first served, when it is not and `wait` is set. */
export interface AcquireLock {
  readonly kind: 'acquire'
  readonly lock: string
  readonly mode: LockMode
  /** How many may hold it exclusively at once: 1 for a lock, more for a semaphore. */
  readonly permits: number
  readonly wait: boolean
  readonly ttlMs: number
  /** Highest generation of a token that the caller knows of: what it is granted stands above (D-11). */
  readonly seen?: number | undefined
}

/** Gives up what that request was granted, or its place in the queue. Of the holder, or of the leader when a lease ended. */
export interface ReleaseLock {
  readonly kind: 'release'
  readonly lock: string
  readonly session: string
  /** Sequence number of the request that acquired it. */
  readonly request: number
}

/** More than one of the queue could hold it: each needs an entry of its own, for a token of its own. */
export interface GrantLock {
  readonly kind: 'grant'
  readonly lock: string
}

/** Rows whose time is over by the leader's clock; each is removed if it is unchanged. */
export interface ExpireRows {
  readonly kind: 'expire'
  readonly rows: readonly ReadVersion[]
}

export interface ClearTable {
  readonly kind: 'clear'
  readonly table: string
}

export type SchemaCommand = SchemaChange

export interface BroughtRow {
  readonly key: Buffer
  readonly value: Buffer
  /** Unix ms, 0 for never. */
  readonly expiresAt: number
}

/** A part of a majority table of a group that gave way to this one (D-5). */
export interface BringRows {
  readonly kind: 'bring'
  readonly from: string
  readonly table: string
  readonly definition: TableDefinition
  readonly generation: number
  /** The last key of the part before; empty for the first one. */
  readonly after: Buffer
  readonly rows: readonly BroughtRow[]
  readonly isLast: boolean
  /** Id of a default table of that name which is known to have no rows. */
  readonly replaces: string | undefined
}

/** Members of the configuration have a session as long as they are members; these are for whoever else needs one. */
export interface SessionCommand {
  readonly kind: 'openSession' | 'endSession'
  readonly member: MemberId
}

/** What becomes of the group itself (protocol D-4, D-5, D-11). */
export type GroupCommand =
  /** The first command of a group: what it is. */
  | {
      readonly kind: 'found'
      readonly id: string
      readonly generation: number
      readonly provisional: boolean
      /** Nodes of which more than half must be members before it is confirmed. */
      readonly awaited?: readonly string[]
      /** So many seeds were configured, of which more than half must count for it. */
      readonly seeds?: number
      /** The group that it goes on from. */
      readonly origin?: Origin | undefined
      /** The tables that one had, where its log as it is left knows of less (D-3). */
      readonly tables?: readonly TableRecord[] | undefined
    }
  | { readonly kind: 'confirm' }
  | { readonly kind: 'generation'; readonly atLeast: number }
  /** That other group is taken in, until then at most; 0: it is in, or nothing comes of it. */
  | { readonly kind: 'absorb'; readonly loser: string; readonly untilMs: number }
  | { readonly kind: 'dissolve'; readonly into: string }

/** The leader's fingerprint of the state after that entry; a member with another one has a defect. */
export interface StateHash {
  readonly kind: 'stateHash'
  readonly index: number
  readonly hash: string
}

/** Carries the leader's clock when nothing else does. */
export interface Tick {
  readonly kind: 'tick'
}

/** What became of a request: a pure function of the log. */
export type Result =
  | { readonly status: 'done'; readonly index: number; readonly outcomes: readonly RowOutcome[] }
  | {
      readonly status: 'conflict'
      readonly index: number
      readonly table: string
      /** The key that had changed; undefined for a range. */
      readonly key: Buffer | undefined
    }
  | { readonly status: 'fenced'; readonly index: number; readonly lock: string }
  | { readonly status: 'granted'; readonly index: number; readonly token: FencingToken }
  | { readonly status: 'queued'; readonly index: number }
  /** Held by others and not waited for. */
  | { readonly status: 'held'; readonly index: number }
  /** An error of the caller's, e.g. ERR_TABLE_UNKNOWN; nothing was changed. */
  | { readonly status: 'refused'; readonly index: number; readonly code: string; readonly message: string }
  /** Answered long ago: what became of it is not known any more. */
  | { readonly status: 'forgotten'; readonly index: number }
  /** The session has ended, or never was: what became of the request is unknown. */
  | { readonly status: 'noSession'; readonly index: number }

export interface RowOutcome {
  /** False: the condition did not hold, or there was nothing to delete. */
  readonly applied: boolean
  /** The index that last changed the row as it is now; 0 where there is none. */
  readonly version: number
  /** The new number of an increment. */
  readonly number: number | undefined
}

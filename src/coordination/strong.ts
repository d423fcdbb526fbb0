import type { Row } from '../core/entry.ts'
import type { Cancel } from '../core/environment.ts'
import type { TableEntry } from '../replication/catalog.ts'
import type { TableCopy } from '../storage/table.ts'
import type { Call } from '../wire/caller.ts'
import type { MemberId } from './consensus/types.ts'
import type { Command, Result } from './state/commands.ts'
import type { Lease, LockRecord } from './state/locks.ts'
import type { SessionId } from './state/sessions.ts'

/**
 * The strong group as transactions, locks and majority tables need it: this process's copy of the state, and a way to
 * have something decided. The state changes only between turns of the event loop, by whole entries of the log.
 */
export interface Strong {
  readonly self: MemberId
  /** False when nothing can be decided from here: ERR_NO_QUORUM at once. */
  readonly hasQuorum: boolean
  /** Ms since this process heard a leader; 0 on the leader. What a holder of a lease must watch. */
  readonly leaderSilentMs: number
  /** Index of the last entry that this process has applied. */
  readonly applied: number
  /** The group's clock, Unix ms: that of the leader at the last entry. */
  readonly clock: number
  /**
   * Resolves once this process has applied the command, with what became of it. Rejects with ERR_NO_QUORUM when it
   * was certainly not done, with ERR_UNKNOWN_OUTCOME (`maybeApplied`) when nobody can say. `numbered` is told before it
   * returns under which session and number the command travels, for who has to take it back whatever became of it.
   */
  submit(command: Command, call: Call, numbered?: Numbered): Promise<Result>
  /** The same without a promise: calls one of the two, in the turn in which it is known. Bytes are read before it returns. */
  ask(command: Command, call: Call, answered: Answered): void
  /** Resolves once this process has applied all that was acknowledged anywhere before. Rejects with ERR_NO_QUORUM. */
  barrier(call: Call): Promise<void>
  /** A majority table as this process has it; undefined for other tables. */
  table(name: string): MajorityTable | undefined
  /** Calls the listener whenever entries were applied here. */
  onApplied(listener: () => void): Cancel
  /** Calls the listener for each lock that a request which waited is granted, of any process. */
  onGranted(listener: (lease: Lease) => void): Cancel
  /** Every holder of every lock, as this process has applied it. */
  leases(): readonly Lease[]
  /** Who holds the lock and who waits for it; undefined when nobody does. */
  lock(name: string): LockRecord | undefined
}

/** Who waits for what becomes of a command. */
export interface Answered {
  done(result: Result): void
  failed(error: unknown): void
}

export type Numbered = (session: SessionId, sequence: number) => void

/** This process's copy of a majority table. */
export interface MajorityTable {
  readonly entry: TableEntry
  readonly copy: TableCopy
  /** Fills `into` from the row that a reader sees by the group's clock; its bytes are windows on the copy. */
  find(key: Buffer, into: Row): boolean
  /** The index that last changed the row; 0 where there is none to see. */
  versionOf(key: Buffer): number
  /** The index that last changed the table, or the partition of the keys' group hash (0 to 255). */
  changedAt(partition: number | undefined): number
  /** The partition of a key, for ranges. */
  partitionOf(key: Buffer): number
}

import type { Key } from './key.ts'

/** What one node holds under a key, without the value. */
export interface RowFacts {
  /** As `Entry.version`. */
  readonly version: string
  /** The process that wrote it, `name#incarnation`; '' in a majority table, where the group did. */
  readonly writer: string
  /** Unix ms. */
  readonly writtenAt: number
  /** `evicted` and `deleted` are tombstones: they are remembered until every copy has them. */
  readonly state: 'live' | 'expired' | 'deleted' | 'evicted'
  /** What is left of its life by that node's clock; absent for a row without end. */
  readonly ttlMs?: number
  /** Of key and value, encoded. */
  readonly bytes: number
  /** Orders versions of one key: the greater stamp wins, then the greater writer, then the eviction. */
  readonly stamp: number
}

/** What one node has of a key. */
export interface KeyOnNode {
  readonly node: string
  /** Its copy of the table (L2): `none` where it holds none, `unreachable` when it did not answer. */
  readonly copy: 'active' | 'loading' | 'none' | 'unreachable'
  readonly row?: RowFacts
  /** Its cache of decoded values (L1). */
  readonly l1: 'cached' | 'empty' | 'off'
  /** Every copy had what was written up to then, Unix ms: a row that is not here of that has been deleted. 0: nothing yet. */
  readonly floor: number
  /** Everything written up to then was cleared, Unix ms; 0 for never. */
  readonly clearedAt: number
}

/** What every node has under a key, who decides for it, and why its value is what it is. */
export interface KeyExplanation {
  readonly table: string
  readonly key: Key
  readonly partition: number
  /** Decides conditional writes of the key; undefined while nobody holds an active copy. */
  readonly owner: string | undefined
  /** Holders in the order in which others ask them. */
  readonly order: readonly string[]
  /** True when all active copies that answered have the same. */
  readonly agrees: boolean
  readonly why: string
  readonly nodes: readonly KeyOnNode[]
}

/**
 * Which rule decides between two versions of a key: the newest wins; an eviction beats just the version it killed; what
 * was written before a clear is gone; what a copy lacks below its floor was deleted there, and does not come back; but what who has it holds for
 * acknowledged by every copy, too, was lost by a defect, and is written anew. Of what the smaller side of a split wrote, by
 * the table's `onMerge`: the majority's stays; or the key is deleted, to be loaded anew; or the function called so decides.
 */
export type HealRule =
  | 'newest'
  | 'kill'
  | 'clear'
  | 'floor'
  | 'reissue'
  | 'majority'
  | 'reload'
  | (string & {})

/** A key that is not the same on all active copies. */
export interface KeyDifference {
  readonly key: Key
  readonly rule: HealRule
  /** What repair makes of it everywhere; absent when nothing stays. */
  readonly wins?: RowFacts
  /** Absent rows: that copy has nothing under the key. */
  readonly nodes: readonly { readonly node: string; readonly row?: RowFacts }[]
}

/** One version of a key, as a comparison knows it. */
export type VersionFacts = Pick<RowFacts, 'version' | 'writer' | 'writtenAt'> & {
  readonly state: 'live' | 'deleted' | 'evicted'
}

/** What became of one key that differed when two copies met again. */
export interface Receipt {
  /** Unix ms, by the clock of the node that compared. */
  readonly at: number
  readonly table: string
  readonly key: Key
  /** The other node; '' for a row that this one had set aside and that is not brought back. */
  readonly node: string
  /** What each side had, the node that compared being here; absent for nothing. */
  readonly here?: VersionFacts
  readonly there?: VersionFacts
  readonly rule: HealRule
  readonly wins: 'here' | 'there' | 'neither'
}

/** Rows of all heals since the process started. */
export interface HealCounts {
  readonly pushed: number
  readonly pulled: number
  /** Of those that had another version there, or here, before. */
  readonly overwrittenHere: number
  readonly overwrittenThere: number
  /** Set aside and not brought back: whether they were deleted cannot be told. */
  readonly orphans: number
  /** Written on the smaller side of a split, and not brought back because the table's `onMerge` says so. */
  readonly discarded: number
}

/** What one node remembers of heals. */
export interface NodeReceipts {
  readonly node: string
  readonly state: 'answered' | 'unreachable'
  readonly counts: HealCounts
  /** The newest first. */
  readonly receipts: readonly Receipt[]
}

/** All active copies of a table compared. */
export interface TableVerification {
  readonly table: string
  /** True when all copies that shall be there were compared and are equal. */
  readonly equal: boolean
  readonly nodes: readonly {
    readonly node: string
    readonly state: 'compared' | 'loading' | 'none' | 'unreachable'
    /** Rows, tombstones included. */
    readonly rows: number
  }[]
  readonly differences: readonly KeyDifference[]
  /** False when there are more differences than were asked for. */
  readonly complete: boolean
}

/** What one node answers of its copy of a table. */
export interface CopyAnswer {
  readonly copy: KeyOnNode['copy']
  readonly life: number
  readonly rows: number
  /** The floor, and up to where it was cleared, as stamps. */
  readonly floor: number
  readonly clear: { readonly stamp: number; readonly writer: string }
}

/** What one node asks another to look at. */
export type Question =
  | { readonly ask: 'key'; readonly table: string; readonly key: Uint8Array }
  | { readonly ask: 'copy'; readonly table: string }
  | { readonly ask: 'receipts'; readonly limit: number }

/** True when a stands after b, as in every merge. */
export function isLaterRow(a: RowFacts, b: RowFacts): boolean {
  if (a.stamp !== b.stamp) return a.stamp > b.stamp
  if (a.writer !== b.writer) return a.writer > b.writer
  return a.state === 'evicted' && b.state !== 'evicted'
}

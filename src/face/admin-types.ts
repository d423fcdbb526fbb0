import type { KeyExplanation, NodeReceipts, TableVerification } from '../core/inspection.ts'
import type { Key } from '../core/key.ts'
import type { TableOptions } from '../core/schema.ts'
import type { ClusterStatus, DumpInfo, GroupStatus, TableInfo } from '../core/status.ts'
import type { TableChange } from '../core/table-change.ts'
import type { CallOptions } from './types.ts'

export interface AdminOptions extends CallOptions {}

export interface VerifyOptions extends AdminOptions {
  /** How many differences are listed at most, up to 10,000; default 100. */
  readonly limit?: number
}

export interface ReceiptsOptions extends AdminOptions {
  /** How many of each node at most, up to 1,000; default 100. */
  readonly limit?: number
}

/** Names of two nodes. */
export interface CopyMove {
  readonly from: string
  readonly to: string
}

/** What operators do. */
export interface Admin {
  status(options?: AdminOptions): Promise<ClusterStatus>
  tables(options?: AdminOptions): Promise<TableInfo[]>
  tableInfo(name: string, options?: AdminOptions): Promise<TableInfo>
  /** Creates the table, or finds it with the same options; ERR_TABLE_MISMATCH when they differ. */
  createTable(name: string, tableOptions?: TableOptions, options?: AdminOptions): Promise<TableInfo>
  /**
   * Changes `ttl`, `maxEntries`, `maxBytes`, `l1` or `ack` while the table is used; ERR_INVALID_OPTION for others. Who
   * gives options where it opens the table must give the new ones from then on.
   */
  changeTable(name: string, change: TableChange, options?: AdminOptions): Promise<TableInfo>
  dropTable(name: string, options?: AdminOptions): Promise<void>
  /**
   * Has that node hold a copy of the table; the node loads it while the cluster goes on. With `wait` resolves when it is
   * complete (default timeout 10 min then); `tableInfo` says how far it is.
   */
  addCopy(name: string, node: string, options?: AdminOptions & { readonly wait?: boolean }): Promise<void>
  /**
   * Has node `to` hold a copy in the place of node `from`, which serves until the new one is complete; resolves then
   * (default timeout 10 min). When it fails in between both hold one, and the same call again finishes.
   */
  moveCopy(name: string, move: CopyMove, options?: AdminOptions): Promise<void>
  /** Has that node give up its copy. ERR_CONFLICT for the last one: the rows would go with it. */
  removeCopy(name: string, node: string, options?: AdminOptions): Promise<void>
  /** What every node has under the key, who decides for it, and why its value is what it is. */
  explain(table: string, key: Key, options?: AdminOptions): Promise<KeyExplanation>
  /**
   * Compares all active copies by their digests, and lists the keys under which they differ, with all versions and what
   * repair will make of them. Changes nothing. What is on its way while it looks is no difference.
   */
  verify(table: string, options?: VerifyOptions): Promise<TableVerification>
  /**
   * What became of keys that differed when copies met again, after a split or a return: both versions, and which rule
   * decided. By node, as each remembers it: 500 keys of which a version gave way, 500 that one side lacked.
   */
  receipts(options?: ReceiptsOptions): Promise<readonly NodeReceipts[]>
  /** Has the node spoken to ask these seeds, `host:port`, so that islands merge. */
  join(seeds: readonly string[], options?: AdminOptions): Promise<void>
  /**
   * Has the group of the node spoken to go on where it waits for what only an operator can know. `force`: the missing
   * members are gone for good; the node goes on with what it has, others follow it, and what only the missing ones knew is
   * lost (ERR_CONFLICT while there is a leader, or where a node that is there has more). `accept`: the seeds that a
   * provisional group waits for have no group of their own.
   */
  recover(how: 'force' | 'accept', options?: AdminOptions): Promise<GroupStatus>
  /** Rows for which the node spoken to had no place when two groups merged. */
  dumps(options?: AdminOptions): Promise<DumpInfo[]>
  /** One of them as JSON lines: what it is, then each row. */
  dump(name: string, options?: AdminOptions): AsyncIterableIterator<string>
}

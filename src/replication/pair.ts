import type { Epoch } from '../core/epoch.ts'
import type { TableCopy } from '../storage/table.ts'
import type { Receipts } from './receipts.ts'
import type { Replica, Root, RowVersion } from './replica.ts'

/** One table under comparison. */
export interface Pair {
  readonly replica: Replica
  readonly copy: TableCopy
  readonly theirs: Root
  /** The epoch of the other node when it answered. */
  readonly epoch: Epoch
  /** Live rows that it lacks although its floor and this node's say that it had them. */
  readonly lacking: RowVersion[]
  /** How often this node had been apart from the majority, or back, when the comparison began. */
  readonly turns: number
  /** Of copies that meet again; in a load, or a round of comparisons, what differs is on its way. */
  readonly receipts: Receipts | undefined
}

import type { TableCopy } from '../storage/table.ts'
import type { Apart } from './separation.ts'

/** A group, by its id, as it was. */
export interface Lineage {
  readonly id: string
  readonly generation: number
}

/** Where rows come from that are set aside, and where they go. */
export interface Origin {
  /** Id of the table that they go to: of the same kind. */
  readonly into: string
  /** The group in which they were written. */
  readonly from: Lineage
  /** True when they were written in the group that went on without this node: then its floor tells deleted rows. */
  readonly isKin: boolean
  /** True where they go to another table in its place: what was deleted in theirs was not deleted in that one. */
  readonly isLiveOnly: boolean
  /** Other nodes that set the same rows aside. */
  readonly with: readonly string[]
  /** What was written apart from the majority; undefined where this node did not know that it was. */
  readonly apart: Apart | undefined
}

/** Rows for which no copy is to come. */
export interface Given extends Omit<Origin, 'into'> {
  readonly copy: TableCopy
  /** Id of the table that they were to go to. */
  readonly table: string
}

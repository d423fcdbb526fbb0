import type { TableDefinition } from '../core/schema.ts'
import type { CopyChange } from './catalog.ts'

/** A change of the schema, as the strong group decides it. */
export type SchemaChange =
  | {
      readonly kind: 'createTable'
      readonly name: string
      readonly definition: TableDefinition
      /** At least: a table that another group had made keeps its identity, and with it the copies that there are. */
      readonly generation?: number
      /** Begins an empty copy with it: the process that creates the table. */
      readonly holder?: string
    }
  | TakeAlong
  | { readonly kind: 'dropTable'; readonly name: string }
  | {
      readonly kind: 'changeTable'
      readonly name: string
      readonly definition: TableDefinition
      /** Changed only from this: of two changes at a time none undoes the other. */
      readonly was?: TableDefinition
    }
  | { readonly kind: 'setCopy'; readonly table: string; readonly node: string; readonly copy: CopyChange }

/** A default table of a group that gave way to this one (D-5). Each is decided on once, whoever asks first. */
export interface TakeAlong {
  readonly kind: 'takeAlong'
  /** The group that had it. */
  readonly from: string
  readonly name: string
  readonly definition: TableDefinition
  readonly generation: number
  /** Id of the table of that name here, where that is known to have no rows: it counts as none. */
  readonly replaces?: string | undefined
  /** The process that asks, if it has an active copy. */
  readonly holder?: string | undefined
}

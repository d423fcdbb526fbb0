import type { Cancel } from '../core/environment.ts'
import { MnemeshError } from '../core/errors.ts'
import { partitionCount } from '../core/partition.ts'
import { holdersInOrder } from '../core/placement.ts'
import type { Membership } from '../membership/membership.ts'
import { memberId, type View } from '../membership/view.ts'
import type { Catalog, TableEntry } from './catalog.ts'

/** Who holds one table, as far as schema and view agree at one moment. Immutable, like the view. */
export interface TableHolders {
  readonly table: TableEntry
  /** Live nodes whose copy answers reads, this node included, by name. */
  readonly active: ReadonlySet<string>
  /** Live nodes that take writes, loading copies included, this node not. */
  readonly others: readonly string[]
  /** Of `others` those with an active copy: whose acknowledgement counts. */
  readonly activeOthers: readonly string[]
  /** Copies that the schema names, of dead nodes too, removed ones not. */
  readonly copies: number
}

/**
 * Answers who holds what. Everything is derived from the catalog and the view, kept until one of them changes.
 */
export class Holders {
  readonly #catalog: Catalog
  readonly #membership: Membership
  readonly #orders = new Map<string, (readonly string[])[]>()
  #known = new Map<string, TableHolders>()
  #view: View
  #version = -1

  constructor(parts: { readonly catalog: Catalog; readonly membership: Membership }) {
    this.#catalog = parts.catalog
    this.#membership = parts.membership
    this.#view = parts.membership.view
  }

  /** Holders of the table with that id; undefined for a table that the schema does not know. */
  of(id: string): TableHolders | undefined {
    this.#refresh()
    const known = this.#known.get(id)
    if (known !== undefined) return known
    const table = this.#catalog.byId(id)
    if (table === undefined) return undefined
    const holders = this.#derive(table)
    this.#known.set(id, holders)
    return holders
  }

  /** The process of that node that the schema has a copy of; undefined where it has none. */
  memberOf(id: string, node: string): string | undefined {
    const incarnation = this.of(id)?.table.copies.get(node)?.incarnation
    return incarnation === undefined ? undefined : memberId({ name: node, incarnation })
  }

  /** Nodes with an active copy in the ring's order for that partition: the owner first. */
  order(id: string, partition: number): readonly string[] {
    const holders = this.of(id)
    if (holders === undefined) return []
    let orders = this.#orders.get(id)
    if (orders === undefined) {
      orders = new Array<readonly string[]>(partitionCount)
      this.#orders.set(id, orders)
    }
    orders[partition] ??= holdersInOrder(this.#view.order(partition), holders.active)
    return orders[partition]
  }

  /** Who decides for keys of that partition; undefined while nobody holds an active copy. */
  owner(id: string, partition: number): string | undefined {
    return this.order(id, partition)[0]
  }

  /** Calls the listener after any change of schema or view. */
  onChange(listener: () => void): Cancel {
    const offCatalog = this.#catalog.onChange(listener)
    const offView = this.#membership.onChange(listener)
    return () => {
      offCatalog()
      offView()
    }
  }

  #refresh(): void {
    const { view } = this.#membership
    if (view === this.#view && this.#catalog.version === this.#version) return
    this.#view = view
    this.#version = this.#catalog.version
    this.#known = new Map()
    this.#orders.clear()
  }

  #derive(table: TableEntry): TableHolders {
    const active = new Set<string>()
    const others: string[] = []
    const activeOthers: string[] = []
    let copies = 0
    for (const [node, { state, incarnation }] of table.copies) {
      if (state !== 'removed') copies++
      const alive = this.#view.get(node)?.incarnation === incarnation
      if (!alive || state === 'removed' || state === 'wanted') continue
      if (state === 'active') active.add(node)
      if (node === this.#membership.self.name) continue
      others.push(node)
      if (state === 'active') activeOthers.push(node)
    }
    return { table, active, others: others.sort(), activeOthers: activeOthers.sort(), copies }
  }
}

/** The error of a table that the schema knows and no live node holds. */
export function noHolder(name: string): MnemeshError {
  return new MnemeshError('ERR_UNAVAILABLE', `no live node holds a loaded copy of table ${name} now`)
}

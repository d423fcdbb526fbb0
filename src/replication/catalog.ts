import { createHash } from 'node:crypto'
import type { Cancel, Timers } from '../core/environment.ts'
import type { TableDefinition } from '../core/schema.ts'

/** What the schema says of one copy of a table. */
export interface CopyEntry {
  /** `wanted`: to be made by its node; `removed`: this node shall have none though the table says all. */
  readonly state: 'wanted' | 'loading' | 'active' | 'removed'
  /** Which process of the node wrote the state; another one of the same name holds nothing yet. */
  readonly incarnation: number
}

/** One table as the schema has it. */
export interface TableEntry {
  readonly id: string
  readonly name: string
  readonly generation: number
  readonly definition: TableDefinition
  readonly copies: ReadonlyMap<string, CopyEntry>
}

/** One table in plain data. */
export interface TableRecord {
  readonly name: string
  readonly generation: number
  readonly definition: TableDefinition
  readonly copies: readonly (readonly [node: string, copy: CopyEntry])[]
}

/** A change of the schema, as the strong group decides it. */
export type SchemaChange =
  | {
      readonly kind: 'createTable'
      readonly name: string
      readonly definition: TableDefinition
      /** At least: a table that another group had made keeps its identity, and with it the copies that there are. */
      readonly generation?: number
    }
  | { readonly kind: 'dropTable'; readonly name: string }
  | { readonly kind: 'changeTable'; readonly name: string; readonly definition: TableDefinition }
  | { readonly kind: 'setCopy'; readonly table: string; readonly node: string; readonly copy: CopyEntry }

/** Where the schema comes from: the strong group's state, as this node has applied it. */
export interface SchemaSource {
  tables(): ReadonlyMap<string, TableEntry>
  byId(id: string): TableEntry | undefined
}

/** A table's identity: equal wherever a table of that name and generation is created in that cluster. */
export function tableId(cluster: string, name: string, generation: number): string {
  return createHash('sha256').update(`${cluster}\0${name}\0${generation}`).digest('hex').slice(0, 32)
}

/**
 * The schema as this node knows it: what the group has agreed on, and the tables of a group that this node has left
 * until the new one knows them, too, so that nothing is dropped where two clusters become one.
 */
export class Catalog {
  readonly #timers: Timers
  readonly #listeners = new Set<() => void>()
  #source: SchemaSource
  #carried: ReadonlyMap<string, TableEntry> = new Map()
  #tables: ReadonlyMap<string, TableEntry> | undefined
  #version = 0
  #scheduled = false

  constructor(timers: Timers, source: SchemaSource) {
    this.#timers = timers
    this.#source = source
  }

  /** Grows with every change; equal numbers mean an equal schema on this node. */
  get version(): number {
    return this.#version
  }

  /** Default tables of a group that was left, which the present one does not know. */
  get carried(): ReadonlyMap<string, TableEntry> {
    return this.#carried
  }

  /** All tables by name. */
  tables(): ReadonlyMap<string, TableEntry> {
    this.#tables ??= new Map([...this.#carried, ...this.#source.tables()])
    return this.#tables
  }

  get(name: string): TableEntry | undefined {
    return this.tables().get(name)
  }

  byId(id: string): TableEntry | undefined {
    const known = this.#source.byId(id)
    if (known !== undefined) return known
    for (const table of this.#carried.values()) if (table.id === id) return table
    return undefined
  }

  /** Calls the listener once after each turn of the event loop in which the schema changed. */
  onChange(listener: () => void): Cancel {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** The group leaves its state behind: what it knew of default tables is kept. */
  carry(): void {
    this.#carried = new Map([...this.tables()].filter(([, { definition }]) => !definition.majority))
  }

  /** The source has other tables, or other copies of them. */
  changed(): void {
    const agreed = this.#source.tables()
    if (this.#carried.size > 0)
      this.#carried = new Map([...this.#carried].filter(([name]) => !agreed.has(name)))
    this.#tables = undefined
    this.#version++
    if (this.#scheduled) return
    this.#scheduled = true
    this.#timers.soon(() => {
      this.#scheduled = false
      for (const listener of [...this.#listeners]) listener()
    })
  }
}

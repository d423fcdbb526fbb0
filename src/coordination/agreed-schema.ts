import { incarnationOf, nodeOf } from '../membership/view.ts'
import type { CopyEntry, SchemaSource, TableEntry } from '../replication/catalog.ts'
import { membersOf } from './consensus/configuration.ts'
import type { Configuration } from './consensus/types.ts'
import type { StrongState } from './state/strong-state.ts'

/** The tables that the group has agreed on, as the catalog wants them. Every member holds the majority tables. */
export class AgreedSchema implements SchemaSource {
  readonly #state: StrongState
  readonly #configuration: () => Configuration | undefined
  #tables: ReadonlyMap<string, TableEntry> | undefined
  #byId = new Map<string, TableEntry>()

  constructor(state: StrongState, configuration: () => Configuration | undefined) {
    this.#state = state
    this.#configuration = configuration
  }

  /** Tables, copies or members are others now. */
  changed(): void {
    this.#tables = undefined
  }

  tables(): ReadonlyMap<string, TableEntry> {
    if (this.#tables !== undefined) return this.#tables
    const everywhere = this.#everywhere()
    const tables = [...this.#state.schema.tables().values()].map(table =>
      table.definition.majority ? { ...table, copies: everywhere } : table,
    )
    this.#tables = new Map(tables.map(table => [table.name, table]))
    this.#byId = new Map(tables.map(table => [table.id, table]))
    return this.#tables
  }

  byId(id: string): TableEntry | undefined {
    this.tables()
    return this.#byId.get(id)
  }

  #everywhere(): ReadonlyMap<string, CopyEntry> {
    const configuration = this.#configuration()
    const members = configuration === undefined ? [] : membersOf(configuration)
    return new Map(
      members.map(
        member => [nodeOf(member), { state: 'active', incarnation: incarnationOf(member) }] as const,
      ),
    )
  }
}

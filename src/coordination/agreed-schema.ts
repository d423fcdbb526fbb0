import { type Epoch, epochOf, noEpoch } from '../core/epoch.ts'
import { copiesOnMembers, type SchemaRecords, type TableEntry } from '../replication/catalog.ts'
import { membersOf } from './consensus/configuration.ts'
import type { Configuration } from './consensus/types.ts'
import type { StrongState } from './state/strong-state.ts'

/** The tables that the group has agreed on, as the catalog wants them. Every member holds the majority tables. */
export class AgreedSchema {
  readonly #state: StrongState
  readonly #configuration: () => Configuration | undefined
  #records: SchemaRecords | undefined
  #epoch = noEpoch
  #epochOf = ''
  #byId = new Map<string, TableEntry>()

  constructor(state: StrongState, configuration: () => Configuration | undefined) {
    this.#state = state
    this.#configuration = configuration
  }

  /** Of what this process has applied. Asked for by every frame that it sends. */
  get epoch(): Epoch {
    const { group, epochIndex } = this.#state
    const { id, generation } = group
    if (this.#epoch.index !== epochIndex || this.#epoch.generation !== generation || this.#epochOf !== id) {
      this.#epoch = epochOf(id, generation, epochIndex)
      this.#epochOf = id
    }
    return this.#epoch
  }

  /** Tables, copies or members are others now. */
  changed(): void {
    this.#records = undefined
  }

  records(): SchemaRecords {
    const { epoch } = this
    if (this.#records?.epoch === epoch) return this.#records
    const configuration = this.#configuration()
    const members = configuration === undefined ? [] : membersOf(configuration)
    const everywhere = copiesOnMembers(members)
    const tables = [...this.#state.schema.tables().values()].map(table =>
      table.definition.majority ? { ...table, copies: everywhere } : table,
    )
    this.#byId = new Map(tables.map(table => [table.id, table]))
    const byName = new Map(tables.map(table => [table.name, table]))
    const { group, epochTerm: term } = this.#state
    this.#records = { group: group.id, epoch, term, origin: group.origin, members, tables: byName }
    return this.#records
  }

  byId(id: string): TableEntry | undefined {
    this.records()
    return this.#byId.get(id)
  }
}

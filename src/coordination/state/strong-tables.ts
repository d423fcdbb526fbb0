import { malformed } from '../../core/bytes.ts'
import { MnemeshError } from '../../core/errors.ts'
import type { HashSeed } from '../../core/hash.ts'
import type { TableDefinition } from '../../core/schema.ts'
import type { Origins } from '../../core/version.ts'
import { type Moment, type TableEntry, type TableRecord, tableId } from '../../replication/catalog.ts'
import type { Copies } from '../../storage/copies.ts'
import { TableCopy } from '../../storage/table.ts'
import { Arrivals } from './arrivals.ts'
import type { ReadVersion } from './commands.ts'
import { type CreateTable, GroupSchema } from './group-schema.ts'
import type { StateHead } from './snapshot-format.ts'
import { isMajority, type PreImages, StrongTable } from './strong-table.ts'

/** Who missed more of them in a row than that has dropped its copy otherwise. */
const keptReplaced = 8

export interface StrongTablesParts {
  /** Where the rows of majority tables are held, for all to read: each an active copy under its table's id. */
  readonly copies: Copies
  readonly origins: Origins
  readonly cluster: string
  /** The seed for new copies; it may differ among members while islands merge. */
  readonly seed: () => HashSeed
}

/** The tables that the schema tells, and of each majority table this member's copy. */
export class StrongTables {
  readonly schema: GroupSchema
  readonly arrivals = new Arrivals()
  /** Who reads the state while it changes. */
  readonly readers = new Set<PreImages>()
  readonly #parts: StrongTablesParts
  readonly #byName = new Map<string, StrongTable>()
  readonly #byId = new Map<string, StrongTable>()

  constructor(parts: StrongTablesParts) {
    this.#parts = parts
    this.schema = new GroupSchema(parts.cluster)
  }

  /** The majority table of that name. Throws ERR_TABLE_UNKNOWN, ERR_INVALID_ARGUMENT for a default table. */
  get(name: string): StrongTable {
    const table = this.#byName.get(name)
    if (table !== undefined) return table
    this.schema.known(name)
    throw new MnemeshError('ERR_INVALID_ARGUMENT', `table ${name} is not a majority table`)
  }

  find(name: string): StrongTable | undefined {
    return this.#byName.get(name)
  }

  byId(id: string): StrongTable | undefined {
    return this.#byId.get(id)
  }

  /** All majority tables, in the order of their creation. */
  all(): StrongTable[] {
    return [...this.#byName.values()]
  }

  /** True if there is something new. See `GroupSchema` for what these throw. */
  create(at: Moment, command: CreateTable, replaces?: readonly string[]): boolean {
    const entry = this.schema.create(at, command, replaces)
    if (entry === undefined) return false
    if (isMajority(command.definition)) this.#begin(entry, at.index)
    return true
  }

  /** See `StrongState.dueRows`. */
  dueRows(limit: number, atMs: number): ReadVersion[] {
    const out: ReadVersion[] = []
    for (const table of this.all()) {
      if (out.length >= limit) break
      table.eachDue(atMs, limit - out.length, ({ keyBytes, keyStart, keyLength, h }) => {
        const key = Buffer.from(keyBytes.subarray(keyStart, keyStart + keyLength))
        out.push({ table: table.entry.name, key, version: h })
      })
    }
    return out
  }

  /** Another table takes the place of the one of that name, which has no rows; see `TableEntry.replaces`. */
  replace(at: Moment, command: CreateTable): void {
    const { id, replaces = [] } = this.schema.known(command.name)
    this.drop(command.name)
    this.create(at, command, [...replaces, id].slice(-keptReplaced))
  }

  drop(name: string): void {
    this.schema.drop(name)
    this.#giveUp(name)
  }

  change(name: string, definition: TableDefinition, was?: TableDefinition): boolean {
    const entry = this.schema.change(name, definition, was)
    if (entry !== undefined) this.#byName.get(name)?.redefine(entry)
    return entry !== undefined
  }

  /** These are the tables now: others are dropped, rows of majority tables that stay are kept. */
  become(records: readonly TableRecord[], index: number): void {
    const ids = new Set(records.map(record => this.#idOf(record)))
    for (const { name, id } of [...this.schema.tables().values()]) if (!ids.has(id)) this.drop(name)
    for (const record of records) {
      const entry = this.schema.put(record)
      const held = this.#byName.get(record.name)
      if (held !== undefined) held.redefine(entry)
      else if (isMajority(record.definition)) this.#begin(entry, index)
    }
  }

  clear(name: string, index: number): void {
    const table = this.get(name)
    table.clear(index, this.#copy(table.entry))
  }

  /** The majority tables of another member's state, empty and nobody's yet. */
  createFrom(head: StateHead): StrongTable[] {
    return head.strong.map(({ name, mod, partitionMods }) => {
      const record = head.tables.find(table => table.name === name)
      if (record === undefined || !isMajority(record.definition)) throw malformed('rows of no majority table')
      const table = this.#empty({ ...record, id: this.#idOf(record), copies: new Map(record.copies) })
      table.mod = mod
      table.partitionMods.set(partitionMods)
      return table
    })
  }

  /** The other state's schema and tables take the place of these. Copies that stay are told `cleared`. */
  adopt(head: Pick<StateHead, 'tables' | 'generations' | 'arrivals'>, tables: readonly StrongTable[]): void {
    this.schema.restore(head.tables, head.generations)
    this.arrivals.restore(head.arrivals)
    const seed = this.#parts.seed()
    const before = new Map(this.#byName)
    const kept = new Set(tables.map(table => table.entry.id))
    for (const [name, { entry }] of before) if (!kept.has(entry.id)) this.#giveUp(name)
    // Anew, in the other's order: what is made of this state later must be equal to what is made of the other.
    this.#byName.clear()
    for (const table of tables) {
      const { low, high } = table.copy.seed
      if (low !== seed.low || high !== seed.high) table.copy.rehash(seed)
      const held = this.#byId.get(table.entry.id)
      if (held === undefined) this.#hold(table)
      else {
        held.adopt(table)
        this.#byName.set(held.entry.name, held)
      }
    }
  }

  // Who scanned an earlier table of this name has seen something else.
  #begin(entry: TableEntry, index: number): void {
    const table = this.#empty(entry)
    table.mod = index
    table.partitionMods.fill(index)
    this.#hold(table)
  }

  #hold(table: StrongTable): void {
    const { name, id, generation } = table.entry
    this.#byName.set(name, table)
    this.#byId.set(id, table)
    this.#parts.copies.add(table.copy, generation, true)
  }

  #giveUp(name: string): void {
    const table = this.#byName.get(name)
    if (table === undefined) return
    this.#byName.delete(name)
    this.#byId.delete(table.entry.id)
    this.#parts.copies.remove(table.entry.id)
    table.copy.giveUp()
  }

  #idOf(record: TableRecord): string {
    return tableId(this.#parts.cluster, record)
  }

  #empty(entry: TableEntry): StrongTable {
    return new StrongTable(this.#copy(entry), entry, this.readers)
  }

  #copy(entry: TableEntry): TableCopy {
    return new TableCopy(this.#parts.origins, entry, this.#parts.seed())
  }
}

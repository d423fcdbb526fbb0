import { MnemeshError } from '../../core/errors.ts'
import { checkTableName, differences, type TableDefinition } from '../../core/schema.ts'
import { incarnationOf, nodeOf } from '../../membership/view.ts'
import {
  type CopyEntry,
  isHolding,
  type Moment,
  recordOf,
  type TableEntry,
  type TableRecord,
  tableId,
} from '../../replication/catalog.ts'
import { unknownTable } from '../../replication/local-replica.ts'
import type { SchemaChange } from '../../replication/schema-change.ts'
import { checkSame, everywhere, lastCopy } from '../../replication/schema-changes.ts'
import { isMajority } from './strong-table.ts'

/** Options that make a table another one: they never change. */
const fixed = new Set(['type', 'codec', 'majority'])

export type CreateTable = Extract<SchemaChange, { kind: 'createTable' }>
export type SetCopy = Extract<SchemaChange, { kind: 'setCopy' }>

/** Which tables there are, default ones too, and who holds their copies: the cluster's one truth about it. */
export class GroupSchema {
  readonly #cluster: string
  readonly #tables = new Map<string, TableEntry>()
  readonly #byId = new Map<string, TableEntry>()
  // Of the next table of a name that was dropped.
  readonly #generations = new Map<string, number>()
  #print: string | undefined

  constructor(cluster: string) {
    this.#cluster = cluster
  }

  /** All tables by name. */
  tables(): ReadonlyMap<string, TableEntry> {
    return this.#tables
  }

  get(name: string): TableEntry | undefined {
    return this.#tables.get(name)
  }

  byId(id: string): TableEntry | undefined {
    return this.#byId.get(id)
  }

  /** The generation that a table of this name has or would have. */
  generationOf(name: string): number {
    return this.#tables.get(name)?.generation ?? this.#generations.get(name) ?? 0
  }

  /** Undefined when it exists so already. Throws ERR_TABLE_MISMATCH, naming the options, when it exists otherwise. */
  create(at: Moment, command: CreateTable, replaces?: readonly string[]): TableEntry | undefined {
    const { name, definition, generation: atLeast = 0, holder } = command
    checkTableName(name)
    checkEverywhere(name, definition)
    const known = this.#tables.get(name)
    if (known === undefined) {
      const copies = firstCopy(definition, holder, at)
      const generation = Math.max(atLeast, this.generationOf(name))
      return this.#put({ name, generation, definition, copies, replaces })
    }
    checkSame(known, definition)
    return undefined
  }

  /** Removes the table; another one of its name has another id. */
  drop(name: string): TableEntry {
    const table = this.known(name)
    this.#print = undefined
    this.#tables.delete(name)
    this.#byId.delete(table.id)
    this.#generations.set(name, table.generation + 1)
    return table
  }

  /**
   * Undefined when nothing changes. ERR_TABLE_MISMATCH for options that cannot change, ERR_CONFLICT when the table is
   * not any more what it was for who asked.
   */
  change(name: string, definition: TableDefinition, was?: TableDefinition): TableEntry | undefined {
    const table = this.known(name)
    const { definition: present } = table
    if (was !== undefined && differences(present, was).length > 0)
      throw new MnemeshError('ERR_CONFLICT', `table ${name} was changed by others meanwhile; try again`)
    checkEverywhere(name, definition)
    const fields = differences({ ...definition, ...present }, { ...present, ...definition })
    const lasting = fields.filter(field => fixed.has(field))
    if (lasting.length > 0)
      throw new MnemeshError('ERR_TABLE_MISMATCH', `${lasting.join(', ')} of table ${name} cannot change`, {
        details: { fields: lasting },
      })
    return fields.length === 0 ? undefined : this.#put({ ...table, definition })
  }

  /**
   * Undefined when nothing changes. ERR_CONFLICT where a process that is not of the copy set says that its copy is
   * active while another one's is: it has to load first.
   */
  setCopy(at: Moment, { table: name, node, copy }: SetCopy): TableEntry | undefined {
    const entry = this.known(name)
    const { definition, copies } = entry
    if (isMajority(definition)) throw everywhere(name)
    const present = copies.get(node)
    if (copy.state === 'wanted' && present !== undefined && isHolding(present.state))
      return this.#expel(name, node, copy.incarnation)
    const isSameProcess = present?.incarnation === copy.incarnation && isHolding(present.state)
    if (isSameProcess && present.state === copy.state) return undefined
    if (present?.state === copy.state && !isHolding(copy.state)) return undefined
    if (copy.state === 'removed' || copy.state === 'leaving') checkNotLast(name, node, copies)
    if (copy.state === 'active' && !isSameProcess) checkAlone(name, node, copies)
    const { state, incarnation } = copy
    const since = isSameProcess ? present.since : at
    return this.#put({ ...entry, copies: new Map([...copies, [node, { state, incarnation, since }]]) })
  }

  // Of that process, and where another copy is there to go on with.
  #expel(name: string, node: string, incarnation: number): TableEntry | undefined {
    const table = this.known(name)
    const { copies } = table
    const present = copies.get(node)
    const isOther = [...copies].some(([other, { state }]) => other !== node && state === 'active')
    if (present?.incarnation !== incarnation || !isOther) return undefined
    const state = present.state === 'leaving' ? 'removed' : 'wanted'
    return this.#put({ ...table, copies: new Map([...copies, [node, { ...present, state }]]) })
  }

  /** Throws ERR_TABLE_UNKNOWN. */
  known(name: string): TableEntry {
    const table = this.#tables.get(name)
    if (table === undefined) throw unknownTable(name)
    return table
  }

  records(): TableRecord[] {
    return [...this.#tables.values()].map(recordOf)
  }

  generations(): (readonly [name: string, generation: number])[] {
    return [...this.#generations]
  }

  restore(records: readonly TableRecord[], generations: Iterable<readonly [string, number]>): void {
    this.#print = undefined
    this.#tables.clear()
    this.#byId.clear()
    this.#generations.clear()
    for (const [name, generation] of generations) this.#generations.set(name, generation)
    for (const record of records) this.put(record)
  }

  /** The table is as the record says, whatever it was. */
  put(record: TableRecord): TableEntry {
    return this.#put({ ...record, copies: new Map(record.copies) })
  }

  /** Equal for equal schemas that came about in the same order. */
  get print(): string {
    this.#print ??= JSON.stringify([this.records(), this.generations()])
    return this.#print
  }

  #put(known: Omit<TableEntry, 'id'>): TableEntry {
    const table = { ...known, id: tableId(this.#cluster, known) }
    this.#print = undefined
    this.#tables.set(table.name, table)
    this.#byId.set(table.id, table)
    return table
  }
}

// Of two that are given up at the same time each was not the last one for who asked.
function checkNotLast(name: string, node: string, copies: ReadonlyMap<string, CopyEntry>): void {
  for (const [other, { state }] of copies) if (other !== node && state === 'active') return
  throw lastCopy(name, node)
}

function firstCopy(
  definition: TableDefinition,
  holder: string | undefined,
  since: Moment,
): ReadonlyMap<string, CopyEntry> {
  const node = holder === undefined ? '' : nodeOf(holder)
  const { copies } = definition
  if (holder === undefined || isMajority(definition) || (copies !== 'all' && !copies.includes(node)))
    return new Map()
  return new Map([[node, { state: 'active', incarnation: incarnationOf(holder), since }]])
}

function checkAlone(name: string, node: string, copies: ReadonlyMap<string, CopyEntry>): void {
  for (const [other, { state }] of copies) {
    if (other === node || state !== 'active') continue
    throw new MnemeshError(
      'ERR_CONFLICT',
      `${other} has an active copy of table ${name}: ${node} must load its own`,
    )
  }
}

function checkEverywhere(name: string, definition: TableDefinition): void {
  if (isMajority(definition) && definition.copies !== 'all') throw everywhere(name)
}

import { createHash } from 'node:crypto'
import type { Cancel, Timers } from '../core/environment.ts'
import { type Epoch, isLater } from '../core/epoch.ts'
import { differences, kindOf, type TableDefinition } from '../core/schema.ts'
import { incarnationOf, memberId, nodeOf } from '../membership/view.ts'

/** What becomes of one copy of a table. */
export interface CopyChange {
  /**
   * `wanted`: to be made by its node. `leaving`: its node hands over what others lack, and takes no new work.
   * `removed`: this node shall have none though the table says all.
   */
  readonly state: 'wanted' | 'loading' | 'active' | 'leaving' | 'removed'
  /** Which process of the node wrote the state; another one of the same name holds nothing yet. */
  readonly incarnation: number
}

/** What the schema says of one copy of a table. */
export interface CopyEntry extends CopyChange {
  /** When this process became part of the copy set: what it sent before that says nothing of this copy. */
  readonly since: Moment
}

/** A place in the log of a group. */
export type Moment = Pick<Epoch, 'generation' | 'index'>

/** Before any log. */
export const noMoment: Moment = { generation: 0, index: 0 }

/** True when both are the same place, or none. */
export function isSameMoment(a: Moment | undefined, b: Moment | undefined): boolean {
  return a?.index === b?.index && a?.generation === b?.generation
}

/** True when `a` is a later place in the log of the same group than `b`. */
export function isAfter(a: Moment, b: Moment): boolean {
  return a.generation === b.generation ? a.index > b.index : a.generation > b.generation
}

/** True for the states of a copy set's members: everyone waits for what they have. */
export function isHolding(state: CopyEntry['state']): state is 'loading' | 'active' | 'leaving' {
  return state === 'loading' || state === 'active' || state === 'leaving'
}

/** The ids of the processes that are the table's copy set, each with the moment since when. */
export function copySetOf(table: TableEntry): Map<string, Moment> {
  const out = new Map<string, Moment>()
  for (const [name, { state, incarnation, since }] of table.copies)
    if (isHolding(state)) out.set(memberId({ name, incarnation }), since)
  return out
}

/** One table as the schema has it. */
export interface TableEntry {
  readonly id: string
  readonly name: string
  readonly generation: number
  readonly definition: TableDefinition
  readonly copies: ReadonlyMap<string, CopyEntry>
  /** Ids of tables without rows in whose place it came: rows that somebody has all the same come to this one. */
  readonly replaces?: readonly string[] | undefined
}

/** One table in plain data. */
export interface TableRecord {
  readonly name: string
  readonly generation: number
  readonly definition: TableDefinition
  readonly copies: readonly (readonly [node: string, copy: CopyEntry])[]
  readonly replaces?: readonly string[] | undefined
}

/** A group that was formed anew as another one, and how far its schema had got. */
export interface Origin extends Moment {
  readonly group: string
}

/** All that a group had agreed on when it reached an epoch: what a node needs that cannot reach the leader (D-3). */
export interface SchemaRecords {
  /** The group's whole id; '' for none. */
  readonly group: string
  readonly epoch: Epoch
  /** Term of the log's entry at the epoch's index: a log that has such an entry there has all of this. */
  readonly term: number
  /** The group that this one goes on from: what that one knew up to there is known here, also what it had dropped. */
  readonly origin: Origin | undefined
  /** Ids of the processes that are members. */
  readonly members: readonly string[]
  readonly tables: ReadonlyMap<string, TableEntry>
}

/** Where the schema comes from: the strong group's state, as this node has applied it. */
export interface SchemaSource {
  readonly epoch: Epoch
  /** True once all is known that the group had agreed on when this process became a member. */
  readonly isMember: boolean
  records(): SchemaRecords
  byId(id: string): TableEntry | undefined
}

/** The table in plain data. */
export function recordOf({ name, generation, definition, copies, replaces }: TableEntry): TableRecord {
  // Majority tables are on every member: that need not be said for each of them.
  const record = { name, generation, definition, copies: definition.majority ? [] : [...copies] }
  return replaces === undefined ? record : { ...record, replaces }
}

/**
 * A table's identity: equal wherever a table of that name, generation and kind is created in that cluster. All that nodes
 * send of a table goes under it, so rows of tables that only bear the same name never meet (D-13).
 */
export function tableId(
  cluster: string,
  { name, generation, definition }: Pick<TableRecord, 'name' | 'generation' | 'definition'>,
): string {
  const identity = [cluster, name, generation, kindOf(definition)].join('\0')
  return createHash('sha256').update(identity).digest('hex').slice(0, 32)
}

/** The copies of a majority table: an active one on every member. */
export function copiesOnMembers(members: readonly string[]): ReadonlyMap<string, CopyEntry> {
  return new Map(
    members.map(member => {
      const copy = { state: 'active', incarnation: incarnationOf(member), since: noMoment } as const
      return [nodeOf(member), copy]
    }),
  )
}

/**
 * The schema as this node knows it: what the group has agreed on, by its own log or by what a peer has told of it, if
 * that is later; and the tables of a group that this node has left, as they were there, until the new one has decided
 * what becomes of them, so that nothing is dropped where two clusters become one.
 */
export class Catalog {
  readonly #timers: Timers
  readonly #listeners = new Set<() => void>()
  #source: SchemaSource
  #carried: ReadonlyMap<string, TableEntry> = new Map()
  #carriedFrom: Origin = { group: '', ...noMoment }
  #adopted: SchemaRecords | undefined
  #tables: ReadonlyMap<string, TableEntry> | undefined
  #byId = new Map<string, TableEntry>()
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

  /** Which state of the schema that is. */
  get epoch(): Epoch {
    return this.#later?.epoch ?? this.#source.epoch
  }

  /** Default tables of a group that was left, of which the present one has none, or another one, and has not decided. */
  get carried(): ReadonlyMap<string, TableEntry> {
    return this.#carried
  }

  /** Id of the group that was left. */
  get carriedFrom(): string {
    return this.#carriedFrom.group
  }

  /** The table as the group has it by this node's log, whatever is carried under its name. */
  agreed(name: string): TableEntry | undefined {
    return this.#source.records().tables.get(name)
  }

  /** The group has decided what becomes of the table that was carried: its own word counts from now on. */
  settle(name: string): void {
    this.#carried = new Map([...this.#carried].filter(([carried]) => carried !== name))
    this.changed()
  }

  /** All tables by name. */
  tables(): ReadonlyMap<string, TableEntry> {
    if (this.#tables !== undefined) return this.#tables
    this.#tables = new Map([...this.#agreed(), ...this.#carried])
    this.#byId = new Map([...this.#tables.values()].map(table => [table.id, table]))
    return this.#tables
  }

  get(name: string): TableEntry | undefined {
    return this.tables().get(name)
  }

  byId(id: string): TableEntry | undefined {
    this.tables()
    return this.#byId.get(id)
  }

  /** What the group has agreed on as far as this node knows, for a peer that knows less. */
  records(): SchemaRecords {
    return this.#later ?? this.#source.records()
  }

  /**
   * Takes over what a peer knows, if it is of this node's group and later than what this node knows. The log brings
   * the same; from when it is as far, it alone counts again.
   */
  adopt(records: SchemaRecords): void {
    if (records.group !== this.#source.records().group || !isLater(records.epoch, this.epoch)) return
    this.#adopted = records
    this.changed()
  }

  /** Calls the listener once after each turn of the event loop in which the schema changed. */
  onChange(listener: () => void): Cancel {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** The group leaves its state behind: what it knew of default tables is kept. */
  carry(): void {
    this.#carried = defaultTables(this.tables())
    const from = originOf(this.records())
    if (from.group !== '') this.#carriedFrom = from
    this.#adopted = undefined
  }

  /** The source has other tables, or other copies of them. */
  changed(): void {
    const { tables: agreed, origin } = this.#source.records()
    this.#forgetAdopted()
    if (isWithin(this.#carriedFrom, origin)) this.#carried = new Map()
    // What only a part of the log says may be over with the next part.
    if (this.#carried.size > 0 && this.#source.isMember)
      this.#carried = new Map([...this.#carried].filter(([name, table]) => !isSame(table, agreed.get(name))))
    this.#tables = undefined
    this.#version++
    if (this.#scheduled) return
    this.#scheduled = true
    this.#timers.soon(() => {
      this.#scheduled = false
      for (const listener of [...this.#listeners]) listener()
    })
  }

  // What a peer has told, while it is later than this node's log.
  get #later(): SchemaRecords | undefined {
    const adopted = this.#adopted
    return adopted !== undefined && isLater(adopted.epoch, this.#source.epoch) ? adopted : undefined
  }

  #agreed(): ReadonlyMap<string, TableEntry> {
    const { tables } = this.records()
    if (this.#later === undefined) return tables
    // Majority tables come with the log and their rows; only that they are gone is known without it.
    return new Map(
      [...tables].filter(([, { id, definition }]) => !definition.majority || this.#source.byId(id)),
    )
  }

  // In another group nobody but this node may know of what the peer had told; it is handed on as after leaving one.
  #forgetAdopted(): void {
    if (this.#adopted === undefined || this.#later !== undefined) return
    const { group, origin } = this.#source.records()
    if (this.#adopted.group !== group && !isWithin(originOf(this.#adopted), origin)) {
      this.#carried = new Map([...this.#carried, ...defaultTables(this.#adopted.tables)])
      this.#carriedFrom = originOf(this.#adopted)
    }
    this.#adopted = undefined
  }
}

function originOf({ group, epoch }: SchemaRecords): Origin {
  return { group, generation: epoch.generation, index: epoch.index }
}

// What is left out of the group that was formed anew was dropped in the one before.
function isWithin(known: Origin, origin: Origin | undefined): boolean {
  return origin !== undefined && known.group === origin.group && !isAfter(known, origin)
}

// Nothing is to be decided.
function isSame({ definition }: TableEntry, present: TableEntry | undefined): boolean {
  return present !== undefined && differences(definition, present.definition).length === 0
}

function defaultTables(tables: ReadonlyMap<string, TableEntry>): ReadonlyMap<string, TableEntry> {
  return new Map([...tables].filter(([, { definition }]) => !definition.majority))
}

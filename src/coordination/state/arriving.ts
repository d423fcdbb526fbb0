import { differences, kindOf } from '../../core/schema.ts'
import type { Moment, TableEntry } from '../../replication/catalog.ts'
import type { TakeAlong } from '../../replication/schema-change.ts'
import type { BringRows } from './commands.ts'
import type { CreateTable } from './group-schema.ts'
import { isMajority, type NewRow } from './strong-table.ts'
import type { StrongTables } from './strong-tables.ts'

/**
 * Takes in rows of a group that gave way (D-5). Its table takes the place of one of that name that has no rows; one that
 * has rows stays as it is. Parts come in the order of their keys, whoever sends them, each once; a row that somebody has
 * written here meanwhile stays. True when the schema has changed.
 */
export function takeIn(
  tables: StrongTables,
  at: Moment,
  command: BringRows & { readonly clock: number },
): boolean {
  const { from, table: name, after, rows, isLast, clock } = command
  const { arrivals, schema } = tables
  let arrival = arrivals.find(from, name)
  let isChange = false
  if (arrival === undefined) {
    isChange = makeRoom(tables, at, command)
    const state = isChange || isOpenTo(tables, command) ? 'open' : 'refused'
    arrival = { from, table: name, id: schema.get(name)?.id ?? '', after: '', state }
    arrivals.put(arrival)
  }
  if (arrival.state !== 'open' || arrival.after !== after.toString('hex')) return isChange
  const held = tables.find(name)
  // Dropped meanwhile, by who may.
  if (held?.entry.id !== arrival.id) {
    arrivals.put({ ...arrival, state: 'done' })
    return isChange
  }
  for (const { key, value, expiresAt } of rows) {
    const isOver = expiresAt !== 0 && expiresAt <= clock
    if (isOver || held.versionOf(key, clock) > 0) continue
    const row: NewRow = {
      ...{ key, hash: held.hashOf(key), expiresAt },
      ...{ valueBytes: value, valueStart: 0, valueLength: value.length },
    }
    held.put(at.index, clock, row)
  }
  const last = rows.at(-1)?.key.toString('hex') ?? arrival.after
  arrivals.put({ ...arrival, after: last, state: isLast ? 'done' : 'open' })
  return isChange
}

/**
 * Decides what becomes of a default table of a group that gave way (D-5), once for all members of that group: it is one of
 * this group's if there is none of that name, or one without rows, which then is as the other group had it. Its members
 * bring the rows. True when the schema has changed.
 */
export function takeAlong(tables: StrongTables, at: Moment, command: TakeAlong): boolean {
  const { from, name, replaces } = command
  const { arrivals, schema } = tables
  if (arrivals.find(from, name) !== undefined) return false
  const present = schema.get(name)
  const isFree = present === undefined || isVacant(tables, present, replaces)
  const isChange = isFree && put(tables, at, command)
  const id = schema.get(name)?.id ?? ''
  arrivals.put({ from, table: name, id, after: '', state: isFree ? 'done' : 'refused' })
  return isChange
}

function put(tables: StrongTables, at: Moment, command: TakeAlong): boolean {
  const { name, definition, generation, holder } = command
  const create: CreateTable = { kind: 'createTable', name, definition, generation, ...(holder && { holder }) }
  const present = tables.schema.get(name)
  if (present === undefined) return tables.create(at, create)
  // The copies that there are stay, or else all are others.
  const isSameKind = kindOf(present.definition) === kindOf(definition)
  if (isSameKind && !differences(present.definition, definition).includes('copies'))
    return tables.change(name, definition)
  tables.replace(at, create)
  return true
}

// True when the table is another one now.
function makeRoom(tables: StrongTables, at: Moment, command: BringRows): boolean {
  const { table: name, definition, generation } = command
  const create = { kind: 'createTable', name, definition, generation } as const
  const present = tables.schema.get(name)
  if (present === undefined) return tables.create(at, create)
  if (!isFree(tables, present, command)) return false
  if (kindOf(present.definition) === kindOf(definition)) return tables.change(name, definition)
  tables.replace(at, create)
  return true
}

// The same table, and empty.
function isOpenTo(tables: StrongTables, command: BringRows): boolean {
  const present = tables.schema.get(command.table)
  return present !== undefined && isMajority(present.definition) && isFree(tables, present, command)
}

// Of two empty tables the one that is here stays.
function isFree(tables: StrongTables, present: TableEntry, { rows, replaces }: BringRows): boolean {
  return rows.length > 0 && isVacant(tables, present, replaces)
}

// Of a default table nobody but its holders knows whether it has rows, and while some are on their way nobody does: of
// several groups the first one has its way.
function isVacant(tables: StrongTables, { id, name, definition }: TableEntry, known?: string): boolean {
  const { arrivals } = tables
  if (isMajority(definition)) return !arrivals.isOpen(id) && tables.find(name)?.size === 0
  return id === known && !arrivals.isClaimed(id)
}

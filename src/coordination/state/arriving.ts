import type { Moment, TableEntry } from '../../replication/catalog.ts'
import type { BringRows } from './commands.ts'
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

// True when the table is another one now.
function makeRoom(tables: StrongTables, at: Moment, command: BringRows): boolean {
  const { table: name, definition, generation } = command
  const present = tables.schema.get(name)
  if (present !== undefined) {
    if (!isFree(tables, present, command)) return false
    if (isMajority(present.definition) && present.definition.codec === definition.codec)
      return tables.change(name, definition)
    tables.drop(name)
  }
  return tables.create(at, { kind: 'createTable', name, definition, generation })
}

// The same table, and empty.
function isOpenTo(tables: StrongTables, command: BringRows): boolean {
  const present = tables.schema.get(command.table)
  return present !== undefined && isMajority(present.definition) && isFree(tables, present, command)
}

// Of two empty tables the one that is here stays. Of a default table nobody but its holders knows whether it has rows.
function isFree(tables: StrongTables, present: TableEntry, { rows, replaces }: BringRows): boolean {
  if (rows.length === 0 || tables.arrivals.isOpen(present.id)) return false
  return isMajority(present.definition) ? tables.find(present.name)?.size === 0 : present.id === replaces
}

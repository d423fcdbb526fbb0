import type { Environment } from '../core/environment.ts'
import { MnemeshError } from '../core/errors.ts'
import { checkTableName, differences, isNodeName, type TableDefinition } from '../core/schema.ts'
import type { Call } from '../wire/caller.ts'
import type { Catalog, CopyEntry, SchemaChange, TableEntry } from './catalog.ts'
import type { Holders } from './holders.ts'
import { unknownTable } from './local-replica.ts'
import type { Standing } from './standing.ts'

const changeTimeoutMs = 10_000
const retryMs = 200

export interface SchemaChangesParts {
  readonly catalog: Catalog
  readonly holders: Holders
  readonly standing: Standing
  /** Has the group agree on it. Resolves once this node has applied it; rejects with what the group refused it for. */
  readonly decide: (change: SchemaChange, call: Call) => Promise<void>
}

/** Changes of the schema: each is agreed on by the strong group before it resolves. */
export class SchemaChanges {
  readonly #env: Environment
  readonly #parts: SchemaChangesParts

  constructor(env: Environment, parts: SchemaChangesParts) {
    this.#env = env
    this.#parts = parts
  }

  /**
   * Creates the table, or finds it created with the same definition. Throws ERR_TABLE_MISMATCH naming the options in
   * which an existing one differs.
   */
  async create(name: string, definition: TableDefinition): Promise<TableEntry> {
    checkTableName(name)
    const known = this.#parts.catalog.get(name)
    if (known !== undefined) return checkSame(known, definition)
    try {
      await this.#decide({ kind: 'createTable', name, definition })
    } catch (error) {
      // Somebody else was earlier without our knowing: then this says in which options it differs.
      const created = this.#parts.catalog.get(name)
      if (created !== undefined) checkSame(created, definition)
      throw error
    }
    return checkSame(this.#known(name), definition)
  }

  /** Has the group that this node joined take over a table that the one which it left had agreed on. */
  async takeAlong({ name, definition, generation }: TableEntry): Promise<void> {
    await this.#decide({ kind: 'createTable', name, definition, generation })
  }

  /** Removes the table with all its copies; the name is free again. */
  async drop(name: string): Promise<void> {
    this.#known(name)
    await this.#decide({ kind: 'dropTable', name })
  }

  /** Has that node hold a copy of the table. Harmless if it does. */
  async addCopy(name: string, node: string): Promise<void> {
    const table = this.#known(name)
    checkNode(node)
    const state = table.copies.get(node)?.state
    if (state !== undefined && state !== 'removed') return
    await this.#setCopy(name, node, { state: 'wanted', incarnation: 0 })
  }

  /** Has that node give up its copy. ERR_CONFLICT for the last one that is left: drop the table instead. */
  async removeCopy(name: string, node: string): Promise<void> {
    const table = this.#known(name)
    checkNode(node)
    const active = this.#parts.holders.of(table.id)?.active ?? new Set()
    if (active.has(node) && active.size === 1) {
      throw new MnemeshError(
        'ERR_CONFLICT',
        `${node} holds the last copy of table ${name}; drop the table instead`,
      )
    }
    await this.#setCopy(name, node, { state: 'removed', incarnation: 0 })
  }

  /** Records how far this node's copy is, for all to see. */
  async record(table: TableEntry, state: 'loading' | 'active'): Promise<void> {
    const { name, incarnation } = this.#parts.standing.member
    await this.#setCopy(table.name, name, { state, incarnation })
  }

  #setCopy(table: string, node: string, copy: CopyEntry): Promise<void> {
    return this.#decide({ kind: 'setCopy', table, node, copy })
  }

  // An election or a rough moment of the network is waited for: who changes the schema has the time, and nothing was done.
  async #decide(change: SchemaChange): Promise<void> {
    const { clock, timers } = this.#env
    const deadline = clock.monotonic() + changeTimeoutMs
    for (;;) {
      try {
        await this.#parts.decide(change, { deadline })
        return
      } catch (error) {
        if (!MnemeshError.is(error, 'ERR_NO_QUORUM') || clock.monotonic() + retryMs >= deadline) throw error
      }
      await new Promise<void>(resolve => timers.after(retryMs, resolve))
    }
  }

  #known(name: string): TableEntry {
    const table = this.#parts.catalog.get(name)
    if (table === undefined) throw unknownTable(name)
    return table
  }
}

/** The table, if that definition is its own. Throws ERR_TABLE_MISMATCH naming the options that differ. */
export function checkSame(table: TableEntry, definition: TableDefinition): TableEntry {
  const fields = differences(table.definition, definition)
  if (fields.length === 0) return table
  throw new MnemeshError(
    'ERR_TABLE_MISMATCH',
    `table ${table.name} exists with other options: ${fields.map(field => describe(field, table.definition, definition)).join('; ')}`,
    { details: { fields } },
  )
}

function describe(field: string, exists: TableDefinition, asked: TableDefinition): string {
  const show = (definition: TableDefinition) =>
    JSON.stringify(Object.entries(definition).find(([name]) => name === field)?.[1])
  return `${field} is ${show(exists)}, asked for ${show(asked)}`
}

function checkNode(node: string): void {
  if (isNodeName(node)) return
  throw new MnemeshError(
    'ERR_INVALID_ARGUMENT',
    `a node's name is 1 to 64 letters, digits, '_', '-', '.' or ':', got ${JSON.stringify(node)}`,
  )
}

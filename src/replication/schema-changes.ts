import { ValueWriter } from '../core/codec.ts'
import { Row, rowFlags } from '../core/entry.ts'
import type { Environment } from '../core/environment.ts'
import { MnemeshError } from '../core/errors.ts'
import { encodeKey, type Key } from '../core/key.ts'
import { checkTableName, differences, isNodeName, type TableDefinition } from '../core/schema.ts'
import type { HybridClock } from '../core/version.ts'
import type { HeldCopy } from '../storage/copies.ts'
import type { Acks } from './acks.ts'
import type { Catalog, CopyEntry, TableEntry } from './catalog.ts'
import { definitionPrint, schemaKeys } from './catalog.ts'
import type { Holders } from './holders.ts'
import { unknownTable } from './local-replica.ts'
import type { Outbox } from './outbox.ts'
import type { Standing } from './standing.ts'
import type { Writer } from './writer.ts'

const spreadTimeoutMs = 5000

export interface SchemaChangesParts {
  readonly schema: HeldCopy
  readonly catalog: Catalog
  readonly holders: Holders
  readonly writer: Writer
  readonly standing: Standing
  readonly hybrid: HybridClock
  readonly acks: Acks
  readonly outbox: Outbox
  readonly isConnected: (node: string) => boolean
}

/** Changes of the schema: each a row of the schema's table, spread to every connected node before it resolves. */
export class SchemaChanges {
  readonly #env: Environment
  readonly #parts: SchemaChangesParts
  readonly #values = new ValueWriter()

  constructor(env: Environment, parts: SchemaChangesParts) {
    this.#env = env
    this.#parts = parts
  }

  /**
   * Creates the table, or finds it created with the same definition; without a definition, any will do. Throws
   * ERR_TABLE_MISMATCH naming the options in which an existing one differs.
   */
  async create(name: string, definition: TableDefinition): Promise<TableEntry> {
    checkTableName(name)
    const { catalog, hybrid } = this.#parts
    const known = catalog.get(name)
    if (known !== undefined) return checkSame(known, definition)
    const key = schemaKeys.table(name, catalog.generationOf(name), definitionPrint(definition))
    await this.#write(key, { definition: withoutAbsent(definition), at: hybrid.issue() })
    // Somebody else may have been earlier without our knowing.
    const created = catalog.get(name)
    if (created === undefined) throw unknownTable(name)
    return checkSame(created, definition)
  }

  /** Removes the table with all its copies; the name is free again. */
  async drop(name: string): Promise<void> {
    const table = this.#known(name)
    await this.#write(schemaKeys.dropped(name, table.generation), true)
  }

  /** Has that node hold a copy of the table. Harmless if it does. */
  async addCopy(name: string, node: string): Promise<void> {
    const table = this.#known(name)
    checkNode(node)
    const state = table.copies.get(node)?.state
    if (state !== undefined && state !== 'removed') return
    await this.#write(schemaKeys.copy(name, table.generation, node), { state: 'wanted', incarnation: 0 })
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
    await this.#write(schemaKeys.copy(name, table.generation, node), { state: 'removed', incarnation: 0 })
  }

  /** Records how far this node's copy is, for all to see. */
  async record(table: TableEntry, state: 'loading' | 'active'): Promise<void> {
    const { name, incarnation } = this.#parts.standing.member
    const entry: CopyEntry = { state, incarnation }
    await this.#write(schemaKeys.copy(table.name, table.generation, name), entry)
  }

  #known(name: string): TableEntry {
    const table = this.#parts.catalog.get(name)
    if (table === undefined) throw unknownTable(name)
    return table
  }

  async #write(key: Key, value: unknown): Promise<void> {
    const { schema, writer } = this.#parts
    if (!this.#parts.standing.ready)
      throw new MnemeshError('ERR_NOT_READY', 'this node does not have the schema yet')
    const row = new Row()
    row.keyBytes = encodeKey(key)
    row.keyLength = row.keyBytes.length
    row.hash = schema.copy.hashOf(row.keyBytes, 0, row.keyLength)
    row.valueLength = this.#values.write(value, 'msgpack')
    row.valueBytes = this.#values.bytes
    row.flags &= ~rowFlags.dead
    await writer.write(schema, row, 'local', 0)
    await this.#spread()
  }

  async #spread(): Promise<void> {
    const { schema, holders, acks, outbox, isConnected } = this.#parts
    const current = holders.of(schema.copy.id)
    const others = current?.others.filter(isConnected) ?? []
    if (current === undefined || others.length === 0) return
    const deadline = this.#env.clock.monotonic() + spreadTimeoutMs
    try {
      await acks.wait(outbox.head, 'all', others.length, { ...current, others }, deadline)
    } catch (error) {
      // The row stays and goes on spreading; a node that cannot be reached gets it when it can.
      if (!MnemeshError.is(error, 'ERR_TIMEOUT')) throw error
      this.#env.log.warn({ err: error }, 'schema change not confirmed by every node yet')
    }
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

// MessagePack has no undefined, and an absent field says the same.
function withoutAbsent(value: TableDefinition): unknown {
  return JSON.parse(JSON.stringify(value))
}

import { createHash } from 'node:crypto'
import { decodeValue } from '../core/codec.ts'
import { isLive, type Row } from '../core/entry.ts'
import type { Cancel, Log, Timers } from '../core/environment.ts'
import { decodeKey, type Key } from '../core/key.ts'
import { scanEnd } from '../core/partition.ts'
import { defineOptions, fingerprint, type TableDefinition } from '../core/schema.ts'
import type { TableCopy } from '../storage/table.ts'

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

/** The schema is a table like any other, held by every node; this is its definition. */
export const schemaTable = {
  name: 'mnemesh.schema',
  definition: defineOptions({ ack: 'all', l1: false }),
} as const

/** Keys of the schema's rows. */
export const schemaKeys = {
  table: (name: string, generation: number, print: string): Key => ['table', name, generation, print],
  dropped: (name: string, generation: number): Key => ['dropped', name, generation],
  copy: (name: string, generation: number, node: string): Key => ['copy', name, generation, node],
}

/** A table's identity: equal wherever a table of that name and generation is created in that cluster. */
export function tableId(cluster: string, name: string, generation: number): string {
  return createHash('sha256').update(`${cluster}\0${name}\0${generation}`).digest('hex').slice(0, 32)
}

/** A short name for a definition, so that two different ones for one table do not overwrite each other. */
export function definitionPrint(definition: TableDefinition): string {
  return createHash('sha256').update(fingerprint(definition)).digest('hex').slice(0, 16)
}

interface Proposal {
  readonly definition: TableDefinition
  /** Stamp of its creation. */
  readonly at: number
  readonly print: string
}

/**
 * The schema, read from this node's copy of it. Of several definitions that were written for one table before the
 * nodes heard of each other the earliest holds, on every node.
 */
export class Catalog {
  readonly #cluster: string
  readonly #schema: TableCopy
  readonly #timers: Timers
  readonly #log: Log
  readonly #listeners = new Set<() => void>()
  #tables: ReadonlyMap<string, TableEntry> | undefined
  #byId = new Map<string, TableEntry>()
  #dropped = new Map<string, number>()
  #version = 0
  #scheduled = false

  constructor(
    env: { readonly timers: Timers; readonly log: Log },
    parts: { schema: TableCopy; cluster: string },
  ) {
    this.#timers = env.timers
    this.#log = env.log
    this.#schema = parts.schema
    this.#cluster = parts.cluster
    const changed = () => this.#changed()
    this.#schema.listen({ applied: changed, expired: changed, cleared: changed, gone: () => {} })
  }

  /** Grows with every change; equal numbers mean an equal schema on this node. */
  get version(): number {
    return this.#version
  }

  /** All tables by name. */
  tables(): ReadonlyMap<string, TableEntry> {
    this.#tables ??= this.#read()
    return this.#tables
  }

  get(name: string): TableEntry | undefined {
    return this.tables().get(name)
  }

  byId(id: string): TableEntry | undefined {
    this.tables()
    return this.#byId.get(id)
  }

  /** The generation that a table of this name has or would have. */
  generationOf(name: string): number {
    this.tables()
    return (this.#dropped.get(name) ?? -1) + 1
  }

  /** Calls the listener once after each turn of the event loop in which the schema changed. */
  onChange(listener: () => void): Cancel {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #changed(): void {
    this.#tables = undefined
    this.#version++
    if (this.#scheduled) return
    this.#scheduled = true
    this.#timers.soon(() => {
      this.#scheduled = false
      for (const listener of [...this.#listeners]) listener()
    })
  }

  #read(): ReadonlyMap<string, TableEntry> {
    const rows = this.#rows()
    this.#dropped = new Map()
    for (const { key } of rows) {
      // One row per drop and the highest counts, so that islands that meet cannot take a drop back.
      if (key[0] !== 'dropped') continue
      const name = String(key[1])
      this.#dropped.set(name, Math.max(Number(key[2]), this.#dropped.get(name) ?? -1))
    }
    const proposals = new Map<string, Proposal>()
    for (const { key, value } of rows) if (key[0] === 'table') this.#propose(proposals, key, value)
    const tables = new Map<string, TableEntry>()
    this.#byId = new Map()
    for (const [name, { definition }] of proposals) {
      const generation = (this.#dropped.get(name) ?? -1) + 1
      const copies = new Map<string, CopyEntry>()
      for (const { key, value } of rows) {
        if (key[0] === 'copy' && key[1] === name && key[2] === generation)
          copies.set(String(key[3]), value as CopyEntry)
      }
      const entry = { id: tableId(this.#cluster, name, generation), name, generation, definition, copies }
      tables.set(name, entry)
      this.#byId.set(entry.id, entry)
    }
    return tables
  }

  #propose(proposals: Map<string, Proposal>, key: readonly Key[], value: unknown): void {
    const name = String(key[1])
    const print = String(key[3])
    if (key[2] !== (this.#dropped.get(name) ?? -1) + 1) return
    const { definition, at } = value as { definition: TableDefinition; at: number }
    const known = proposals.get(name)
    if (known !== undefined && (known.at < at || (known.at === at && known.print < print))) return
    proposals.set(name, { definition: completeDefinition(definition), at, print })
  }

  #rows(): { key: readonly Key[]; value: unknown }[] {
    const out: { key: readonly Key[]; value: unknown }[] = []
    const visit = (row: Row) => {
      if (!isLive(row.flags, row.expiresAt, 0)) return
      const key = decodeKey(row.keyBytes, row.keyStart, row.keyStart + row.keyLength)
      const value = decodeValue(row.valueBytes, row.valueStart, row.valueStart + row.valueLength, 'msgpack')
      if (Array.isArray(key)) out.push({ key, value })
      else this.#log.warn({ key }, 'unknown schema row ignored')
    }
    let cursor = 0
    while (cursor !== scanEnd) cursor = this.#schema.scan(cursor, visit)
    return out
  }
}

/** The definition with every field there: MessagePack has no undefined, an absent one comes back as null or not at all. */
export function completeDefinition(definition: TableDefinition): TableDefinition {
  const { ttlMs, maxEntries, maxBytes, l1 } = definition
  return {
    ...definition,
    ttlMs: ttlMs ?? undefined,
    maxEntries: maxEntries ?? undefined,
    maxBytes: maxBytes ?? undefined,
    l1: l1 === false ? false : { ...l1, ttlMs: l1.ttlMs ?? undefined },
  }
}

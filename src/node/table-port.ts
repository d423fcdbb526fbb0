import { ValueWriter } from '../core/codec.ts'
import { isVisible, type Row, versionText } from '../core/entry.ts'
import type { Environment } from '../core/environment.ts'
import { encodeKey, type Key, KeyWriter } from '../core/key.ts'
import type { Operation } from '../core/operation.ts'
import type { Ack } from '../core/schema.ts'
import { callFrom } from '../face/calls.ts'
import { entryOf, entryOfRow, keyOfRow } from '../face/entries.ts'
import {
  elsewhere,
  type PortListener,
  type ScanPage,
  type SetAllOptions,
  type TablePort,
  type Write,
  type Written,
} from '../face/port.ts'
import type { Consistency, Entry, TableInfo } from '../face/types.ts'
import { type Freshness, freshnessOf } from '../replication/agreed-table.ts'
import type { OpenTable } from '../replication/open-tables.ts'
import type { Hit } from '../replication/reader.ts'
import type { Call } from '../wire/caller.ts'

const noBytes = Buffer.alloc(0)
const pageBytes = 128 * 1024

// Keys and values are encoded and used in the same turn, so one of each serves all tables of the process.
const keys = new KeyWriter()
const values = new ValueWriter()

/** The tables of a node. `get` gives one as it is now, or throws; as long as `version` stays, it would give the same. */
export interface TableSource {
  readonly version: number
  get(name: string): OpenTable
}

/** A table as the node that this process embeds reads and writes it. */
export class NodeTablePort implements TablePort {
  readonly name: string
  readonly #env: Environment
  readonly #tables: TableSource
  readonly #info: (name: string, call: Call) => Promise<TableInfo>
  #current: OpenTable | undefined
  #version = -1

  constructor(
    env: Environment,
    name: string,
    tables: TableSource,
    info: (name: string, call: Call) => Promise<TableInfo>,
  ) {
    this.#env = env
    this.name = name
    this.#tables = tables
    this.#info = info
  }

  // Looked up again only when anything may have changed: this is on the way of every read.
  #open(): OpenTable {
    const { version } = this.#tables
    if (this.#current === undefined || version !== this.#version) {
      this.#current = this.#tables.get(this.name)
      this.#version = version
    }
    return this.#current
  }

  held(key: Key): unknown {
    return this.#open().reader.here(key, elsewhere)
  }

  here(key: Key): unknown {
    const { agreed, reader } = this.#open()
    return agreed === undefined ? reader.here(key, elsewhere) : elsewhere
  }

  async value(key: Key, call: Call, consistency: Consistency | undefined): Promise<unknown> {
    const freshness = freshnessOf(this.#open(), consistency)
    if (freshness !== undefined) return (await this.#findAgreed([key], freshness, call))[0]?.value
    const hit = this.#open().reader.read(key, call)
    return (hit instanceof Promise ? await hit : hit)?.cached.value
  }

  async find(key: Key, call: Call, consistency: Consistency | undefined): Promise<Entry | undefined> {
    const freshness = freshnessOf(this.#open(), consistency)
    if (freshness !== undefined) return (await this.#findAgreed([key], freshness, call))[0]
    const { reader } = this.#open()
    const hit = reader.read(key, call)
    return this.#entry(key, hit instanceof Promise ? await hit : hit)
  }

  async findMany(
    wanted: readonly Key[],
    call: Call,
    consistency: Consistency | undefined,
  ): Promise<readonly (Entry | undefined)[]> {
    const freshness = freshnessOf(this.#open(), consistency)
    if (freshness !== undefined) return this.#findAgreed(wanted, freshness, call)
    const { reader, entry, origins } = this.#open()
    const out: (Entry | undefined)[] = []
    const missing: number[] = []
    for (const [i, key] of wanted.entries()) {
      if (reader.here(key, elsewhere) === elsewhere) missing.push(i)
      else out[i] = this.#entry(key, reader.read(key, call) as Hit | undefined)
    }
    if (missing.length === 0) return out
    const rows = await reader.remoteRows(
      missing.map(i => encodeKey(wanted[i])),
      call,
    )
    rows.forEach((row, i) => {
      out[missing[i]] =
        row === undefined ? undefined : entryOfRow(row, entry.definition.codec, origins, 'remote')
    })
    return wanted.map((_, i) => out[i])
  }

  set(
    key: Key,
    value: unknown,
    ttlMs: number,
    ack: Ack | undefined,
    call: Call | undefined,
  ): Promise<boolean> {
    const { mutator, entry, maxValueBytes, agreed } = this.#open()
    const { definition } = entry
    const level = ack ?? definition.ack
    if (agreed !== undefined) {
      keys.write(key)
      values.write(value, definition.codec, maxValueBytes)
      const lifetime = ttlMs === 0 ? 'default' : ttlMs
      return agreed.set(
        { key: written(keys), value: written(values), lifetime, ack: level },
        this.#call(call),
      )
    }
    const { own } = mutator
    if (own === undefined) return this.#setElsewhere(key, value, ttlMs, ack, call)
    keys.write(key)
    values.write(value, definition.codec, maxValueBytes)
    const lifetime = ttlMs === 0 ? (definition.ttlMs ?? 0) : ttlMs
    const expiresAt = lifetime === 0 ? 0 : this.#env.clock.wall() + lifetime
    return mutator.setOwn(own, keys, values, expiresAt, level, level === 'local' ? atOnce : this.#call(call))
  }

  delete(key: Key, ack: Ack | undefined, call: Call | undefined): Promise<boolean> {
    const { mutator, entry, agreed } = this.#open()
    const own = agreed === undefined ? mutator.own : undefined
    const level = ack ?? entry.definition.ack
    if (own === undefined) {
      const write: Write = { ...deletion, key, ack }
      return this.write(write, this.#call(call)).then(written => written.applied)
    }
    keys.write(key)
    return mutator.deleteOwn(own, keys, level, level === 'local' ? atOnce : this.#call(call))
  }

  async write(write: Write, call: Call): Promise<Written> {
    const { mutator, reader, entry, origins, agreed } = this.#open()
    const outcome = await (agreed ?? mutator).operate(this.#operation(write), call)
    reader.forget(write.key)
    const { row } = outcome
    const present = row !== undefined && (agreed !== undefined || isVisible(row, this.#env.clock.wall()))
    return {
      applied: outcome.applied,
      entry: present ? entryOfRow(row, entry.definition.codec, origins, 'local') : undefined,
    }
  }

  async setAll(
    entries: readonly (readonly [Key, unknown])[],
    options: SetAllOptions,
    call: Call,
  ): Promise<void> {
    const { agreed, mutator, reader } = this.#open()
    const operations = entries.map(([key, value]) =>
      this.#operation({ ...deletion, ...options, kind: 'set', key, value }),
    )
    await (agreed ?? mutator).setAll(operations, call)
    for (const [key] of entries) reader.forget(key)
  }

  async clear(ack: Ack | undefined, call: Call): Promise<void> {
    const { mutator, reader, entry, agreed } = this.#open()
    if (agreed !== undefined) return agreed.clear(call)
    await mutator.clear(ack ?? entry.definition.ack, call)
    if (mutator.own === undefined) reader.reset()
  }

  async page(
    cursor: number,
    prefix: Key | undefined,
    call: Call,
    consistency: Consistency | undefined,
  ): Promise<ScanPage> {
    const open = this.#open()
    const { pages, entry, origins, agreed } = open
    const freshness = freshnessOf(open, consistency)
    const bytes = prefix === undefined ? noBytes : encodeKey(prefix)
    const page =
      agreed === undefined || freshness === undefined
        ? await pages(cursor, bytes, pageBytes, call)
        : {
            ...(await agreed.page({ cursor, prefix: bytes, maxBytes: pageBytes }, freshness, call)),
            hit: local,
          }
    const wallMs = this.#env.clock.wall()
    const entries: Entry[] = []
    page.rows.each(row => {
      // What a majority table shows is decided by the group's clock.
      if (agreed !== undefined || isVisible(row, wallMs))
        entries.push(entryOfRow(row, entry.definition.codec, origins, page.hit))
    })
    return { entries, next: page.next }
  }

  async watch(prefix: Key | undefined, listener: PortListener, call: Call): Promise<() => void> {
    const { watch, entry, origins } = this.#open()
    const { codec } = entry.definition
    const version = (row: Row) => versionText(origins, row.h, row.origin, row.flags)
    return watch(prefix === undefined ? noBytes : encodeKey(prefix), call, {
      changed: (type, row) => {
        const value = type === 'set' ? entryOfRow(row, codec, origins, 'local').value : undefined
        listener.changed(type, { key: keyOfRow(row), value, version: version(row) })
      },
      event: type => listener.event(type),
      ended: error => listener.ended(error),
    })
  }

  info(call: Call): Promise<TableInfo> {
    return this.#info(this.name, call)
  }

  async #findAgreed(wanted: readonly Key[], freshness: Freshness, call: Call) {
    const { agreed, entry, origins } = this.#open()
    const found: (Entry | undefined)[] = []
    const visit = (row: Row | undefined) =>
      void found.push(row && entryOfRow(row, entry.definition.codec, origins, local))
    await agreed?.each(
      wanted.map(key => encodeKey(key)),
      freshness,
      call,
      visit,
    )
    return found
  }

  async #setElsewhere(key: Key, value: unknown, ttlMs: number, ack: Ack | undefined, call: Call | undefined) {
    const lifetime = ttlMs === 0 ? 'default' : ttlMs
    const operation = this.#operation({ ...deletion, kind: 'set', key, value, lifetime, ack })
    const { mutator, reader } = this.#open()
    const { applied } = await mutator.operate(operation, this.#call(call))
    reader.forget(key)
    return applied
  }

  #operation({ kind, key, value, by, lifetime, condition, ack }: Write): Operation {
    const { entry, maxValueBytes } = this.#open()
    const { codec, ack: usual } = entry.definition
    if (kind === 'set') values.write(value, codec, maxValueBytes)
    const bytes = kind === 'set' ? Buffer.from(values.bytes.subarray(0, values.length)) : noBytes
    return { kind, key: encodeKey(key), value: bytes, by, lifetime, condition, ack: ack ?? usual }
  }

  #entry(key: Key, hit: Hit | undefined): Entry | undefined {
    return hit && entryOf(key, hit.cached.value, hit.cached, this.#open().origins, hit.hit)
  }

  #call(call: Call | undefined): Call {
    return call ?? callFrom(this.#env.clock, undefined)
  }
}

// Good until the writer is used again.
function written({ bytes, length }: KeyWriter | ValueWriter): Buffer {
  return bytes.subarray(0, length)
}

const local = 'local' as const
const atOnce: Call = { deadline: 0 }
const deletion = {
  kind: 'delete',
  value: undefined,
  by: 0,
  lifetime: 'default',
  condition: 'none',
  ack: undefined,
} as const

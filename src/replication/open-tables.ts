import type { Environment } from '../core/environment.ts'
import { MnemeshError } from '../core/errors.ts'
import { type ScanCursor, scanEnd } from '../core/partition.ts'
import { differences } from '../core/schema.ts'
import type { Origins } from '../core/version.ts'
import type { Copies } from '../storage/copies.ts'
import { Touches } from '../storage/touches.ts'
import type { Call } from '../wire/caller.ts'
import { type AgreedTable, notMajority } from './agreed-table.ts'
import type { Catalog, TableEntry } from './catalog.ts'
import { type Holders, noHolder } from './holders.ts'
import { IdleKeeper } from './idle-keeper.ts'
import { type LocalReplica, unknownTable } from './local-replica.ts'
import { Mutator, type MutatorParts } from './mutator.ts'
import { Reader } from './reader.ts'
import type { Page, Replica, Replicas, WatchListener } from './replica.ts'
import type { Standing } from './standing.ts'
import type { WriteGuard } from './write-guard.ts'

export interface OpenTablesParts extends Omit<MutatorParts, 'held'> {
  readonly catalog: Catalog
  readonly copies: Copies
  readonly holders: Holders
  readonly local: LocalReplica
  readonly origins: Origins
  readonly replicas: Replicas
  readonly standing: Standing
  readonly guard: WriteGuard
  readonly maxValueBytes: number
  /** How a majority table is read and written; undefined for other tables. */
  readonly agreed?: (table: TableEntry) => AgreedTable | undefined
}

/** One table as this node uses it, whether it holds a copy or not. */
export interface OpenTable {
  readonly entry: TableEntry
  readonly reader: Reader
  readonly mutator: Mutator
  /** Of a majority table: what reads and writes it in the place of the two above. */
  readonly agreed: AgreedTable | undefined
  readonly origins: Origins
  readonly maxValueBytes: number
  /** Rows from the cursor on, of this node's copy or of a holder's. */
  readonly pages: (
    cursor: ScanCursor,
    prefix: Buffer,
    maxBytes: number,
    call: Call,
  ) => Promise<Page & { readonly hit: 'local' | 'remote' }>
  /** Changes of this node's copy, or of a holder's, until the function is called. */
  readonly watch: (prefix: Buffer, call: Call, listener: WatchListener) => Promise<() => void>
}

const touchTimeoutMs = 2000
const nothing = Buffer.alloc(0)

/** The tables that this node uses, opened when first asked for, closed when they are dropped. */
export class OpenTables {
  readonly #env: Environment
  readonly #parts: OpenTablesParts
  readonly #byId = new Map<string, OpenTable>()
  #closed: MnemeshError | undefined

  constructor(env: Environment, parts: OpenTablesParts) {
    this.#env = env
    this.#parts = parts
    parts.standing.onAdopt(() => {
      for (const { reader } of this.#byId.values()) reader.reset()
    })
  }

  /** Encoded values are no longer than this. */
  get maxValueBytes(): number {
    return this.#parts.maxValueBytes
  }

  /** While it stays, `get` gives the same. */
  get version(): number {
    // Both only grow: the sum stays only while both do.
    return this.#closed === undefined ? this.#parts.catalog.version + this.#parts.guard.turns : -1
  }

  /**
   * Throws ERR_TABLE_UNKNOWN, ERR_NOT_READY while this node has no schema yet, ERR_NO_QUORUM for one that is not to be
   * used in a minority, and after `close` what that was given.
   */
  get(name: string): OpenTable {
    if (this.#closed !== undefined) throw this.#closed
    const entry = this.#parts.catalog.get(name)
    if (entry === undefined) throw this.#parts.standing.ready ? unknownTable(name) : noSchemaYet()
    this.#parts.guard.checkRead(entry)
    const open = this.#byId.get(entry.id)
    if (open === undefined) return this.#open(entry)
    return open.entry.definition === entry.definition ? open : this.#redefined(open, entry)
  }

  /** Throws ERR_TABLE_UNKNOWN, and ERR_INVALID_ARGUMENT for a table that has no transactions. */
  checkMajority(name: string): void {
    if (!this.get(name).entry.definition.majority) throw notMajority(name)
  }

  /** From now on every use of a table fails with the error. */
  close(error: MnemeshError): void {
    this.#closed = error
  }

  /** Bytes of decoded values in the caches of all tables. */
  get cachedBytes(): number {
    let bytes = 0
    for (const { reader } of this.#byId.values()) bytes += reader.l1?.bytes ?? 0
    return bytes
  }

  /** Has the caches give up about so many bytes, each in proportion to what it has. */
  shrinkCaches(bytes: number): void {
    const share = Math.min(1, bytes / this.cachedBytes)
    for (const { reader } of this.#byId.values()) reader.l1?.shrink(reader.l1.bytes * share)
  }

  /** Every table that has been opened. */
  all(): IterableIterator<OpenTable> {
    return this.#byId.values()
  }

  /** After a change of schema or copies: dropped tables are forgotten, readers follow this node's copies. */
  refresh(): void {
    for (const [id, { reader }] of this.#byId) {
      if (this.#parts.catalog.byId(id) === undefined) {
        reader.reset()
        this.#byId.delete(id)
      } else reader.refresh()
    }
  }

  #open(entry: TableEntry): OpenTable {
    const parts = { ...this.#parts, held: () => this.#parts.copies.get(entry.id) }
    const reader = new Reader(this.#env, parts, entry, entry.definition.l1)
    const mutator = new Mutator(this.#env, parts, entry)
    reader.idle = this.#keeper(mutator, entry)
    const open: OpenTable = {
      ...{ entry, reader, mutator },
      agreed: this.#parts.agreed?.(entry),
      origins: this.#parts.origins,
      maxValueBytes: this.#parts.maxValueBytes,
      pages: (cursor, prefix, maxBytes, call) => this.#page(entry, cursor, prefix, maxBytes, call),
      watch: (prefix, call, listener) => {
        const [source] = this.#sources(entry)
        if (source === undefined) return Promise.reject(noHolder(entry.name))
        return source.watch(entry.id, prefix, call, listener)
      },
    }
    this.#byId.set(entry.id, open)
    return open
  }

  #keeper(mutator: Mutator, { definition }: TableEntry): IdleKeeper | undefined {
    const { ttlMs, idle } = definition
    if (!idle || ttlMs === undefined) return undefined
    const { clock } = this.#env
    const lifetime = { kind: 'touch', value: nothing, by: 0, lifetime: ttlMs, condition: 'none' } as const
    return new IdleKeeper(clock, ttlMs, key =>
      mutator.operate({ ...lifetime, key, ack: 'local' }, { deadline: clock.monotonic() + touchTimeoutMs }),
    )
  }

  // Its options have changed: it goes on with what it has, and the new ones hold at once.
  #redefined(open: OpenTable, entry: TableEntry): OpenTable {
    const fields = differences(open.entry.definition, entry.definition)
    if (fields.includes('codec')) {
      open.reader.reset()
      return this.#open(entry)
    }
    if (fields.includes('eviction'))
      open.reader.touches = entry.definition.eviction === 'none' ? undefined : new Touches()
    if (fields.includes('idle') || fields.includes('ttlMs'))
      open.reader.idle = this.#keeper(open.mutator, entry)
    if (fields.includes('l1')) open.reader.limitCache(entry.definition.l1)
    const redefined = { ...open, entry }
    this.#byId.set(entry.id, redefined)
    return redefined
  }

  async #page(entry: TableEntry, cursor: ScanCursor, prefix: Buffer, maxBytes: number, call: Call) {
    let last: unknown
    // Another holder goes on where one stopped: the order of a scan is the same on all of them.
    for (const source of this.#sources(entry)) {
      try {
        const asked = { cursor, end: scanEnd, prefix, maxBytes }
        const page =
          entry.definition.type === 'counter'
            ? await source.sums(entry.id, asked, call)
            : await source.page(entry.id, asked, call)
        return { ...page, hit: source === this.#parts.local ? ('local' as const) : ('remote' as const) }
      } catch (error) {
        const refused = MnemeshError.is(error, 'ERR_UNAVAILABLE') || MnemeshError.is(error, 'ERR_NOT_READY')
        if (!refused) throw error
        last = error
      }
    }
    throw last ?? noHolder(entry.name)
  }

  #sources(entry: TableEntry): readonly Replica[] {
    const { copies, local, holders, replicas } = this.#parts
    if (copies.get(entry.id)?.active === true) return [local]
    return holders.order(entry.id, 0).map(node => replicas(node))
  }
}

function noSchemaYet(): MnemeshError {
  return new MnemeshError('ERR_NOT_READY', 'this node has just started and does not know the tables yet')
}

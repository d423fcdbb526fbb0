import { isLive, Row, rowFlags } from '../core/entry.ts'
import type { Environment } from '../core/environment.ts'
import { MnemeshError } from '../core/errors.ts'
import { checkAtomic, type Operation, type Outcome, ownRow } from '../core/operation.ts'
import { scanEnd } from '../core/partition.ts'
import { RowBatch, type RowBlock } from '../core/rows.ts'
import type { Ack } from '../core/schema.ts'
import type { Origins } from '../core/version.ts'
import type { Copies, HeldCopy } from '../storage/copies.ts'
import type { CopyListener, TableCopy } from '../storage/table.ts'
import type { Call } from '../wire/caller.ts'
import type { Catalog } from './catalog.ts'
import { changedEntry, entryWith, readEntry } from './counter-view.ts'
import type { CopyLife, Coverage } from './coverage.ts'
import type { Operator } from './operator.ts'
import { blockOf, fillPage, type PageParts } from './pages.ts'
import type {
  Invalidations,
  Page,
  PageRequest,
  Replica,
  Root,
  Roots,
  RowVersion,
  TableClear,
  WatchListener,
} from './replica.ts'
import { versionOf } from './row-differences.ts'
import type { TableBounds } from './table-bounds.ts'
import type { WriteGuard } from './write-guard.ts'
import { notHeld, type Writer } from './writer.ts'

// A row of the largest size still fits the frame's limit of 4 MiB beside this much.
const maxRowsBytes = 512 * 1024

export interface LocalReplicaParts {
  readonly node: string
  readonly catalog: Catalog
  readonly copies: Copies
  readonly coverage: Coverage
  readonly origins: Origins
  readonly operator: Operator
  readonly writer: Writer
  readonly guard: WriteGuard
  readonly bounds: TableBounds
  /** Decides conditional operations for the keys that this node owns. */
  readonly decide: (held: HeldCopy, operation: Operation, deadline: number) => Promise<Outcome>
  /** Keys with these hashes of a table were read on another node. */
  readonly touched: (table: string, hashes: readonly number[]) => void
  readonly status: () => Readonly<Record<string, unknown>>
  /** Throws for a question that this version does not know. */
  readonly inspect: (question: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>
}

/** The copies that this node holds itself. `after` has no meaning here: this node has applied its own operations. */
export class LocalReplica implements Replica {
  readonly node: string
  readonly #env: Environment
  readonly #parts: LocalReplicaParts
  readonly #row = new Row()

  constructor(env: Environment, parts: LocalReplicaParts) {
    this.node = parts.node
    this.#env = env
    this.#parts = parts
  }

  async read(table: string, keys: readonly Buffer[]): Promise<readonly (Row | undefined)[]> {
    const out: (Row | undefined)[] = []
    this.each(table, keys, row => out.push(row === undefined ? undefined : ownRow(row)))
    return out
  }

  /** Reads at once: `visit` gets each key's row, valid during the call only. */
  each(table: string, keys: readonly Buffer[], visit: (row: Row | undefined) => void): void {
    const { copy } = this.#active(table)
    this.#parts.guard.checkRead(copy)
    for (const key of keys) visit(readEntry(copy, key, key.length, this.#row) ? this.#row : undefined)
  }

  async issue(table: string, operation: Operation, _after: number, call: Call): Promise<Outcome> {
    const { outcome, acknowledged } = this.#parts.operator.make(this.#active(table), operation, call.deadline)
    await acknowledged
    return outcome
  }

  async issueAll(table: string, operations: readonly Operation[], _after: number, call: Call): Promise<void> {
    checkAtomic(operations)
    await this.#parts.operator.makeAll(this.#active(table), operations, call.deadline)
  }

  async decide(table: string, operation: Operation, _after: number, call: Call): Promise<Outcome> {
    return this.#parts.decide(this.#active(table), operation, call.deadline)
  }

  async clear(table: string, ack: Ack, _after: number, call: Call): Promise<void> {
    await this.#parts.writer.clear(this.#active(table), ack, new Row(), call.deadline)
  }

  /** This node sends itself nothing. */
  async open(): Promise<number> {
    return 0
  }

  async page(table: string, request: PageRequest): Promise<Page> {
    const { prefix } = request
    const wallMs = this.#env.clock.wall()
    return this.#page(this.#held(table), request, row =>
      prefix.length === 0 || isUnder(row, prefix, wallMs) ? row : undefined,
    )
  }

  async sums(table: string, request: PageRequest): Promise<Page> {
    const held = this.#active(table)
    return this.#page(held, request, row => {
      const entry = entryWith(held.copy, row, true)
      return entry !== undefined && hasPrefix(entry, request.prefix) ? entry : undefined
    })
  }

  #page({ copy }: HeldCopy, request: PageRequest, shown: PageParts['shown']): Page {
    const page = fillPage(copy, request, { origins: this.#parts.origins, shown })
    return { ...page, total: copy.size + copy.tombstones, totalBytes: copy.bytes }
  }

  async roots(tables: readonly TableClear[]): Promise<Roots> {
    const { catalog, copies, coverage } = this.#parts
    const roots: Root[] = []
    for (const { table, clear } of tables) {
      const copy = copies.get(table)?.copy
      if (copy === undefined) continue
      this.#parts.writer.observe(clear.h)
      copy.clear(clear.h, clear.origin)
      const had = coverage.before(table)
      const { floor, isSettling, clearVersion } = copy
      roots.push({ ...had, clear: clearVersion, words: copy.digest.root(), isWhole: !isSettling, floor })
    }
    return { epoch: catalog.epoch, roots }
  }

  async compared(): Promise<void> {}

  async touched(table: string, hashes: readonly number[]): Promise<void> {
    this.#parts.touched(table, hashes)
  }

  async bounded(by: string, maxBytes: ReadonlyMap<string, number>): Promise<void> {
    this.#parts.bounds.announce(by, maxBytes)
  }

  async groups(table: string): Promise<Uint32Array> {
    return this.#held(table).copy.digest.groups()
  }

  async buckets(table: string, group: number): Promise<Uint32Array> {
    return this.#held(table).copy.digest.buckets(group & 63)
  }

  async versions(of: CopyLife, buckets: readonly number[]): Promise<readonly RowVersion[]> {
    return versionsIn(this.#living(of), buckets)
  }

  async rows(of: CopyLife, hashes: readonly number[]): Promise<Page> {
    const copy = this.#living(of)
    const wanted = new Set(hashes)
    const batch = new RowBatch(this.#parts.origins)
    // What does not fit is asked for again: the asker sees what came.
    let complete = true
    for (const bucket of new Set(hashes.map(hash => hash >>> 20))) {
      copy.eachInBucket(bucket, row => {
        if (!wanted.has(row.hash)) return
        if (batch.size < maxRowsBytes) batch.add(row)
        else complete = false
      })
    }
    const all = { total: batch.count, totalBytes: batch.rowBytes }
    return { rows: blockOf(batch, this.#parts.origins), next: complete ? scanEnd : 0, ...all }
  }

  async merge(of: CopyLife, rows: RowBatch): Promise<void> {
    this.mergeBlock(of, blockOf(rows, this.#parts.origins))
  }

  mergeBlock(of: CopyLife, block: RowBlock): void {
    const copy = this.#living(of)
    block.each(row => {
      this.#parts.writer.observe(row.stamp)
      copy.merge(row)
    })
  }

  async subscribe(
    table: string,
    partition: number,
    _call: Call,
    listener: Invalidations,
  ): Promise<() => void> {
    const { copy } = this.#active(table)
    const onCopy: CopyListener = {
      applied: row => {
        if (row.hash >>> 24 === partition)
          listener.changed(row.keyBytes, row.keyStart, copy.keyLengthOf(row), row)
      },
      expired: () => {},
      cleared: () => listener.lost(),
      gone: () => listener.lost(),
    }
    copy.listen(onCopy)
    return () => copy.unlisten(onCopy)
  }

  async watch(table: string, prefix: Buffer, _call: Call, listener: WatchListener): Promise<() => void> {
    return this.watchNow(table, prefix, listener)
  }

  watchNow(table: string, prefix: Buffer, listener: WatchListener): () => void {
    const { copy } = this.#active(table)
    const onCopy: CopyListener = {
      applied: (row, isTouch) => {
        const shown = copy.isCounter ? changedEntry(copy, row) : row
        if (isTouch !== true && shown !== undefined && hasPrefix(shown, prefix))
          listener.changed(changeOf(shown), shown)
      },
      expired: row => {
        if (hasPrefix(row, prefix)) listener.changed('expire', row)
      },
      cleared: why => listener.event(why),
      gone: () => listener.ended(notHeld(copy.name)),
    }
    copy.listen(onCopy)
    return () => copy.unlisten(onCopy)
  }

  async status(): Promise<Readonly<Record<string, unknown>>> {
    return this.#parts.status()
  }

  async inspect(question: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, unknown>>> {
    return this.#parts.inspect(question)
  }

  // For loading and repair a copy serves as soon as it is there; for reads and writes it must be complete.
  #living({ table, life }: CopyLife): TableCopy {
    const { copy } = this.#held(table)
    if (this.#parts.coverage.lifeOf(table) !== life) throw notHeld(copy.name)
    return copy
  }

  #held(table: string): HeldCopy {
    const held = this.#parts.copies.get(table)
    if (held === undefined) throw notHeld(table)
    return held
  }

  #active(table: string): HeldCopy {
    const held = this.#held(table)
    if (!held.active) throw notHeld(held.copy.name)
    return held
  }
}

/** Hash and version of every row in the buckets, tombstones included. */
export function versionsIn(copy: TableCopy, buckets: readonly number[]): RowVersion[] {
  const out: RowVersion[] = []
  for (const bucket of buckets) {
    copy.eachInBucket(bucket & 4095, row => out.push(versionOf(row)))
  }
  return out
}

function changeOf({ flags }: Row): 'set' | 'delete' | 'evict' {
  if ((flags & rowFlags.dead) === 0) return 'set'
  return (flags & rowFlags.kill) === 0 ? 'delete' : 'evict'
}

/** True when the row's key begins with the encoded prefix. */
export function hasPrefix(row: Row, prefix: Buffer): boolean {
  if (prefix.length > row.keyLength) return false
  for (let i = 0; i < prefix.length; i++) if (row.keyBytes[row.keyStart + i] !== prefix[i]) return false
  return true
}

function isUnder(row: Row, prefix: Buffer, wallMs: number): boolean {
  return hasPrefix(row, prefix) && isLive(row.flags, row.expiresAt, wallMs)
}

/** The error of a call for a table that nobody here knows. */
export function unknownTable(name: string): MnemeshError {
  return new MnemeshError('ERR_TABLE_UNKNOWN', `there is no table ${name}; create it first`)
}

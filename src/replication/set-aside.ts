import { isLive, isNewer, isSameVersion, isVisible, Row, rowFlags } from '../core/entry.ts'
import type { Cancel, Environment } from '../core/environment.ts'
import { ownRow } from '../core/operation.ts'
import { partitionSpan, type ScanCursor, scanEnd } from '../core/partition.ts'
import type { HybridClock } from '../core/version.ts'
import type { Copies, HeldCopy } from '../storage/copies.ts'
import type { TableCopy } from '../storage/table.ts'
import { AsideMerge, type AsideMergeParts } from './aside-merge.ts'
import type { Counters } from './counters.ts'
import type { Coverage } from './coverage.ts'
import type { Instead } from './receipts.ts'
import type { Given, Lineage, Origin } from './rows-aside.ts'
import type { Writer } from './writer.ts'

const tickMs = 100
const slicesPerTick = 8
/** So long the rows of a part are left to the node that comes first, of several that set the same rows aside. */
const turnMs = 30_000

export interface SetAsideParts extends AsideMergeParts {
  readonly copies: Copies
  readonly coverage: Coverage
  readonly hybrid: HybridClock
  readonly writer: Writer
  readonly counters: Pick<Counters, 'adopt'>
  /** Live nodes, best first, for that partition. */
  readonly order: (partition: number) => readonly string[]
  readonly node: string
  readonly orphan?: (copy: TableCopy, row: Row) => void
  readonly discarded?: (copy: TableCopy, row: Row, instead: Instead) => void
  /** Takes rows for which there is no place: they are nowhere else. */
  readonly dropped: (copy: TableCopy, from: Lineage) => void
}

interface Aside {
  readonly copy: TableCopy
  readonly origin: Origin
  /** The copy that took its place must have everything up to here first. */
  readonly level: number
  cursor: ScanCursor
  turn: number
  /** Partitions whose rows this node has looked at. */
  readonly done: Set<number>
  /** When the copy had everything; monotonic ms. */
  begunAt: number | undefined
  reissued: number
  dropped: number
  orphans: number
  discarded: number
  readonly merge: AsideMerge
}

/**
 * Rows of copies that others went on without (rules D8 and D-13 of the protocol). They must not simply be merged: what
 * was deleted meanwhile, and forgotten, would come back. Once the copy that took their place is complete, those that
 * nothing newer has replaced are written anew, if the table takes the newest. By `majority` what was written while this
 * node knew that it was apart is discarded; by `reload` all is but deletes, and its keys are deleted; a function merges what
 * was written so, each row once: its writer sees to it (D-18).
 */
export class SetAside {
  readonly #env: Environment
  readonly #parts: SetAsideParts
  readonly #asides = new Map<string, Aside[]>()
  readonly #found = new Row()
  readonly #lastAt = new Map<string, number>()
  #timer: Cancel | undefined
  #count = 0

  constructor(env: Environment, parts: SetAsideParts) {
    this.#env = env
    this.#parts = parts
  }

  /** Copies that this process had to set aside so far. */
  get count(): number {
    return this.#count
  }

  /** Tables of which rows wait to be brought back, with their number. */
  waiting(): ReadonlyMap<string, number> {
    const count = (list: readonly Aside[]) => list.reduce((sum, { copy }) => sum + copy.size, 0)
    return new Map([...this.#asides].map(([table, list]) => [table, count(list)]))
  }

  /** When a copy of the table was set aside last, monotonic ms: others went on without it before that. */
  lastAt(table: string): number | undefined {
    return this.#lastAt.get(table)
  }

  /** Keeps the rows of a copy that is held no longer. */
  put(copy: TableCopy, origin: Origin): void {
    this.#count++
    this.#lastAt.set(origin.into, this.#env.clock.monotonic())
    const list = this.#asides.get(origin.into) ?? []
    this.#asides.set(origin.into, [
      ...list,
      {
        ...{ copy, origin, level: this.#parts.hybrid.last, cursor: 0, turn: 0, begunAt: undefined },
        done: new Set(),
        ...{ reissued: 0, dropped: 0, orphans: 0, discarded: 0 },
        merge: new AsideMerge(this.#parts),
      },
    ])
    this.#timer ??= this.#env.timers.every(tickMs, () => this.#tick())
  }

  /** Rows wait for a copy that is to come: where none of the table shall be here, they are given back. */
  retain(tables: Iterable<{ readonly id: string; readonly here: boolean }>): readonly Given[] {
    const awaited = new Set<string>()
    for (const { id, here } of tables) if (here) awaited.add(id)
    for (const table of this.#lastAt.keys()) if (!awaited.has(table)) this.#lastAt.delete(table)
    const given: Given[] = []
    for (const [table, list] of this.#asides) {
      if (awaited.has(table)) continue
      this.#asides.delete(table)
      for (const { copy, origin } of list) given.push({ ...origin, copy, table })
    }
    return given
  }

  stop(): void {
    this.#timer?.()
    this.#timer = undefined
  }

  #tick(): void {
    for (const [table, list] of this.#asides) {
      const held = this.#parts.copies.get(table)
      const [first] = list
      if (first === undefined) this.#asides.delete(table)
      else if (held?.active === true && this.#isReady(held, first)) {
        if (this.#bringBack(first, held)) this.#asides.set(table, list.slice(1))
      }
    }
    if (this.#asides.size === 0) this.stop()
  }

  #isReady(held: HeldCopy, { level }: Aside): boolean {
    return this.#parts.coverage.level(held.copy.id) >= level && this.#parts.writer.canWrite(held)
  }

  // True when it is done. The clear that it knew is a version like others, and no row of it.
  #bringBack(aside: Aside, held: HeldCopy): boolean {
    const now = this.#env.clock.monotonic()
    aside.begunAt ??= now
    const { h, origin } = aside.copy.clearVersion
    const isOfOther = aside.origin.isLiveOnly || this.#isApart(aside, held, { h, origin })
    if (!isOfOther) held.copy.clear(h, origin)
    for (let slice = 0; slice < slicesPerTick; slice++) {
      if (aside.merge.isPending) {
        aside.merge.run(held)
        return false
      }
      if (aside.cursor === scanEnd) {
        if (aside.turn >= aside.origin.with.length) return this.#tell(aside, held)
        aside.cursor = 0
        aside.turn++
      }
      if (now < aside.begunAt + aside.turn * turnMs) return false
      this.#slice(aside, held)
    }
    return false
  }

  #slice(aside: Aside, held: HeldCopy): void {
    const partition = Math.floor(aside.cursor / partitionSpan)
    // Whoever came before this node there may be gone by now, and have brought back nothing of it.
    if (aside.done.has(partition) || this.#turnOf(aside, partition) > aside.turn) {
      aside.cursor = (partition + 1) * partitionSpan
      return
    }
    const rows: Row[] = []
    const { isLiveOnly } = aside.origin
    aside.cursor = aside.copy.scan(aside.cursor, row => {
      if (!isLiveOnly || !row.isDead) rows.push(ownRow(row))
    })
    const wallMs = this.#env.clock.wall()
    for (const row of rows) this.#decide(aside, held, row, wallMs)
    if (aside.cursor >= (partition + 1) * partitionSpan) aside.done.add(partition)
  }

  // Of several nodes with the same rows one brings them back; the others look, later, whether it has.
  #turnOf({ origin }: Aside, partition: number): number {
    const rivals = new Set([...origin.with, this.#parts.node])
    return this.#parts
      .order(partition)
      .filter(node => rivals.has(node))
      .indexOf(this.#parts.node)
  }

  #decide(aside: Aside, held: HeldCopy, row: Row, wallMs: number): void {
    const { copy } = held
    const { origins } = this.#parts
    const isApart = this.#isApart(aside, held, row)
    const isForFunction = isApart && !this.#isSpent(row, wallMs)
    const fate = isForFunction ? aside.merge.take(held, row, wallMs) : undefined
    if (fate === 'dropped') aside.dropped++
    if (fate !== undefined) return
    const exists = copy.read(this.#hash(copy, row), row.keyBytes, row.keyStart, row.keyLength, this.#found)
    // What was only touched here is there, or was deleted there; the touch is not worth a write.
    const isLate = exists
      ? !isNewer(origins, row, this.#found) || isSameVersion(row, this.#found)
      : row.isDead
    if (isLate || !isNewer(origins, row, copy.clearVersion) || this.#isSpent(row, wallMs)) {
      aside.dropped++
      return
    }
    if (copy.isCounter) {
      this.#takeOver(aside, held, row)
      return
    }
    const { onMerge } = copy.definition
    if ((isApart && onMerge === 'majority') || (onMerge === 'reload' && !row.isDead)) {
      this.#discard(aside, held, row, exists && isVisible(this.#found, wallMs))
      return
    }
    if (!exists && aside.origin.isKin && row.h <= copy.floor) {
      aside.orphans++
      this.#parts.orphan?.(copy, row)
      return
    }
    aside.reissued++
    this.#parts.writer.reissue(held, row)
  }

  // Written by a node that knew that the majority could not have it.
  #isApart({ origin: { apart } }: Aside, { copy }: HeldCopy, version: Pick<Row, 'h' | 'origin'>): boolean {
    const { onMerge } = copy.definition
    if (onMerge === 'newest' || onMerge === 'reload' || apart === undefined) return false
    return version.h > (apart.others.get(this.#parts.origins.nameOf(version.origin)) ?? apart.since)
  }

  // What may be loaded anew must not stay older than it was somewhere.
  #discard(aside: Aside, held: HeldCopy, row: Row, isThere: boolean): void {
    const rule = held.copy.definition.onMerge === 'reload' ? 'reload' : 'majority'
    aside.discarded++
    this.#parts.discarded?.(held.copy, row, { present: isThere ? this.#found : undefined, rule })
    if (rule === 'majority' || !isThere) return
    row.flags = rowFlags.dead
    row.expiresAt = 0
    row.valueLength = 0
    this.#parts.writer.reissue(held, row)
  }

  // Parts of a counter are no writes that beat others: each of them counts once, whoever brings it.
  #takeOver(aside: Aside, held: HeldCopy, row: Row): void {
    const { copy } = held
    const fate = this.#parts.counters.adopt(held, row, aside.origin.isKin ? copy.floor : 0)
    if (fate === 'reissued') aside.reissued++
    else if (fate === 'dropped') aside.dropped++
    else {
      aside.orphans++
      this.#parts.orphan?.(copy, row)
    }
  }

  // An eviction is a marker of the version that it killed, and nobody's wish.
  #isSpent(row: Row, wallMs: number): boolean {
    if (row.isDead) return (row.flags & rowFlags.kill) !== 0
    return !isLive(row.flags, row.expiresAt, wallMs)
  }

  // The seed may be another one by now.
  #hash(copy: TableCopy, row: Row): number {
    return copy.hashOf(row.keyBytes, row.keyStart, copy.keyLengthOf(row))
  }

  #tell(aside: Aside, { copy }: HeldCopy): true {
    const { reissued, dropped, orphans, discarded } = aside
    const { merged, failed } = aside.merge
    if (failed !== undefined) this.#parts.dropped(failed, aside.origin.from)
    const rule = copy.definition.onMerge
    const counts = { reissued, dropped, orphans, discarded, merged }
    this.#parts.events.emit('rejoined', { table: copy.name, rule, ...counts })
    return true
  }
}

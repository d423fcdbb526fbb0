import { differing } from '../core/digest.ts'
import { isNewer, type Row } from '../core/entry.ts'
import { type Cancel, type Environment, pick } from '../core/environment.ts'
import { type Epoch, earlier } from '../core/epoch.ts'
import { MnemeshError, toMnemeshError } from '../core/errors.ts'
import type { Events } from '../core/events.ts'
import type { HybridClock, Origins } from '../core/version.ts'
import type { Copies } from '../storage/copies.ts'
import type { TableCopy } from '../storage/table.ts'
import type { Call } from '../wire/caller.ts'
import type { Catalog } from './catalog.ts'
import type { Compared, Coverage } from './coverage.ts'
import { Divergences, liveBelow } from './divergences.ts'
import type { Holders } from './holders.ts'
import { versionsIn } from './local-replica.ts'
import type { Pace } from './pace.ts'
import type { Pair } from './pair.ts'
import type { Receipts } from './receipts.ts'
import type { Replica, Replicas, Root, RowVersion } from './replica.ts'
import { newerThan } from './row-differences.ts'
import { type Exchanged, giveRows, takeRows } from './row-exchange.ts'
import type { Separation } from './separation.ts'

const periodMs = 30_000
const retryMs = 1000
const callTimeoutMs = 10_000
const bucketsPerStep = 16

export interface RepairerParts {
  readonly catalog: Catalog
  readonly copies: Copies
  readonly coverage: Coverage
  readonly holders: Holders
  readonly events: Events
  readonly origins: Origins
  readonly hybrid: HybridClock
  readonly replicas: Replicas
  readonly isConnected: (node: string) => boolean
  readonly pace: Pace
  /** Writes a row of a copy of this node anew. */
  readonly reissue: (copy: TableCopy, row: Row) => void
  readonly receipts: Receipts
  readonly separation: Pick<Separation, 'turns'>
  /** All tables that both hold were compared with that node, wholly. */
  readonly compared: (node: string) => void
}

/**
 * Anti-entropy: finds by digests in what two nodes' copies differ and exchanges just that, both ways. After every
 * connection, when a node turns out to hold a table too, and with a random peer every 30 s. Equal copies cost 16
 * bytes a table.
 */
export class Repairer {
  readonly #env: Environment
  readonly #parts: RepairerParts
  readonly #divergences: Divergences
  readonly #running = new Map<string, Promise<void>>()
  readonly #again = new Set<string>()
  readonly #later = new Set<string>()
  readonly #stops: Cancel[]
  #common = new Set<string>()
  #repaired = 0
  #stopped = false

  constructor(env: Environment, parts: RepairerParts) {
    this.#env = env
    this.#parts = parts
    this.#divergences = new Divergences(env.clock, parts)
    this.#stops = [
      env.timers.every(periodMs, () => this.#round()),
      parts.holders.onChange(() => this.#follow()),
    ]
  }

  /** Rows that repairs brought or gave so far. */
  get repaired(): number {
    return this.#repaired
  }

  /** What became of keys that differed. */
  get receipts(): Receipts {
    return this.#parts.receipts
  }

  stop(): void {
    this.#stopped = true
    for (const stop of this.#stops) stop()
  }

  /** Compares all common tables with that node and mends them; tries again while the node is connected. */
  schedule(node: string, isHeal = true): void {
    if (this.#stopped) return
    if (this.#running.has(node)) {
      this.#again.add(node)
      return
    }
    const run = this.#repairAll(node, isHeal)
      .catch(error => this.#failed(node, error))
      .finally(() => {
        this.#running.delete(node)
        if (this.#again.delete(node)) this.schedule(node)
      })
    this.#running.set(node, run)
  }

  /**
   * Makes this node's copy of one table and that node's copy equal. Resolves with the other copy's floor, undefined where
   * the comparison has to be made again. Rejects when the node fails.
   */
  async repair(node: string, copy: TableCopy): Promise<number | undefined> {
    const [compared] = await this.#compare(this.#parts.replicas(node), [copy])
    return compared?.floor
  }

  #failed(node: string, error: unknown): void {
    if (!this.#parts.isConnected(node)) return
    this.#env.log.warn({ node, err: toMnemeshError(error) }, 'repair interrupted')
    this.#retry(node)
  }

  // Others ask for comparisons, too: each that fails must not have a retry of its own, and that one the next.
  #retry(node: string): void {
    if (this.#later.has(node)) return
    this.#later.add(node)
    this.#env.timers.after(retryMs, () => {
      this.#later.delete(node)
      if (this.#parts.isConnected(node)) this.schedule(node)
    })
  }

  // Where schema or view say that a node holds a table that this node holds too, and did not before. When one is gone,
  // with all that are left: the last that it sent may have reached some of them only.
  #follow(): void {
    const common = new Set<string>()
    const nodes = new Set<string>()
    const all = new Set<string>()
    for (const copy of this.#mendable()) {
      for (const node of this.#parts.holders.of(copy.id)?.activeOthers ?? []) {
        const pair = `${node} ${copy.id}`
        common.add(pair)
        all.add(node)
        if (!this.#common.has(pair)) nodes.add(node)
      }
    }
    const isOneGone = [...this.#common].some(pair => !common.has(pair))
    this.#common = common
    for (const node of isOneGone ? all : nodes) if (this.#parts.isConnected(node)) this.schedule(node)
  }

  #round(): void {
    const nodes = new Set(this.#mendable().flatMap(copy => this.#parts.holders.of(copy.id)?.others ?? []))
    if (nodes.size > 0) this.schedule(pick(this.#env.random, [...nodes]), false)
  }

  async #repairAll(node: string, isHeal: boolean): Promise<void> {
    const common = this.#mendable().filter(copy => this.#parts.holders.of(copy.id)?.others.includes(node))
    const compared = await this.#compare(
      this.#parts.replicas(node),
      common,
      isHeal ? this.#parts.receipts : undefined,
    )
    if (compared.length < common.length) this.#retry(node)
    else this.#parts.compared(node)
  }

  // Majority tables are what the log says at their place in it: a row that came by another way would be changed twice.
  #mendable(): TableCopy[] {
    const copies = this.#parts.copies.all().map(({ copy }) => copy)
    return copies.filter(({ definition }) => !definition.majority)
  }

  // Those tables that were compared wholly. What each side had when it began, the other one has then (5.8).
  async #compare(
    replica: Replica,
    copies: readonly TableCopy[],
    receipts?: Receipts,
  ): Promise<readonly Root[]> {
    const { catalog, coverage, separation } = this.#parts
    const { epoch } = catalog
    const begun = separation.turns
    // What comes after this may be missed.
    const before = copies.map(copy => ({ copy, mine: coverage.before(copy.id) }))
    await this.#open(replica, copies)
    const clears = copies.map(({ id, clearVersion }) => ({ table: id, clear: clearVersion }))
    const theirs = await replica.roots(clears, epoch, this.#call())
    const compared: Root[] = []
    const told: Compared[] = []
    for (const root of theirs.roots) {
      const found = before.find(({ copy }) => copy.id === root.table)
      if (found === undefined) continue
      const { copy, mine } = found
      const pair = { replica, copy, theirs: root, epoch: theirs.epoch, lacking: [], receipts, turns: begun }
      this.#check(pair)
      this.#parts.hybrid.merge(root.clear.h)
      copy.clear(root.clear.h, root.clear.origin)
      const isWhole = root.isWhole && !copy.isSettling
      if (differing(copy.digest.root(), root.words).length > 0) {
        await this.#mend(pair)
        if (!(await this.#clearAgain(pair))) continue
      }
      if (!isWhole) continue
      this.#divergences.compared(replica.node, copy, pair.lacking)
      coverage.compared({ ...root, life: mine.life })
      compared.push(root)
      told.push({ ...mine, life: root.life })
    }
    const both = earlier(epoch, theirs.epoch)
    if (both !== undefined) await this.#tell(replica, told, both)
    return compared
  }

  // What a clear took away on one side meanwhile was not exchanged: with the clear the other one lacks nothing of it.
  async #clearAgain(pair: Pair): Promise<boolean> {
    const { replica, copy } = pair
    const mine = [{ table: copy.id, clear: copy.clearVersion }]
    const { roots } = await replica.roots(mine, this.#parts.catalog.epoch, this.#call())
    this.#check(pair)
    for (const { clear } of roots) {
      this.#parts.hybrid.merge(clear.h)
      copy.clear(clear.h, clear.origin)
    }
    return roots.length > 0
  }

  // Either side may have been expelled meanwhile, and have begun anew: what it had before is not to be spread.
  #check({ replica, copy, epoch, turns }: Pair): void {
    const member = this.#parts.holders.memberOf(copy.id, replica.node)
    const isSameSide = copy.definition.onMerge === 'newest' || turns === this.#parts.separation.turns
    const isPresent = isSameSide && this.#parts.copies.get(copy.id)?.copy === copy
    if (isPresent && member !== undefined && this.#parts.coverage.accepts(member, copy.id, epoch)) return
    throw new MnemeshError(
      'ERR_UNAVAILABLE',
      `table ${copy.name} is not compared with ${replica.node} any more`,
    )
  }

  async #open(replica: Replica, copies: readonly TableCopy[]): Promise<void> {
    const { coverage } = this.#parts
    for (const { id } of copies) {
      const member = this.#parts.holders.memberOf(id, replica.node)
      if (member === undefined || !coverage.isUnopened(id, member)) continue
      coverage.opened(id, member, await replica.open(id, this.#call()))
    }
  }

  async #tell(replica: Replica, told: readonly Compared[], epoch: Epoch): Promise<void> {
    await replica.compared(told, epoch, this.#call())
    const { coverage } = this.#parts
    for (const { table } of told) {
      const member = this.#parts.holders.memberOf(table, replica.node)
      if (member !== undefined) coverage.sealed({ table, life: coverage.lifeOf(table) }, member, epoch)
    }
  }

  async #mend(pair: Pair): Promise<void> {
    const { replica, copy } = pair
    const before = this.#repaired
    const groups = differing(copy.digest.groups(), await replica.groups(copy.id, this.#call()))
    for (const group of groups) {
      const theirs = await replica.buckets(copy.id, group, this.#call())
      const buckets = differing(copy.digest.buckets(group), theirs).map(bucket => group * 64 + bucket)
      for (let i = 0; i < buckets.length; i += bucketsPerStep) {
        await this.#exchange(pair, buckets.slice(i, i + bucketsPerStep))
      }
    }
    const rows = this.#repaired - before
    if (rows > 0) this.#parts.events.emit('ae-repaired', { table: copy.name, member: replica.node, rows })
  }

  async #exchange(pair: Pair, buckets: readonly number[]): Promise<void> {
    const { replica, copy } = pair
    const rest = this.#parts.pace()
    if (rest !== undefined) await rest
    const theirs = await replica.versions(pair.theirs, buckets, this.#call())
    // Listed after the answer came, so what arrived meanwhile is not asked for.
    const mine = versionsIn(copy, buckets)
    const { origins } = this.#parts
    const newer = copy.isCounter ? undefined : (a: RowVersion, b: RowVersion) => isNewer(origins, a, b)
    const exchanged: Exchanged = {
      ...{ ...pair, call: () => this.#call(), check: () => this.#check(pair) },
      parts: { ...this.#parts, clock: this.#env.clock },
    }
    this.#repaired += await takeRows(exchanged, newerThan(theirs, mine, newer), mine)
    const ours = newerThan(mine, theirs, newer)
    const present = new Set(theirs.map(({ hash }) => hash))
    const absent = ours.filter(hash => !present.has(hash))
    pair.lacking.push(...liveBelow(mine, absent, Math.min(copy.floor, pair.theirs.floor)))
    this.#repaired += await giveRows(exchanged, ours, theirs)
  }

  #call(): Call {
    return { deadline: this.#env.clock.monotonic() + callTimeoutMs }
  }
}

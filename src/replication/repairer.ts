import { differing } from '../core/digest.ts'
import { isNewer, type Row } from '../core/entry.ts'
import { type Cancel, type Environment, pick } from '../core/environment.ts'
import { toMnemeshError } from '../core/errors.ts'
import { scanEnd } from '../core/partition.ts'
import { RowBatch } from '../core/rows.ts'
import type { HybridClock, Origins } from '../core/version.ts'
import type { Copies } from '../storage/copies.ts'
import type { TableCopy } from '../storage/table.ts'
import type { Call } from '../wire/caller.ts'
import type { Holders } from './holders.ts'
import { versionsIn } from './local-replica.ts'
import type { Replica, Replicas, RowVersion } from './replica.ts'

const periodMs = 30_000
const retryMs = 1000
const callTimeoutMs = 10_000
const bucketsPerStep = 16
const hashesPerCall = 4096
const pushBytes = 256 * 1024

export interface RepairerParts {
  readonly copies: Copies
  readonly holders: Holders
  readonly origins: Origins
  readonly hybrid: HybridClock
  readonly replicas: Replicas
  readonly isConnected: (node: string) => boolean
}

/**
 * Anti-entropy: finds by digests in what two nodes' copies differ and exchanges just that, both ways. After every
 * connection, when a node turns out to hold a table too, and with a random peer every 30 s. Equal copies cost 16
 * bytes a table.
 */
export class Repairer {
  readonly #env: Environment
  readonly #parts: RepairerParts
  readonly #running = new Map<string, Promise<void>>()
  readonly #again = new Set<string>()
  readonly #stops: Cancel[]
  #common = new Set<string>()
  #repaired = 0
  #stopped = false

  constructor(env: Environment, parts: RepairerParts) {
    this.#env = env
    this.#parts = parts
    this.#stops = [
      env.timers.every(periodMs, () => this.#round()),
      parts.holders.onChange(() => this.#follow()),
    ]
  }

  /** Rows that repairs brought or gave so far. */
  get repaired(): number {
    return this.#repaired
  }

  stop(): void {
    this.#stopped = true
    for (const stop of this.#stops) stop()
  }

  /** Compares all common tables with that node and mends them; tries again while the node is connected. */
  schedule(node: string): void {
    if (this.#stopped) return
    if (this.#running.has(node)) {
      this.#again.add(node)
      return
    }
    const run = this.#repairAll(node)
      .catch(error => this.#failed(node, error))
      .finally(() => {
        this.#running.delete(node)
        if (this.#again.delete(node)) this.schedule(node)
      })
    this.#running.set(node, run)
  }

  /** Makes this node's copy of one table and that node's copy equal. Rejects when the node fails. */
  async repair(node: string, copy: TableCopy): Promise<void> {
    await this.#compare(this.#parts.replicas(node), [copy])
  }

  #failed(node: string, error: unknown): void {
    if (!this.#parts.isConnected(node)) return
    this.#env.log.warn({ node, err: toMnemeshError(error) }, 'repair interrupted')
    this.#later(node)
  }

  #later(node: string): void {
    this.#env.timers.after(retryMs, () => {
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
    if (nodes.size > 0) this.schedule(pick(this.#env.random, [...nodes]))
  }

  async #repairAll(node: string): Promise<void> {
    const common = this.#mendable().filter(copy => this.#parts.holders.of(copy.id)?.others.includes(node))
    const isWhole = await this.#compare(this.#parts.replicas(node), common)
    if (!isWhole) this.#later(node)
  }

  // Majority tables are what the log says at their place in it: a row that came by another way would be changed twice.
  #mendable(): TableCopy[] {
    const copies = this.#parts.copies.all().map(({ copy }) => copy)
    return copies.filter(({ definition }) => !definition.majority)
  }

  // False when a digest of this node did not have all rows yet: then equal ones mean nothing.
  async #compare(replica: Replica, copies: readonly TableCopy[]): Promise<boolean> {
    let isWhole = true
    const ids = copies.map(copy => copy.id)
    for (const { table, words, clear } of await replica.roots(ids, this.#call())) {
      const copy = copies.find(other => other.id === table)
      if (copy === undefined) continue
      this.#parts.hybrid.merge(clear.h)
      copy.clear(clear.h, clear.origin)
      if (copy.isSettling) isWhole = false
      if (differing(copy.digest.root(), words).length > 0) await this.#mend(replica, copy)
    }
    return isWhole
  }

  async #mend(replica: Replica, copy: TableCopy): Promise<void> {
    const before = this.#repaired
    const groups = differing(copy.digest.groups(), await replica.groups(copy.id, this.#call()))
    for (const group of groups) {
      const theirs = await replica.buckets(copy.id, group, this.#call())
      const buckets = differing(copy.digest.buckets(group), theirs).map(bucket => group * 64 + bucket)
      for (let i = 0; i < buckets.length; i += bucketsPerStep) {
        await this.#exchange(replica, copy, buckets.slice(i, i + bucketsPerStep))
      }
    }
    const rows = this.#repaired - before
    if (rows > 0) this.#env.log.info({ table: copy.name, node: replica.node, rows }, 'copies repaired')
  }

  async #exchange(replica: Replica, copy: TableCopy, buckets: readonly number[]): Promise<void> {
    const theirs = await replica.versions(copy.id, buckets, this.#call())
    // Listed after the answer came, so what arrived meanwhile is not asked for.
    const mine = versionsIn(copy, buckets)
    const { origins } = this.#parts
    await this.#take(
      replica,
      copy,
      newerThan(theirs, mine, (a, b) => isNewer(origins, a, b)),
    )
    await this.#give(
      replica,
      copy,
      newerThan(mine, theirs, (a, b) => isNewer(origins, a, b)),
    )
  }

  async #take(replica: Replica, copy: TableCopy, hashes: readonly number[]): Promise<void> {
    for (let i = 0; i < hashes.length; i += hashesPerCall) {
      let wanted = hashes.slice(i, i + hashesPerCall)
      while (wanted.length > 0) {
        const page = await replica.rows(copy.id, wanted, this.#call())
        const came = new Set<number>()
        const wallMs = this.#env.clock.wall()
        page.rows.each(row => {
          came.add(row.hash)
          this.#parts.hybrid.merge(row.stamp)
          if (copy.merge(row, wallMs)) this.#repaired++
        })
        if (page.next === scanEnd || came.size === 0) break
        wanted = wanted.filter(hash => !came.has(hash))
      }
    }
  }

  async #give(replica: Replica, copy: TableCopy, hashes: readonly number[]): Promise<void> {
    const wanted = new Set(hashes)
    let batch = new RowBatch(this.#parts.origins)
    for (const bucket of new Set(hashes.map(hash => hash >>> 20))) {
      const full: RowBatch[] = []
      copy.eachInBucket(bucket, (row: Row) => {
        if (!wanted.has(row.hash)) return
        this.#repaired++
        batch.add(row)
        if (batch.size < pushBytes) return
        full.push(batch)
        batch = new RowBatch(this.#parts.origins)
      })
      for (const rows of full) await replica.merge(copy.id, rows, this.#call())
    }
    if (batch.count > 0) await replica.merge(copy.id, batch, this.#call())
  }

  #call(): Call {
    return { deadline: this.#env.clock.monotonic() + callTimeoutMs }
  }
}

/**
 * Hashes of the rows in `a` that `b` lacks or has older. Two keys may share a hash: then only an equal version counts
 * as had, and merging what comes too much is harmless.
 */
export function newerThan(
  a: readonly RowVersion[],
  b: readonly RowVersion[],
  newer: (a: RowVersion, b: RowVersion) => boolean,
): number[] {
  const theirs = byHash(b)
  const out: number[] = []
  for (const [hash, mine] of byHash(a)) {
    const others = theirs.get(hash) ?? []
    const had =
      mine.length === 1 && others.length === 1
        ? !newer(mine[0], others[0])
        : mine.every(version => others.some(other => isSame(version, other)))
    if (!had) out.push(hash)
  }
  return out
}

function byHash(versions: readonly RowVersion[]): Map<number, RowVersion[]> {
  const out = new Map<number, RowVersion[]>()
  for (const version of versions) {
    const same = out.get(version.hash)
    if (same === undefined) out.set(version.hash, [version])
    else same.push(version)
  }
  return out
}

function isSame(a: RowVersion, b: RowVersion): boolean {
  return a.h === b.h && a.origin === b.origin && a.flags === b.flags
}

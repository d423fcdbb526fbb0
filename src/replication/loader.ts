import type { Environment } from '../core/environment.ts'
import { pick } from '../core/environment.ts'
import { MnemeshError, toMnemeshError } from '../core/errors.ts'
import { type LoadedPage, LoadProgress } from '../core/load-progress.ts'
import { scanEnd } from '../core/partition.ts'
import { Slots } from '../core/slots.ts'
import type { HybridClock } from '../core/version.ts'
import type { HeldCopy } from '../storage/copies.ts'
import { recordBytes } from '../storage/record.ts'
import type { Call } from '../wire/caller.ts'
import type { Coverage } from './coverage.ts'
import type { Holders } from './holders.ts'
import type { Pace } from './pace.ts'
import type { Repairer } from './repairer.ts'
import type { Page, Replicas } from './replica.ts'

/** A source fills one in a third of a ms (100 B a row): all that are under way keep no writer waiting for long. */
const pageBytes = 64 * 1024
/** Parts of the key space that come side by side, a page at a time each. */
const lanes = 4
/** Pages under way at once, whatever the number of tables: what a load takes of the memory of both sides. */
const pagesAtOnce = 8
const callTimeoutMs = 10_000
const noProgressMs = 30_000
const retryMs = 100

export interface LoaderParts {
  readonly holders: Holders
  readonly replicas: Replicas
  readonly repairer: Repairer
  readonly hybrid: HybridClock
  readonly coverage: Coverage
  readonly pace: Pace
}

/**
 * Fills a new copy while the cluster goes on writing: first every holder sends its operations here too, then one
 * holder's rows are streamed in, then digests are compared with every holder. Nobody's writes wait for it. When the
 * source dies, another one goes on where it stopped.
 */
export class Loader {
  readonly #env: Environment
  readonly #parts: LoaderParts
  readonly #slots = new Slots(pagesAtOnce)

  constructor(env: Environment, parts: LoaderParts) {
    this.#env = env
    this.#parts = parts
  }

  /**
   * Goes on where an earlier load of the same copy stopped. Resolves with true when the copy has everything that any live holder has; with false when no live node holds
   * an active copy. Rejects with ERR_TIMEOUT after 30 s without progress, and when `held` is given up.
   */
  async load(held: HeldCopy, wanted: () => boolean): Promise<boolean> {
    const id = held.copy.id
    const attempt = new Attempt(this.#env, held, wanted)
    const opened = new Set<string>()
    if (this.#active(id).length === 0) return false
    await this.#openAll(id, opened, attempt)
    held.load ??= new LoadProgress(lanes, scanEnd, this.#env.clock.monotonic())
    const { load } = held
    await Promise.all(load.lanes.map((_, lane) => this.#stream(held, load, lane, attempt)))
    return this.#settle(held, opened, attempt)
  }

  #active(id: string): readonly string[] {
    return this.#parts.holders.of(id)?.activeOthers ?? []
  }

  async #openAll(id: string, opened: Set<string>, attempt: Attempt): Promise<void> {
    for (;;) {
      const missing = this.#active(id).filter(node => !opened.has(node))
      if (missing.length === 0) return
      const results = missing.map(async node => {
        const stamp = await this.#parts.replicas(node).open(id, this.#call())
        const member = this.#parts.holders.memberOf(id, node)
        if (member !== undefined) this.#parts.coverage.opened(id, member, stamp)
        opened.add(node)
        attempt.progressed()
      })
      await attempt.orRetry(Promise.all(results))
    }
  }

  async #stream(held: HeldCopy, load: LoadProgress, lane: number, attempt: Attempt): Promise<void> {
    const { end } = load.lanes[lane]
    while (load.lanes[lane].cursor < end) {
      const sources = this.#active(held.copy.id)
      if (sources.length === 0)
        throw new MnemeshError('ERR_UNAVAILABLE', `no live source for table ${held.copy.name}`)
      const source = pick(this.#env.random, sources)
      // One source for as long as it answers, so that its pages do not overlap with another's.
      while (load.lanes[lane].cursor < end) {
        const rest = this.#parts.pace()
        if (rest !== undefined) await rest
        const request = { cursor: load.lanes[lane].cursor, end, maxBytes: pageBytes, prefix: noPrefix }
        // Merged while it holds its slot: what has come and waits is memory, too.
        const asked = this.#slots.run(async () => {
          const page = await this.#parts.replicas(source).page(held.copy.id, request, this.#call())
          attempt.check()
          const bytes = this.#merge(held, page)
          load.took(lane, pageFacts(page, bytes), this.#env.clock.monotonic())
          return page
        })
        if ((await attempt.orRetry(asked)) === undefined) break
        attempt.progressed()
      }
    }
  }

  // The bytes of the live rows among them.
  #merge(held: HeldCopy, page: Page): number {
    let bytes = 0
    page.rows.each(row => {
      this.#parts.hybrid.merge(row.stamp)
      held.copy.merge(row)
      if (!row.isDead) bytes += recordBytes(row)
    })
    return bytes
  }

  // What holders had issued before they began to send here and what had not reached the source: digests find it.
  async #settle(held: HeldCopy, opened: Set<string>, attempt: Attempt): Promise<boolean> {
    const floors = new Map<string, number>()
    for (;;) {
      await this.#openAll(held.copy.id, opened, attempt)
      const missing = this.#active(held.copy.id).filter(node => !floors.has(node))
      if (missing.length === 0) break
      for (const node of missing) {
        const floor = await attempt.orRetry(this.#parts.repairer.repair(node, held.copy))
        if (floor !== undefined) floors.set(node, floor)
      }
      attempt.progressed()
    }
    const { coverage } = this.#parts
    coverage.loaded(held.copy.id)
    // Not the source's alone: what a source has forgotten may be on its way from somebody whom this copy has not all of.
    // Where the last holder was lost before it could be compared with, nobody has said what is forgotten.
    if (floors.size > 0) held.copy.raiseFloor(Math.min(...floors.values(), coverage.level(held.copy.id)))
    return true
  }

  #call(): Call {
    return { deadline: this.#env.clock.monotonic() + callTimeoutMs }
  }
}

function pageFacts({ next, rows, total, totalBytes }: Page, bytes: number): LoadedPage {
  return { next, rows: rows.count, bytes, totalRows: total, totalBytes }
}

const noPrefix = Buffer.alloc(0)

/** One load: its patience, and what ends it. */
class Attempt {
  readonly #env: Environment
  readonly #held: HeldCopy
  readonly #wanted: () => boolean
  #progressedAt: number

  constructor(env: Environment, held: HeldCopy, wanted: () => boolean) {
    this.#env = env
    this.#held = held
    this.#wanted = wanted
    this.#progressedAt = env.clock.monotonic()
  }

  progressed(): void {
    this.#progressedAt = this.#env.clock.monotonic()
  }

  /** The result; undefined, after a short rest, when it failed and the load goes on. */
  async orRetry<T>(result: Promise<T>): Promise<T | undefined> {
    this.check()
    try {
      const value = await result
      this.check()
      return value
    } catch (error) {
      this.check()
      this.#env.log.debug({ table: this.#held.copy.name, err: toMnemeshError(error) }, 'load step failed')
      await new Promise<void>(resolve => this.#env.timers.after(retryMs, resolve))
      this.check()
      return undefined
    }
  }

  /** Throws when the load is over, or has waited too long. */
  check(): void {
    const { name } = this.#held.copy
    if (!this.#wanted())
      throw new MnemeshError('ERR_ABORTED', `the copy of table ${name} is not wanted any more`)
    if (this.#env.clock.monotonic() - this.#progressedAt < noProgressMs) return
    throw new MnemeshError('ERR_TIMEOUT', `loading table ${name} made no progress for ${noProgressMs} ms`)
  }
}

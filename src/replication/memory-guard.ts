import type { Cancel, Environment } from '../core/environment.ts'
import { MnemeshError } from '../core/errors.ts'
import type { Events } from '../core/events.ts'
import type { Copies, HeldCopy } from '../storage/copies.ts'
import type { Holders } from './holders.ts'
import type { OpenTables } from './open-tables.ts'
import type { Outbox } from './outbox.ts'
import type { Replicas } from './replica.ts'
import type { TableBounds } from './table-bounds.ts'
import { TombstoneWatch } from './tombstone-watch.ts'

const periodMs = 100
/** Announcements that hold are made anew so often; see `TableBounds`. */
const announceEveryMs = 1000
const callLimitMs = 1000
/** From this part of the limit on tables that evict make room, until it is so much less. */
const pressureShare = 0.8
/** From this part on no entry is written any more. */
const fullShare = 0.95
/** A state is over when so much is free beyond where it began, so that it does not flicker. */
const slackShare = 0.05
/** What is used is added up anew after so many bytes were written, at least. */
const leastCreditBytes = 64 * 1024

/** How much of a node's memory tables and what belongs to them use. */
export interface MemoryUse {
  readonly usedBytes: number
  /** Infinity where there is no limit. */
  readonly maxBytes: number
}

export interface MemoryGuardParts {
  readonly self: string
  /** What this node may use; Infinity for no limit. */
  readonly maxBytes: number
  readonly events: Events
  readonly copies: Copies
  readonly bounds: TableBounds
  readonly holders: Pick<Holders, 'of'>
  readonly replicas: () => Replicas
  readonly outbox: Pick<Outbox, 'held'>
  readonly tables: () => Pick<OpenTables, 'cachedBytes' | 'shrinkCaches'>
}

/**
 * Keeps this node within its memory: at 80 % of `maxBytes` tables that evict are bounded so that their owners, wherever
 * they are, make room; at 95 % entries are refused, here and, by bounds of all tables, on other nodes. What is deleted,
 * read and replicated always goes on.
 */
export class MemoryGuard {
  readonly #env: Environment
  readonly #parts: MemoryGuardParts
  readonly #tombstones: TombstoneWatch
  readonly #stop: Cancel
  #usedBytes = 0
  // Bytes that may be written before what is used is added up anew.
  #creditBytes = 0
  #state: 'calm' | 'pressed' | 'full' = 'calm'
  #own: ReadonlyMap<string, number> = new Map()
  #announcedAt = Number.NEGATIVE_INFINITY

  constructor(env: Environment, parts: MemoryGuardParts) {
    this.#env = env
    this.#parts = parts
    this.#tombstones = new TombstoneWatch(parts)
    this.#stop = env.timers.every(periodMs, () => this.#round())
  }

  stop(): void {
    this.#stop()
  }

  get use(): MemoryUse {
    this.#measure()
    return { usedBytes: this.#usedBytes, maxBytes: this.#parts.maxBytes }
  }

  /** Tables, by id, of which more deletes must be remembered than there is room for. */
  get pressed(): readonly string[] {
    return this.#tombstones.pressed
  }

  /** Throws ERR_TABLE_FULL where this node has no memory for entries of about so many bytes more. */
  checkMemory(table: string, bytes: number): void {
    this.#creditBytes -= bytes
    if (this.#creditBytes < 0) this.#measure()
    if (this.#isFull) throw this.#full(table)
  }

  /** The same, also where another holder of the table has none. */
  checkRoom(held: HeldCopy, bytes: number): void {
    this.checkMemory(held.copy.name, bytes)
    const { bounds } = this.#parts
    if (bounds.isEmpty || held.copy.definition.eviction !== 'none') return
    const bound = bounds.of(held.copy.id)
    if (bound === undefined || held.copy.bytes + bytes <= bound.maxBytes) return
    throw boundedBy(held.copy.name, bound.node)
  }

  get #isFull(): boolean {
    return this.#usedBytes >= this.#parts.maxBytes * fullShare
  }

  get #otherBytes(): number {
    const { outbox, tables } = this.#parts
    return outbox.held.bytes + tables().cachedBytes
  }

  #measure(): void {
    const { copies, maxBytes } = this.#parts
    this.#usedBytes = copies.residentBytes + this.#otherBytes
    this.#creditBytes = Math.max(leastCreditBytes, (maxBytes * fullShare - this.#usedBytes) / 4)
  }

  #round(): void {
    this.#parts.bounds.forgetOld()
    this.#tombstones.judge()
    if (this.#parts.maxBytes === Number.POSITIVE_INFINITY) return
    this.#measure()
    this.#shrinkCaches()
    this.#judge()
    this.#bound()
  }

  // Decoded values come back when they are read; entries do not. So caches make room first.
  #shrinkCaches(): void {
    const tooMany = this.#usedBytes - this.#parts.maxBytes * pressureShare
    if (tooMany <= 0 || this.#parts.tables().cachedBytes === 0) return
    this.#parts.tables().shrinkCaches(tooMany)
    this.#measure()
  }

  #judge(): void {
    const { maxBytes, copies, events } = this.#parts
    const state = stateOf(this.#usedBytes / maxBytes, this.#state)
    if (state === this.#state) return
    this.#state = state
    copies.isShort = state !== 'calm'
    events.emit(eventOf[state], { usedBytes: this.#usedBytes, maxBytes })
  }

  // As many bytes for each table that evicts as leave the node at 80 %, in proportion to what they have now.
  #bound(): void {
    const { copies, bounds, self, maxBytes } = this.#parts
    const own = new Map<string, number>()
    const held = this.#state === 'calm' ? [] : copies.all().filter(({ copy }) => !copy.definition.majority)
    const evicting = held.filter(({ active, copy }) => active && copy.definition.eviction !== 'none')
    const tooMany = copies.settledBytes + this.#otherBytes - maxBytes * pressureShare
    const bytes = evicting.reduce((sum, { copy }) => sum + copy.bytes, 0)
    const left = Math.max(0, 1 - tooMany / bytes)
    for (const { copy } of evicting) {
      const bound = tooMany > 0 ? Math.floor(copy.bytes * left) : this.#own.get(copy.id)
      if (bound !== undefined) own.set(copy.id, bound)
    }
    if (this.#isFull)
      for (const { copy } of held) if (copy.definition.eviction === 'none') own.set(copy.id, copy.bytes)
    bounds.announce(self, own)
    this.#announce(own)
  }

  #announce(own: ReadonlyMap<string, number>): void {
    const now = this.#env.clock.monotonic()
    const before = this.#own
    this.#own = own
    const isSame = own.size === before.size && [...own].every(([id, bytes]) => before.get(id) === bytes)
    if (isSame && (own.size === 0 || now < this.#announcedAt + announceEveryMs)) return
    this.#announcedAt = now
    const { holders, replicas, self } = this.#parts
    const others = new Set([...before.keys(), ...own.keys()].flatMap(id => holders.of(id)?.others ?? []))
    for (const node of others)
      replicas()(node)
        .bounded(self, own, { deadline: now + callLimitMs })
        .catch(() => {})
  }

  #full(table: string): MnemeshError {
    const { self, maxBytes } = this.#parts
    const usedBytes = this.#usedBytes
    return new MnemeshError(
      'ERR_TABLE_FULL',
      `table ${table} takes no entries now: node ${self} uses ${usedBytes} bytes of memory, 95 % or more of its limit ` +
        `of ${maxBytes} (maxBytes); delete entries, give tables a ttl or eviction, or raise the limit`,
      { details: { node: self, usedBytes, maxBytes } },
    )
  }
}

const eventOf = { calm: 'memory-relieved', pressed: 'memory-pressure', full: 'memory-full' } as const
type State = keyof typeof eventOf

function stateOf(share: number, before: State): State {
  if (share >= fullShare - (before === 'full' ? slackShare : 0)) return 'full'
  return share >= pressureShare - (before === 'calm' ? 0 : slackShare) ? 'pressed' : 'calm'
}

function boundedBy(table: string, node: string): MnemeshError {
  return new MnemeshError(
    'ERR_TABLE_FULL',
    `table ${table} must not grow now: the memory of node ${node}, which holds a copy of it, is full; delete entries, ` +
      `give tables a ttl or eviction, or raise maxBytes of that node`,
    { details: { node } },
  )
}

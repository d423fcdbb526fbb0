import { LRUCache } from 'lru-cache'
import type { Clock } from '../core/environment.ts'
import { retainedBytes } from '../core/retained-size.ts'
import type { L1Limits } from '../core/schema.ts'

/** Where cached values came from. When it is `lost`, all of them are worthless at once. */
export interface Source {
  lost: boolean
}

/** A decoded value and what must be known to serve it. Shared: the reader may look, not change. */
export interface Cached {
  readonly value: unknown
  readonly h: number
  readonly origin: number
  readonly flags: number
  /** Unix ms; 0 for never. */
  readonly expiresAt: number
  /** Hash of the key, for the filter of invalidations. */
  readonly hash: number
  /** Encoded, key and value. */
  readonly bytes: number
  readonly source: Source
}

interface Held extends Cached {
  /** Unix ms after which it must not be served; 0 for never. */
  readonly until: number
}

type MapKey = string | number | boolean

const filterBits = 14
const filterShift = 32 - filterBits
/** An entry without its key and value: its object, numbers that do not fit a field, its places in the map and the list. */
const entryOverheadBytes = 200

/**
 * L1: decoded values of one table under their keys, bounded in entries and bytes. Whoever fills it sees to it that
 * `drop` is called for every change of the source.
 */
export class NearCache {
  readonly #clock: Clock
  readonly #maxAgeMs: number
  readonly #lru: LRUCache<MapKey, Held>
  // How many cached keys share the leading bits of their hash: most invalidations are for keys that are not here.
  readonly #filter = new Uint32Array(1 << filterBits)
  #hits = 0
  #misses = 0

  constructor(clock: Clock, limits: L1Limits) {
    this.#clock = clock
    this.#maxAgeMs = limits.ttlMs ?? 0
    this.#lru = new LRUCache<MapKey, Held>({
      max: limits.maxEntries,
      maxSize: limits.maxBytes,
      maxEntrySize: limits.maxBytes,
      dispose: held => {
        this.#filter[held.hash >>> filterShift]--
      },
    })
  }

  get hits(): number {
    return this.#hits
  }

  get misses(): number {
    return this.#misses
  }

  get size(): number {
    return this.#lru.size
  }

  get bytes(): number {
    return this.#lru.calculatedSize
  }

  get(key: MapKey): Cached | undefined {
    const held = this.#lru.get(key)
    if (held !== undefined) {
      if (!held.source.lost && (held.until === 0 || held.until > this.#clock.wall())) {
        this.#hits++
        return held
      }
      this.#lru.delete(key)
    }
    this.#misses++
    return undefined
  }

  /** True when `get` would find it. Counts as no use of it. */
  has(key: MapKey): boolean {
    const held = this.#lru.peek(key)
    return held !== undefined && !held.source.lost && (held.until === 0 || held.until > this.#clock.wall())
  }

  set(key: MapKey, cached: Cached): void {
    const age = this.#maxAgeMs === 0 ? 0 : this.#clock.wall() + this.#maxAgeMs
    const until = age === 0 || (cached.expiresAt !== 0 && cached.expiresAt < age) ? cached.expiresAt : age
    const { value, h, origin, flags, expiresAt, hash, bytes, source } = cached
    const size = entryOverheadBytes + retainedBytes(key) + retainedBytes(value)
    // Written out: V8 reads an object made by spreading five times slower.
    const held: Held = { value, h, origin, flags, expiresAt, hash, bytes, source, until }
    this.#lru.delete(key)
    this.#lru.set(key, held, { size })
    // The cache refuses what is larger than the whole of it; `dispose` is then never called for it.
    if (this.#lru.has(key)) this.#filter[cached.hash >>> filterShift]++
  }

  /** False when no key with that hash can be cached here: spares building the key. */
  mayHold(hash: number): boolean {
    return this.#filter[hash >>> filterShift] !== 0
  }

  drop(key: MapKey): void {
    this.#lru.delete(key)
  }

  /** Forgets what was used least recently until about so many bytes are free again, or nothing is left. */
  shrink(bytes: number): void {
    const least = this.bytes - bytes
    while (this.bytes > least && this.#lru.pop() !== undefined);
  }

  clear(): void {
    this.#lru.clear()
  }
}

const nothing = Symbol('absent')

/** An absence that a holder reported: a later write is told like any change. */
export function absent(source: Source): Cached {
  return { value: nothing, h: 0, origin: 0, flags: 0, expiresAt: 0, hash: 0, bytes: 0, source }
}

export function isAbsent(cached: Cached): boolean {
  return cached.value === nothing
}

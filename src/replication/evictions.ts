import type { Cancel, Environment } from '../core/environment.ts'
import { partitionOf } from '../core/partition.ts'
import type { Copies } from '../storage/copies.ts'
import { Evictor, type EvictorParts } from './evictor.ts'
import type { OpenTables } from './open-tables.ts'
import type { Replicas } from './replica.ts'

const periodMs = 100
/** A hint that is not there by then would not help any more. */
const hintLimitMs = 1000

export interface EvictionsParts extends EvictorParts {
  readonly copies: Copies
  readonly replicas: Replicas
  readonly tables: () => OpenTables
}

/** Eviction in all tables that have it, and the hints by which each owner learns what is read on other nodes. */
export class Evictions {
  readonly #env: Environment
  readonly #parts: EvictionsParts
  readonly #byId = new Map<string, Evictor>()
  readonly #stop: Cancel

  constructor(env: Environment, parts: EvictionsParts) {
    this.#env = env
    this.#parts = parts
    this.#stop = env.timers.every(periodMs, () => this.#round())
  }

  stop(): void {
    this.#stop()
    for (const evictor of this.#byId.values()) evictor.stop()
  }

  /** Entries that this node evicted from its present copy of the table. */
  evicted(id: string): number {
    return this.#byId.get(id)?.evicted ?? 0
  }

  /** Keys with these hashes of the table were read on another node. */
  touched(id: string, hashes: Iterable<number>): void {
    this.#byId.get(id)?.touched(hashes)
  }

  #round(): void {
    this.#follow()
    for (const { entry, reader } of this.#parts.tables().all()) {
      const hashes = reader.touches?.take()
      if (hashes !== undefined && hashes.length > 0) this.#spread(entry.id, hashes)
    }
    for (const evictor of this.#byId.values()) evictor.run()
  }

  #follow(): void {
    const { copies } = this.#parts
    for (const [id, evictor] of this.#byId) {
      if (copies.get(id) === evictor.held && evictor.held.copy.definition.eviction !== 'none') continue
      evictor.stop()
      this.#byId.delete(id)
    }
    for (const held of copies.all()) {
      const { id, definition } = held.copy
      if (definition.eviction === 'none' || this.#byId.has(id)) continue
      this.#byId.set(id, new Evictor(this.#env, this.#parts, held))
    }
  }

  // The own copy hears of all: it may be the owner's tomorrow.
  #spread(id: string, hashes: Uint32Array): void {
    const { self, holders, replicas } = this.#parts
    this.touched(id, hashes)
    const byOwner = new Map<string, number[]>()
    for (const hash of hashes) {
      const owner = holders.owner(id, partitionOf(hash))
      if (owner === undefined || owner === self) continue
      const same = byOwner.get(owner)
      if (same === undefined) byOwner.set(owner, [hash])
      else same.push(hash)
    }
    const deadline = this.#env.clock.monotonic() + hintLimitMs
    for (const [owner, theirs] of byOwner)
      replicas(owner)
        .touched(id, theirs, { deadline })
        .catch(() => {})
  }
}

import type { Events } from '../core/events.ts'
import type { Copies } from '../storage/copies.ts'

const mostTombstones = 1_000_000
/** A tombstone takes about so much: its record with a short key, and its place in the index. */
const tombstoneBytes = 72
const mostShare = 0.1
/** It is over when so much less is there, so that one event does not follow the other. */
const calmShare = 0.8

export interface TombstoneWatchParts {
  readonly events: Events
  readonly copies: Copies
  /** What this node may use; Infinity for no limit. */
  readonly maxBytes: number
}

/**
 * Says when deletes and evictions that must be remembered fill a table: 1,000,000 of them, or 10 % of the node's memory. As
 * a rule a copy that cannot be reached is waited for (5.4), until it comes back or the group gives it up.
 */
export class TombstoneWatch {
  readonly #parts: TombstoneWatchParts
  readonly #pressed = new Set<string>()

  constructor(parts: TombstoneWatchParts) {
    this.#parts = parts
  }

  judge(): void {
    const { events, copies, maxBytes } = this.#parts
    const most = Math.min(mostTombstones, (maxBytes * mostShare) / tombstoneBytes)
    for (const { copy } of copies.all()) {
      const { id, name, tombstones } = copy
      if (tombstones < most * calmShare) this.#pressed.delete(id)
      if (tombstones <= most || this.#pressed.has(id)) continue
      this.#pressed.add(id)
      events.emit('tombstone-pressure', { table: name, tombstones })
    }
  }
}

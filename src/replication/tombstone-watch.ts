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
 * Says when deletes and evictions that must be remembered fill a table: 1,000,000 of them, or 10 % of the node's memory.
 * Then they are forgotten as soon as every copy has had them, and the group gives up a silent copy early (D7).
 */
export class TombstoneWatch {
  readonly #parts: TombstoneWatchParts
  #pressed: readonly string[] = []

  constructor(parts: TombstoneWatchParts) {
    this.#parts = parts
  }

  /** Tables, by id, of which there are too many, or still nearly. */
  get pressed(): readonly string[] {
    return this.#pressed
  }

  judge(): void {
    const { events, copies, maxBytes } = this.#parts
    const most = Math.min(mostTombstones, (maxBytes * mostShare) / tombstoneBytes)
    const pressed: string[] = []
    for (const { copy } of copies.all()) {
      const { id, name, tombstones } = copy
      const wasPressed = this.#pressed.includes(id)
      if (tombstones <= (wasPressed ? most * calmShare : most)) continue
      pressed.push(id)
      if (!wasPressed) events.emit('tombstone-pressure', { table: name, tombstones })
    }
    this.#pressed = pressed
  }
}

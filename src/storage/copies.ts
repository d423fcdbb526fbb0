import type { Clock } from '../core/environment.ts'
import type { HashSeed } from '../core/hash.ts'
import type { LoadProgress } from '../core/load-progress.ts'
import type { TableCopy } from './table.ts'

/** A copy on this node and how far it is. */
export interface HeldCopy {
  readonly copy: TableCopy
  /** Of the definition that it was made for: a drop and a new creation under the same name raise it. */
  readonly generation: number
  /** False while it is being loaded: it takes writes, but nobody reads it. */
  active: boolean
  /** How far it is with its rows, or was; undefined for one that began with all that there was. */
  load: LoadProgress | undefined
}

/** The copies that this node holds. */
export class Copies {
  readonly #byId = new Map<string, HeldCopy>()
  /** Memory is short: holes cost more than moves. */
  isShort = false

  /** Bytes that all copies take from the system. */
  get residentBytes(): number {
    let bytes = 0
    for (const { copy } of this.#byId.values()) bytes += copy.residentBytes
    return bytes
  }

  /** Bytes that they come down to once what was deleted is forgotten and holes are closed. */
  get settledBytes(): number {
    let bytes = 0
    for (const { copy } of this.#byId.values()) bytes += copy.settledBytes
    return bytes
  }

  get(id: string): HeldCopy | undefined {
    return this.#byId.get(id)
  }

  add(copy: TableCopy, generation: number, active: boolean): HeldCopy {
    const held: HeldCopy = { copy, generation, active, load: undefined }
    this.#byId.set(copy.id, held)
    return held
  }

  remove(id: string): void {
    this.#byId.delete(id)
  }

  /** Another hash seed holds from now on. */
  rehash(seed: HashSeed): void {
    for (const { copy } of this.#byId.values()) copy.rehash(seed)
  }

  /** Cleans up in small steps, for about so long at most, so that it never delays a call. */
  maintain(clock: Clock, forMs: number): void {
    const until = clock.monotonic() + forMs
    const wallMs = clock.wall()
    for (const { copy } of this.#byId.values()) {
      // Rows of a majority table end by the group's clock, as the log says.
      const clockMs = copy.definition.majority ? 0 : wallMs
      while (copy.maintain(clockMs, this.isShort)) if (clock.monotonic() >= until) return
    }
  }

  all(): HeldCopy[] {
    return [...this.#byId.values()]
  }
}

import type { Clock } from '../core/environment.ts'

/** Announced anew every second while it holds: an announcement that is not is forgotten. */
const lifeMs = 3000

/** How many bytes of live entries a table may have for the sake of one holder, which has no memory for more. */
export interface Bound {
  readonly node: string
  readonly maxBytes: number
}

interface Announced {
  readonly until: number
  readonly maxBytes: ReadonlyMap<string, number>
}

/** What holders that are short of memory have announced: the smallest bound of a table holds on every node (D-20). */
export class TableBounds {
  readonly #clock: Clock
  readonly #byNode = new Map<string, Announced>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** No bound at all is known. */
  get isEmpty(): boolean {
    return this.#byNode.size === 0
  }

  /** Takes the place of what that node announced before; bounds by the id of the table. */
  announce(node: string, maxBytes: ReadonlyMap<string, number>): void {
    if (maxBytes.size === 0) this.#byNode.delete(node)
    else this.#byNode.set(node, { until: this.#clock.monotonic() + lifeMs, maxBytes })
  }

  forgetOld(): void {
    const now = this.#clock.monotonic()
    for (const [node, { until }] of this.#byNode) if (until < now) this.#byNode.delete(node)
  }

  /** The smallest bound of the table with that id, if anybody has announced one. */
  of(id: string): Bound | undefined {
    let least: Bound | undefined
    for (const [node, { maxBytes }] of this.#byNode) {
      const bytes = maxBytes.get(id)
      if (bytes !== undefined && bytes < (least?.maxBytes ?? Number.POSITIVE_INFINITY))
        least = { node, maxBytes: bytes }
    }
    return least
  }
}

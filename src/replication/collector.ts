import type { Cancel, Environment } from '../core/environment.ts'
import { clockTicksPerMs, type HybridClock } from '../core/version.ts'
import { nodeOf } from '../membership/view.ts'
import type { Copies } from '../storage/copies.ts'
import { type Catalog, copySetOf, type TableEntry } from './catalog.ts'
import type { Coverage } from './coverage.ts'
import type { Levels, Stability } from './stability.ts'

const periodMs = 1000
/** While all is well a tombstone is kept this long only (D-12). */
const shortGraceMs = 5000

/** How long deletes are remembered for a copy that is cut off, unless a node is told otherwise. */
export const defaultTombstoneGraceMs = 3_600_000

export interface CollectorParts {
  /** This process. */
  readonly self: string
  readonly catalog: Catalog
  readonly copies: Copies
  readonly coverage: Coverage
  readonly stability: Stability
  readonly hybrid: HybridClock
  readonly tombstoneGraceMs: number
  /** When others had gone on without this node's copy of the table, monotonic ms. */
  readonly expelledAt: (table: string) => number | undefined
  /** More deletes of the table must be remembered than there is room for. */
  readonly isPressed: (table: string) => boolean
  readonly isConnected: (node: string) => boolean
  /** Compares all tables with that node, soon. */
  readonly compare: (node: string) => void
  /** Tells every peer how far this node is. */
  readonly tell: (levels: Levels) => void
}

/**
 * Garbage collection of tombstones and of what has expired (5.4): says how far this node is, and lets each copy forget
 * what every copy has had. A member that is out of reach holds this up; it is never overruled.
 */
export class Collector {
  readonly #env: Environment
  readonly #parts: CollectorParts
  readonly #stop: Cancel
  // By table: its copy set when it was looked at last, and when one was taken out of it that may come back.
  readonly #sets = new Map<string, { members: ReadonlySet<string>; expelledAt: number | undefined }>()

  constructor(env: Environment, parts: CollectorParts) {
    this.#env = env
    this.#parts = parts
    this.#stop = env.timers.every(periodMs, () => this.#round())
  }

  stop(): void {
    this.#stop()
  }

  #round(): void {
    const { copies, coverage, hybrid, stability, isConnected, compare } = this.#parts
    // The grace is counted by this clock, which stands still where nobody writes and nobody is heard.
    hybrid.issue()
    this.#tell()
    const wanting = new Set<string>()
    const others = new Set<string>()
    for (const { copy } of copies.all()) {
      if (copy.definition.majority) continue
      copy.raiseFloor(this.#limit(copy.id))
      for (const member of coverage.wanting(copy.id)) wanting.add(nodeOf(member))
      for (const member of coverage.others(copy.id)) others.add(member)
    }
    stability.keep(others)
    for (const node of wanting) if (isConnected(node)) compare(node)
  }

  // A table in whose copy set this node is, and that it has not begun, is one of which it has nothing.
  #tell(): void {
    const { self, catalog, copies, stability, tell } = this.#parts
    const unheld: string[] = []
    for (const table of catalog.tables().values())
      if (copies.get(table.id) === undefined && copySetOf(table).has(self)) unheld.push(table.id)
    tell(stability.own(unheld))
  }

  #limit(id: string): number {
    const { catalog, stability, hybrid } = this.#parts
    const table = catalog.byId(id)
    if (table === undefined) return 0
    return Math.min(stability.point(id), hybrid.last - this.#graceMs(table) * clockTicksPerMs)
  }

  #graceMs(table: TableEntry): number {
    const { self, isConnected, tombstoneGraceMs } = this.#parts
    const now = this.#env.clock.monotonic()
    const members = new Set(copySetOf(table).keys())
    const before = this.#sets.get(table.id)
    const isOneGone = [...(before?.members ?? [])].some(
      member => !members.has(member) && !isReborn(member, members),
    )
    const expelledAt = isOneGone ? now : before?.expelledAt
    this.#sets.set(table.id, { members, expelledAt })
    const isWell = [...members].every(member => member === self || isConnected(nodeOf(member)))
    const isLong = (at: number | undefined) => at === undefined || now - at > tombstoneGraceMs
    const isQuiet = isLong(expelledAt) && isLong(this.#parts.expelledAt(table.id))
    // Whoever comes back later than they are remembered reports what it cannot judge (D8).
    const isShort = (isWell && isQuiet) || this.#parts.isPressed(table.id)
    return isShort ? Math.min(shortGraceMs, tombstoneGraceMs) : tombstoneGraceMs
  }
}

// Another process of the same node proves that the one before has ended: nothing of it comes back.
function isReborn(member: string, members: ReadonlySet<string>): boolean {
  return [...members].some(other => nodeOf(other) === nodeOf(member))
}

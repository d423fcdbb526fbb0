import { type Epoch, isLater } from '../core/epoch.ts'
import { isSameMoment, type Moment } from './catalog.ts'

/** By member: everything that it issued up to that stamp. */
export type StampVector = ReadonlyMap<string, number>

/** What a node had of one copy: of what each member of the copy set issued, and of those that have left it. */
export interface Had {
  readonly vector: StampVector
  /** Of those that have left, while somebody may have more of it. */
  readonly seals: StampVector
}

/** One origin's operations that its stream does not bring; closed once repairs have brought them all. */
interface Gap {
  /** They end here; infinite while the origin has not said from where on its stream brings this table's. */
  need: number
  /** Up to where repairs have brought what it issued. */
  covered: number
}

/** An origin that has left the copy set: what any holder has of it, all must have before it is forgotten. */
interface Seal {
  readonly covered: number
  /** The epoch of the schema in which it is gone, and so is any holder that was last waited for in vain. */
  since: Epoch
  /** Holders that were not compared with since. */
  readonly waiting: Set<string>
}

/** How much of what each member issued on one table its copy here has. */
export class CopyCoverage {
  /** Tells this copy from those that this process held before. */
  readonly life: number
  /** True until the copy has what its sources had. */
  loading: boolean
  // The other members of the copy set, unreachable ones too, each with the moment since when.
  #origins: ReadonlyMap<string, Moment>
  readonly #gaps = new Map<string, Gap>()
  readonly #seals = new Map<string, Seal>()
  // What the origin's stream has brought, whatever the table.
  readonly #high: (origin: string) => number

  constructor(
    life: number,
    loading: boolean,
    parts: { readonly origins: ReadonlyMap<string, Moment>; readonly high: (origin: string) => number },
  ) {
    this.life = life
    this.loading = loading
    this.#origins = parts.origins
    this.#high = parts.high
    if (loading) for (const origin of parts.origins.keys()) this.#miss(origin)
  }

  get origins(): ReadonlyMap<string, Moment> {
    return this.#origins
  }

  /**
   * The copy set is that one from now on. Who joined has issued nothing on the table before. Who left is waited for until
   * every other holder was compared with: each of them may have the last that it issued, and nobody else.
   */
  follow(origins: ReadonlyMap<string, Moment>, since: Epoch): void {
    // One that has come back meanwhile was out: what it issued before that was void.
    const isSame = (origin: string) => isSameMoment(origins.get(origin), this.#origins.get(origin))
    for (const origin of this.#origins.keys()) {
      if (isSame(origin)) continue
      const covered = Math.min(this.has(origin), this.#seals.get(origin)?.covered ?? Number.MAX_VALUE)
      this.#gaps.delete(origin)
      this.#seals.set(origin, { covered, since, waiting: new Set(origins.keys()) })
    }
    const joined = [...origins.keys()].filter(origin => !isSame(origin))
    // A copy that is being made has nothing of anybody but what its sources had.
    if (this.loading) for (const origin of joined) this.#miss(origin)
    for (const [origin, seal] of this.#seals) {
      const { waiting } = seal
      for (const holder of joined) waiting.add(holder)
      // What one had that left before it was compared with, any other holder may have taken from it.
      if ([...waiting].some(holder => !origins.has(holder))) {
        seal.since = since
        waiting.clear()
        for (const holder of origins.keys()) waiting.add(holder)
      }
      if (waiting.size === 0) this.#seals.delete(origin)
    }
    this.#origins = origins
  }

  /** Everything that the origin issued up to this stamp is here: up to a gap's end by repairs, beyond it by the stream. */
  has(origin: string): number {
    const gap = this.#gaps.get(origin)
    if (gap === undefined) return this.#high(origin)
    return isOpen(gap) ? gap.covered : Math.max(gap.covered, this.#high(origin))
  }

  /** The origin's stream begins anew, without what it issued up to `g`. */
  begun(origin: string, g: number): void {
    if (!this.#origins.has(origin)) return
    const covered = this.has(origin)
    if (covered >= g) return
    this.#gaps.set(origin, { need: Math.max(this.#gaps.get(origin)?.need ?? 0, g), covered })
  }

  /** The origin's stream brings what it issues on the table beyond `g`. */
  opened(origin: string, g: number): void {
    const gap = this.#gaps.get(origin)
    if (gap !== undefined) gap.need = g
  }

  /** A comparison that began in that epoch has brought all that the other side had. */
  compared({ vector, seals }: Had, epoch: Epoch): void {
    // A copy that has just been made shares the doubts of those it comes from, about an earlier life of its own too.
    if (this.loading || this.#isBehind)
      for (const [origin, covered] of seals) {
        if (this.#seals.has(origin)) continue
        this.#seals.set(origin, { covered, since: epoch, waiting: new Set(this.#origins.keys()) })
      }
    for (const [origin, stamp] of vector) {
      const gap = this.#gaps.get(origin)
      if (gap !== undefined && stamp > gap.covered) gap.covered = stamp
    }
  }

  /** That holder and this node were compared, both of them in that epoch, or a later one, from the start. */
  sealed(holder: string, epoch: Epoch): void {
    for (const [origin, { since, waiting }] of this.#seals) {
      if (isLater(since, epoch) || !waiting.delete(holder)) continue
      if (waiting.size === 0) this.#seals.delete(origin)
    }
  }

  /** What this copy has now. */
  had(): Had {
    const vector = new Map<string, number>()
    for (const origin of this.#origins.keys()) vector.set(origin, this.has(origin))
    const seals = new Map<string, number>()
    for (const [origin, { covered }] of this.#seals) seals.set(origin, covered)
    return { vector, seals }
  }

  /** The least that it has of anybody but this process itself. */
  level(): number {
    if (this.loading) return 0
    let level = Number.POSITIVE_INFINITY
    for (const origin of this.#origins.keys()) level = Math.min(level, this.has(origin))
    for (const { covered } of this.#seals.values()) level = Math.min(level, covered)
    return level
  }

  /** Members to compare with before the level can rise again. */
  wanting(): Set<string> {
    const out = new Set<string>()
    for (const [origin, gap] of this.#gaps) if (isOpen(gap)) out.add(origin)
    for (const { waiting } of this.#seals.values()) for (const holder of waiting) out.add(holder)
    return out
  }

  isUnopened(origin: string): boolean {
    return this.#gaps.get(origin)?.need === Number.POSITIVE_INFINITY
  }

  #miss(origin: string): void {
    this.#gaps.set(origin, { need: Number.POSITIVE_INFINITY, covered: 0 })
  }

  get #isBehind(): boolean {
    for (const gap of this.#gaps.values()) if (isOpen(gap)) return true
    return false
  }
}

function isOpen({ need, covered }: Gap): boolean {
  return covered < need
}

import { type Epoch, isLater } from '../core/epoch.ts'
import { MnemeshError } from '../core/errors.ts'
import type { HybridClock } from '../core/version.ts'
import { type Catalog, copySetOf, type Moment } from './catalog.ts'
import { CopyCoverage, type Had } from './copy-coverage.ts'

/** What one origin's stream has brought, whatever the table. */
interface Stream {
  /** What the origin issued up to there is not in the stream. */
  readonly base: number
  /** What it issued between the base and there has come. */
  high: number
}

/** One copy of a table, not another one that the same process held before. */
export interface CopyLife {
  readonly table: string
  readonly life: number
}

/** What a comparison brought to one copy: what the other side had before it began. */
export interface Compared extends CopyLife, Had {}

export interface CoverageParts {
  /** This process. */
  readonly self: string
  readonly hybrid: HybridClock
  readonly catalog: Catalog
}

/**
 * How much of what each member issued this node has, per table: the watermarks `W` of sections 5.3 to 5.9 of the
 * protocol, with D-1. As a rule it is what the member's stream has brought; a table for which the stream alone does
 * not do (a new copy, a member that fell behind the log) is an exception until anti-entropy has filled the gap.
 */
export class Coverage {
  readonly #parts: CoverageParts
  readonly #streams = new Map<string, Stream>()
  readonly #copies = new Map<string, CopyCoverage>()
  // Copies that the others went on without, of tables that do not just take the newest.
  readonly #left = new Set<string>()
  #version = -1
  #lives = 0

  constructor(parts: CoverageParts) {
    this.#parts = parts
  }

  /** Tables that this node holds. */
  get tables(): Iterable<string> {
    return this.#copies.keys()
  }

  /** This node begins a copy of the table: an empty one where nobody else has one, or one to be loaded. */
  hold(table: string, loading: boolean): void {
    const parts = {
      origins: this.#origins(table),
      high: (origin: string) => this.#streams.get(origin)?.high ?? 0,
    }
    this.#copies.set(table, new CopyCoverage(++this.#lives, loading, parts))
  }

  /** The copy has what its sources had. */
  loaded(table: string): void {
    const copy = this.#copies.get(table)
    if (copy !== undefined) copy.loading = false
  }

  release(table: string): void {
    this.#copies.delete(table)
  }

  /**
   * True when what that process sent of the table in that epoch counts; false when this node does not hold the table.
   * Throws ERR_UNAVAILABLE when the process was not of the copy set: what it issued then is void, and it must not be
   * told that anybody has it. Also when this one is not any more, and what it has must not be mixed with theirs (D-18).
   */
  accepts(origin: string, table: string, epoch: Epoch): boolean {
    const copy = this.#present(table)
    if (copy === undefined) return false
    if (this.#left.has(table)) throw outside(this.#parts.self, table)
    const since = copy.origins.get(origin)
    if (since === undefined || isLater({ group: epoch.group, ...since }, epoch)) throw outside(origin, table)
    return true
  }

  /** That member's stream begins anew: what it issued up to `g` is not in it. */
  begun(origin: string, g: number): void {
    this.#refresh()
    for (const copy of this.#copies.values()) copy.begun(origin, g)
    const high = Math.max(g, this.#streams.get(origin)?.high ?? 0)
    this.#streams.set(origin, { base: g, high })
  }

  /** Everything that the member issued up to `g` since the beginning of its stream has been applied. */
  advanced(origin: string, g: number): void {
    this.#refresh()
    const stream = this.#streams.get(origin)
    if (stream === undefined) this.#streams.set(origin, { base: 0, high: g })
    else if (g > stream.high) stream.high = g
  }

  /** The member's stream brings what it issues on the table beyond `g`. */
  opened(table: string, origin: string, g: number): void {
    this.#present(table)?.opened(origin, Math.max(g, this.#streams.get(origin)?.base ?? 0))
  }

  /** What this node has of the table now: to be taken before a comparison begins, never after. */
  before(table: string): Compared {
    const { self, hybrid } = this.#parts
    const copy = this.#present(table)
    const { vector, seals } = copy?.had() ?? { vector: [], seals: new Map() }
    return { table, life: copy?.life ?? 0, vector: new Map([...vector, [self, hybrid.last]]), seals }
  }

  /** Tells the present copy from those that this process held of the table before; 0 for none. */
  lifeOf(table: string): number {
    return this.#copies.get(table)?.life ?? 0
  }

  /** A comparison has brought the copy of that life all that the other side had. */
  compared({ table, life, ...had }: Compared): void {
    const copy = this.#present(table)
    if (copy?.life === life) copy.compared(had, this.#parts.catalog.epoch)
  }

  /** That holder and this node were compared, both of them in that epoch, or a later one, from the start. */
  sealed({ table, life }: CopyLife, holder: string, epoch: Epoch): void {
    const copy = this.#present(table)
    if (copy?.life === life) copy.sealed(holder, epoch)
  }

  /** Everything that anybody issued on the table up to this stamp is here. */
  level(table: string): number {
    return Math.min(this.#parts.hybrid.last, this.#present(table)?.level() ?? 0)
  }

  /** Members with whom the table must be compared before its level can rise again. */
  wanting(table: string): ReadonlySet<string> {
    return this.#present(table)?.wanting() ?? new Set()
  }

  /** True while that member has not said from where on its stream brings the table's operations. */
  isUnopened(table: string, origin: string): boolean {
    return this.#present(table)?.isUnopened(origin) === true
  }

  /** The members of the table's copy set but this one. */
  others(table: string): Iterable<string> {
    return this.#present(table)?.origins.keys() ?? []
  }

  /** Nothing is remembered of the stream of a process that holds no table together with this node. */
  forget(origin: string): void {
    for (const { origins } of this.#copies.values()) if (origins.has(origin)) return
    this.#streams.delete(origin)
  }

  #origins(table: string): ReadonlyMap<string, Moment> {
    const entry = this.#parts.catalog.byId(table)
    const out = entry === undefined ? new Map<string, Moment>() : copySetOf(entry)
    out.delete(this.#parts.self)
    return out
  }

  #present(table: string): CopyCoverage | undefined {
    this.#refresh()
    return this.#copies.get(table)
  }

  #isLeft(table: string): boolean {
    const entry = this.#parts.catalog.byId(table)
    if (entry === undefined || entry.definition.onMerge === 'newest') return false
    const isElsewhere = [...entry.copies.values()].some(({ state }) => state === 'active')
    return isElsewhere && !copySetOf(entry).has(this.#parts.self)
  }

  // Before anything else is taken from a frame, or said of this node: see D-3.
  #refresh(): void {
    const { version, epoch } = this.#parts.catalog
    if (version === this.#version) return
    this.#version = version
    this.#left.clear()
    for (const [table, copy] of this.#copies) {
      copy.follow(this.#origins(table), epoch)
      if (this.#isLeft(table)) this.#left.add(table)
    }
  }
}

function outside(origin: string, table: string): MnemeshError {
  return new MnemeshError(
    'ERR_UNAVAILABLE',
    `${origin} was not of the copy set of table ${table} when it wrote; its schema is out of date`,
  )
}

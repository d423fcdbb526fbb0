import type { Epoch } from '../core/epoch.ts'
import type { Coverage } from './coverage.ts'

/** How far one node is with its tables: the level of most of them, and of those that differ. */
export interface Levels {
  readonly most: number
  readonly others: ReadonlyMap<string, number>
}

export interface StabilityParts {
  readonly coverage: Coverage
  readonly catalog: { readonly epoch: Epoch }
}

/**
 * What every copy of a table has, unreachable ones too (`S` of section 5 of the protocol): the least that any member of
 * its copy set has said of itself. Levels of different epochs mean different copy sets and are never compared.
 */
export class Stability {
  readonly #parts: StabilityParts
  readonly #heard = new Map<string, { readonly epoch: Epoch; readonly levels: Levels }>()

  constructor(parts: StabilityParts) {
    this.#parts = parts
  }

  /** That member said how far it is, in that epoch. */
  heard(member: string, epoch: Epoch, levels: Levels): void {
    this.#heard.set(member, { epoch, levels })
  }

  /** Nobody else is asked about any more: what others said is forgotten. */
  keep(members: ReadonlySet<string>): void {
    for (const member of this.#heard.keys()) if (!members.has(member)) this.#heard.delete(member)
  }

  /** What this node has to say of itself; `unheld` are tables of whose copy sets it is, and that it has not begun. */
  own(unheld: Iterable<string>): Levels {
    const { coverage } = this.#parts
    const levels = new Map<string, number>()
    for (const table of coverage.tables) levels.set(table, coverage.level(table))
    for (const table of unheld) levels.set(table, 0)
    const most = commonest(levels.values())
    return { most, others: new Map([...levels].filter(([, level]) => level !== most)) }
  }

  /** Everything that anybody issued on the table up to this stamp is in every copy. */
  point(table: string): number {
    const { coverage, catalog } = this.#parts
    let point = coverage.level(table)
    for (const member of coverage.others(table)) {
      const heard = this.#heard.get(member)
      if (heard === undefined || !isSame(heard.epoch, catalog.epoch)) return 0
      point = Math.min(point, heard.levels.others.get(table) ?? heard.levels.most)
    }
    return point
  }
}

function isSame(a: Epoch, b: Epoch): boolean {
  return a.group === b.group && a.generation === b.generation && a.index === b.index
}

function commonest(values: Iterable<number>): number {
  const counts = new Map<number, number>()
  let most = 0
  for (const value of values) {
    const count = (counts.get(value) ?? 0) + 1
    counts.set(value, count)
    if (count > (counts.get(most) ?? 0)) most = value
  }
  return most
}

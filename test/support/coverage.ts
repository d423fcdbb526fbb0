import { epochOf } from '../../src/core/epoch.ts'
import { defineOptions } from '../../src/core/schema.ts'
import type { HybridClock } from '../../src/core/version.ts'
import { incarnationOf, nodeOf } from '../../src/membership/view.ts'
import type { Catalog, CopyEntry, Moment, TableEntry } from '../../src/replication/catalog.ts'
import { Coverage } from '../../src/replication/coverage.ts'

const group = '0123456789abcdef0123456789abcdef'

/** A schema of which a test says who is in each table's copy set, and in which epoch. */
export class ScriptedCatalog {
  version = 0
  index = 0
  readonly #tables = new Map<string, TableEntry>()

  get epoch() {
    return epochOf(group, 1, this.index)
  }

  /** From now on, the next epoch, these processes have an active copy of the table; each since when it is new. */
  set(id: string, members: readonly string[]): void {
    this.version++
    this.index++
    const before = this.#tables.get(id)?.copies ?? new Map<string, CopyEntry>()
    const copies = new Map<string, CopyEntry>()
    for (const member of members) {
      const incarnation = incarnationOf(member)
      const known = before.get(nodeOf(member))
      const since: Moment =
        known?.incarnation === incarnation ? known.since : { generation: 1, index: this.index }
      copies.set(nodeOf(member), { state: 'active', incarnation, since })
    }
    this.#tables.set(id, { id, name: id, generation: 0, definition: defineOptions(), copies })
  }

  byId(id: string): TableEntry | undefined {
    return this.#tables.get(id)
  }
}

/** No split is known of. */
export const together = { isApart: false, keepsApart: () => false }

/** What `self` has of the tables of that schema. */
export function coverageOf(catalog: ScriptedCatalog, self: string, hybrid: HybridClock): Coverage {
  return new Coverage({ self, hybrid, catalog: catalog as unknown as Catalog })
}

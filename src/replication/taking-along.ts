import type { Environment } from '../core/environment.ts'
import { memberId } from '../membership/view.ts'
import type { Copies } from '../storage/copies.ts'
import type { Call } from '../wire/caller.ts'
import type { Catalog, TableEntry } from './catalog.ts'
import type { SchemaChange } from './schema-change.ts'
import type { Standing } from './standing.ts'

const callTimeoutMs = 10_000
const retryMs = 200
/** So long others are asked, or have the time to decide, before the table of the present group stays as it is. */
const patienceMs = 10_000

export interface TakingAlongParts {
  readonly catalog: Catalog
  readonly copies: Copies
  readonly standing: Standing
  /** Has the group agree on it; see `SchemaChanges`. */
  readonly decide: (change: SchemaChange, call: Call) => Promise<void>
  /** Resolves once this node has applied all that was agreed on before. */
  readonly barrier: (call: Call) => Promise<void>
  /** True when no live holder has a row of the table, false when one has; undefined while that is not known. */
  readonly isEmpty: (table: TableEntry) => Promise<boolean | undefined>
  /** True when the group has decided what becomes of that other group's table. */
  readonly isDecided: (from: string, name: string) => boolean
}

type Finding = 'vacant' | 'taken' | 'unknown'

/**
 * Default tables of a group that this node has left (D-5). The group that it joined takes them over where it has none of
 * that name, or one without rows; else its own stays. Until that is decided this node goes on with what it has, so that
 * nothing that it or its callers write makes the other one look used.
 */
export class TakingAlong {
  readonly #env: Environment
  readonly #parts: TakingAlongParts

  constructor(env: Environment, parts: TakingAlongParts) {
    this.#env = env
    this.#parts = parts
  }

  /** Resolves when it is decided, or the table is carried no more. Rejects where the group cannot decide. */
  async takeAlong(table: TableEntry): Promise<void> {
    const { catalog, barrier, isDecided } = this.#parts
    const { clock, timers } = this.#env
    const from = catalog.carriedFrom
    const until = clock.monotonic() + patienceMs
    for (;;) {
      await barrier(this.#call())
      const present = catalog.agreed(table.name)
      const isKnown = isDecided(from, table.name)
      const finding = isKnown ? 'taken' : await this.#look(table, present)
      if (catalog.carriedFrom !== from || catalog.carried.get(table.name) !== table) return
      if (finding === 'unknown' && clock.monotonic() < until) {
        await new Promise<void>(resolve => timers.after(retryMs, resolve))
        continue
      }
      if (!isKnown && (present === undefined || this.#hasRows(table)))
        await this.#decide(table, from, finding === 'vacant' ? present?.id : undefined)
      catalog.settle(table.name)
      return
    }
  }

  // Who holds no copy waits for those who do: only they know whether there is anything to bring.
  async #look(table: TableEntry, present: TableEntry | undefined): Promise<Finding> {
    if (present === undefined) return 'vacant'
    if (this.#parts.copies.get(table.id)?.active !== true) return 'unknown'
    if (!this.#hasRows(table)) return 'taken'
    // Whether a majority table has rows is known where it is decided.
    if (present.definition.majority) return 'vacant'
    const isEmpty = await this.#parts.isEmpty(present)
    if (isEmpty === undefined) return 'unknown'
    return isEmpty ? 'vacant' : 'taken'
  }

  #hasRows({ id }: TableEntry): boolean {
    return (this.#parts.copies.get(id)?.copy.size ?? 0) > 0
  }

  #decide(table: TableEntry, from: string, replaces: string | undefined): Promise<void> {
    const { copies, standing, decide } = this.#parts
    const { id, name, definition, generation } = table
    const holder = copies.get(id)?.active === true ? memberId(standing.member) : undefined
    return decide({ kind: 'takeAlong', from, name, definition, generation, replaces, holder }, this.#call())
  }

  #call(): Call {
    return { deadline: this.#env.clock.monotonic() + callTimeoutMs }
  }
}

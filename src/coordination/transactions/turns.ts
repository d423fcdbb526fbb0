import { turnPrefix } from '../../core/lock-limits.ts'
import type { Call } from '../../wire/caller.ts'
import type { Plan, TransactionSource, Turn } from './source.ts'

const turnTtlMs = 10_000
const none: readonly string[] = []

/** The lock that is a turn at the table. */
export function turnLock(table: string) {
  return {
    name: turnPrefix + table,
    mode: 'exclusive',
    permits: 1,
    ttlMs: turnTtlMs,
    waitMs: Number.POSITIVE_INFINITY,
  } as const
}

/** Where turns are taken. */
export type TurnSource = Pick<TransactionSource, 'isQueuedFor' | 'turn'>

/**
 * The turns that one transaction has waited for. After too many conflicts it queues for the tables that it met them at,
 * and while somebody queues for a table all others do, so that nobody is overtaken for ever.
 */
export class Turns {
  readonly #source: TurnSource
  readonly #held = new Map<string, Turn>()

  constructor(source: TurnSource) {
    this.#source = source
  }

  /** Of the plan's tables, those that somebody queues for and this transaction has no turn at. */
  missing({ reads, ranges, operations }: Plan): readonly string[] {
    let missing = none
    let last: string | undefined
    for (const list of [reads, ranges, operations])
      for (const { table } of list) {
        // Mostly they are all of one table.
        if (table === last) continue
        last = table
        if (!this.#held.has(table) && this.#source.isQueuedFor(table)) missing = [...missing, table]
      }
    return missing
  }

  /** Waits for its turn at the tables, besides those that it has already. */
  async take(tables: readonly string[], call: Call): Promise<void> {
    const wanted = [...new Set([...this.#held.keys(), ...tables])].sort()
    if (wanted.every(table => this.#held.has(table))) return
    // In one order for all, so that no two wait for each other.
    this.end()
    for (const table of wanted) this.#held.set(table, await this.#source.turn(table, call))
  }

  end(): void {
    for (const turn of this.#held.values()) turn.end()
    this.#held.clear()
  }
}

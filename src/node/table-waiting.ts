import type { Cancel, Environment } from '../core/environment.ts'
import { MnemeshError } from '../core/errors.ts'
import { within } from '../core/within.ts'
import type { TableEntry } from '../replication/catalog.ts'
import { unknownTable } from '../replication/local-replica.ts'
import type { Call } from '../wire/caller.ts'
import type { Engine } from './engine.ts'

export interface TableWaitingParts {
  readonly engine: Pick<Engine, 'catalog' | 'copies' | 'holders' | 'reconciler'>
  /** This node's name. */
  readonly self: () => string
  /** Nobody is waited for any more. */
  readonly isClosing: () => boolean
}

/** Waits until tables are what they have to be: looks after every change of schema, view and copies. */
export class TableWaiting {
  readonly #env: Environment
  readonly #parts: TableWaitingParts

  constructor(env: Environment, parts: TableWaitingParts) {
    this.#env = env
    this.#parts = parts
  }

  /** Resolves when every table that this node shall hold is loaded. Fails when nothing comes for so long. */
  async loaded(timeoutMs: number): Promise<void> {
    const { catalog, copies } = this.#parts.engine
    const names = [...catalog.tables().values()]
      .filter(table => this.#shallHold(table))
      .map(({ name }) => name)
    let best = -1
    let since = this.#env.clock.monotonic()
    await this.until(() => {
      const rows = copies
        .all()
        .reduce((sum, { load, active }) => sum + (load?.rows ?? 0) + (active ? 1 : 0), 0)
      const now = this.#env.clock.monotonic()
      if (rows > best) {
        best = rows
        since = now
      } else if (now - since > timeoutMs) {
        throw new MnemeshError(
          'ERR_TIMEOUT',
          `loading ${names.join(', ')} made no progress for ${timeoutMs} ms`,
        )
      }
      return names.every(name => this.#isReadable(name))
    })
  }

  /** Rejects with ERR_TIMEOUT naming those that cannot be read. */
  untilReadable(names: readonly string[], call: Call): Promise<void> {
    const readable = this.until(() => names.every(name => this.#isReadable(name)), call.deadline)
    const missing = names.filter(name => !this.#isReadable(name)).map(name => this.#explained(name))
    return within(this.#env, readable, call, `reading ${missing.join(', ')}`)
  }

  /** Resolves when that node has an active copy; rejects with ERR_TABLE_UNKNOWN when the table is gone. */
  untilHeld(name: string, node: string, call: Call): Promise<void> {
    const { catalog, holders } = this.#parts.engine
    return this.until(() => {
      const table = catalog.get(name)
      if (table === undefined) throw unknownTable(name)
      return holders.of(table.id)?.active.has(node) === true
    }, call.deadline)
  }

  /** Gives up quietly at the deadline, when nobody waits any more. */
  until(condition: () => boolean, deadline = Number.POSITIVE_INFINITY): Promise<void> {
    return new Promise((resolve, reject) => {
      const offs: Cancel[] = []
      const look = () => {
        try {
          if (condition()) resolve()
          else if (this.#env.clock.monotonic() < deadline && !this.#parts.isClosing()) return
        } catch (error) {
          reject(error)
        }
        for (const off of offs) off()
      }
      const { reconciler, holders } = this.#parts.engine
      offs.push(reconciler.onProgress(look), holders.onChange(look), this.#env.timers.every(50, look))
      look()
    })
  }

  // A misspelt name of a node is a table that nobody ever holds.
  #explained(name: string): string {
    const { copies } = this.#parts.engine.catalog.get(name)?.definition ?? { copies: 'all' as const }
    return copies === 'all' ? `table ${name}` : `table ${name}, whose copies are on ${copies.join(', ')},`
  }

  #isReadable(name: string): boolean {
    const { catalog, copies, holders } = this.#parts.engine
    const table = catalog.get(name)
    if (table === undefined) return false
    const active = holders.of(table.id)?.active ?? new Set()
    if (!this.#shallHold(table)) return active.size > 0
    // Loaded, and known to be: else nobody would ask this node, itself included.
    return copies.get(table.id)?.active === true && active.has(this.#parts.self())
  }

  #shallHold(table: TableEntry): boolean {
    return this.#parts.engine.reconciler.isWanted(table)
  }
}

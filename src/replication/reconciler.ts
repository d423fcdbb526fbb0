import type { Cancel, Environment } from '../core/environment.ts'
import { toMnemeshError } from '../core/errors.ts'
import { reconcile, type Step, type Wanted } from '../core/reconcile.ts'
import { differences } from '../core/schema.ts'
import type { Origins } from '../core/version.ts'
import type { Membership } from '../membership/membership.ts'
import type { Copies, HeldCopy } from '../storage/copies.ts'
import { TableCopy } from '../storage/table.ts'
import type { Catalog, TableEntry } from './catalog.ts'
import type { Holders } from './holders.ts'
import type { Loader } from './loader.ts'
import type { SchemaChanges } from './schema-changes.ts'
import type { Standing } from './standing.ts'

const retryMs = 500

export interface ReconcilerParts {
  readonly catalog: Catalog
  readonly changes: SchemaChanges
  readonly copies: Copies
  readonly holders: Holders
  readonly loader: Loader
  readonly membership: Membership
  readonly origins: Origins
  readonly standing: Standing
  readonly isConnected: (node: string) => boolean
}

/** Obeys the schema: after every change of it or of the view, this node's copies become what it says. */
export class Reconciler {
  readonly #env: Environment
  readonly #parts: ReconcilerParts
  readonly #off: Cancel[]
  readonly #loading = new Set<string>()
  readonly #recording = new Set<string>()
  readonly #waiters = new Set<() => void>()
  #retry: Cancel | undefined
  #stopped = false

  constructor(env: Environment, parts: ReconcilerParts) {
    this.#env = env
    this.#parts = parts
    this.#off = [parts.holders.onChange(() => this.#run())]
    parts.standing.onReady(() => this.#run())
  }

  stop(): void {
    this.#stopped = true
    this.#retry?.()
    for (const off of this.#off) off()
  }

  /** Calls `run` whenever a copy of this node becomes active or the schema or view changes. */
  onProgress(run: () => void): Cancel {
    this.#waiters.add(run)
    return () => this.#waiters.delete(run)
  }

  /** Makes this node's copy of a table that it has just created; nobody else can have rows of it. */
  begin(table: TableEntry): void {
    if (!this.isWanted(table) || this.#parts.copies.get(table.id) !== undefined) return
    if ((this.#parts.holders.of(table.id)?.active.size ?? 0) > 0) return
    this.#hold(table).active = true
    this.#run()
  }

  /** True when every reachable node that shall hold a copy has begun to: from then on it gets what is written. */
  isSpread(table: TableEntry): boolean {
    const { membership, holders, standing, isConnected } = this.#parts
    const others = holders.of(table.id)?.others ?? []
    return membership.view.members.every(
      ({ name }) =>
        name === standing.member.name ||
        !isConnected(name) ||
        !this.isWanted(table, name) ||
        others.includes(name),
    )
  }

  #run(): void {
    if (this.#stopped || !this.#parts.standing.ready) return
    this.#redefine()
    for (const table of this.#parts.catalog.carried.values()) this.#takeAlong(table)
    for (const step of reconcile(this.#held(), this.#wanted())) this.#take(step)
    this.#tell()
  }

  #tell(): void {
    for (const waiter of [...this.#waiters]) waiter()
  }

  // Changed by somebody, or islands that met had created the table apart and with other options.
  #redefine(): void {
    for (const { copy } of this.#parts.copies.all()) {
      const table = this.#parts.catalog.byId(copy.id)
      if (table === undefined) continue
      const fields = differences(table.definition, copy.definition)
      if (fields.length === 0) continue
      this.#env.log.info({ table: table.name, fields }, 'table has other options now')
      if (table.definition.codec === copy.definition.codec) copy.redefine(table.definition)
      else {
        this.#parts.copies.remove(copy.id)
        copy.giveUp()
      }
    }
  }

  #held() {
    return this.#parts.copies
      .all()
      .filter(({ copy }) => !copy.definition.majority)
      .map(({ copy, active }) => ({ id: copy.id, active }))
  }

  #wanted(): Wanted[] {
    const { name, incarnation } = this.#parts.standing.member
    const tables = [...this.#parts.catalog.tables().values()].filter(({ definition }) => !definition.majority)
    return tables.map(table => {
      const entry = table.copies.get(name)
      const mine =
        entry?.incarnation === incarnation && (entry.state === 'loading' || entry.state === 'active')
      return {
        id: table.id,
        here: this.isWanted(table),
        recorded: mine ? (entry.state as 'loading' | 'active') : undefined,
      }
    })
  }

  /** True when that node, this one unless named, shall hold a copy of the table. */
  isWanted(table: TableEntry, node = this.#parts.standing.member.name): boolean {
    const state = table.copies.get(node)?.state
    if (state !== undefined) return state !== 'removed'
    const { copies } = table.definition
    return copies === 'all' || copies.includes(node)
  }

  #take(step: Step): void {
    if (step.kind === 'drop') {
      const held = this.#parts.copies.get(step.id)
      this.#parts.copies.remove(step.id)
      held?.copy.giveUp()
      this.#env.log.info({ table: step.id }, 'table copy dropped')
      return
    }
    const table = this.#parts.catalog.byId(step.id)
    if (table === undefined) return
    if (step.kind === 'record') this.#record(table, step.state)
    else this.#load(table)
  }

  #hold(table: TableEntry): HeldCopy {
    const { copies, origins, standing } = this.#parts
    return copies.add(new TableCopy(origins, table, standing.seed), table.generation, false)
  }

  #takeAlong(table: TableEntry): void {
    const key = `${table.id} carried`
    if (this.#recording.has(key)) return
    this.#recording.add(key)
    this.#parts.changes
      .takeAlong(table)
      .catch(error => this.#later(error))
      .finally(() => this.#recording.delete(key))
  }

  #record(table: TableEntry, state: 'loading' | 'active'): void {
    const key = `${table.id} ${state}`
    if (this.#recording.has(key)) return
    this.#recording.add(key)
    this.#parts.changes
      .record(table, state)
      .catch(error => this.#later(error))
      .finally(() => this.#recording.delete(key))
  }

  #load(table: TableEntry): void {
    if (this.#loading.has(table.id)) return
    this.#loading.add(table.id)
    const held = this.#parts.copies.get(table.id) ?? this.#hold(table)
    const wanted = () => !this.#stopped && this.#parts.copies.get(table.id) === held
    this.#parts.loader
      .load(held, wanted)
      .then(complete => this.#loaded(table, held, complete))
      .catch(error => this.#later(error))
      .finally(() => this.#loading.delete(table.id))
  }

  #loaded(table: TableEntry, held: HeldCopy, complete: boolean): void {
    // Nobody alive has the rows. One of those that wait begins with an empty copy, the others load from it.
    if (!complete && !this.#isFirstInLine(table)) {
      this.#later(undefined)
      return
    }
    held.active = true
    if (!complete && table.copies.size > 0) {
      this.#env.log.warn({ table: table.name }, 'no live copy was left to load from; the table begins empty')
    }
    this.#env.log.info({ table: table.name, rows: held.copy.size }, 'table copy active')
    // At once: from now on this node reads its own copy and nothing that it had cached from others.
    this.#tell()
    this.#env.timers.soon(() => this.#run())
  }

  // The process that has been there longest: it may hold rows that came before its load was over.
  #isFirstInLine(table: TableEntry): boolean {
    const { membership, standing } = this.#parts
    const waiting = membership.view.members.filter(({ name }) => this.isWanted(table, name))
    const oldest = waiting.sort((a, b) => a.incarnation - b.incarnation || (a.name < b.name ? -1 : 1))[0]
    return oldest?.name === standing.member.name
  }

  #later(error: unknown): void {
    if (this.#stopped) return
    if (error !== undefined)
      this.#env.log.warn({ err: toMnemeshError(error) }, 'table copy not brought up to date yet')
    this.#retry?.()
    this.#retry = this.#env.timers.after(retryMs, () => this.#run())
  }
}

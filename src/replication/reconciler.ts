import type { Cancel, Environment } from '../core/environment.ts'
import { toMnemeshError } from '../core/errors.ts'
import type { Events } from '../core/events.ts'
import { reconcile, type Step, type Wanted } from '../core/reconcile.ts'
import { differences } from '../core/schema.ts'
import type { Origins } from '../core/version.ts'
import type { Membership } from '../membership/membership.ts'
import type { Copies, HeldCopy } from '../storage/copies.ts'
import { TableCopy } from '../storage/table.ts'
import type { Acks } from './acks.ts'
import type { Catalog, CopyEntry, TableEntry } from './catalog.ts'
import { activeElsewhere, shallHold, wantedOf } from './copy-plan.ts'
import type { Coverage } from './coverage.ts'
import type { GivingWay } from './giving-way.ts'
import type { Holders } from './holders.ts'
import type { LastResort } from './last-resort.ts'
import type { Loader } from './loader.ts'
import type { Outbox } from './outbox.ts'
import type { SchemaChanges } from './schema-changes.ts'
import type { SetAside } from './set-aside.ts'
import type { Standing } from './standing.ts'
import type { TakingAlong } from './taking-along.ts'

const retryMs = 500

export interface ReconcilerParts {
  readonly acks: Acks
  readonly catalog: Catalog
  readonly changes: SchemaChanges
  readonly copies: Copies
  readonly coverage: Coverage
  readonly events: Events
  readonly givingWay: GivingWay
  readonly holders: Holders
  readonly lastResort: LastResort
  readonly loader: Loader
  readonly membership: Membership
  readonly origins: Origins
  readonly outbox: Outbox
  readonly setAside: SetAside
  readonly standing: Standing
  readonly takingAlong: TakingAlong
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
  // By table that this node leaves: the last operation that it issued on it, or later.
  readonly #leaving = new Map<string, number>()
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

  /** True when that node, this one unless named, shall hold a copy of the table. */
  isWanted(table: TableEntry, node = this.#parts.standing.member.name): boolean {
    return shallHold(table, node, this.#parts.standing.member)
  }

  /** Does at once what the schema says, without waiting for the end of the turn. */
  obey(): void {
    this.#run()
  }

  #run(): void {
    if (this.#stopped || !this.#parts.standing.ready) return
    this.#redefine()
    const { catalog, givingWay, setAside } = this.#parts
    for (const table of catalog.carried.values()) this.#takeAlong(table)
    const wanted = this.#wanted()
    for (const given of setAside.retain(wanted)) givingWay.lose(given)
    for (const step of reconcile(this.#held(), wanted)) this.#take(step)
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
      copy.redefine(table.definition)
    }
  }

  #held() {
    return this.#parts.copies
      .all()
      .filter(({ copy }) => !copy.definition.majority)
      .map(({ copy, active }) => ({ id: copy.id, active }))
  }

  #wanted(): Wanted[] {
    const { catalog, givingWay, standing } = this.#parts
    const { member } = standing
    const { carried } = catalog
    const tables = [...catalog.tables().values()].filter(({ definition }) => !definition.majority)
    return tables.map(table => {
      const wanted = wantedOf(table, member)
      // What another group had agreed on says nothing of who is in this one.
      if (wanted.recorded === 'active' && carried.get(table.name) !== table) givingWay.note(table)
      return wanted
    })
  }

  #take(step: Step): void {
    const table = this.#parts.catalog.byId(step.id)
    if (step.kind === 'drop') this.#drop(step.id)
    else if (table === undefined) return
    else if (step.kind === 'begin') this.#begin(table)
    else if (step.kind === 'record') this.#record(table, step.state)
    else if (step.kind === 'leave') this.#leave(table)
    else if (step.kind === 'setAside') this.#setAside(table)
    else this.#load(table)
  }

  #drop(id: string): void {
    const { acks, catalog, outbox, standing } = this.#parts
    const written = this.#leaving.get(id) ?? outbox.head
    this.#leaving.delete(id)
    const held = this.#release(id)
    if (held === undefined) return
    // Who does not have it yet would refuse it from now on, and whatever comes after it. The other holders have it.
    const table = catalog.byId(id)
    const others = table === undefined ? [] : activeElsewhere(table, standing.member.name)
    if (!others.every(node => acks.hasConfirmed(node, written))) outbox.reset()
    this.#parts.events.emit('copy-dropped', { table: held.copy.name })
    this.#parts.givingWay.leave(held.copy)
  }

  #release(id: string): HeldCopy | undefined {
    const held = this.#parts.copies.get(id)
    this.#parts.copies.remove(id)
    this.#parts.coverage.release(id)
    held?.copy.giveUp()
    return held
  }

  #hold(table: TableEntry, loading: boolean): HeldCopy {
    const { copies, coverage, origins, standing } = this.#parts
    coverage.hold(table.id, loading)
    if (loading) this.#parts.events.emit('copy-loading', { table: table.name })
    return copies.add(new TableCopy(origins, table, standing.seed), table.generation, false)
  }

  // The schema has had it active from the table's creation on: nobody can have written before.
  #begin(table: TableEntry): void {
    this.#hold(table, false).active = true
    this.#parts.events.emit('copy-active', { table: table.name, rows: 0, ms: 0 })
    this.#tell()
  }

  #setAside(table: TableEntry): void {
    const held = this.#release(table.id)
    if (held === undefined) return
    this.#parts.givingWay.setAside(held.copy, table)
    this.#env.timers.soon(() => this.#run())
  }

  // Reads and writes go elsewhere from now on; what was written here has to be there before the copy goes.
  #leave(table: TableEntry): void {
    const { acks, copies, holders, outbox } = this.#parts
    const held = copies.get(table.id)
    if (held?.active === true) {
      held.active = false
      this.#leaving.set(table.id, outbox.head)
      this.#tell()
    }
    const sequence = this.#leaving.get(table.id) ?? 0
    const others = holders.of(table.id)?.activeOthers ?? []
    const isHandedOver = others.every(node => acks.hasConfirmed(node, sequence))
    if (held !== undefined && activeElsewhere(table, this.#parts.standing.member.name).length === 0)
      this.#stay(table, held)
    else if (held === undefined || (others.length > 0 && isHandedOver)) this.#record(table, 'removed')
    else this.#later(undefined)
  }

  // Whoever was to have the rows in its place has gone.
  #stay(table: TableEntry, held: HeldCopy): void {
    held.active = true
    this.#record(table, 'active')
  }

  #takeAlong(table: TableEntry): void {
    this.#once(`${table.id} carried`, () => this.#parts.takingAlong.takeAlong(table))
  }

  #record(table: TableEntry, state: CopyEntry['state']): void {
    // The group has agreed on no such table, or on another one.
    if (this.#parts.catalog.carried.get(table.name) === table) return
    // Begun anew: what the load has may be of the smaller side of a split.
    if (state === 'loading' && table.definition.onMerge !== 'newest') this.#release(table.id)
    this.#once(`${table.id} ${state}`, () => this.#parts.changes.record(table, state))
  }

  #once(what: string, change: () => Promise<void>): void {
    if (this.#recording.has(what)) return
    this.#recording.add(what)
    change()
      .catch(error => this.#later(error))
      .finally(() => this.#recording.delete(what))
  }

  #load(table: TableEntry): void {
    if (this.#loading.has(table.id)) return
    this.#loading.add(table.id)
    const held = this.#parts.copies.get(table.id) ?? this.#hold(table, true)
    const wanted = () => !this.#stopped && this.#parts.copies.get(table.id) === held
    this.#parts.loader
      .load(held, wanted)
      .then(complete => (complete ? this.#loaded(table, held) : this.#beginAlone(table, held, wanted)))
      .catch(error => this.#later(error))
      .finally(() => this.#loading.delete(table.id))
  }

  #loaded(table: TableEntry, held: HeldCopy): void {
    held.active = true
    this.#parts.coverage.loaded(table.id)
    const ms = Math.round(held.load?.elapsedMs(this.#env.clock.monotonic()) ?? 0)
    this.#parts.events.emit('copy-active', { table: table.name, rows: held.copy.size, ms })
    // At once: from now on this node reads its own copy and nothing that it had cached from others.
    this.#tell()
    this.#env.timers.soon(() => this.#run())
  }

  async #beginAlone(table: TableEntry, held: HeldCopy, wanted: () => boolean): Promise<void> {
    const isAgreed = await this.#parts.lastResort.mayBegin(table.id, node => this.isWanted(table, node))
    if (!isAgreed || !wanted()) {
      this.#later(undefined)
      return
    }
    if (table.copies.size > 1)
      this.#parts.events.emit('data-loss-possible', { reason: 'no-copy-left', table: table.name })
    this.#loaded(table, held)
  }

  #later(error: unknown): void {
    if (this.#stopped) return
    if (error !== undefined)
      this.#env.log.warn({ err: toMnemeshError(error) }, 'table copy not brought up to date yet')
    this.#retry?.()
    this.#retry = this.#env.timers.after(retryMs, () => this.#run())
  }
}

import type { Events } from '../core/events.ts'
import { kindOf } from '../core/schema.ts'
import type { Membership } from '../membership/membership.ts'
import type { TableCopy } from '../storage/table.ts'
import type { Catalog, TableEntry } from './catalog.ts'
import { activeElsewhere, shallHold } from './copy-plan.ts'
import type { Outbox } from './outbox.ts'
import type { Given, Lineage } from './rows-aside.ts'
import type { Apart, Separation } from './separation.ts'
import type { SetAside } from './set-aside.ts'
import type { Standing } from './standing.ts'

/** In whose company a copy was active last. */
interface Company {
  readonly lineage: Lineage
  /** The nodes but this one that had it, too. */
  readonly holders: readonly string[]
}

/** Where the rows of a copy come from; see `Origin` of `SetAside`. */
interface Past extends Company {
  readonly apart: Apart | undefined
}

export interface GivingWayParts {
  readonly catalog: Catalog
  readonly events: Events
  readonly membership: Membership
  readonly outbox: Outbox
  readonly separation: Pick<Separation, 'writtenApart'>
  readonly setAside: SetAside
  readonly standing: Standing
  /** Takes rows for which there is no place: they are nowhere else. */
  readonly dropped: (copy: TableCopy, from: Lineage) => void
}

const nobody: Company = { lineage: { id: '', generation: 0 }, holders: [] }

/**
 * What becomes of the rows of copies that others went on without (D8), that are of a group which gave way to this one
 * (D-13), or of a table that seemed to have none when another one took its place (D-5). They are set aside for the table of that name, whatever its identity, if it is of the same kind and this node
 * shall hold it; else they go to a dump.
 */
export class GivingWay {
  readonly #parts: GivingWayParts
  readonly #companies = new Map<string, Company>()

  constructor(parts: GivingWayParts) {
    this.#parts = parts
  }

  /** The group has agreed that the copy of this process is active. */
  note(table: TableEntry): void {
    const { catalog, standing } = this.#parts
    const { group: id, epoch } = catalog.records()
    const holders = activeElsewhere(table, standing.member.name)
    this.#companies.set(table.id, { lineage: { id, generation: epoch.generation }, holders })
  }

  /** The rows of a copy that is held no longer are to be brought into the table. */
  setAside(copy: TableCopy, into: TableEntry): void {
    this.#keep(copy, into, this.#pastOf(this.#companies.get(copy.id) ?? nobody))
  }

  /** The schema does not want the copy here, which is held no longer. */
  leave(copy: TableCopy): void {
    const company = this.#companies.get(copy.id) ?? nobody
    const successor = this.#parts.catalog.get(copy.name)
    const isLeft = this.#isForeign(company) || replaces(successor, copy.id)
    if (copy.size > 0 && successor !== undefined && isLeft)
      this.#handOver(copy, successor, this.#pastOf(company))
    this.#companies.delete(copy.id)
  }

  /** Rows were set aside for a table that this node shall not hold, or that is no more. */
  lose({ copy, table, from, isKin, with: rivals, apart }: Given): void {
    const successor = this.#parts.catalog.get(copy.name)
    if (copy.size === 0) return
    if (successor === undefined || (isKin && !replaces(successor, table))) {
      const reason = this.#parts.catalog.byId(table) === undefined ? 'table-dropped' : 'copy-removed'
      this.#parts.events.emit('data-loss-possible', { reason, table: copy.name, rows: copy.size })
    } else this.#handOver(copy, successor, { lineage: from, holders: rivals, apart })
  }

  #handOver(copy: TableCopy, successor: TableEntry, past: Past): void {
    const { member } = this.#parts.standing
    const isSameKind = kindOf(successor.definition) === kindOf(copy.definition)
    if (isSameKind && shallHold(successor, member.name, member)) this.#keep(copy, successor, past)
    else this.#parts.dropped(copy, past.lineage)
  }

  #pastOf(company: Company): Past {
    return { ...company, apart: this.#parts.separation.writtenApart() }
  }

  #keep(copy: TableCopy, into: TableEntry, { lineage, holders, apart }: Past): void {
    const { catalog, membership, outbox, setAside, events } = this.#parts
    // What the floor of another table tells is nothing of this one.
    const isKin = copy.id === into.id && lineage.id === catalog.records().group
    const rivals = isKin ? [] : holders.filter(node => membership.view.get(node) !== undefined)
    const isLiveOnly = replaces(into, copy.id)
    setAside.put(copy, { into: into.id, from: lineage, isKin, isLiveOnly, with: rivals, apart })
    // What this node issued since the others went on without it, and nobody took, is void with the copy.
    outbox.reset()
    events.emit('expelled', { table: copy.name, rows: copy.size, reason: isKin ? 'silent' : 'merged' })
  }

  // What a group has dropped that goes on from another one was dropped, too.
  #isForeign({ lineage }: Company): boolean {
    const { group, origin } = this.#parts.catalog.records()
    return group !== '' && ![nobody.lineage.id, group, origin?.group].includes(lineage.id)
  }
}

function replaces(successor: TableEntry | undefined, id: string): boolean {
  return successor?.replaces?.includes(id) === true
}

import type { Cancel, Environment } from '../core/environment.ts'
import { MnemeshError, toMnemeshError } from '../core/errors.ts'
import type { TableEntry } from '../replication/catalog.ts'
import type { MemberId } from './consensus/types.ts'
import { RowsInOrder } from './rows-in-order.ts'
import type { GroupRecord } from './state/group-facts.ts'
import { RowDump } from './state/row-dump.ts'
import type { StrongState } from './state/strong-state.ts'
import type { StrongTable } from './state/strong-table.ts'
import type { Strong } from './strong.ts'

const tickMs = 250
const submitMs = 10_000
/** So long one member of the group that gave way is let alone with a part before the next one tries. */
const turnMs = 5000
/** A member that did not hear how its group ended has not all of its rows: it waits so long for one that has. */
const waitMs = 60_000
const partBytes = 128 * 1024

/** What a process had agreed on in a group that it gave up for another one. */
export interface Legacy {
  readonly group: GroupRecord
  readonly members: readonly MemberId[]
  /** Majority tables; nobody changes them any more. */
  readonly tables: readonly StrongTable[]
}

export interface BringingParts {
  readonly strong: Pick<Strong, 'self' | 'hasQuorum' | 'submit'> & {
    readonly state: StrongState
    readonly isMember: boolean
  }
  /** True when no live holder of the default table has a row, false when one has; undefined while that is not known. */
  readonly isEmpty: (table: TableEntry) => Promise<boolean | undefined>
  /** Takes rows that cannot be brought: they are nowhere else. */
  readonly dropped: (rows: RowDump) => void
}

interface Task {
  readonly legacy: Legacy
  /** This member's turn among those of the group. */
  readonly turn: number
  open: StrongTable[]
  readonly refused: StrongTable[]
  /** Where the first open table was last seen, and since when; monotonic ms. */
  position: string
  since: number
  source: RowsInOrder | undefined
}

/**
 * Majority rows of a group that gave way: its members bring them to the group that stayed, where that has no such table
 * or an empty one (D-5). What it has no place for goes to a dump on each of them.
 */
export class Bringing {
  readonly #env: Environment
  readonly #parts: BringingParts
  #tasks: Task[] = []
  #timer: Cancel | undefined
  #isBusy = false

  constructor(env: Environment, parts: BringingParts) {
    this.#env = env
    this.#parts = parts
  }

  keep(legacy: Legacy): void {
    const { group, tables } = legacy
    if (tables.every(({ size }) => size === 0) && (tables.length === 0 || group.dissolvedInto === undefined))
      return
    const turn = [...legacy.members].sort().indexOf(this.#parts.strong.self)
    const task = { legacy, turn, open: [...tables], refused: [], position: '' }
    this.#tasks.push({ ...task, since: this.#env.clock.monotonic(), source: undefined })
    this.#timer ??= this.#env.timers.every(tickMs, () => void this.#tick())
  }

  /** What was not brought yet is kept in dumps. */
  stop(): void {
    this.#timer?.()
    this.#timer = undefined
    for (const { legacy, open, refused } of this.#tasks.splice(0)) this.#dump(legacy, [...refused, ...open])
  }

  async #tick(): Promise<void> {
    if (this.#isBusy) return
    this.#isBusy = true
    try {
      for (const task of [...this.#tasks]) await this.#advance(task)
    } catch (error) {
      const err = toMnemeshError(error)
      this.#env.log.warn({ err }, 'majority rows of the group that gave way not brought yet')
    } finally {
      this.#isBusy = false
    }
  }

  async #advance(task: Task): Promise<void> {
    const { strong } = this.#parts
    const from = task.legacy.group.id
    while (
      this.#timer !== undefined &&
      strong.isMember &&
      strong.hasQuorum &&
      strong.state.group.id !== from
    ) {
      const [table] = task.open
      if (table === undefined) {
        this.#tasks = this.#tasks.filter(each => each !== task)
        this.#dump(task.legacy, task.refused)
        return
      }
      const isRefused = this.#isRefused(task, table)
      if (isRefused === undefined) {
        if (!this.#isDue(task, table)) return
        if (!(await this.#bring(task, table))) return
      } else {
        task.open = task.open.slice(1)
        if (isRefused) task.refused.push(table)
      }
    }
  }

  // Undefined while it is not decided.
  #isRefused({ legacy: { group }, since }: Task, { entry }: StrongTable): boolean | undefined {
    const { state } = this.#parts.strong
    // The group goes on in this one: what it has not is gone for a reason.
    if (state.group.origin?.group === group.id) return true
    const known = state.arrivals.find(group.id, entry.name)
    if (known !== undefined && known.state !== 'open') return known.state === 'refused'
    const isLate = this.#env.clock.monotonic() - since >= waitMs
    return group.dissolvedInto === undefined && isLate ? true : undefined
  }

  #isDue(task: Task, { entry }: StrongTable): boolean {
    const { group } = task.legacy
    if (group.dissolvedInto === undefined) return false
    const now = this.#env.clock.monotonic()
    const position = `${entry.name} ${this.#parts.strong.state.arrivals.find(group.id, entry.name)?.after}`
    if (position !== task.position) {
      task.position = position
      task.since = now
    }
    return now - task.since >= turnMs * Math.max(0, task.turn)
  }

  // False while it is not known whether there is a place for it.
  async #bring(task: Task, table: StrongTable): Promise<boolean> {
    const { strong, isEmpty } = this.#parts
    const { name, definition, generation } = table.entry
    const from = task.legacy.group.id
    const after = Buffer.from(strong.state.arrivals.find(from, name)?.after ?? '', 'hex')
    if (task.source?.table !== table) task.source = new RowsInOrder(table)
    const { rows, isLast } = task.source.part(after, partBytes)
    const present = strong.state.schema.get(name)
    const isFree = present?.definition.majority === false ? await isEmpty(present) : false
    if (isFree === undefined && this.#env.clock.monotonic() - task.since < waitMs) return false
    const replaces = isFree ? present?.id : undefined
    const command = {
      kind: 'bring',
      from,
      table: name,
      definition,
      generation,
      after,
      rows,
      isLast,
      replaces,
    } as const
    const deadline = this.#env.clock.monotonic() + submitMs
    const result = await strong.submit(command, { deadline })
    if (result.status === 'refused') throw new MnemeshError('ERR_NOT_READY', result.message)
    return true
  }

  #dump({ group }: Legacy, tables: readonly StrongTable[]): void {
    const dump = new RowDump(group, tables)
    if (dump.rows > 0) this.#parts.dropped(dump)
  }
}

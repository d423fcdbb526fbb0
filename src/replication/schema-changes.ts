import { show } from '../core/duration.ts'
import type { Environment } from '../core/environment.ts'
import { MnemeshError } from '../core/errors.ts'
import { checkMergeFunction, type MergeFunctions } from '../core/merge-functions.ts'
import { checkTableName, differences, type TableDefinition } from '../core/schema.ts'
import { changeDefinition, type TableChange } from '../core/table-change.ts'
import type { Membership } from '../membership/membership.ts'
import { memberId } from '../membership/view.ts'
import type { Call } from '../wire/caller.ts'
import type { Catalog, CopyChange, TableEntry } from './catalog.ts'
import type { Holders } from './holders.ts'
import { unknownTable } from './local-replica.ts'
import type { SchemaChange } from './schema-change.ts'
import type { Standing } from './standing.ts'

const changeTimeoutMs = 10_000
const leftPollMs = 20
const retryMs = 200
const changeAttempts = 10

export interface SchemaChangesParts {
  readonly catalog: Catalog
  readonly holders: Holders
  readonly membership: Membership
  readonly standing: Standing
  /** Has the group agree on it. Resolves once this node has applied it; rejects with what the group refused it for. */
  readonly decide: (change: SchemaChange, call: Call) => Promise<void>
  /** True where nobody can decide anything now and no election is under way. */
  readonly hasLostQuorum: () => boolean
  /** By which tables may merge. */
  readonly mergeFunctions: MergeFunctions
  /** Resolves once this node has applied all that was agreed on before. */
  readonly barrier: (call: Call) => Promise<void>
}

/** Waits until the condition holds; rejects with what it throws, and when the time is over. */
export type Until = (condition: () => boolean) => Promise<void>

/**
 * Changes of the schema: each is agreed on by the strong group before it resolves. Rejects with ERR_NO_QUORUM at once
 * where the group has lost its quorum. By default each is given 10 s, and never more.
 */
export class SchemaChanges {
  readonly #env: Environment
  readonly #parts: SchemaChangesParts

  constructor(env: Environment, parts: SchemaChangesParts) {
    this.#env = env
    this.#parts = parts
  }

  /**
   * Creates the table, or finds it created with the same definition. Throws ERR_TABLE_MISMATCH naming the options in
   * which an existing one differs.
   */
  async create(name: string, definition: TableDefinition, call?: Call): Promise<TableEntry> {
    checkTableName(name)
    const known = this.#parts.catalog.get(name)
    if (known !== undefined) return checkSame(known, definition)
    checkMergeFunction(this.#parts.mergeFunctions, definition)
    try {
      const holder = memberId(this.#parts.standing.member)
      await this.#decide({ kind: 'createTable', name, definition, holder }, call)
    } catch (error) {
      // Somebody else was earlier without our knowing: then this says in which options it differs.
      const created = this.#parts.catalog.get(name)
      if (created !== undefined) checkSame(created, definition)
      throw error
    }
    return checkSame(this.#known(name), definition)
  }

  /** Throws ERR_INVALID_OPTION for a table that is to be made with copies on nodes that nobody has heard of. */
  checkCopies(name: string, { copies }: TableDefinition): void {
    if (copies === 'all' || this.#parts.catalog.get(name) !== undefined) return
    for (const node of copies) this.#checkKnown(node)
  }

  /** Removes the table with all its copies; the name is free again. */
  async drop(name: string, call?: Call): Promise<void> {
    await this.#agreed(name, call)
    await this.#decide({ kind: 'dropTable', name }, call)
  }

  /** Changes options of the table. Throws ERR_INVALID_OPTION naming those that cannot change. */
  async change(name: string, change: TableChange, call?: Call): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const { definition: was } = await this.#agreed(name, call)
      const definition = changeDefinition(name, was, change)
      checkMergeFunction(this.#parts.mergeFunctions, definition)
      try {
        return await this.#decide({ kind: 'changeTable', name, definition, was }, call)
      } catch (error) {
        if (!MnemeshError.is(error, 'ERR_CONFLICT') || attempt === changeAttempts) throw error
      }
    }
  }

  /** Has that node hold a copy of the table. Harmless if it does. */
  async addCopy(name: string, node: string, call?: Call): Promise<void> {
    await this.#chosen(name, call)
    this.#checkKnown(node)
    await this.#left(name, node, call)
    const state = this.#known(name).copies.get(node)?.state
    if (state !== undefined && state !== 'removed') return
    await this.#decide(
      { kind: 'setCopy', table: name, node, copy: { state: 'wanted', incarnation: 0 } },
      call,
    )
  }

  /** Has that node give up its copy. ERR_CONFLICT for the last one that is left: drop the table instead. */
  async removeCopy(name: string, node: string, call?: Call): Promise<void> {
    const table = await this.#chosen(name, call)
    if (!table.copies.has(node)) this.#checkKnown(node)
    const active = this.#active(name)
    if (active.has(node) && active.size === 1) throw lastCopy(name, node)
    // A living one hands over first what only it has.
    const incarnation = table.copies.get(node)?.incarnation ?? 0
    const copy: CopyChange = active.has(node)
      ? { state: 'leaving', incarnation }
      : { state: 'removed', incarnation: 0 }
    await this.#decide({ kind: 'setCopy', table: name, node, copy }, call)
    await this.#left(name, node, call)
  }

  // Handed over and gone; where that takes longer it goes on by itself.
  async #left(name: string, node: string, call: Call | undefined): Promise<void> {
    const { catalog } = this.#parts
    const { clock, timers } = this.#env
    const deadline = this.#deadline(call)
    while (catalog.get(name)?.copies.get(node)?.state === 'leaving') {
      if (clock.monotonic() >= deadline)
        throw new MnemeshError(
          'ERR_TIMEOUT',
          `${node} still hands over its copy of table ${name}: not every other holder could be reached; it goes on by itself`,
          { maybeApplied: true },
        )
      await new Promise<void>(resolve => timers.after(leftPollMs, resolve))
    }
  }

  /**
   * Has `to` hold a copy in the place of `from`: adds it, waits until it is active, then has the other given up. What is
   * done stays done when it fails in between, and the same call again does the rest. Harmless if it is so already.
   */
  async moveCopy(
    name: string,
    { from, to }: { readonly from: string; readonly to: string },
    until: Until,
  ): Promise<void> {
    const { copies } = await this.#chosen(name)
    if (from === to)
      throw new MnemeshError(
        'ERR_INVALID_OPTION',
        `a copy moves from one node to another, got ${show(from)} twice`,
      )
    if (!isHolder(copies, from)) {
      if (this.#active(name).has(to)) return
      throw new MnemeshError(
        'ERR_CONFLICT',
        `${from} holds no copy of table ${name} that could move; these do: ${[...copies.keys()].filter(node => isHolder(copies, node)).join(', ')}`,
      )
    }
    await this.addCopy(name, to)
    await until(() => {
      if (!isHolder(this.#known(name).copies, to))
        throw new MnemeshError(
          'ERR_CONFLICT',
          `the new copy of table ${name} on ${to} was given up by others meanwhile`,
        )
      return this.#active(name).has(to)
    })
    await this.removeCopy(name, from)
  }

  /** Records how far this node's copy is, for all to see. */
  async record(table: TableEntry, state: CopyChange['state']): Promise<void> {
    const { name, incarnation } = this.#parts.standing.member
    await this.#decide({ kind: 'setCopy', table: table.name, node: name, copy: { state, incarnation } })
  }

  // One that is down just now counts, if it has held anything.
  #checkKnown(node: string): void {
    const { membership, catalog } = this.#parts
    const names = new Set(membership.view.members.map(({ name }) => name))
    for (const { copies } of catalog.tables().values()) for (const name of copies.keys()) names.add(name)
    if (names.has(node)) return
    throw new MnemeshError(
      'ERR_INVALID_OPTION',
      `there is no node ${show(node)} in this cluster to hold a copy; its nodes are ${[...names].sort().join(', ')}`,
    )
  }

  // An election or a rough moment of the network is waited for: who changes the schema has the time, and nothing was done.
  async #decide(change: SchemaChange, call?: Call): Promise<void> {
    const { clock, timers } = this.#env
    const deadline = this.#deadline(call)
    for (;;) {
      try {
        await this.#parts.decide(change, { deadline })
        return
      } catch (error) {
        if (!MnemeshError.is(error, 'ERR_NO_QUORUM') || this.#parts.hasLostQuorum()) throw error
        if (clock.monotonic() + retryMs >= deadline) throw error
      }
      await new Promise<void>(resolve => timers.after(retryMs, resolve))
    }
  }

  #deadline(call: Call | undefined): number {
    return Math.min(call?.deadline ?? Number.POSITIVE_INFINITY, this.#env.clock.monotonic() + changeTimeoutMs)
  }

  #active(name: string): ReadonlySet<string> {
    return this.#parts.holders.of(this.#known(name).id)?.active ?? new Set()
  }

  /** A table whose copies are where somebody wants them. */
  async #chosen(name: string, call?: Call): Promise<TableEntry> {
    const table = await this.#agreed(name, call)
    if (table.definition.majority) throw everywhere(name)
    return table
  }

  // This node may be a little behind the one that has just created it.
  async #agreed(name: string, call?: Call): Promise<TableEntry> {
    const { catalog, barrier } = this.#parts
    if (catalog.get(name) === undefined) await barrier({ deadline: this.#deadline(call) })
    return this.#known(name)
  }

  #known(name: string): TableEntry {
    const table = this.#parts.catalog.get(name)
    if (table === undefined) throw unknownTable(name)
    return table
  }
}

/** The table, if that definition is its own. Throws ERR_TABLE_MISMATCH naming the options that differ. */
export function checkSame(table: TableEntry, definition: TableDefinition): TableEntry {
  const fields = differences(table.definition, definition)
  if (fields.length === 0) return table
  throw new MnemeshError(
    'ERR_TABLE_MISMATCH',
    `table ${table.name} exists with other options: ${fields.map(field => describe(field, table.definition, definition)).join('; ')}`,
    { details: { fields } },
  )
}

function describe(field: string, exists: TableDefinition, asked: TableDefinition): string {
  const show = (definition: TableDefinition) =>
    JSON.stringify(Object.entries(definition).find(([name]) => name === field)?.[1])
  return `${field} is ${show(exists)}, asked for ${show(asked)}`
}

function isHolder(copies: TableEntry['copies'], node: string): boolean {
  const state = copies.get(node)?.state
  return state !== undefined && state !== 'removed'
}

/** The error of choosing who holds a majority table. */
export function everywhere(name: string): MnemeshError {
  return new MnemeshError(
    'ERR_INVALID_OPTION',
    `majority table ${name} has a copy on every member of the group; only default tables have copies to choose`,
  )
}

/** The error of giving up the only copy that is left. */
export function lastCopy(table: string, node: string): MnemeshError {
  return new MnemeshError(
    'ERR_CONFLICT',
    `${node} holds the last active copy of table ${table}, and with it all rows would go; add a copy elsewhere first, or drop the table`,
  )
}

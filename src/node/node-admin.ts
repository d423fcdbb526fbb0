import { recoverGroup } from '../coordination/recover.ts'
import type { Environment } from '../core/environment.ts'
import type { KeyExplanation, NodeReceipts, TableVerification } from '../core/inspection.ts'
import type { Key } from '../core/key.ts'
import type { TableOptions } from '../core/schema.ts'
import { defineOptions } from '../core/schema.ts'
import type { ClusterStatus, DumpInfo, GroupStatus, TableInfo } from '../core/status.ts'
import type { TableChange } from '../core/table-change.ts'
import { within } from '../core/within.ts'
import { checkLimit, checkList, checkOptions, checkRecovery, mostListed } from '../face/arguments.ts'
import { callFrom, moveTimeoutMs, verifyTimeoutMs } from '../face/calls.ts'
import type { Admin, AdminOptions, CopyMove, ReceiptsOptions, VerifyOptions } from '../face/types.ts'
import { parseSeed } from '../membership/discovery.ts'
import type { Membership } from '../membership/membership.ts'
import type { Until } from '../replication/schema-changes.ts'
import type { Call } from '../wire/caller.ts'
import type { Dumps } from './dumps.ts'
import type { Engine } from './engine.ts'
import type { TableWaiting } from './table-waiting.ts'

/** The node that creates tables, and its engine. */
interface Creator {
  readonly engine: Engine
  create(name: string, options: TableOptions | undefined, call?: Call): Promise<void>
}

export interface NodeAdminParts {
  readonly node: Creator
  readonly membership: Membership
  readonly waiting: TableWaiting
  readonly dumps: Dumps
}

/** What operators do, on the embedded node. */
export class NodeAdmin implements Admin {
  readonly #env: Environment
  readonly #node: Creator
  readonly #engine: Engine
  readonly #membership: Membership
  readonly #waiting: TableWaiting
  readonly #dumps: Dumps

  constructor(env: Environment, { node, membership, waiting, dumps }: NodeAdminParts) {
    this.#env = env
    this.#node = node
    this.#engine = node.engine
    this.#membership = membership
    this.#waiting = waiting
    this.#dumps = dumps
  }

  async status(options?: AdminOptions): Promise<ClusterStatus> {
    return this.#engine.reporter.status(callFrom(this.#env.clock, options))
  }

  async tables(options?: AdminOptions): Promise<TableInfo[]> {
    return this.#engine.reporter.tables(callFrom(this.#env.clock, options))
  }

  async tableInfo(name: string, options?: AdminOptions): Promise<TableInfo> {
    return this.#engine.reporter.tableInfo(name, callFrom(this.#env.clock, options))
  }

  async createTable(name: string, tableOptions?: TableOptions, options?: AdminOptions): Promise<TableInfo> {
    this.#engine.changes.checkCopies(name, defineOptions(tableOptions))
    const create = (call: Call) => this.#node.create(name, tableOptions, call)
    await this.#change(create, options, `creating table ${name}`)
    return this.tableInfo(name, options)
  }

  async changeTable(name: string, change: TableChange, options?: AdminOptions): Promise<TableInfo> {
    const make = (call: Call) => this.#engine.changes.change(name, change, call)
    await this.#change(make, options, `changing table ${name}`)
    return this.tableInfo(name, options)
  }

  async dropTable(name: string, options?: AdminOptions): Promise<void> {
    const drop = (call: Call) => this.#engine.changes.drop(name, call)
    await this.#change(drop, options, `dropping table ${name}`)
  }

  async addCopy(name: string, node: string, options?: AdminOptions & { wait?: boolean }): Promise<void> {
    const add = (call: Call) => this.#engine.changes.addCopy(name, node, call)
    if (options?.wait !== true) return this.#change(add, options, `adding a copy of table ${name}`)
    const call = callFrom(this.#env.clock, options, moveTimeoutMs)
    await this.#change(add, undefined, `adding a copy of table ${name}`)
    const complete = this.#waiting.untilHeld(name, node, call)
    await within(this.#env, complete, call, `loading table ${name} on ${node} (it goes on)`)
  }

  async moveCopy(name: string, move: CopyMove, options?: AdminOptions): Promise<void> {
    checkOptions('a move', move ?? null)
    const call = callFrom(this.#env.clock, options, moveTimeoutMs)
    const { signal, deadline } = call
    // Who has given up waiting shall not see a copy go later.
    const until: Until = condition =>
      this.#waiting.until(() => signal?.aborted !== true && condition(), deadline)
    const moved = this.#engine.changes.moveCopy(name, move, until)
    const what = `moving a copy of table ${name} from ${move.from} to ${move.to} (${move.from} keeps its own until then; call again to finish)`
    await within(this.#env, moved, call, what)
  }

  async removeCopy(name: string, node: string, options?: AdminOptions): Promise<void> {
    const remove = (call: Call) => this.#engine.changes.removeCopy(name, node, call)
    await this.#change(remove, options, `removing a copy of table ${name}`)
  }

  async explain(table: string, key: Key, options?: AdminOptions): Promise<KeyExplanation> {
    return this.#engine.explainer.explain(table, key, callFrom(this.#env.clock, options))
  }

  async verify(table: string, options?: VerifyOptions): Promise<TableVerification> {
    const call = callFrom(this.#env.clock, options, verifyTimeoutMs)
    return this.#engine.explainer.verifier.verify(
      table,
      checkLimit(options?.limit, mostListed.differences),
      call,
    )
  }

  async receipts(options?: ReceiptsOptions): Promise<readonly NodeReceipts[]> {
    const limit = checkLimit(options?.limit, mostListed.receipts)
    return this.#engine.explainer.receipts(limit, callFrom(this.#env.clock, options))
  }

  async join(seeds: readonly string[]): Promise<void> {
    checkList('seeds', seeds)
    for (const seed of seeds) parseSeed(seed)
    this.#membership.join(seeds)
  }

  async recover(how: 'force' | 'accept', options?: AdminOptions): Promise<GroupStatus> {
    checkRecovery(how)
    const { strong } = this.#engine
    return this.#change(call => recoverGroup(strong, how, call), options, 'recovering the group')
  }

  dumps(): Promise<DumpInfo[]> {
    return this.#dumps.list()
  }

  dump(name: string): AsyncIterableIterator<string> {
    return this.#dumps.read(name)
  }

  // The group is given a little less time, so that the caller hears what became of it.
  #change<T>(
    change: (call: Call) => Promise<T>,
    options: AdminOptions | undefined,
    what: string,
  ): Promise<T> {
    const { clock } = this.#env
    const call = callFrom(clock, options, 10_000)
    const earlierMs = Math.min(100, (call.deadline - clock.monotonic()) / 10)
    return within(this.#env, change({ deadline: call.deadline - earlierMs }), call, what)
  }
}

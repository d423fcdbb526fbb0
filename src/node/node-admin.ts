import type { Environment } from '../core/environment.ts'
import { defineOptions, type TableOptions } from '../core/schema.ts'
import type { ClusterStatus, TableInfo } from '../core/status.ts'
import { callFrom, within } from '../face/calls.ts'
import type { Admin, AdminOptions } from '../face/types.ts'
import { parseSeed } from '../membership/discovery.ts'
import type { Membership } from '../membership/membership.ts'
import type { Engine } from './engine.ts'

/** What operators do, on the embedded node. */
export class NodeAdmin implements Admin {
  readonly #env: Environment
  readonly #engine: Engine
  readonly #membership: Membership

  constructor(env: Environment, engine: Engine, membership: Membership) {
    this.#env = env
    this.#engine = engine
    this.#membership = membership
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
    const definition = defineOptions(tableOptions)
    const table = await this.#change(
      this.#engine.changes.create(name, definition),
      options,
      `creating table ${name}`,
    )
    this.#engine.reconciler.begin(table)
    return this.tableInfo(name, options)
  }

  async dropTable(name: string, options?: AdminOptions): Promise<void> {
    await this.#change(this.#engine.changes.drop(name), options, `dropping table ${name}`)
  }

  async addCopy(name: string, node: string, options?: AdminOptions): Promise<void> {
    await this.#change(this.#engine.changes.addCopy(name, node), options, `adding a copy of table ${name}`)
  }

  async removeCopy(name: string, node: string, options?: AdminOptions): Promise<void> {
    await this.#change(
      this.#engine.changes.removeCopy(name, node),
      options,
      `removing a copy of table ${name}`,
    )
  }

  async join(seeds: readonly string[]): Promise<void> {
    for (const seed of seeds) parseSeed(seed)
    this.#membership.join(seeds)
  }

  #change<T>(change: Promise<T>, options: AdminOptions | undefined, what: string): Promise<T> {
    return within(this.#env, change, callFrom(this.#env.clock, options, 10_000), what)
  }
}

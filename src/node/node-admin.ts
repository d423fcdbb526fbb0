import type { Environment } from '../core/environment.ts'
import type { TableOptions } from '../core/schema.ts'
import type { ClusterStatus, TableInfo } from '../core/status.ts'
import { callFrom, within } from '../face/calls.ts'
import type { Admin, AdminOptions } from '../face/types.ts'
import { parseSeed } from '../membership/discovery.ts'
import type { Membership } from '../membership/membership.ts'
import type { Engine } from './engine.ts'

/** The node that creates tables, and its engine. */
interface Creator {
  readonly engine: Engine
  create(name: string, options: TableOptions | undefined): Promise<void>
}

/** What operators do, on the embedded node. */
export class NodeAdmin implements Admin {
  readonly #env: Environment
  readonly #node: Creator
  readonly #engine: Engine
  readonly #membership: Membership

  constructor(env: Environment, node: Creator, membership: Membership) {
    this.#env = env
    this.#node = node
    this.#engine = node.engine
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
    await this.#change(this.#node.create(name, tableOptions), options, `creating table ${name}`)
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

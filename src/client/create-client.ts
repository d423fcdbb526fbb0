import { show } from '../core/duration.ts'
import type { Environment, Log } from '../core/environment.ts'
import { MnemeshError } from '../core/errors.ts'
import type { Key } from '../core/key.ts'
import { checkTableName, type TableOptions } from '../core/schema.ts'
import { checkOptions } from '../face/arguments.ts'
import { callFrom } from '../face/calls.ts'
import { TypedCoordination } from '../face/coordination.ts'
import { type ClusterEvents, TypedEvents } from '../face/events.ts'
import { TypedTable } from '../face/typed-table.ts'
import type {
  CallOptions,
  Client,
  ElectOptions,
  Leadership,
  Locks,
  Semaphore,
  Table,
  TableDef,
  TransactionOptions,
  Tx,
} from '../face/types.ts'
import { processEnvironment, silentLog } from '../process/environment.ts'
import { grpcDialer } from '../rpc/grpc-wire.ts'
import { ClientAdmin } from './admin.ts'
import { ClientEvents } from './events.ts'
import { ClientLocks } from './locks.ts'
import { Nodes, type NodesOptions } from './nodes.ts'
import { Stubs } from './stubs.ts'
import { ClientTablePort } from './table-port.ts'
import { ClientTransactions } from './transactions.ts'

const waitTimeoutMs = 30_000

export interface ClientOptions {
  /** gRPC addresses of some nodes, `host:port`; the others are learned from them. */
  readonly endpoints: readonly string[]
  /**
   * False: asks the endpoints only and learns no others. For nodes behind a proxy or a mapped port, whose own addresses
   * cannot be reached from here, and to see what one node says. Default true.
   */
  readonly discover?: boolean
  readonly logger?: Log
}

/**
 * A client to nodes elsewhere: connects when it is first used, learns the members, asks each key's holder. Throws
 * ERR_INVALID_OPTION for endpoints that are none; nothing else can go wrong here, so it is safe at the top of a module.
 */
export function createClient(endpoints: string | readonly string[] | ClientOptions): MeshClient {
  const options = toOptions(endpoints)
  const { endpoints: given, discover = true, logger = silentLog } = options
  return new MeshClient(processEnvironment(logger), { endpoints: given, discover })
}

/** Made by `createClient`. */
export class MeshClient implements Client {
  readonly admin: ClientAdmin
  readonly events: ClusterEvents
  readonly #env: Environment
  readonly #nodes: Nodes
  readonly #stubs = new Stubs()
  readonly #events: ClientEvents
  readonly #tables = new Map<string, TypedTable<Key, unknown>>()
  readonly #transactions: ClientTransactions
  readonly #coordination: TypedCoordination

  /** @internal */
  constructor(env: Environment, options: NodesOptions) {
    this.#env = env
    this.#nodes = new Nodes(env, grpcDialer('session'), options)
    this.admin = new ClientAdmin(env, this.#nodes, this.#stubs)
    this.#events = new ClientEvents(env, { nodes: this.#nodes, stubs: this.#stubs })
    this.events = new TypedEvents(env, this.#events)
    const locks = new ClientLocks(env, this.#nodes)
    this.#transactions = new ClientTransactions(env, this.#nodes, locks)
    this.#coordination = new TypedCoordination(env, { transactions: this.#transactions, locks })
  }

  async ready(options?: CallOptions): Promise<this> {
    await this.#nodes.ready(callFrom(this.#env.clock, options))
    return this
  }

  table<K extends Key = Key, V = unknown>(
    name: string,
    tableOptions?: TableOptions,
    options?: CallOptions,
  ): Promise<Table<K, V>>
  table<K extends Key, V>(definition: TableDef<K, V>, options?: CallOptions): Promise<Table<K, V>>
  async table<K extends Key, V>(
    table: string | TableDef<K, V>,
    first?: TableOptions | CallOptions,
    second?: CallOptions,
  ): Promise<Table<K, V>> {
    const { name, options } =
      typeof table === 'object' && table !== null
        ? table
        : { name: table, options: first as TableOptions | undefined }
    checkTableName(name)
    const call = typeof table === 'string' ? second : (first as CallOptions | undefined)
    if (options !== undefined) await this.admin.createTable(name, options, call)
    else if (!(await this.#exists(name, call))) await this.#createUnlessThere(name, call)
    await this.waitForTables([name], call)
    return this.existing<K, V>(name)
  }

  // The node that was asked may be the last to hear of it: then it is taken as it is.
  async #createUnlessThere(name: string, call: CallOptions | undefined): Promise<void> {
    await this.admin.createTable(name, undefined, call).catch(error => {
      if (!MnemeshError.is(error, 'ERR_TABLE_MISMATCH')) throw error
    })
  }

  /** A table that is there, without asking whether it is: its calls reject with ERR_TABLE_UNKNOWN if not. */
  existing<K extends Key = Key, V = unknown>(name: string): Table<K, V> {
    let typed = this.#tables.get(name)
    if (typed === undefined) {
      const info = (of: string, { deadline, signal }: { deadline: number; signal?: AbortSignal }) =>
        this.admin.tableInfo(of, { timeout: Math.max(1, deadline - this.#env.clock.monotonic()), signal })
      typed = new TypedTable(this.#env, new ClientTablePort(this.#env, { nodes: this.#nodes, info }, name))
      this.#tables.set(name, typed)
    }
    return typed as unknown as Table<K, V>
  }

  async waitForTables(names: readonly string[], options?: CallOptions): Promise<void> {
    await this.admin.waitForTables(names, options, waitTimeoutMs)
  }

  get locks(): Locks {
    return this.#coordination.locks
  }

  transaction<T>(work: (tx: Tx) => Promise<T>, options?: TransactionOptions): Promise<T> {
    return this.#coordination.transaction(work, options)
  }

  elect(name: string, options?: ElectOptions): AsyncIterableIterator<Leadership> {
    return this.#coordination.elect(name, options)
  }

  semaphore(name: string, permits: number): Semaphore {
    return this.#coordination.semaphore(name, permits)
  }

  async close(): Promise<void> {
    this.#events.close()
    this.#nodes.close()
    this.#stubs.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #exists(name: string, call: CallOptions | undefined): Promise<boolean> {
    try {
      await this.admin.tableInfo(name, call)
      return true
    } catch (error) {
      if (MnemeshError.is(error, 'ERR_TABLE_UNKNOWN')) return false
      throw error
    }
  }
}

function toOptions(given: string | readonly string[] | ClientOptions): ClientOptions {
  if (typeof given !== 'string' && !Array.isArray(given))
    checkOptions('what a client is made of', given ?? null)
  const options =
    typeof given === 'string' ? { endpoints: [given] } : 'endpoints' in given ? given : { endpoints: given }
  const { endpoints } = options
  if (!Array.isArray(endpoints) || endpoints.length === 0) throw invalid('at least one host:port', endpoints)
  for (const endpoint of endpoints)
    if (!/^(\[[0-9a-fA-F:]+\]|[^:\s]+):\d{1,5}$/.test(endpoint)) throw invalid('host:port', endpoint)
  return options
}

function invalid(wanted: string, got: unknown): MnemeshError {
  return new MnemeshError('ERR_INVALID_OPTION', `option endpoints must be ${wanted}, got ${show(got)}`)
}

import type { CodecName } from '../core/codec.ts'
import type { Cancel, Environment } from '../core/environment.ts'
import { MnemeshError } from '../core/errors.ts'
import type { Key } from '../core/key.ts'
import { checkTableName, defineOptions, type TableOptions } from '../core/schema.ts'
import { within } from '../core/within.ts'
import { checkList } from '../face/arguments.ts'
import { callFrom } from '../face/calls.ts'
import { TypedCoordination } from '../face/coordination.ts'
import { type ClusterEvents, TypedEvents } from '../face/events.ts'
import { TypedTable } from '../face/typed-table.ts'
import type {
  Admin,
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
import type { Membership } from '../membership/membership.ts'
import { type Member, memberId } from '../membership/view.ts'
import type { RunningServer } from '../rpc/server.ts'
import type { Topology } from '../session/calls.ts'
import type { SessionServerParts } from '../session/session-server.ts'
import type { Call } from '../wire/caller.ts'
import type { Dumps, KeptDump } from './dumps.ts'
import { EmbeddedCoordination } from './embedded-coordination.ts'
import type { Engine } from './engine.ts'
import { NodeAdmin } from './node-admin.ts'
import { NodeEvents } from './node-events.ts'
import { closeOnSignals } from './signals.ts'
import type { StopStack } from './stop-stack.ts'
import { NodeTablePort } from './table-port.ts'
import { TableWaiting } from './table-waiting.ts'

const loadTimeoutMs = 30_000
const spreadTimeoutMs = 2000
const drainMs = 2000
const leaveGroupMs = 1000
const drainPollMs = 10

export interface ClusterNodeParts {
  readonly engine: Engine
  readonly membership: Membership
  readonly server: RunningServer
  readonly stops: StopStack
  readonly dumps: Dumps
}

/** A running node in this process. Made by `createNode`. */
export class ClusterNode implements Client {
  readonly admin: Admin
  readonly events: ClusterEvents
  /** For what speaks for the node. @internal */
  readonly eventSource: NodeEvents
  /** Resolves when the node has stopped: with the reason if it was not asked to. */
  readonly closed: Promise<MnemeshError | undefined>
  /** For what speaks for the node (its gRPC services). @internal */
  readonly engine: Engine
  readonly #env: Environment
  readonly #parts: ClusterNodeParts
  readonly #tables = new Map<string, TypedTable<Key, unknown>>()
  readonly #offs: Cancel[] = []
  readonly #waiting: TableWaiting
  readonly #embedded: EmbeddedCoordination
  readonly #coordination: TypedCoordination
  #closing: Promise<void> | undefined
  #resolveClosed: (reason: MnemeshError | undefined) => void = () => {}

  /** @internal */
  constructor(env: Environment, parts: ClusterNodeParts) {
    this.engine = parts.engine
    this.#env = env
    this.#parts = parts
    const isClosing = () => this.#closing !== undefined
    this.#waiting = new TableWaiting(env, { engine: parts.engine, self: () => this.self.name, isClosing })
    const { engine, membership, dumps } = parts
    this.eventSource = new NodeEvents(env, { events: engine.events, member: memberId(membership.self) })
    this.events = new TypedEvents(env, this.eventSource)
    this.admin = new NodeAdmin(env, { node: this, membership, waiting: this.#waiting, dumps })
    this.#embedded = new EmbeddedCoordination(env, {
      strong: parts.engine.strong,
      maxValueBytes: parts.engine.tables.maxValueBytes,
      explain: table => parts.engine.tables.checkMajority(table),
    })
    this.#coordination = new TypedCoordination(env, this.#embedded)
    this.closed = new Promise(resolve => {
      this.#resolveClosed = resolve
    })
    this.#offs.push(parts.membership.onReplaced(newer => void this.#stop(replaced(newer))))
  }

  /** This process as the others see it. */
  get self(): Member {
    return this.#parts.membership.self
  }

  /** The ports that are really bound. */
  get ports(): { readonly grpc: number; readonly gossip: number } {
    const { gossip } = this.self
    return { grpc: this.#parts.server.port, gossip: Number(gossip.slice(gossip.lastIndexOf(':') + 1)) }
  }

  /**
   * Rows that a merge of two groups had no place for, as far as they are in memory. With `dumpDir` they are in files,
   * which the log names.
   */
  get dumps(): readonly KeptDump[] {
    return this.#parts.dumps.kept
  }

  /** What sessions of clients need of this node. @internal */
  get sessions(): SessionServerParts {
    const { tables, holders, admission } = this.engine
    return {
      open: name => tables.get(name),
      topology: () => this.#topology(),
      onTopology: listener => holders.onChange(listener),
      coordination: this.#embedded,
      maxValueBytes: tables.maxValueBytes,
      admission,
    }
  }

  get locks(): Locks {
    return this.#coordination.locks
  }

  transaction<T>(work: (tx: Tx) => Promise<T>, options?: TransactionOptions): Promise<T> {
    this.#checkOpen()
    return this.#coordination.transaction(work, options)
  }

  elect(name: string, options?: ElectOptions): AsyncIterableIterator<Leadership> {
    return this.#coordination.elect(name, options)
  }

  semaphore(name: string, permits: number): Semaphore {
    return this.#coordination.semaphore(name, permits)
  }

  async ready(): Promise<this> {
    this.#checkOpen()
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
    this.#checkOpen()
    const { name, options } =
      typeof table === 'object' && table !== null
        ? table
        : { name: table, options: first as TableOptions | undefined }
    checkTableName(name)
    const call = callFrom(
      this.#env.clock,
      typeof table === 'string' ? second : (first as CallOptions),
      loadTimeoutMs,
    )
    if (options !== undefined) await this.create(name, options, call)
    else if (this.engine.catalog.get(name) === undefined) await this.#createUnlessThere(name, call)
    await this.#waiting.untilReadable([name], call)
    return this.#typed<K, V>(name)
  }

  /** Creates the table, or finds it; every reachable node that shall hold a copy has begun to, as a rule. */
  async create(name: string, options: TableOptions | undefined, call?: Call): Promise<void> {
    const { changes, reconciler } = this.engine
    const table = await changes.create(name, defineOptions(options), call)
    reconciler.obey()
    const deadline = this.#env.clock.monotonic() + spreadTimeoutMs
    // Else the first writes would find fewer copies than there are about to be, and be confirmed by none of them.
    const isSpread = () => reconciler.isSpread(this.engine.catalog.byId(table.id) ?? table)
    const spread = this.#waiting.until(isSpread, deadline)
    await within(this.#env, spread, { deadline }, 'a copy on every node').catch(err =>
      this.#env.log.warn({ table: name, err }, 'table created, but not every node has begun its copy'),
    )
  }

  // Another node may have created it a moment ago, with options of its own: then it is taken as it is.
  async #createUnlessThere(name: string, call: Call): Promise<void> {
    await this.create(name, undefined, call).catch(error => {
      if (!MnemeshError.is(error, 'ERR_TABLE_MISMATCH')) throw error
    })
  }

  /** A table that exists, for handlers of gRPC. Throws ERR_TABLE_UNKNOWN. @internal */
  existing(name: string): { readonly table: Table; readonly codec: CodecName } {
    this.#checkOpen()
    const { entry } = this.engine.tables.get(name)
    return { table: this.#typed(name), codec: entry.definition.codec }
  }

  async waitForTables(names: readonly string[], options?: CallOptions): Promise<void> {
    this.#checkOpen()
    checkList('names', names)
    await this.#waiting.untilReadable(names, callFrom(this.#env.clock, options, loadTimeoutMs))
  }

  /** Resolves when every table that this node shall hold is loaded. Fails after 30 s without progress. @internal */
  async loaded(): Promise<void> {
    await this.#waiting.loaded(loadTimeoutMs)
  }

  /** Gives up this node's copies for good, tells the others, and closes. */
  async leave(): Promise<void> {
    const { catalog, changes } = this.engine
    const { name } = this.self
    const held = [...catalog.tables().values()].filter(
      ({ definition, copies }) => !definition.majority && copies.has(name),
    )
    await Promise.all(held.map(table => changes.removeCopy(table.name, name).catch(() => {})))
    await this.close()
  }

  close(): Promise<void> {
    return this.#stop(undefined)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** SIGTERM and SIGINT close the node and end the process; a second one ends it at once. @internal */
  handleSignals(): void {
    this.#offs.push(closeOnSignals(() => this.close()))
  }

  #topology(): Topology {
    const { catalog, holders } = this.engine
    const nodes = this.#parts.membership.view.members.map(({ name, address }) => ({ name, address }))
    const byTable = [...catalog.tables().values()].map(
      ({ id, name }) => [name, [...(holders.of(id)?.active ?? [])].sort()] as const,
    )
    return { nodes, holders: Object.fromEntries(byTable) }
  }

  #stop(reason: MnemeshError | undefined): Promise<void> {
    this.#closing ??= this.#close(reason)
    return this.#closing
  }

  // Readiness first, so that no new work comes; then what was written here has a moment to reach the others.
  async #close(reason: MnemeshError | undefined): Promise<void> {
    const { engine, server, stops } = this.#parts
    engine.tables.close(new MnemeshError('ERR_CLOSED', 'this node was closed'))
    if (reason !== undefined) engine.events.emit('duplicate-name', { why: reason.message })
    server.setServing(false)
    const until = this.#env.clock.monotonic() + drainMs
    while (reason === undefined && this.#env.clock.monotonic() < until) {
      if (engine.peers.lags().every(({ connected, operations }) => !connected || operations === 0)) break
      await new Promise<void>(resolve => setTimeout(resolve, drainPollMs))
    }
    this.#embedded.close(new MnemeshError('ERR_CLOSED', 'this node was closed'))
    // The group goes on without waiting for this node, also for a newer life of it at another address (D-9).
    await engine.strong.leave(leaveGroupMs)
    for (const off of this.#offs) off()
    try {
      await stops.stop()
    } finally {
      this.#env.log.info({ node: this.self.name }, 'node stopped')
      this.#resolveClosed(reason)
    }
  }

  #typed<K extends Key, V>(name: string): Table<K, V> {
    let table = this.#tables.get(name)
    if (table === undefined) {
      const info = (table: string, call: Call) => this.engine.reporter.tableInfo(table, call)
      table = new TypedTable(this.#env, new NodeTablePort(this.#env, name, this.engine.tables, info))
      this.#tables.set(name, table)
    }
    return table as unknown as Table<K, V>
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw new MnemeshError('ERR_CLOSED', 'this node was closed')
  }
}

function replaced(newer: Member): MnemeshError {
  return new MnemeshError(
    'ERR_NAME_IN_USE',
    `a newer process with this node's name ${newer.name} runs at ${newer.address}; give each node a name of its own`,
  )
}

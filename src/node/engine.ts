import { Owner } from '../coordination/owner.ts'
import type { Cancel, Environment } from '../core/environment.ts'
import { MnemeshError } from '../core/errors.ts'
import type { HashSeed } from '../core/hash.ts'
import { HybridClock, Origins } from '../core/version.ts'
import type { Membership } from '../membership/membership.ts'
import { memberId } from '../membership/view.ts'
import { Acks } from '../replication/acks.ts'
import { Catalog, schemaTable, tableId } from '../replication/catalog.ts'
import type { Auth } from '../replication/handshake.ts'
import { Holders } from '../replication/holders.ts'
import { Inbox } from '../replication/inbox.ts'
import { Joining } from '../replication/joining.ts'
import { Loader } from '../replication/loader.ts'
import { LocalReplica } from '../replication/local-replica.ts'
import { OpenTables } from '../replication/open-tables.ts'
import { Operator } from '../replication/operator.ts'
import { Outbox } from '../replication/outbox.ts'
import { PeerAcceptor } from '../replication/peer-acceptor.ts'
import { Peers } from '../replication/peers.ts'
import { Reconciler } from '../replication/reconciler.ts'
import { Repairer } from '../replication/repairer.ts'
import type { Replica, Replicas } from '../replication/replica.ts'
import { SchemaChanges } from '../replication/schema-changes.ts'
import { Standing } from '../replication/standing.ts'
import { Writer } from '../replication/writer.ts'
import { Copies } from '../storage/copies.ts'
import { TableCopy } from '../storage/table.ts'
import type { Dialer, Wire, WireEvents } from '../wire/wire.ts'
import { StatusReporter } from './status-reporter.ts'

const maintainEveryMs = 100
const maintainForMs = 2

/** The doors of a node, opened by whoever builds one: real ones in `createNode`, simulated ones in tests. */
export interface Doors {
  readonly membership: Membership
  readonly dialer: Dialer
  readonly auth: Auth
}

export interface EngineOptions {
  readonly cluster: string
  /** From the first secret and the cluster's name; a running cluster's takes its place. */
  readonly seed: HashSeed
  readonly maxValueBytes: number
}

/** Everything of a node between its doors, wired together. It builds and stops; the parts do the work. */
export class Engine {
  readonly copies = new Copies()
  readonly origins = new Origins()
  readonly hybrid: HybridClock
  readonly standing: Standing
  readonly catalog: Catalog
  readonly holders: Holders
  readonly outbox: Outbox
  readonly inbox: Inbox
  readonly changes: SchemaChanges
  readonly reconciler: Reconciler
  readonly repairer: Repairer
  readonly joining: Joining
  readonly tables: OpenTables
  readonly peers: Peers
  readonly replicas: Replicas
  readonly reporter: StatusReporter
  readonly #acceptor: PeerAcceptor
  readonly #acks: Acks
  readonly #stops: Cancel[] = []

  constructor(env: Environment, doors: Doors, options: EngineOptions) {
    const { membership, dialer, auth } = doors
    const { copies, origins } = this
    const member = membership.self
    const schemaId = tableId(options.cluster, schemaTable.name, 0)
    const self = origins.indexOf(memberId(member))
    this.hybrid = new HybridClock(env.clock)
    const hybrid = this.hybrid
    this.standing = new Standing({ member, cluster: options.cluster, seed: options.seed })
    const standing = this.standing
    const schemaCopy = new TableCopy(origins, { ...schemaTable, id: schemaId }, options.seed)
    const schema = copies.add(schemaCopy, 0, true)
    this.catalog = new Catalog(env, { schema: schemaCopy, cluster: options.cluster })
    const catalog = this.catalog
    this.holders = new Holders({ catalog, membership, schemaId })
    const holders = this.holders
    this.outbox = new Outbox(env.timers, { clock: hybrid, origins })
    const outbox = this.outbox
    const acks = new Acks(env)
    this.inbox = new Inbox(env, { copies, origins, hybrid })
    const { inbox } = this
    const writer = new Writer(env, { hybrid, outbox, acks, holders, self })
    const operator = new Operator(env, { writer, origins })
    const owner = new Owner(env, { holders, operator, self: member.name })
    const local = new LocalReplica(env, {
      node: member.name,
      copies,
      origins,
      operator,
      writer,
      decide: (held, operation, deadline) => owner.decide(held, operation, deadline),
      status: () => ({ ...this.reporter.own() }),
    })
    const replicas = (node: string): Replica => this.peers.replica(node)
    this.replicas = replicas
    const isConnected = (node: string) => this.peers.isConnected(node)
    this.repairer = new Repairer(env, { copies, holders, origins, hybrid, replicas, isConnected })
    const { repairer } = this
    const peersParts = {
      membership,
      dialer,
      auth,
      standing,
      hybrid,
      origins,
      outbox,
      inbox,
      acks,
      holders,
      schemaId,
      local,
    }
    this.peers = new Peers(env, peersParts, {
      connected: node => repairer.schedule(node),
      lagged: node => repairer.schedule(node),
    })
    this.joining = new Joining(env, {
      membership,
      replicas,
      isConnected,
      repairer,
      schema: schemaCopy,
      standing,
    })
    this.changes = new SchemaChanges(env, { schema, catalog, holders, writer, standing, hybrid })
    const loader = new Loader(env, { holders, replicas, repairer, hybrid })
    const { changes } = this
    this.reconciler = new Reconciler(env, {
      catalog,
      changes,
      copies,
      holders,
      loader,
      membership,
      origins,
      standing,
      schemaId,
    })
    this.tables = new OpenTables(env, {
      catalog,
      copies,
      holders,
      local,
      operator,
      origins,
      outbox,
      peers: () => this.peers,
      replicas,
      standing,
      writer,
      maxValueBytes: options.maxValueBytes,
    })
    this.reporter = new StatusReporter(env, { engine: this, membership })
    this.#acceptor = new PeerAcceptor(env, {
      auth,
      standing,
      hybrid,
      inbox,
      local,
      copies,
      origins,
      member: name => membership.view.get(name),
      opened: (node, table) => this.peers.opened(node, table),
    })
    this.#acks = acks
    standing.onAdopt(seed => {
      for (const { copy } of copies.all()) copy.rehash(seed)
    })
    this.reconciler.onProgress(() => this.tables.refresh())
    this.#stops.push(env.timers.every(maintainEveryMs, () => this.#maintain(env)))
  }

  /** Answers a wire that another node dialled. */
  accept(wire: Wire): WireEvents {
    return this.#acceptor.accept(wire)
  }

  /** Ends everything at once; what waits fails with ERR_CLOSED. */
  stop(): void {
    for (const stop of this.#stops) stop()
    this.reconciler.stop()
    this.joining.stop()
    this.repairer.stop()
    this.peers.stop()
    this.#acceptor.closeAll()
    this.#acks.close(
      new MnemeshError('ERR_CLOSED', 'this node was closed while the write waited', { maybeApplied: true }),
    )
  }

  // Small steps for at most a few ms, so that clean-up never delays a call.
  #maintain(env: Environment): void {
    const until = env.clock.monotonic() + maintainForMs
    const wallMs = env.clock.wall()
    for (const { copy } of this.copies.all()) {
      while (copy.maintain(wallMs)) if (env.clock.monotonic() >= until) return
    }
  }
}

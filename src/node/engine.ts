import { MajorityOperations } from '../coordination/majority-operations.ts'
import { Owner } from '../coordination/owner.ts'
import type { StrongGroup } from '../coordination/strong-group.ts'
import type { Cancel, Environment } from '../core/environment.ts'
import { MnemeshError } from '../core/errors.ts'
import type { Events } from '../core/events.ts'
import type { HybridClock, Origins } from '../core/version.ts'
import type { Acks } from '../replication/acks.ts'
import type { Catalog, TableEntry } from '../replication/catalog.ts'
import type { Collector } from '../replication/collector.ts'
import type { CounterKeeper } from '../replication/counter-keeper.ts'
import type { Coverage } from '../replication/coverage.ts'
import { Evictions } from '../replication/evictions.ts'
import type { GivingWay } from '../replication/giving-way.ts'
import type { Holders } from '../replication/holders.ts'
import type { Inbox } from '../replication/inbox.ts'
import { LocalReplica } from '../replication/local-replica.ts'
import type { MemoryGuard } from '../replication/memory-guard.ts'
import { OpenTables } from '../replication/open-tables.ts'
import type { Outbox } from '../replication/outbox.ts'
import { paceBy } from '../replication/pace.ts'
import { PeerAcceptor } from '../replication/peer-acceptor.ts'
import { Peers } from '../replication/peers.ts'
import type { Reconciler } from '../replication/reconciler.ts'
import type { Repairer } from '../replication/repairer.ts'
import type { Replicas } from '../replication/replica.ts'
import type { SchemaChanges } from '../replication/schema-changes.ts'
import type { Separation } from '../replication/separation.ts'
import type { SetAside } from '../replication/set-aside.ts'
import type { Stability } from '../replication/stability.ts'
import type { Standing } from '../replication/standing.ts'
import type { WriteGuard } from '../replication/write-guard.ts'
import type { Copies } from '../storage/copies.ts'
import { Admission } from '../wire/admission.ts'
import type { Wire, WireEvents } from '../wire/wire.ts'
import { isEmpty } from './emptiness.ts'
import {
  type Doors,
  type EngineOptions,
  keepCopies,
  type Links,
  layGround,
  startWriting,
  tellOfOverload,
} from './engine-parts.ts'
import { Explainer } from './explainer.ts'
import { Inspector } from './inspector.ts'
import { StatusReporter } from './status-reporter.ts'

const maintainEveryMs = 100
const maintainForMs = 2

/** Everything of a node between its doors, wired together. It builds and stops; the parts do the work. */
export class Engine {
  readonly events: Events
  readonly copies: Copies
  readonly origins: Origins
  readonly hybrid: HybridClock
  readonly standing: Standing
  readonly catalog: Catalog
  readonly holders: Holders
  readonly outbox: Outbox
  readonly inbox: Inbox
  readonly changes: SchemaChanges
  readonly reconciler: Reconciler
  readonly repairer: Repairer
  readonly strong: StrongGroup
  readonly tables: OpenTables
  readonly peers: Peers
  readonly reporter: StatusReporter
  readonly explainer: Explainer
  readonly coverage: Coverage
  readonly stability: Stability
  readonly separation: Separation
  readonly setAside: SetAside
  readonly givingWay: GivingWay
  readonly guard: WriteGuard
  readonly admission: Admission
  /** Calls, and writes that no other node keeps up with, that were refused. */
  readonly refused: () => number
  readonly evictions: Evictions
  readonly memory: MemoryGuard
  readonly counterKeeper: CounterKeeper
  readonly #collector: Collector
  readonly #stopWatching: Cancel
  readonly #acceptor: PeerAcceptor
  readonly #acks: Acks
  readonly #stopMaintenance: Cancel

  constructor(env: Environment, doors: Doors, options: EngineOptions) {
    const links = this.#links(env, doors)
    const ground = layGround(env, doors, options, links)
    const { member, copies, standing, strong } = ground
    const writing = startWriting(env, { ...ground, ...links }, options)
    const { holders, inbox, operator } = writing
    const inspector = new Inspector(env, this)
    const owner = new Owner(env, { holders, operator, self: member.name })
    const local = new LocalReplica(env, {
      ...{ ...ground, ...writing, node: member.name },
      decide: (held, operation, deadline) => owner.decide(held, operation, deadline),
      touched: (table, hashes) => this.evictions.touched(table, hashes),
      status: () => ({ ...this.reporter.own() }),
      inspect: question => inspector.answer(question),
    })
    const keeping = keepCopies(env, { ...ground, ...links, ...writing }, options)
    const { repairer, stability } = keeping
    const repair = (node: string) => repairer.schedule(node)
    const lagged = (node: string) => {
      ground.events.emit('peer-lagging', { member: node })
      repair(node)
    }
    this.peers = new Peers(env, { ...ground, ...writing, local }, { connected: repair, lagged })
    const agreed = ({ name, definition }: TableEntry) =>
      definition.majority ? new MajorityOperations({ strong, origins: ground.origins, name }) : undefined
    this.tables = new OpenTables(env, { ...ground, ...links, ...writing, local, agreed })
    this.evictions = new Evictions(env, { ...ground, ...links, ...writing, self: member.name })
    this.reporter = new StatusReporter(env, { engine: this, membership: doors.membership })
    this.explainer = new Explainer(env, { engine: this, membership: doors.membership })
    this.admission = options.admission ?? new Admission(env)
    this.refused = tellOfOverload(ground.events, { calls: this.admission.refusals, outbox: writing.refusals })
    this.#acceptor = new PeerAcceptor(env, {
      ...{ ...ground, admission: this.admission, inbox, local, stability, coverage: writing.coverage },
      member: name => doors.membership.view.get(name),
      opened: (node, table) => this.peers.opened(node, table),
      group: (from, bytes) => strong.receive(from, bytes),
    })
    this.events = ground.events
    this.strong = strong
    this.copies = copies
    this.origins = ground.origins
    this.hybrid = ground.hybrid
    this.standing = standing
    this.catalog = ground.catalog
    this.holders = holders
    this.outbox = writing.outbox
    this.inbox = inbox
    this.changes = keeping.changes
    this.repairer = repairer
    this.reconciler = keeping.reconciler
    this.separation = ground.separation
    this.setAside = keeping.setAside
    this.givingWay = keeping.givingWay
    this.stability = stability
    this.#collector = keeping.collector
    this.#stopWatching = keeping.stopWatching
    this.#acks = writing.acks
    this.coverage = writing.coverage
    this.memory = writing.memory
    this.counterKeeper = keeping.counterKeeper
    this.guard = writing.guard
    standing.onAdopt(seed => copies.rehash(seed))
    this.reconciler.onProgress(() => this.tables.refresh())
    this.#stopMaintenance = env.timers.every(maintainEveryMs, () => copies.maintain(env.clock, maintainForMs))
  }

  // What is built first needs these of what is built upon it.
  #links({ clock, timers }: Environment, { membership }: Doors): Links {
    return {
      replicas: this.replicas,
      isConnected: node => this.peers.isConnected(node),
      pace: paceBy(timers, () => this.admission.isBusy),
      peers: () => this.peers,
      tables: () => this.tables,
      send: (to, bytes) => this.peers.sendToGroup(to, bytes),
      isEmpty: table => isEmpty(clock, { view: membership.view, replicas: this.replicas }, table),
      checkMemory: (table, bytes) => this.memory.checkMemory(table, bytes),
      pressed: () => this.memory.pressed,
    }
  }

  /** The copies of that node; this node's own under its name. */
  readonly replicas: Replicas = node => this.peers.replica(node)

  /** Answers a wire that another node dialled. */
  accept(wire: Wire): WireEvents {
    return this.#acceptor.accept(wire)
  }

  /** Ends everything at once; what waits fails with ERR_CLOSED. */
  stop(): void {
    this.#stopMaintenance()
    this.#stopWatching()
    this.reconciler.stop()
    this.#collector.stop()
    this.counterKeeper.stop()
    this.evictions.stop()
    this.memory.stop()
    this.setAside.stop()
    this.separation.stop()
    this.guard.stop()
    this.strong.stop()
    this.repairer.stop()
    this.peers.stop()
    this.#acceptor.closeAll()
    this.events.close()
    this.#acks.close(
      new MnemeshError('ERR_CLOSED', 'this node was closed while the write waited', { maybeApplied: true }),
    )
  }
}

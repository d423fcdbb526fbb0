import { MajorityOperations } from '../coordination/majority-operations.ts'
import { Owner } from '../coordination/owner.ts'
import type { RowDump } from '../coordination/state/row-dump.ts'
import { StrongGroup, type StrongGroupOptions } from '../coordination/strong-group.ts'
import type { Cancel, Environment } from '../core/environment.ts'
import { MnemeshError } from '../core/errors.ts'
import type { HashSeed } from '../core/hash.ts'
import { HybridClock, Origins } from '../core/version.ts'
import type { Membership } from '../membership/membership.ts'
import { memberId, nodeOf } from '../membership/view.ts'
import { Acks } from '../replication/acks.ts'
import { Catalog, type TableEntry } from '../replication/catalog.ts'
import { ClockGuard } from '../replication/clock-guard.ts'
import { Collector, defaultTombstoneGraceMs } from '../replication/collector.ts'
import { Coverage } from '../replication/coverage.ts'
import { Epochs } from '../replication/epochs.ts'
import type { Auth } from '../replication/handshake.ts'
import { Holders } from '../replication/holders.ts'
import { Inbox } from '../replication/inbox.ts'
import { Loader } from '../replication/loader.ts'
import { LocalReplica } from '../replication/local-replica.ts'
import { Minority } from '../replication/minority.ts'
import { OpenTables } from '../replication/open-tables.ts'
import { Operator } from '../replication/operator.ts'
import { Outbox } from '../replication/outbox.ts'
import { PeerAcceptor } from '../replication/peer-acceptor.ts'
import { Peers } from '../replication/peers.ts'
import { Receipts } from '../replication/receipts.ts'
import { Reconciler } from '../replication/reconciler.ts'
import { Repairer } from '../replication/repairer.ts'
import type { Replicas } from '../replication/replica.ts'
import { SchemaChanges } from '../replication/schema-changes.ts'
import { SetAside } from '../replication/set-aside.ts'
import { Stability } from '../replication/stability.ts'
import { Standing } from '../replication/standing.ts'
import { WriteGuard } from '../replication/write-guard.ts'
import { Writer } from '../replication/writer.ts'
import { Copies } from '../storage/copies.ts'
import type { FrameStamps } from '../wire/frame-sender.ts'
import type { Dialer, Wire, WireEvents } from '../wire/wire.ts'
import { Explainer } from './explainer.ts'
import { Inspector } from './inspector.ts'
import { livePeers } from './live-peers.ts'
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
  /** How long deletes are remembered for a copy that is cut off; default 1 h. */
  readonly tombstoneGraceMs?: number
  readonly strong?: StrongGroupOptions
  /** Takes majority rows that a merge dropped: they are nowhere else. */
  readonly dropped: (rows: RowDump) => void
}

/** Other nodes, once there is somebody to reach them. */
interface Links {
  readonly replicas: Replicas
  readonly isConnected: (node: string) => boolean
  readonly peers: () => Peers
}

/** Everything of a node between its doors, wired together. It builds and stops; the parts do the work. */
export class Engine {
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
  readonly setAside: SetAside
  readonly guard: WriteGuard
  readonly #collector: Collector
  readonly #acceptor: PeerAcceptor
  readonly #acks: Acks
  readonly #stopMaintenance: Cancel

  constructor(env: Environment, doors: Doors, options: EngineOptions) {
    const ground = layGround(env, doors, options, (to, bytes) => this.peers.sendToGroup(to, bytes))
    const { member, copies, standing, strong } = ground
    const writing = startWriting(env, ground)
    const { holders, inbox, operator } = writing
    const inspector = new Inspector(env, this)
    const owner = new Owner(env, { holders, operator, self: member.name })
    const local = new LocalReplica(env, {
      ...ground,
      ...writing,
      node: member.name,
      decide: (held, operation, deadline) => owner.decide(held, operation, deadline),
      status: () => ({ ...this.reporter.own() }),
      inspect: question => inspector.answer(question),
    })
    const links: Links = {
      replicas: this.replicas,
      isConnected: (node: string) => this.peers.isConnected(node),
      peers: () => this.peers,
    }
    const keeping = keepCopies(env, { ...ground, ...links, ...writing }, options)
    const { repairer, stability } = keeping
    const repair = (node: string) => repairer.schedule(node)
    this.peers = new Peers(env, { ...ground, ...writing, local }, { connected: repair, lagged: repair })
    const agreed = ({ name, definition }: TableEntry) =>
      definition.majority ? new MajorityOperations({ strong, origins: ground.origins, name }) : undefined
    this.tables = new OpenTables(env, { ...ground, ...links, ...writing, local, agreed })
    this.reporter = new StatusReporter(env, { engine: this, membership: doors.membership })
    this.explainer = new Explainer(env, { engine: this, membership: doors.membership })
    this.#acceptor = new PeerAcceptor(env, {
      ...{ ...ground, inbox, local, stability, coverage: writing.coverage },
      member: name => doors.membership.view.get(name),
      opened: (node, table) => this.peers.opened(node, table),
      group: (from, bytes) => strong.receive(from, bytes),
    })
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
    this.setAside = keeping.setAside
    this.stability = stability
    this.#collector = keeping.collector
    this.#acks = writing.acks
    this.coverage = writing.coverage
    this.guard = writing.guard
    standing.onAdopt(seed => copies.rehash(seed))
    this.reconciler.onProgress(() => this.tables.refresh())
    this.#stopMaintenance = env.timers.every(maintainEveryMs, () => this.#maintain(env))
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
    this.reconciler.stop()
    this.#collector.stop()
    this.setAside.stop()
    this.guard.stop()
    this.strong.stop()
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
      // Rows of a majority table end by the group's clock, as the log says.
      const clockMs = copy.definition.majority ? 0 : wallMs
      while (copy.maintain(clockMs)) if (env.clock.monotonic() >= until) return
    }
  }
}

// What a node knows and remembers. Each part takes of it what it declares, and sees nothing else.
function layGround(
  env: Environment,
  doors: Doors,
  options: EngineOptions,
  send: (to: string, bytes: Buffer) => void,
) {
  const { cluster, seed } = options
  const { membership } = doors
  const member = membership.self
  const copies = new Copies()
  const origins = new Origins()
  const self = origins.indexOf(memberId(member))
  const standing = new Standing({ member, cluster, seed })
  const strong: StrongGroup = new StrongGroup(
    env,
    {
      ...{ self: memberId(member), zone: member.zone, cluster, copies, origins, send },
      seed: () => standing.seed,
      peers: livePeers(membership),
      addressOf: id => {
        const seen = membership.view.get(nodeOf(id))
        return seen !== undefined && memberId(seen) === id ? seen.address : undefined
      },
    },
    {
      schemaChanged: () => {
        catalog.changed()
        if (strong.isMember) standing.becomeReady()
      },
      leaving: dropped => {
        catalog.carry()
        if (dropped !== undefined) options.dropped(dropped)
      },
    },
    { ...options.strong, tombstoneGraceMs: options.tombstoneGraceMs },
  )
  const catalog = new Catalog(env.timers, strong)
  const hybrid = new HybridClock(env.clock)
  const epochs = new Epochs(env.timers, { catalog, cluster })
  const stamps: FrameStamps = {
    get g() {
      return hybrid.last
    },
    get epoch() {
      return catalog.epoch
    },
  }
  const agreed = { standing, strong, catalog, epochs }
  return { ...doors, ...options, ...agreed, member, copies, origins, self, hybrid, stamps }
}

// How operations are made here, and how they go out and come in.
function startWriting(env: Environment, ground: ReturnType<typeof layGround>) {
  const { hybrid, origins } = ground
  const holders = new Holders(ground)
  const outbox = new Outbox(env.timers, { clock: hybrid, origins })
  const coverage = new Coverage({ ...ground, self: memberId(ground.member) })
  const inbox = new Inbox({ ...ground, coverage })
  const acks = new Acks(env)
  const clock = new ClockGuard(env)
  const guard = new WriteGuard({ minority: new Minority(env, ground.strong.quorum), clock })
  const writer = new Writer({ ...ground, holders, outbox, acks, guard })
  const operator = new Operator(env, { writer, origins })
  return { coverage, holders, outbox, inbox, acks, clock, guard, writer, operator }
}

// How this node's copies become and stay what the schema says, and equal to the others.
function keepCopies(
  env: Environment,
  parts: ReturnType<typeof layGround> & ReturnType<typeof startWriting> & Links,
  options: EngineOptions,
) {
  const { membership, member, strong } = parts
  const receipts = new Receipts({ clock: env.clock, origins: parts.origins })
  const repairer = new Repairer(env, {
    ...parts,
    receipts,
    reissue: (copy, row) => {
      const held = parts.copies.get(copy.id)
      if (held?.copy === copy && held.active && parts.writer.canWrite(held)) parts.writer.reissue(held, row)
    },
  })
  const changes = new SchemaChanges(env, {
    ...parts,
    decide: (change, call) => strong.decide(change, call),
    hasLostQuorum: () => strong.group.hasLostQuorum,
    barrier: call => strong.barrier(call),
  })
  const loader = new Loader(env, { ...parts, repairer })
  const order = (partition: number) => membership.view.order(partition)
  const setAside = new SetAside(env, {
    ...{ ...parts, node: member.name, order },
    orphan: (copy, row) => receipts.orphan(copy, row),
  })
  const reconciler = new Reconciler(env, { ...parts, changes, loader, setAside })
  const stability = new Stability(parts)
  const collector = new Collector(env, {
    ...{ ...parts, self: memberId(member), stability },
    tombstoneGraceMs: options.tombstoneGraceMs ?? defaultTombstoneGraceMs,
    compare: node => repairer.schedule(node),
    tell: levels => parts.peers().tell(levels),
  })
  return { repairer, changes, setAside, reconciler, stability, collector }
}

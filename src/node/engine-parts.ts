import { Bringing } from '../coordination/bringing.ts'
import { memoryRefusal } from '../coordination/memory-check.ts'
import { dumpedCopy, RowDump } from '../coordination/state/row-dump.ts'
import { StrongGroup } from '../coordination/strong-group.ts'
import type { StrongGroupOptions } from '../coordination/strong-group-parts.ts'
import type { Row } from '../core/entry.ts'
import type { Environment } from '../core/environment.ts'
import { Events } from '../core/events.ts'
import type { HashSeed } from '../core/hash.ts'
import type { MergeFunctions } from '../core/merge-functions.ts'
import { Refusals } from '../core/overload.ts'
import { HybridClock, Origins } from '../core/version.ts'
import type { Membership } from '../membership/membership.ts'
import { incarnationOf, memberId, nodeOf } from '../membership/view.ts'
import { Acks } from '../replication/acks.ts'
import { Catalog, type TableEntry } from '../replication/catalog.ts'
import { ClockGuard } from '../replication/clock-guard.ts'
import { Collector, defaultTombstoneGraceMs } from '../replication/collector.ts'
import { CounterKeeper } from '../replication/counter-keeper.ts'
import { Counters } from '../replication/counters.ts'
import { Coverage } from '../replication/coverage.ts'
import { Epochs } from '../replication/epochs.ts'
import { GivingWay } from '../replication/giving-way.ts'
import type { Auth } from '../replication/handshake.ts'
import { Holders } from '../replication/holders.ts'
import { Inbox } from '../replication/inbox.ts'
import { LastResort } from '../replication/last-resort.ts'
import { Loader } from '../replication/loader.ts'
import { MemberEvents } from '../replication/member-events.ts'
import { MemoryGuard } from '../replication/memory-guard.ts'
import { Minority } from '../replication/minority.ts'
import type { OpenTables } from '../replication/open-tables.ts'
import { Operator } from '../replication/operator.ts'
import { Outbox, type OutboxLimits } from '../replication/outbox.ts'
import type { Pace } from '../replication/pace.ts'
import { PartitionWatch } from '../replication/partition-watch.ts'
import type { Peers } from '../replication/peers.ts'
import { Receipts } from '../replication/receipts.ts'
import { Reconciler } from '../replication/reconciler.ts'
import { Repairer } from '../replication/repairer.ts'
import type { Replicas } from '../replication/replica.ts'
import { RowMerger } from '../replication/row-merger.ts'
import type { Lineage } from '../replication/rows-aside.ts'
import type { SchemaChange } from '../replication/schema-change.ts'
import { SchemaChanges } from '../replication/schema-changes.ts'
import { Separation } from '../replication/separation.ts'
import { SetAside } from '../replication/set-aside.ts'
import { Stability } from '../replication/stability.ts'
import { Standing } from '../replication/standing.ts'
import { TableBounds } from '../replication/table-bounds.ts'
import { TakingAlong } from '../replication/taking-along.ts'
import { WriteGuard } from '../replication/write-guard.ts'
import { Writer } from '../replication/writer.ts'
import { Copies } from '../storage/copies.ts'
import type { TableCopy } from '../storage/table.ts'
import type { Admission } from '../wire/admission.ts'
import type { Call } from '../wire/caller.ts'
import type { FrameStamps } from '../wire/frame-sender.ts'
import type { Dialer } from '../wire/wire.ts'
import { addressIn, livePeers } from './live-peers.ts'

const defaultSuspicionMs = 2000

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
  /** Memory that tables and what belongs to them may use; default: no limit. */
  readonly maxBytes?: number
  /** How long deletes are remembered for a copy that is cut off; default 1 h. */
  readonly tombstoneGraceMs?: number
  readonly outboxLimits?: OutboxLimits
  /** How long the membership suspects a silent member before it counts as lost; default 2 s. */
  readonly suspicionMs?: number
  readonly strong?: StrongGroupOptions
  /** Takes rows that a merge dropped: they are nowhere else. */
  readonly dropped: (rows: RowDump) => void
  /** By which tables may merge after a split; default: none. */
  readonly mergeFunctions?: MergeFunctions
  /** Lets in what other nodes ask of this one, beside the calls of clients. */
  readonly admission?: Admission
}

/** Other nodes, once there is somebody to reach them, and what is built last. */
export interface Links {
  readonly replicas: Replicas
  readonly isConnected: (node: string) => boolean
  readonly pace: Pace
  readonly peers: () => Peers
  readonly tables: () => OpenTables
  /** A message of the group. */
  readonly send: (to: string, bytes: Buffer) => void
  /** True when no live holder of the default table has a row, false when one has; undefined while that is not known. */
  readonly isEmpty: (table: TableEntry) => Promise<boolean | undefined>
  /** Throws ERR_TABLE_FULL. */
  readonly checkMemory: (table: string, bytes: number) => void
  /** Tables, by id, of which this node remembers more deletes than it has room for. */
  readonly pressed: () => readonly string[]
}

/** What a node knows and remembers. Each part takes of it what it declares, and sees nothing else. */
export function layGround(
  env: Environment,
  doors: Doors,
  options: EngineOptions,
  { send, checkMemory, isEmpty, pressed }: Links,
) {
  const { cluster, seed, dropped } = options
  const { membership } = doors
  const member = membership.self
  const events = new Events(env, member.name)
  const copies = new Copies()
  const origins = new Origins()
  const self = origins.indexOf(memberId(member))
  const standing = new Standing({ member, cluster, seed })
  const strong: StrongGroup = new StrongGroup(
    env,
    {
      ...{ self: memberId(member), zone: member.zone, cluster, copies, origins, events, send },
      seed: () => standing.seed,
      peers: livePeers(membership),
      addressOf: addressIn(membership),
      seeds: () => membership.seeds.map(seed => seed && memberId(seed)),
      known: () => catalog.records(),
      pressed,
    },
    {
      schemaChanged: () => {
        catalog.changed()
        if (strong.isMember) standing.becomeReady()
      },
      leaving: legacy => {
        catalog.carry()
        bringing.keep(legacy)
      },
      refusal: command => memoryRefusal(command, checkMemory),
      stopped: () => bringing.stop(),
    },
    { tombstoneGraceMs: options.tombstoneGraceMs, ...options.strong },
  )
  const catalog = new Catalog(env.timers, strong)
  const bringing = new Bringing(env, { strong, isEmpty, dropped })
  const hybrid = new HybridClock(env.clock)
  const epochs = new Epochs(env.timers, { catalog, cluster })
  const separation = new Separation(env, { quorum: strong.quorum, hybrid })
  const stamps: FrameStamps = {
    get g() {
      return hybrid.last
    },
    get epoch() {
      return catalog.epoch
    },
    get apartSince() {
      return separation.since ?? 0
    },
  }
  const agreed = { events, standing, strong, catalog, epochs }
  return { ...doors, ...options, ...agreed, member, copies, origins, self, hybrid, separation, stamps }
}

/** How operations are made here, and how they go out and come in. */
export function startWriting(
  env: Environment,
  ground: ReturnType<typeof layGround> & Links,
  options: EngineOptions,
) {
  const { hybrid, origins } = ground
  const holders = new Holders(ground)
  const outbox = new Outbox(env.timers, { clock: hybrid, origins }, options.outboxLimits)
  const coverage = new Coverage({ ...ground, self: memberId(ground.member) })
  const inbox = new Inbox({ ...ground, coverage })
  const acks = new Acks(env)
  const clock = new ClockGuard(env, ground.events)
  const guard = new WriteGuard({ minority: new Minority(env, ground.strong.quorum), clock })
  const refusals = new Refusals(env)
  const bounds = new TableBounds(env.clock)
  const memory = new MemoryGuard(env, {
    ...{ ...ground, holders, outbox, bounds, self: ground.member.name },
    maxBytes: ground.maxBytes ?? Number.POSITIVE_INFINITY,
    replicas: () => ground.replicas,
  })
  const writer = new Writer({ ...ground, holders, outbox, acks, guard, memory, refusals })
  const counters = new Counters({ ...ground, writer })
  const operator = new Operator(env, { writer, origins, counters })
  const limits = { guard, bounds, memory, refusals }
  return { coverage, holders, outbox, inbox, acks, clock, ...limits, writer, counters, operator }
}

/** Of whatever is refused because there is too much of it. Counts it, too. */
export function tellOfOverload(
  events: Events,
  resources: Readonly<Record<'calls' | 'outbox', Refusals>>,
): () => number {
  for (const resource of ['calls', 'outbox'] as const)
    resources[resource].onChange(ongoing =>
      events.emit(ongoing ? 'overload' : 'overload-ended', { resource }),
    )
  return () => resources.calls.count + resources.outbox.count
}

/** How this node's copies become and stay what the schema says, and equal to the others. */
export function keepCopies(
  env: Environment,
  parts: ReturnType<typeof layGround> & ReturnType<typeof startWriting> & Links,
  options: EngineOptions,
) {
  const { membership, member, strong } = parts
  const receipts = new Receipts({ clock: env.clock, origins: parts.origins })
  const partitions = new PartitionWatch(env, {
    ...{ ...parts, receipts, suspicionMs: options.suspicionMs ?? defaultSuspicionMs },
    hasLostQuorum: () => strong.group.hasLostQuorum,
  })
  const memberEvents = new MemberEvents({
    ...parts,
    lost: node => partitions.lost(node),
    came: node => partitions.came(node),
  })
  const repairer = new Repairer(env, {
    ...parts,
    receipts,
    compared: node => partitions.compared(node),
    reissue: (copy, row) => writeAnew(parts, copy, row),
  })
  const deciding = {
    decide: (change: SchemaChange, call: Call) => strong.decide(change, call),
    barrier: (call: Call) => strong.barrier(call),
  }
  const changes = new SchemaChanges(env, {
    ...{ ...parts, ...deciding },
    hasLostQuorum: () => strong.group.hasLostQuorum,
    mergeFunctions: options.mergeFunctions ?? {},
  })
  const takingAlong = new TakingAlong(env, {
    ...{ ...parts, ...deciding },
    isDecided: (from, name) => strong.state.arrivals.find(from, name) !== undefined,
  })
  const loader = new Loader(env, { ...parts, repairer })
  const order = (partition: number) => membership.view.order(partition)
  const dropped = (copy: TableCopy, from: Lineage) => options.dropped(new RowDump(from, [dumpedCopy(copy)]))
  const merger = new RowMerger(env, {
    ...{ ...parts, functions: options.mergeFunctions ?? {} },
    decide: ({ name }, operation, call) => parts.tables().get(name).mutator.operate(operation, call),
  })
  const setAside = new SetAside(env, {
    ...{ ...parts, node: member.name, order, merger, dropped },
    isLive: id => membership.view.get(nodeOf(id))?.incarnation === incarnationOf(id),
    merging: (copy, row, instead) => receipts.merged(copy, row, instead),
    orphan: (copy, row) => receipts.orphan(copy, row),
    discarded: (copy, row, instead) => receipts.discarded(copy, row, instead),
  })
  const lastResort = new LastResort(env, { ...parts, quorum: strong.quorum })
  const givingWay = new GivingWay({
    ...{ ...parts, setAside },
    dropped,
  })
  const reconciler = new Reconciler(env, {
    ...{ ...parts, changes, lastResort, loader, setAside, givingWay, takingAlong },
  })
  const stability = new Stability(parts)
  const collector = new Collector(env, {
    ...{ ...parts, self: memberId(member), stability },
    tombstoneGraceMs: options.tombstoneGraceMs ?? defaultTombstoneGraceMs,
    expelledAt: table => setAside.lastAt(table),
    isPressed: table => parts.memory.pressed.includes(table),
    compare: node => repairer.schedule(node),
    tell: levels => parts.peers().tell(levels),
  })
  const stopWatching = () => {
    memberEvents.stop()
    partitions.stop()
  }
  const counterKeeper = new CounterKeeper(env, { ...parts, node: member.name, stability })
  return {
    ...{ repairer, changes, setAside, givingWay, reconciler },
    stability,
    collector,
    counterKeeper,
    stopWatching,
  }
}

function writeAnew(
  { copies, counters, writer }: { copies: Copies; counters: Counters; writer: Writer },
  copy: TableCopy,
  row: Row,
): void {
  const held = copies.get(copy.id)
  if (held?.copy !== copy || !held.active || !writer.canWrite(held)) return
  if (copy.isCounter) counters.adopt(held, row, 0)
  else writer.reissue(held, row)
}

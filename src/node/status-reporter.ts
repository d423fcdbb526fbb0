import type { Environment } from '../core/environment.ts'
import type { LoadStatus } from '../core/load-progress.ts'
import { partitionCount } from '../core/partition.ts'
import type {
  ClusterStatus,
  CopyReport,
  CopyStatus,
  NodeReport,
  NodeStatus,
  TableInfo,
  Workload,
} from '../core/status.ts'
import type { Membership } from '../membership/membership.ts'
import { type Member, memberId, startedAt } from '../membership/view.ts'
import type { TableEntry } from '../replication/catalog.ts'
import { unknownTable } from '../replication/local-replica.ts'
import type { Call } from '../wire/caller.ts'
import type { Engine } from './engine.ts'

/** A node that is slow to report must not keep the report of all others waiting. */
const reportTimeoutMs = 1000

const unknownWorkload: Workload = { queueLength: 0, queueAgeMs: 0, refused: 0, healthScore: 0 }

type Reports = ReadonlyMap<string, NodeReport | undefined>

/** What this node says of itself, and what all nodes say, put together. */
export class StatusReporter {
  readonly #env: Environment
  readonly #engine: Engine
  readonly #membership: Membership

  constructor(env: Environment, parts: { readonly engine: Engine; readonly membership: Membership }) {
    this.#env = env
    this.#engine = parts.engine
    this.#membership = parts.membership
  }

  own(): NodeReport {
    const { standing, copies, tables, catalog, peers, evictions, events, memory } = this.#engine
    const { admission, refused } = this.#engine
    const { usedBytes, maxBytes } = memory.use
    const { view, self } = this.#membership
    const l1 = new Map([...tables.all()].map(({ entry, reader }) => [entry.id, reader.l1]))
    const held = copies.all().filter(({ copy }) => catalog.byId(copy.id) !== undefined)
    let owned = 0
    for (let partition = 0; partition < partitionCount; partition++) {
      if (view.order(partition)[0] === self.name) owned++
    }
    return {
      ready: standing.ready,
      startedAt: startedAt(self),
      owns: owned / partitionCount,
      lag: peers.lags(),
      view: view.members.map(memberId),
      events: events.counts,
      workload: {
        queueLength: admission.waiting,
        queueAgeMs: Math.round(admission.oldestMs),
        refused: refused(),
        healthScore: this.#membership.healthScore,
      },
      memoryBytes: usedBytes,
      maxBytes: maxBytes === Number.POSITIVE_INFINITY ? 0 : maxBytes,
      tables: held.map(({ copy, active, load }) => ({
        id: copy.id,
        active,
        ...loadReport(active ? undefined : load?.status(this.#env.clock.monotonic())),
        entries: copy.size,
        bytes: copy.bytes,
        memoryBytes: copy.residentBytes,
        tombstones: copy.tombstones,
        evicted: evictions.evicted(copy.id),
        l1Hits: l1.get(copy.id)?.hits ?? 0,
        l1Misses: l1.get(copy.id)?.misses ?? 0,
      })),
    }
  }

  async status(call: Call): Promise<ClusterStatus> {
    const reports = await this.#reports(call)
    const { view, self } = this.#membership
    const nodes = view.members.map(member => this.#node(member, reports.get(member.name)))
    const tables = [...this.#engine.catalog.tables().values()].map(table => tableInfo(table, reports))
    const ownView = reports.get(self.name)?.view.join() ?? ''
    const differingViews = nodes.filter(
      ({ view: other, state }) => state === 'up' && other.join() !== ownView,
    )
    const allActive = tables.every(
      ({ copies }) => copies.length > 0 && copies.every(({ state }) => state === 'active'),
    )
    const group = this.#engine.strong.status
    const allUp = nodes.every(({ state }) => state === 'up')
    return {
      cluster: this.#engine.standing.cluster,
      self: self.name,
      healthy: allUp && allActive && differingViews.length === 0 && group.hasQuorum && !group.provisional,
      group,
      nodes,
      tables: tables.sort((a, b) => (a.name < b.name ? -1 : 1)),
      differingViews: differingViews.map(({ name }) => name),
    }
  }

  async tableInfo(name: string, call: Call): Promise<TableInfo> {
    const table = this.#engine.catalog.get(name)
    if (table === undefined) throw unknownTable(name)
    return tableInfo(table, await this.#reports(call))
  }

  async tables(call: Call): Promise<TableInfo[]> {
    const reports = await this.#reports(call)
    return [...this.#engine.catalog.tables().values()].map(table => tableInfo(table, reports))
  }

  // Of every member at once; one that does not answer in time is missing.
  async #reports(call: Call): Promise<Reports> {
    const { members } = this.#membership.view
    const deadline = Math.min(call.deadline, this.#env.clock.monotonic() + reportTimeoutMs)
    const answers = members.map(async ({ name }) => {
      try {
        const report = await this.#engine.replicas(name).status({ deadline, signal: call.signal })
        return [name, report as unknown as NodeReport] as const
      } catch {
        return [name, undefined] as const
      }
    })
    return new Map(await Promise.all(answers))
  }

  #node(member: Member, report: NodeReport | undefined): NodeStatus {
    const sum = (field: (copy: CopyReport) => number) =>
      report?.tables.reduce((total, copy) => total + field(copy), 0) ?? 0
    const local = report?.tables.filter(({ active }) => active) ?? []
    return {
      name: member.name,
      state: report === undefined ? 'unreachable' : report.ready ? 'up' : 'starting',
      address: member.address,
      gossip: member.gossip,
      incarnation: member.incarnation,
      version: member.version,
      zone: member.zone,
      uptimeMs: Math.max(0, this.#env.clock.wall() - startedAt(member)),
      localTables: local.flatMap(({ id }) => this.#engine.catalog.byId(id)?.name ?? []).sort(),
      owns: report?.owns ?? 0,
      entries: sum(copy => copy.entries),
      memoryBytes: report?.memoryBytes ?? 0,
      maxBytes: report?.maxBytes ?? 0,
      evicted: sum(copy => copy.evicted),
      l1Hits: sum(copy => copy.l1Hits),
      l1Misses: sum(copy => copy.l1Misses),
      lag: report?.lag ?? [],
      view: report?.view ?? [],
      events: report?.events ?? {},
      ...(report?.workload ?? unknownWorkload),
    }
  }
}

function tableInfo(table: TableEntry, reports: Reports): TableInfo {
  const copies = [...table.copies].flatMap(([node, { state }]) => {
    if (state === 'removed') return []
    const report = reports.get(node)?.tables.find(({ id }) => id === table.id)
    return [{ node, ...copyStatus(state, reports.get(node) !== undefined, report), report }]
  })
  const active = copies.filter(({ state }) => state === 'active')
  const greatest = (field: (report: CopyReport) => number) =>
    active.reduce((most, { report }) => Math.max(most, report === undefined ? 0 : field(report)), 0)
  return {
    name: table.name,
    id: table.id,
    definition: table.definition,
    entries: greatest(report => report.entries),
    bytes: greatest(report => report.bytes),
    memoryBytes: greatest(report => report.memoryBytes),
    tombstones: greatest(report => report.tombstones),
    evicted: copies.reduce((sum, { report }) => sum + (report?.evicted ?? 0), 0),
    copies: copies.map(({ report: _, ...status }) => status).sort((a, b) => (a.node < b.node ? -1 : 1)),
  }
}

function copyStatus(
  recorded: 'wanted' | 'loading' | 'active' | 'leaving',
  reachable: boolean,
  report: CopyReport | undefined,
): Omit<CopyStatus, 'node'> {
  const state = !reachable
    ? 'unreachable'
    : report === undefined
      ? 'wanted'
      : report.active
        ? 'active'
        : 'loading'
  return {
    state: recorded === 'leaving' && reachable ? recorded : state,
    loaded: report?.loaded ?? 0,
    expected: report?.expected ?? 0,
    ...(report?.load === undefined ? {} : { load: report.load }),
    entries: report?.entries ?? 0,
    memoryBytes: report?.memoryBytes ?? 0,
  }
}

function loadReport(load: LoadStatus | undefined): Pick<CopyReport, 'loaded' | 'expected' | 'load'> {
  if (load === undefined) return { loaded: 0, expected: 0 }
  return { loaded: load.rows, expected: load.expectedRows, load }
}

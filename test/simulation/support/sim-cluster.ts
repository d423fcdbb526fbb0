import { createHmac } from 'node:crypto'
import type { RowDump } from '../../../src/coordination/state/row-dump.ts'
import type { Environment } from '../../../src/core/environment.ts'
import type { Key } from '../../../src/core/key.ts'
import type { MergeFunctions } from '../../../src/core/merge-functions.ts'
import type { TableOptions } from '../../../src/core/schema.ts'
import { defineOptions } from '../../../src/core/schema.ts'
import { TypedTable } from '../../../src/face/typed-table.ts'
import type { Table } from '../../../src/face/types.ts'
import { createIncarnation, type Member } from '../../../src/membership/view.ts'
import { Engine } from '../../../src/node/engine.ts'
import { NodeTablePort } from '../../../src/node/table-port.ts'
import type { Auth } from '../../../src/replication/handshake.ts'
import type { OutboxLimits } from '../../../src/replication/outbox.ts'
import { Network } from './network.ts'
import { SimProcess } from './process.ts'
import { FailureDetector, SimMembership } from './sim-membership.ts'
import { silent, type World } from './world.ts'

/** One simulated process of a node: the real engine behind simulated doors. */
export class SimNode {
  readonly name: string
  readonly member: Member
  readonly engine: Engine
  readonly env: Environment
  readonly membership: SimMembership
  readonly process: SimProcess
  /** What it logged for an operator, by name. */
  readonly events: { readonly event: string; readonly [field: string]: unknown }[] = []
  onEvent: (event: SimNode['events'][number]) => void = () => {}
  /** Majority rows that were dropped when its group gave way to another one. */
  readonly dumps: RowDump[] = []
  readonly #tables = new Map<string, Table<Key, unknown>>()

  constructor(cluster: SimCluster, name: string, host: string) {
    const { world, network } = cluster
    const offsetMs = cluster.offsetOf(name)
    this.name = name
    const note = (fields: object) => {
      if (!('event' in fields)) return
      this.events.push(fields as SimNode['events'][number])
      this.onEvent(fields as SimNode['events'][number])
    }
    const log = { ...silent, error: note, warn: note, info: note }
    this.process = new SimProcess(world, { offsetMs, rate: 1 }, { seed: world.random.uint32(), log })
    this.env = this.process.env
    const incarnation = createIncarnation(this.env.clock.wall(), world.random.uint32())
    this.member = { name, incarnation, address: host, gossip: host, zone: '', version: '0' }
    this.membership = new SimMembership(this.process, this.member, () => cluster.seedsOf(name))
    const dialer = network.dialer(host, this.process)
    const doors = { membership: this.membership, dialer, auth: cluster.auth }
    this.engine = new Engine(this.env, doors, {
      cluster: 'sim',
      seed: cluster.seedOf(name),
      maxValueBytes: 1 << 20,
      dropped: rows => this.dumps.push(rows),
      tombstoneGraceMs: cluster.tombstoneGraceMs,
      outboxLimits: cluster.outboxLimits,
      strong: { tombstoneGraceMs: cluster.expelAfterMs ?? cluster.tombstoneGraceMs },
      maxBytes: cluster.maxBytesOf(name),
      mergeFunctions: cluster.mergeFunctions,
    })
    network.listen(host, this.process, wire => this.engine.accept(wire))
  }

  get alive(): boolean {
    return this.process.isAlive
  }

  /** The public table of this node. */
  table<K extends Key = Key, V = unknown>(name: string): Table<K, V> {
    let table = this.#tables.get(name)
    if (table === undefined) {
      const info = () => Promise.reject(new Error('not in the simulation'))
      table = new TypedTable<Key, unknown>(
        this.env,
        new NodeTablePort(this.env, name, this.engine.tables, info),
      )
      this.#tables.set(name, table)
    }
    return table as unknown as Table<K, V>
  }

  /** Creates the table as `createNode` does, or finds it. */
  async create(name: string, options: TableOptions = {}): Promise<void> {
    await this.engine.changes.create(name, defineOptions(options))
    this.engine.reconciler.obey()
  }

  /** True when this process can read the table: from an active copy of its own where it shall have one. */
  hasTable(name: string): boolean {
    const table = this.engine.catalog.get(name)
    if (table === undefined) return false
    const { copies } = table.definition
    const here = table.copies.get(this.name)?.state
    const shall = here === undefined ? copies === 'all' || copies.includes(this.name) : here !== 'removed'
    if (shall) return this.engine.copies.get(table.id)?.active === true
    return (this.engine.holders.of(table.id)?.active.size ?? 0) > 0
  }
}

const plainAuth: Auth = {
  proofs: (side, transcript) => [createHmac('sha256', 'sim').update(side).update(transcript).digest()],
  match(side, transcript, proofs) {
    const wanted = createHmac('sha256', 'sim').update(side).update(transcript).digest()
    return proofs[0] !== undefined && wanted.equals(proofs[0]) ? { proof: 0, secret: 0 } : undefined
  },
  mask: (_, transcript) =>
    createHmac('sha256', 'sim').update('seed').update(transcript).digest().subarray(0, 8),
}

/** A cluster of simulated processes on a simulated network, in virtual time. */
export class SimCluster {
  readonly world: World
  readonly network: Network
  readonly detector: FailureDetector
  readonly auth: Auth = plainAuth
  /** Hash seed of a node's secret; islands may differ. */
  seedOf: (name: string) => { low: number; high: number } = () => ({ low: 17, high: 4 })
  /** The seeds that a node is configured with: all that were ever started, unless a scenario says otherwise. */
  seedsOf: (name: string) => readonly string[] = () => [...this.#known]
  /** How long deletes are remembered for a node that is cut off. */
  tombstoneGraceMs = 3_600_000
  /** After so much silence the others go on without a copy; that grace unless set. */
  expelAfterMs: number | undefined
  /** What is kept for peers that lag; as in real nodes unless set. */
  outboxLimits: OutboxLimits | undefined
  /** By which tables may merge, of processes that are started from now on. */
  mergeFunctions: MergeFunctions = {}
  /** Memory that a node may use. */
  maxBytesOf: (name: string) => number = () => Number.POSITIVE_INFINITY
  readonly nodes = new Map<string, SimNode>()
  readonly #offsets = new Map<string, number>()
  readonly #known = new Set<string>()
  onStart: (node: SimNode) => void = () => {}

  constructor(world: World) {
    this.world = world
    this.network = new Network(world)
    this.detector = new FailureDetector(world, this.network, { suspectMs: [1500, 2500], noticeMs: [50, 600] })
  }

  /** Clock of that host against virtual time; holds from its next start. */
  setOffset(name: string, offsetMs: number): void {
    this.#offsets.set(name, offsetMs)
  }

  offsetOf(name: string): number {
    return this.#offsets.get(name) ?? 0
  }

  /** Starts a process on the host, that of its name by default; it begins alone after `waitMs` if it hears of nobody. */
  start(name: string, waitMs = 1000, host = name): SimNode {
    const node = new SimNode(this, name, host)
    this.nodes.set(name, node)
    this.detector.add(node.membership)
    this.detector.update()
    this.#known.add(name)
    node.env.timers.after(waitMs, () => {
      // As `createNode` does: whoever was to be there and stays silent may have a group of its own.
      node.engine.strong.mayFound(node.membership.view.members.length === 1)
    })
    this.onStart(node)
    return node
  }

  /** The process vanishes with its memory. */
  crash(name: string): void {
    const node = this.nodes.get(name)
    if (node === undefined) return
    node.process.kill()
    this.nodes.delete(name)
    this.network.kill(node.member.address)
    this.detector.remove(node.member.address)
    this.detector.update()
  }

  /** The process stands still, its timers and what reaches it with it, until it is resumed. */
  pause(name: string): void {
    this.nodes.get(name)?.process.pause()
    this.detector.update()
  }

  /** Everything that waited happens at once. */
  resume(name: string): void {
    this.nodes.get(name)?.process.resume()
    this.detector.update()
  }

  /** The wall clock of that host goes to another time, and those of its next processes. */
  stepClock(name: string, ms: number): void {
    this.setOffset(name, this.offsetOf(name) + ms)
    this.nodes.get(name)?.process.stepClock(ms)
  }

  cut(from: string, to: string): void {
    this.network.cut(from, to)
    this.detector.update()
  }

  /** What is cut hears each other again, or those two do. */
  heal(a?: string, b?: string): void {
    this.network.mend(a, b)
    this.network.mend(b, a)
    this.detector.update()
  }

  /** Starts them all, waits until each is ready, and creates the tables. */
  async boot(names: readonly string[], tables: Readonly<Record<string, TableOptions>>): Promise<void> {
    for (const name of names) this.start(name)
    await this.world.until(
      () => [...this.nodes.values()].every(node => node.engine.standing.ready),
      10_000,
      'all ready',
    )
    const first = [...this.nodes.values()][0]
    for (const [name, options] of Object.entries(tables)) {
      const created = first.create(name, options)
      created.catch(() => {})
      await this.world.run(50)
      await created
    }
    const all = () =>
      Object.keys(tables).every(table => [...this.nodes.values()].every(node => node.hasTable(table)))
    await this.world.until(all, 10_000, 'tables everywhere')
  }
}

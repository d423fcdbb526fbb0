import type { Cancel, Environment } from '../core/environment.ts'
import type { Epoch } from '../core/epoch.ts'
import { errorCode, MnemeshError } from '../core/errors.ts'
import type { GroupStatus } from '../core/status.ts'
import type { SchemaRecords, SchemaSource, TableEntry } from '../replication/catalog.ts'
import { defaultTombstoneGraceMs } from '../replication/collector.ts'
import type { SchemaChange } from '../replication/schema-change.ts'
import type { SeparationParts } from '../replication/separation.ts'
import type { Call } from '../wire/caller.ts'
import { AgreedSchema } from './agreed-schema.ts'
import { membersOf } from './consensus/configuration.ts'
import type { MemberId } from './consensus/types.ts'
import { Formation } from './group/formation.ts'
import { Founding } from './group/founding.ts'
import { Group } from './group/group.ts'
import { statusOf } from './group/group-status.ts'
import { GroupWatch } from './group/group-watch.ts'
import { Hearing } from './group/hearing.ts'
import { Housekeeper } from './group/housekeeper.ts'
import { settledAfterMs } from './group/leadership.ts'
import { MajorityView } from './majority-view.ts'
import type { Command, Result } from './state/commands.ts'
import type { Lease, LockRecord } from './state/locks.ts'
import { StrongState } from './state/strong-state.ts'
import type { StrongTable } from './state/strong-table.ts'
import type { Answered, MajorityTable, Numbered, Strong } from './strong.ts'
import type { StrongGroupEvents, StrongGroupOptions, StrongGroupParts } from './strong-group-parts.ts'

const defaultMaxVoters = 5

/**
 * This process as a member of the cluster's strong group: what must be agreed (schema, copies, majority tables,
 * locks) as far as it is decided here, and the way to have more decided.
 */
export class StrongGroup implements Strong, SchemaSource {
  readonly self: MemberId
  readonly state: StrongState
  readonly group: Group
  readonly formation: Formation
  readonly #env: Environment
  readonly #events: StrongGroupEvents
  readonly #housekeeper: Housekeeper
  readonly #watch: GroupWatch
  readonly #onApplied = new Set<() => void>()
  readonly #onGranted = new Set<(lease: Lease) => void>()
  readonly #schema: AgreedSchema
  readonly #hearing: Hearing
  readonly #views = new WeakMap<StrongTable, MajorityView>()
  #members = ''
  #session: string | undefined
  #noticed = 0

  constructor(
    env: Environment,
    parts: StrongGroupParts,
    events: StrongGroupEvents,
    options: StrongGroupOptions = {},
  ) {
    const { self, zone, peers, addressOf, seeds, known, pressed } = parts
    this.#env = env
    this.#events = events
    this.self = self
    this.#hearing = new Hearing(self)
    this.state = new StrongState(parts, {
      applied: (_, { session, sequence }, result) => this.group.applied(session, sequence, result),
      schemaChanged: () => this.#schemaChanged(),
      granted: lease => {
        for (const listener of this.#onGranted) listener(lease)
      },
      restored: () => this.group.restored(),
      diverged: (index, mine, theirs) => this.#watch.diverged(index, mine, theirs),
    })
    this.group = new Group(
      env,
      {
        state: this.state,
        send: parts.send,
        events: {
          message: (from, message) => this.formation.receive(from, message),
          tick: nowMs => this.#tick(nowMs),
        },
      },
      { self, ...options },
    )
    const facts = () => this.state.group
    const founding = new Founding(env, {
      ...{ group: this.group, facts, seen: () => this.formation.seen, known, seeds, events: parts.events },
    })
    this.formation = new Formation(env, {
      ...{ group: this.group, zone, peers, addressOf, seeds, facts, known, pressed },
      ...{ maxVoters: defaultMaxVoters, settledAfterMs, ...options },
      ...{ holds: () => this.state.holds, reset: into => this.#reset(into) },
      begin: (id, provisional) => founding.begin(id, provisional),
      renew: missed => founding.renew(missed),
    })
    this.#housekeeper = new Housekeeper(env, {
      ...{ group: this.group, state: this.state },
      silentMs: member => this.formation.silentMs(member),
      isPressed: table => this.formation.isPressed(table),
      tombstoneGraceMs: options.tombstoneGraceMs ?? defaultTombstoneGraceMs,
    })
    this.#watch = new GroupWatch({ group: this.group, facts, events: parts.events, clock: env.clock })
    this.#schema = new AgreedSchema(this.state, () => this.group.consensus.state.configuration)
  }

  get hasQuorum(): boolean {
    return this.group.hasQuorum && !this.state.group.provisional
  }

  /** How this process stands to the majority. */
  get quorum(): SeparationParts['quorum'] {
    const { group, state } = this
    const hearing = this.#hearing
    const { clock } = this.#env
    return {
      electionMs: group.options.electionMs,
      get isProvisional() {
        return state.group.provisional
      },
      get leaderSilentMs() {
        return group.leaderSilentMs
      },
      get hearsMajority() {
        const { configuration } = group.consensus.state
        // Without a group there is nobody to be apart from.
        if (configuration === undefined) return true
        return hearing.hearsQuorum(configuration, clock.monotonic() - 2 * group.options.electionMs)
      },
      barrier: call => group.barrier(call),
    }
  }

  get leaderSilentMs(): number {
    return this.group.leaderSilentMs
  }

  get applied(): number {
    return this.state.lastApplied
  }

  get clock(): number {
    return this.state.clock
  }

  /** True once this process is a member and has what was agreed before it came. */
  get isMember(): boolean {
    return this.state.sessionOf(this.self) !== undefined
  }

  get status(): GroupStatus {
    return statusOf(this.group, this.state)
  }

  submit(command: Command, call: Call, numbered?: Numbered): Promise<Result> {
    const refused = this.#events.refusal?.(command)
    return refused === undefined ? this.group.submit(command, call, numbered) : Promise.reject(refused)
  }

  ask(command: Command, call: Call, answered: Answered): void {
    const refused = this.#events.refusal?.(command)
    if (refused === undefined) this.group.ask(command, call, answered)
    else answered.failed(refused)
  }

  barrier(call: Call): Promise<void> {
    return this.group.barrier(call)
  }

  table(name: string): MajorityTable | undefined {
    const table = this.state.table(name)
    if (table === undefined) return undefined
    let view = this.#views.get(table)
    if (view === undefined) {
      view = new MajorityView(table, this.state)
      this.#views.set(table, view)
    }
    return view
  }

  onApplied(listener: () => void): Cancel {
    this.#onApplied.add(listener)
    return () => this.#onApplied.delete(listener)
  }

  onGranted(listener: (lease: Lease) => void): Cancel {
    this.#onGranted.add(listener)
    return () => this.#onGranted.delete(listener)
  }

  lock(name: string): LockRecord | undefined {
    return this.state.locks.get(name)
  }

  leases(): readonly Lease[] {
    return this.state.locks.leases()
  }

  /** A change of the schema; rejects with what the group refused it for. */
  async decide(change: SchemaChange, call: Call): Promise<void> {
    const result = await this.submit(change, call)
    if (result.status === 'refused') throw new MnemeshError(errorCode(result.code), result.message)
  }

  get epoch(): Epoch {
    return this.#schema.epoch
  }

  records(): SchemaRecords {
    return this.#schema.records()
  }

  byId(id: string): TableEntry | undefined {
    return this.#schema.byId(id)
  }

  receive(from: MemberId, bytes: Buffer): void {
    this.#hearing.heard(from, this.#env.clock.monotonic())
    this.group.receive(from, bytes)
  }

  /** See `Formation.mayFound`. */
  mayFound(hasListened = false): void {
    this.formation.mayFound(hasListened)
  }

  /** Gives up the membership: the others go on without waiting for this process. Resolves when they know, or soon. */
  async leave(timeoutMs: number): Promise<void> {
    await this.formation.leave(timeoutMs)
  }

  stop(): void {
    this.#events.stopped()
    this.group.stop()
  }

  #tick(nowMs: number): void {
    const { consensus } = this.group
    this.formation.tick(nowMs)
    this.#housekeeper.tick(nowMs, consensus.isLeader && consensus.replication.isSettled)
    this.#noticeMembers()
    this.#watch.tick()
    if (this.state.lastApplied === this.#noticed) return
    this.#noticed = this.state.lastApplied
    for (const listener of this.#onApplied) listener()
    // All that knew of the group have left it for another one.
    if (this.state.group.dissolvedInto !== undefined) this.formation.dissolved()
  }

  #schemaChanged(): void {
    this.#schema.changed()
    this.#events.schemaChanged()
  }

  #noticeMembers(): void {
    const { configuration } = this.group.consensus.state
    const members = `${this.state.group.id} ${configuration && membersOf(configuration).join()}`
    const session = this.state.sessionOf(this.self)
    if (members === this.#members && session === this.#session) return
    this.#members = members
    this.#session = session
    if (configuration !== undefined) this.#hearing.keep(membersOf(configuration))
    this.#schemaChanged()
  }

  #reset(into: string | undefined): void {
    this.#env.log.warn({ group: this.group.id }, 'group left for another one')
    this.#events.leaving(this.state.legacy())
    this.group.reset(into)
    this.state.reset()
  }
}

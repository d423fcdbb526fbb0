import type { MemberId } from '../../src/coordination/consensus/types.ts'
import { decodeRequest, encodeRequest } from '../../src/coordination/state/command-codec.ts'
import type { Command, Result, RowOperation } from '../../src/coordination/state/commands.ts'
import { partitionOfKey } from '../../src/coordination/state/fingerprint.ts'
import type { Lease, LockRecord } from '../../src/coordination/state/locks.ts'
import { StrongState } from '../../src/coordination/state/strong-state.ts'
import type { Answered, MajorityTable, Numbered, Strong } from '../../src/coordination/strong.ts'
import { decodeValue, maxValueBytes, ValueWriter } from '../../src/core/codec.ts'
import { Row } from '../../src/core/entry.ts'
import type { Environment } from '../../src/core/environment.ts'
import { MnemeshError } from '../../src/core/errors.ts'
import { encodeKey, type Key } from '../../src/core/key.ts'
import { defineOptions, type TableOptions } from '../../src/core/schema.ts'
import { Origins } from '../../src/core/version.ts'
import { TypedCoordination } from '../../src/face/coordination.ts'
import { EmbeddedCoordination } from '../../src/node/embedded-coordination.ts'
import { notMajority } from '../../src/replication/agreed-table.ts'
import { Copies } from '../../src/storage/copies.ts'
import { testSeed } from './rows.ts'

const values = new ValueWriter()

/** The log of a group in one process: commands are applied by all members at once, in the order in which they come. */
export class LocalGroup {
  readonly state: StrongState
  readonly copies = new Copies()
  readonly origins = new Origins()
  readonly env: Environment
  readonly members: LocalStrong[] = []
  /** Called before each command of a member is applied. */
  before: (command: Command) => void = () => {}
  readonly log: Command[] = []
  readonly #granted = new Set<(lease: Lease) => void>()
  readonly #applied = new Set<() => void>()
  #results = new Map<string, Result>()

  constructor(env: Environment) {
    this.env = env
    const parts = { copies: this.copies, origins: this.origins, cluster: 'c', seed: () => testSeed }
    this.state = new StrongState(parts, {
      applied: (_, { session, sequence }, result) => this.#results.set(`${session}/${sequence}`, result),
      schemaChanged: () => {},
      granted: lease => {
        for (const listener of this.#granted) listener(lease)
      },
      restored: () => {},
      diverged: () => {},
    })
    this.apply({ kind: 'found', id: 'group', generation: 7, provisional: false })
  }

  /** One more process of the group. */
  member(name: string): LocalStrong {
    const member = new LocalStrong(this, `${name}#00000000001`)
    this.members.push(member)
    this.#configure()
    return member
  }

  /** The process is gone, and all that it held. */
  expel(member: LocalStrong): void {
    this.members.splice(this.members.indexOf(member), 1)
    this.#configure()
    this.#grant()
  }

  table(name: string, options: TableOptions = {}): void {
    this.apply({ kind: 'createTable', name, definition: defineOptions({ ...options, majority: true }) })
  }

  /** What another process writes, at once. */
  set(table: string, key: Key, value: unknown, lifetime: number | 'forever' = 'forever'): void {
    values.write(value, 'msgpack')
    const bytes = Buffer.from(values.bytes.subarray(0, values.length))
    this.#write({ kind: 'set', table, key: encodeKey(key), value: bytes, by: 0, lifetime, condition: 'none' })
  }

  remove(table: string, key: Key): void {
    const none = Buffer.alloc(0)
    const operation = {
      table,
      key: encodeKey(key),
      value: none,
      by: 0,
      lifetime: 'forever',
      condition: 'none',
    } as const
    this.#write({ kind: 'delete', ...operation })
  }

  /** The row as everybody sees it now. */
  row(table: string, key: Key): Row | undefined {
    const row = new Row()
    const id = this.state.table(table)?.entry.id ?? ''
    return this.state.read(id, encodeKey(key), row) ? row : undefined
  }

  value(table: string, key: Key): unknown {
    const row = this.row(table, key)
    if (row === undefined) return undefined
    return decodeValue(row.valueBytes, row.valueStart, row.valueStart + row.valueLength, 'msgpack')
  }

  /** Does something before the next command of that kind is applied. */
  once(matches: (command: Command) => boolean, run: () => void): void {
    this.before = command => {
      if (!matches(command)) return
      this.before = () => {}
      run()
    }
  }

  /** Appends and applies one command. */
  apply(command: Command, session = '', sequence = 0, settledBelow = 0): Result {
    this.log.push(command)
    const payload = encodeRequest({ session, sequence, settledBelow, command })
    this.#append({ kind: 'command', payload, configuration: undefined })
    const result = this.#results.get(`${session}/${sequence}`)
    if (result === undefined) throw new Error('not applied')
    if (command.kind !== 'grant') this.#grant()
    for (const listener of this.#applied) listener()
    return result
  }

  onApplied(listener: () => void): () => void {
    this.#applied.add(listener)
    return () => this.#applied.delete(listener)
  }

  onGranted(listener: (lease: Lease) => void): () => void {
    this.#granted.add(listener)
    return () => this.#granted.delete(listener)
  }

  #write(operation: RowOperation): void {
    this.apply({ kind: 'transaction', reads: [], ranges: [], guards: [], operations: [operation] })
  }

  // What the leader does.
  #grant(): void {
    for (const lock of this.state.locks.grantable()) this.apply({ kind: 'grant', lock })
  }

  #configure(): void {
    const voters = this.members.map(({ self }) => self)
    const configuration = { voters, old: undefined, learners: [] }
    this.#append({ kind: 'configuration', payload: Buffer.alloc(0), configuration })
  }

  #append(entry: Pick<Parameters<StrongState['apply']>[1], 'kind' | 'payload' | 'configuration'>): void {
    this.state.apply(this.state.lastApplied + 1, { term: 1, atMs: this.env.clock.wall(), ...entry })
  }
}

/** One process of a `LocalGroup`: its commands are answered in a later turn, when all have applied them. */
export class LocalStrong implements Strong {
  readonly self: MemberId
  hasQuorum = true
  leaderSilentMs = 0
  /** Rejects the next submissions with these, after applying those marked so. */
  readonly failures: { readonly error: MnemeshError; readonly applied: boolean }[] = []
  barriers = 0
  readonly #group: LocalGroup
  #sequence = 0

  constructor(group: LocalGroup, self: MemberId) {
    this.#group = group
    this.self = self
  }

  get applied(): number {
    return this.#group.state.lastApplied
  }

  get clock(): number {
    return this.#group.state.clock
  }

  async submit(command: Command, _call: unknown, numbered?: Numbered): Promise<Result> {
    const session = this.#group.state.sessionOf(this.self)
    if (session === undefined || !this.hasQuorum) throw new MnemeshError('ERR_NO_QUORUM', 'nobody leads')
    const sequence = ++this.#sequence
    numbered?.(session, sequence)
    await this.#turn()
    const failure = this.failures.shift()
    if (failure?.applied === false) throw failure.error
    this.#group.before(command)
    const result = this.#group.apply(command, session, sequence)
    if (failure !== undefined) throw failure.error
    return result
  }

  ask(command: Command, call: unknown, answered: Answered): void {
    // The caller's bytes are its own again once this returns.
    const payload = encodeRequest({ session: '', sequence: 0, settledBelow: 0, command })
    this.submit(decodeRequest(payload).command, call).then(
      result => answered.done(result),
      error => answered.failed(error),
    )
  }

  async barrier(): Promise<void> {
    this.barriers++
    await this.#turn()
    if (!this.hasQuorum) throw new MnemeshError('ERR_NO_QUORUM', 'nobody leads')
  }

  table(name: string): MajorityTable | undefined {
    const { state } = this.#group
    const table = state.table(name)
    if (table === undefined) return undefined
    const { entry, copy } = table
    return {
      ...{ entry, copy },
      find: (key, into) => state.read(entry.id, key, into),
      versionOf: key => state.rowVersion(entry.id, key),
      changedAt: partition => state.rangeVersion(entry.id, partition),
      partitionOf: partitionOfKey,
    }
  }

  onApplied(listener: () => void): () => void {
    return this.#group.onApplied(listener)
  }

  onGranted(listener: (lease: Lease) => void): () => void {
    return this.#group.onGranted(listener)
  }

  leases(): readonly Lease[] {
    return this.#group.state.locks.leases()
  }

  lock(name: string): LockRecord | undefined {
    return this.#group.state.locks.get(name)
  }

  #turn(): Promise<void> {
    return new Promise(resolve => this.#group.env.timers.soon(resolve))
  }
}

/** The face of a member, as its embedding process sees it. */
export function coordinationOf(env: Environment, strong: LocalStrong): TypedCoordination {
  const explain = (table: string) => {
    if (table === 'plain') throw notMajority(table)
  }
  return new TypedCoordination(env, new EmbeddedCoordination(env, { strong, maxValueBytes, explain }))
}

import type { Row } from '../../core/entry.ts'
import { MnemeshError } from '../../core/errors.ts'
import type { Legacy } from '../bringing.ts'
import type { LogEntry, MemberId, SnapshotSink, SnapshotSource, StateMachine } from '../consensus/types.ts'
import type { Arrivals } from './arrivals.ts'
import { decodeRequest } from './command-codec.ts'
import type { ReadVersion, Request, Result } from './commands.ts'
import { Execution } from './execution.ts'
import { Chain } from './fingerprint.ts'
import { GroupFacts, type GroupRecord } from './group-facts.ts'
import type { GroupSchema } from './group-schema.ts'
import { type Lease, LockTable } from './locks.ts'
import { type SessionId, Sessions } from './sessions.ts'
import { emptyHead, encodeHead, type StateHead } from './snapshot-format.ts'
import { StateSink } from './snapshot-sink.ts'
import { StateSnapshot } from './snapshot-source.ts'
import { hashEvery, hashState, StateHashes } from './state-hashes.ts'
import { isThere, type StrongTable } from './strong-table.ts'
import { StrongTables, type StrongTablesParts } from './strong-tables.ts'

export type StrongStateParts = StrongTablesParts

/** Told in the order of the log, in the middle of `apply`: listeners do not apply anything themselves. */
export interface StrongStateEvents {
  /** What became of the request of that entry; of one that came before, what became of it then. */
  applied(index: number, request: Request, result: Result): void
  /** Tables or copies are others now. */
  schemaChanged(index: number): void
  /** A request that had waited holds the lock now. */
  granted(lease: Lease): void
  /** Another member's state was taken over: whoever waits must look anew. */
  restored(index: number): void
  /** The leader's state after that index is another one. One of the two has a defect. */
  diverged(index: number, mine: string, theirs: string): void
}

/**
 * The state of the strong group: majority tables, schema, locks, sessions, and what the group itself is. Members
 * that apply the same entries have equal states and equal results (protocol, section B).
 */
export class StrongState implements StateMachine {
  readonly locks: LockTable
  readonly sessions = new Sessions()
  readonly #tables: StrongTables
  readonly #events: StrongStateEvents
  readonly #facts = new GroupFacts()
  readonly #execution: Execution
  readonly #hashes = new StateHashes()
  // Over all results since the group began.
  readonly #chain = new Chain()
  #members: readonly MemberId[] = []
  #clock = 0
  #lastApplied = 0
  #term = 0
  #epochIndex = 0
  #epochTerm = 0

  constructor(parts: StrongStateParts, events: StrongStateEvents) {
    this.#events = events
    this.#tables = new StrongTables(parts)
    this.locks = new LockTable(lease => this.#granted(lease))
    this.#execution = new Execution({
      facts: this.#facts,
      locks: this.locks,
      sessions: this.sessions,
      tables: this.#tables,
      schemaChanged: index => this.#schemaChanged(index),
      compareHash: (index, hash) => this.#compareHash(index, hash),
    })
  }

  /** The group's clock, Unix ms: the leader's when it appended the last entry, and never less than before. */
  get clock(): number {
    return this.#clock
  }

  get lastApplied(): number {
    return this.#lastApplied
  }

  /** Index of the last change of schema, copies or members: with the generation, the data epoch (D-3). */
  get epochIndex(): number {
    return this.#epochIndex
  }

  /** Term of that change's entry. */
  get epochTerm(): number {
    return this.#epochTerm
  }

  get group(): GroupRecord {
    return this.#facts.record
  }

  get schema(): GroupSchema {
    return this.#tables.schema
  }

  /** What became of majority tables of groups that gave way to this one. */
  get arrivals(): Arrivals {
    return this.#tables.arrivals
  }

  /** True when the group has something that a merge could lose: rows of majority tables, or locks. */
  get holds(): boolean {
    return this.locks.size > 0 || this.#tables.all().some(({ size }) => size > 0)
  }

  /** What this process would give up with its group; as it is now, if nobody changes it. */
  legacy(): Legacy {
    return { group: this.#facts.record, members: this.#members, tables: this.#tables.all() }
  }

  /** The session that the process's requests carry; undefined while it is no member. */
  sessionOf(member: MemberId): SessionId | undefined {
    return this.sessions.of(member)
  }

  /** What became of a request, while that is remembered. */
  resultOf(session: SessionId, sequence: number): Result | undefined {
    const known = this.sessions.resultOf(session, sequence)
    return known === 'forgotten' ? { status: 'forgotten', index: this.#lastApplied } : known
  }

  /** The majority table of that name. */
  table(name: string): StrongTable | undefined {
    return this.#tables.find(name)
  }

  tableById(id: string): StrongTable | undefined {
    return this.#tables.byId(id)
  }

  /** The index that last changed the row, 0 where there is none now: what a transaction's read is certified by. */
  rowVersion(tableId: string, key: Buffer): number {
    return this.#tables.byId(tableId)?.versionOf(key, this.#clock) ?? 0
  }

  /** Fills `into` with windows on the copy, good until its next change; false where there is no row now. */
  read(tableId: string, key: Buffer, into: Row): boolean {
    return this.#tables.byId(tableId)?.find(key, into) === true && isThere(into, this.#clock)
  }

  /** The index that last changed the table, or one of the partitions that `partitionOfKey` tells. */
  rangeVersion(tableId: string, partition?: number): number {
    return this.#tables.byId(tableId)?.changedAt(partition) ?? 0
  }

  /** Rows whose time is over at that instant, for an `expire` command; if there are many, not all at once. */
  dueRows(limit: number, atMs: number): ReadVersion[] {
    return this.#tables.dueRows(limit, atMs)
  }

  apply(index: number, entry: LogEntry): void {
    if (entry.atMs > this.#clock) this.#clock = entry.atMs
    this.#lastApplied = index
    this.#term = entry.term
    if (entry.kind === 'command') this.#take(index, entry.payload)
    else if (entry.configuration !== undefined) {
      const { voters, old, learners } = entry.configuration
      this.#changeMembers(index, [...new Set([...voters, ...(old ?? []), ...learners])])
    }
    if (index % hashEvery === 0) this.#hashes.remember(index, this.hash())
  }

  /** 16 digits that are equal on members with equal states. */
  hash(): string {
    const { low, high } = this.#chain
    return hashState({
      numbers: [this.#clock, this.#lastApplied, this.#epochIndex, low, high],
      texts: [JSON.stringify([this.#facts.record, this.#members, this.arrivals.all()]), this.schema.print],
      fingerprints: [this.sessions.fingerprint, this.locks.fingerprint],
      tables: this.#tables.all(),
    })
  }

  /** The last hash that was remembered: what the leader puts in the log for the others to compare. */
  get hashed(): { readonly index: number; readonly hash: string } | undefined {
    return this.#hashes.latest
  }

  snapshot(): SnapshotSource {
    const tables = this.#tables.all()
    const state = { index: this.#lastApplied, head: encodeHead(this.#head(tables)), tables }
    const snapshot = new StateSnapshot(state, done => this.#tables.readers.delete(done))
    this.#tables.readers.add(snapshot)
    return snapshot
  }

  restore(): SnapshotSink {
    return new StateSink({
      createTables: head => this.#tables.createFrom(head),
      adopt: ({ head, tables }) => this.#adopt(head, tables),
    })
  }

  /** This process is in no group any more: everything goes. */
  reset(): void {
    this.#adopt(emptyHead, [])
  }

  #take(index: number, payload: Buffer): void {
    let request: Request
    try {
      request = decodeRequest(payload)
    } catch (error) {
      // Nobody waits for what no member of ours has made; all members pass over it alike.
      if (!MnemeshError.is(error, 'ERR_FRAME_INVALID')) throw error
      return
    }
    const result = this.#answer(index, request)
    this.#note(index, result)
    this.#events.applied(index, request, result)
  }

  // A request that was applied before, or of a session that is over, must not happen (again).
  #answer(index: number, request: Request): Result {
    const { session, sequence, settledBelow } = request
    if (session === '') return this.#execution.run(index, this.#clock, request)
    if (!this.sessions.has(session)) return { status: 'noSession', index }
    const known = this.sessions.resultOf(session, sequence)
    if (known === 'forgotten') return { status: 'forgotten', index }
    if (known !== undefined) return known
    const result = this.#execution.run(index, this.#clock, request)
    this.sessions.record(session, sequence, settledBelow, result)
    return result
  }

  #note(index: number, result: Result): void {
    this.#chain.add(index)
    this.#chain.add(result.index)
    this.#chain.add(result.status.charCodeAt(0))
    if (result.status !== 'done') return
    for (const { applied, version } of result.outcomes) this.#chain.add(applied ? version + 1 : -version)
  }

  #changeMembers(index: number, members: readonly MemberId[]): void {
    for (const member of this.#members) if (!members.includes(member)) this.#execution.endSession(member)
    for (const member of members) this.sessions.open(member, index)
    this.#members = members
    this.#epochIndex = index
    this.#epochTerm = this.#term
  }

  #granted(lease: Lease): void {
    const { session, request, token } = lease
    this.sessions.amend(session, request, { status: 'granted', index: token.index, token })
    this.#events.granted(lease)
  }

  #schemaChanged(index: number): void {
    this.#epochIndex = index
    this.#epochTerm = this.#term
    this.#events.schemaChanged(index)
  }

  #compareHash(index: number, theirs: string): void {
    const mine = this.#hashes.at(index)
    if (mine !== undefined && mine !== theirs) this.#events.diverged(index, mine, theirs)
  }

  #head(tables: readonly StrongTable[]): StateHead {
    return {
      index: this.#lastApplied,
      clock: this.#clock,
      chain: [this.#chain.low, this.#chain.high],
      ...{ epochIndex: this.#epochIndex, epochTerm: this.#epochTerm },
      group: this.#facts.record,
      members: this.#members,
      sessions: this.sessions.records(),
      locks: this.locks.all(),
      tables: this.schema.records(),
      ...{ generations: this.schema.generations(), arrivals: this.arrivals.all() },
      strong: tables.map(({ entry, mod, partitionMods, size, fingerprint }) => ({
        ...{ name: entry.name, mod, partitionMods: [...partitionMods], size },
        fingerprint: [fingerprint.low >>> 0, fingerprint.high >>> 0],
      })),
    }
  }

  #adopt(head: StateHead, tables: readonly StrongTable[]): void {
    this.#clock = head.clock
    this.#lastApplied = head.index
    this.#epochIndex = head.epochIndex
    this.#epochTerm = head.epochTerm
    this.#members = head.members
    this.#chain.low = head.chain[0]
    this.#chain.high = head.chain[1]
    this.#facts.restore(head.group)
    this.sessions.restore(head.sessions)
    this.locks.restore(head.locks)
    this.#tables.adopt(head, tables)
    this.#hashes.clear()
    this.#events.schemaChanged(head.index)
    this.#events.restored(head.index)
  }
}

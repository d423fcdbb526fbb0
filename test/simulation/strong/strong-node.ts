import type { LogEntry, MemberId } from '../../../src/coordination/consensus/types.ts'
import { decodeRequest } from '../../../src/coordination/state/command-codec.ts'
import type { Command, Request, Result } from '../../../src/coordination/state/commands.ts'
import type { StrongState } from '../../../src/coordination/state/strong-state.ts'
import { isThere } from '../../../src/coordination/state/strong-table.ts'
import { StrongGroup } from '../../../src/coordination/strong-group.ts'
import type { StrongGroupOptions } from '../../../src/coordination/strong-group-parts.ts'
import { decodeValue } from '../../../src/core/codec.ts'
import { Row } from '../../../src/core/entry.ts'
import { Events } from '../../../src/core/events.ts'
import { encodeKey } from '../../../src/core/key.ts'
import { scanEnd } from '../../../src/core/partition.ts'
import { Origins } from '../../../src/core/version.ts'
import { Catalog } from '../../../src/replication/catalog.ts'
import { Copies } from '../../../src/storage/copies.ts'
import type { SimProcess } from '../support/process.ts'
import { Violation } from '../support/violation.ts'
import { nameOf } from './network.ts'

export interface StrongNodeParts {
  readonly self: MemberId
  readonly process: SimProcess
  readonly send: (to: MemberId, bytes: Buffer) => void
  /** Other processes that live. */
  readonly peers: () => readonly MemberId[]
  /** The process of each node of the plan, if there is one. */
  readonly seeds: () => readonly (MemberId | undefined)[]
  /** The group of the process may be given up for another one. */
  readonly mayReset: () => boolean
  /** It may be formed anew by who is left. */
  readonly mayRenew: (node: StrongNode) => boolean
  /** It is, after the entry at `last`. */
  readonly renewing: (group: string, last: number) => void
  /** Breaks something in the process before anybody watches it. */
  readonly sabotage?: ((node: StrongNode) => void) | undefined
  /** After the state has applied an entry; without a run when the entry is no request. */
  readonly applied: (node: StrongNode, index: number, entry: LogEntry, run: Run | undefined) => void
}

/** What an entry was and what became of it. */
export interface Run {
  readonly request: Request
  readonly result: Result
}

/** The row that a reader finds: a version of 0 where there is none. */
export interface FoundRow {
  readonly value: unknown
  readonly version: number
}

/** One process of the strong group: the real thing, with simulated time and network, and a window to look in. */
export class StrongNode {
  readonly id: MemberId
  readonly process: SimProcess
  readonly strong: StrongGroup
  /** The schema as it knows it, by its log or by what others have told. */
  readonly catalog: Catalog
  readonly copies = new Copies()
  readonly origins = new Origins()
  /** Called when the group has begun with an empty log again. */
  onReset: () => void = () => {}
  readonly #row = new Row()
  // Requests of this process by the index of the entry that ran them.
  readonly #requests = new Map<number, Request>()

  constructor(parts: StrongNodeParts, options: StrongGroupOptions) {
    const { self, process, send, peers } = parts
    this.id = self
    this.process = process
    const { random } = process.env
    const seed = { low: random.uint32(), high: random.uint32() }
    this.strong = new StrongGroup(
      process.env,
      {
        ...{ self, zone: '', cluster: 'simulated', copies: this.copies, origins: this.origins },
        ...{ seed: () => seed, send, peers, addressOf: nameOf, seeds: parts.seeds },
        ...{
          pressed: () => [],
          known: () => this.catalog.records(),
          events: new Events(process.env, nameOf(self)),
        },
      },
      { schemaChanged: () => this.catalog.changed(), leaving: () => this.catalog.carry(), stopped: () => {} },
      options,
    )
    this.catalog = new Catalog(process.env.timers, this.strong)
    parts.sabotage?.(this)
    this.#watch(parts)
  }

  get name(): string {
    return nameOf(this.id)
  }

  get group() {
    return this.strong.group
  }

  get state(): StrongState {
    return this.strong.state
  }

  get isLeader(): boolean {
    return this.group.consensus.isLeader
  }

  submit(command: Command, timeoutMs: number): Promise<Result> {
    return this.strong.submit(command, this.#call(timeoutMs))
  }

  barrier(timeoutMs: number): Promise<void> {
    return this.strong.barrier(this.#call(timeoutMs))
  }

  /** The row as this process has it now. */
  read(table: string, key: string): FoundRow {
    const row = this.#row
    if (this.strong.table(table)?.find(encodeKey(key), row) !== true) return { value: undefined, version: 0 }
    const { valueBytes, valueStart, valueLength, h: version } = row
    return { value: decodeValue(valueBytes, valueStart, valueStart + valueLength, 'msgpack'), version }
  }

  /** Every row of the table that is there now, by key as hex. */
  rows(table: string): Map<string, unknown> {
    const found = new Map<string, unknown>()
    const held = this.state.table(table)
    let cursor = held === undefined ? scanEnd : 0
    while (cursor !== scanEnd && held !== undefined)
      cursor = held.copy.scan(cursor, row => {
        const { keyBytes, keyStart, keyLength, valueBytes, valueStart, valueLength } = row
        if (!isThere(row, this.state.clock)) return
        const value = decodeValue(valueBytes, valueStart, valueStart + valueLength, 'msgpack')
        found.set(keyBytes.toString('hex', keyStart, keyStart + keyLength), value)
      })
    return found
  }

  /** The request of this process that was run at that index, if it applied the entry itself. */
  requestAt(index: number): Request | undefined {
    return this.#requests.get(index)
  }

  #call(timeoutMs: number) {
    return { deadline: this.process.env.clock.monotonic() + timeoutMs, mutates: true }
  }

  // In the place of members' own methods, before the log gets to call them.
  #watch({ applied, mayReset, mayRenew, renewing }: StrongNodeParts): void {
    const { state, group } = this.strong
    const [reset, renew] = [group.reset.bind(group), group.renew.bind(group)]
    // Nothing is a reason for either while a quorum of every configuration lives; but who was taken in and then heard
    // nothing has nothing to give up.
    group.reset = () => {
      if (group.consensus.state.log.lastIndex > 0 && !mayReset()) throw this.#givesUp()
      reset()
      this.onReset()
    }
    group.renew = id => {
      if (!mayRenew(this)) throw this.#givesUp()
      renewing(id, group.consensus.state.log.lastIndex)
      renew(id)
    }
    const apply = state.apply.bind(state)
    const answer = group.applied.bind(group)
    let results: Result[] = []
    group.applied = (session, sequence, result) => {
      results.push(result)
      answer(session, sequence, result)
    }
    state.apply = (index, entry) => {
      results = []
      apply(index, entry)
      const result = results.at(-1)
      const request = entry.kind === 'command' ? decodeRequest(entry.payload) : undefined
      const run = request === undefined || result === undefined ? undefined : { request, result }
      if (run?.result.index === index && run.request.session.startsWith(`${this.id}@`))
        this.#requests.set(index, run.request)
      applied(this, index, entry, run)
    }
  }

  #givesUp(): Violation {
    const { commit, configuration } = this.group.consensus.state
    const seen = `at ${commit} in ${JSON.stringify(configuration)}`
    return new Violation(`${this.id} gives up its group, which has a quorum: ${seen}`)
  }
}

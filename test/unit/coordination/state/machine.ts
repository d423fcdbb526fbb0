import type { Configuration, LogEntry } from '../../../../src/coordination/consensus/types.ts'
import { encodeRequest } from '../../../../src/coordination/state/command-codec.ts'
import type {
  Command,
  Request,
  Result,
  RowOperation,
  Transaction,
} from '../../../../src/coordination/state/commands.ts'
import { StrongState, type StrongStateEvents } from '../../../../src/coordination/state/strong-state.ts'
import { decodeValue, ValueWriter } from '../../../../src/core/codec.ts'
import { Row } from '../../../../src/core/entry.ts'
import type { HashSeed } from '../../../../src/core/hash.ts'
import { encodeKey, type Key } from '../../../../src/core/key.ts'
import { defineOptions, type TableDefinition, type TableOptions } from '../../../../src/core/schema.ts'
import { Origins } from '../../../../src/core/version.ts'
import { Copies } from '../../../../src/storage/copies.ts'
import { someTime, testSeed } from '../../../support/rows.ts'

const values = new ValueWriter()

export function majority(options: TableOptions = {}): TableDefinition {
  const definition: TableDefinition & { majority: boolean } = { ...defineOptions(options), majority: true }
  return definition
}

export function ordinary(options: TableOptions = {}): TableDefinition {
  const definition: TableDefinition & { majority: boolean } = { ...defineOptions(options), majority: false }
  return definition
}

export function bytesOf(value: unknown): Buffer {
  const length = values.write(value, 'msgpack')
  return Buffer.from(values.bytes.subarray(0, length))
}

type OperationFields = Partial<Omit<RowOperation, 'key' | 'value'>> & { value?: unknown }

export function operation(key: Key, fields: OperationFields = {}): RowOperation {
  const { kind = 'set', table = 't', value = null, by = 1, lifetime = 'forever', condition = 'none' } = fields
  const given = kind === 'set' ? bytesOf(value) : Buffer.alloc(0)
  return {
    ...{ kind, table, key: encodeKey(key), lifetime, condition },
    ...{ value: given, by: kind === 'increment' ? by : 0 },
  }
}

export function transaction(
  operations: readonly RowOperation[],
  more: Partial<Transaction> = {},
): Transaction {
  return { kind: 'transaction', reads: [], ranges: [], guards: [], operations, ...more }
}

export const set = (key: Key, value: unknown, fields: OperationFields = {}): Transaction =>
  transaction([operation(key, { ...fields, value })])

export function configuration(voters: readonly string[]): Configuration {
  return { voters, old: undefined, learners: [] }
}

/** One member's state, fed by hand; `log` can be fed to another one. */
export class Machine {
  readonly copies = new Copies()
  readonly state: StrongState
  readonly log: LogEntry[] = []
  readonly results: Result[] = []
  readonly events: [name: string, ...details: unknown[]][] = []
  seed: HashSeed
  #sequence = 0

  constructor(seed: HashSeed = testSeed, more: Partial<StrongStateEvents> = {}) {
    const origins = new Origins()
    this.seed = seed
    const note =
      (name: string) =>
      (...details: unknown[]) =>
        void this.events.push([name, ...details])
    this.state = new StrongState(
      { copies: this.copies, origins, cluster: 'test', seed: () => this.seed },
      {
        applied: (_index, _request, result) => void this.results.push(result),
        schemaChanged: note('schemaChanged'),
        granted: note('granted'),
        restored: note('restored'),
        diverged: note('diverged'),
        ...more,
      },
    )
  }

  /** A machine whose group has members `a#1` and `b#1` and a majority table `t`. */
  static ready(options: TableOptions = {}, seed?: HashSeed): Machine {
    const machine = new Machine(seed)
    machine.members(['a#1', 'b#1'])
    machine.run({ kind: 'createTable', name: 't', definition: majority(options) })
    return machine
  }

  get index(): number {
    return this.state.lastApplied
  }

  members(voters: readonly string[], atMs = this.state.clock): void {
    const payload = Buffer.alloc(0)
    this.feed({ term: 1, kind: 'configuration', atMs, configuration: configuration(voters), payload })
  }

  /** Applies the command for the leader, or as one session's next request. */
  run(command: Command, fields: Partial<Request> & { atMs?: number } = {}): Result {
    const { session = '', atMs = Math.max(this.state.clock, someTime), ...more } = fields
    const sequence = session === '' ? 0 : (more.sequence ?? ++this.#sequence)
    const request = { session, settledBelow: 0, ...more, sequence, command }
    const payload = encodeRequest(request)
    this.feed({ term: 1, kind: 'command', atMs, configuration: undefined, payload })
    return this.results[this.results.length - 1]
  }

  feed(entry: LogEntry): void {
    this.log.push(entry)
    this.state.apply(this.index + 1, entry)
  }

  /** The value under the key as of the group's clock. */
  get(key: Key, table = 't'): unknown {
    const row = new Row()
    const id = this.state.table(table)?.entry.id ?? ''
    if (!this.state.read(id, encodeKey(key), row)) return undefined
    return decodeValue(row.valueBytes, row.valueStart, row.valueStart + row.valueLength, 'msgpack')
  }

  version(key: Key, table = 't'): number {
    return this.state.rowVersion(this.state.table(table)?.entry.id ?? '', encodeKey(key))
  }

  sessionOf(member: string): string {
    return this.state.sessionOf(member) ?? ''
  }
}

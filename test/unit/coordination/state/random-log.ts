import fc from 'fast-check'
import type { Command, Request, RowOperation } from '../../../../src/coordination/state/commands.ts'
import { encodeKey } from '../../../../src/core/key.ts'
import { someTime } from '../../../support/rows.ts'
import { bytesOf, type Machine, majority, ordinary } from './machine.ts'
import type { Model } from './model.ts'

const tables = ['a', 'full', 'plain', 'late']
const members = ['m#1', 'n#1', 'o#1']
const table = fc.constantFrom('a', 'a', 'a', 'full', 'full', 'late', 'plain')
const key = fc.integer({ min: 0, max: 6 }).map(i => `key-${i}`)
const lock = fc.constantFrom('l', 'l', 'semaphore')
const member = fc.constantFrom(...members)

const rowOperation = fc.record({
  ...{ table, key },
  kind: fc.constantFrom('set' as const, 'set' as const, 'increment' as const, 'delete' as const),
  value: fc.oneof(fc.integer(), fc.string({ maxLength: 30 })),
  lifetime: fc.constantFrom('forever' as const, 'keep' as const, 20, 60),
  /** -1: the right version, -2: a wrong one. */
  condition: fc.constantFrom('none' as const, 'none' as const, 'absent' as const, -1, -2),
})

const step = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant('transaction' as const),
      reads: fc.array(fc.record({ table, key, right: fc.boolean() }), { maxLength: 2 }),
      ranges: fc.array(fc.record({ table, back: fc.nat(6) }), { maxLength: 1 }),
      guards: fc.array(fc.record({ lock, right: fc.boolean() }), { maxLength: 1 }),
      operations: fc.oneof(
        { weight: 3, arbitrary: fc.array(rowOperation, { minLength: 1, maxLength: 1 }) },
        fc.array(rowOperation, { maxLength: 5 }),
      ),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('acquire' as const),
      mode: fc.constantFrom('exclusive' as const, 'exclusive' as const, 'shared' as const),
      ...{ lock, wait: fc.boolean() },
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('release' as const), lock, which: fc.nat(3) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('grant' as const), lock }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('expire' as const), limit: fc.nat(4) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('clear' as const), table }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constantFrom('createTable' as const, 'dropTable' as const), table }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constantFrom('openSession' as const, 'endSession' as const), member }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('members' as const), count: fc.integer({ min: 1, max: 3 }) }),
  },
)

/** One entry of the log to be, in terms that find their meaning when its turn comes. */
export const anyStep = fc.record({
  step,
  /** Of no session, of one, or an earlier request again. */
  from: fc.oneof(fc.constant(undefined), member, member, fc.record({ again: fc.nat(8) })),
  settles: fc.nat(12),
  passesMs: fc.constantFrom(0, 0, 1, 15, 40),
})

export type AnyStep = typeof anyStep extends fc.Arbitrary<infer T> ? T : never

/** Feeds random steps to a machine, and to a model if there is one. */
export class RandomLog {
  readonly machine: Machine
  readonly #model: Model | undefined
  readonly #sent: Request[] = []
  #members: string[] = members
  #atMs = someTime

  constructor(machine: Machine, model?: Model) {
    this.machine = machine
    this.#model = model
    machine.members(members, this.#atMs)
    model?.members(members, [])
    for (const name of ['a', 'full', 'plain']) this.#send(this.#request(create(name), undefined, 0))
  }

  /** Appends one entry; what the model makes of it, if there is one. */
  take({ step, from, settles, passesMs }: AnyStep) {
    this.#atMs += passesMs
    if (step.kind === 'members') {
      const names = members.slice(0, step.count)
      this.machine.members(names, this.#atMs)
      this.#model?.members(names, this.#members)
      this.#members = names
      return undefined
    }
    if (typeof from === 'object') {
      const again = this.#sent[this.#sent.length - 1 - from.again]
      if (again !== undefined) return this.#send(again)
    }
    const session = typeof from === 'string' ? this.machine.sessionOf(from) : ''
    return this.#send(this.#request(this.#command(step), session, settles))
  }

  #send(request: Request) {
    this.#sent.push(request)
    const { command, ...fields } = request
    const result = this.machine.run(command, { ...fields, atMs: this.#atMs })
    return { request, result, expected: this.#model?.apply(request, this.#atMs) }
  }

  #request(command: Command, session: string | undefined, settles: number): Request {
    const sequence = this.#sent.length + 1
    if (!session) return { session: '', sequence: 0, settledBelow: 0, command }
    return { session, sequence, settledBelow: Math.max(0, sequence - settles - 3), command }
  }

  #command(step: Exclude<AnyStep['step'], { kind: 'members' }>): Command {
    const { state } = this.machine
    switch (step.kind) {
      case 'transaction':
        return {
          kind: 'transaction',
          reads: step.reads.map(({ table, key, right }) => {
            return { table, key: encodeKey(key), version: this.#version(table, key) + (right ? 0 : 1) }
          }),
          ranges: step.ranges.map(({ table, back }) => {
            return { table, partition: undefined, asOf: Math.max(0, state.lastApplied - back) }
          }),
          guards: step.guards.map(({ lock, right }) => {
            const token = state.locks.get(lock)?.holders[0]?.token ?? { generation: 0, index: 1 }
            return { lock, token: right ? token : { ...token, index: token.index + 1 } }
          }),
          operations: step.operations.map(operation => this.#operation(operation)),
        }
      case 'acquire':
        return { ...step, permits: step.lock === 'semaphore' ? 2 : 1, ttlMs: 1000 }
      case 'release': {
        const { holders = [], queue = [] } = state.locks.get(step.lock) ?? {}
        const { session, request } = [...holders, ...queue][step.which] ?? { session: 'm#1@1', request: 1 }
        return { kind: 'release', lock: step.lock, session, request }
      }
      case 'expire':
        return { kind: 'expire', rows: state.dueRows(step.limit, this.#atMs + 10) }
      case 'createTable':
        return create(step.table)
      case 'dropTable':
        return { kind: 'dropTable', name: step.table }
      default:
        return step
    }
  }

  #operation(operation: typeof rowOperation extends fc.Arbitrary<infer T> ? T : never): RowOperation {
    const { kind, table, key, value, lifetime, condition } = operation
    const version = this.#version(table, key)
    return {
      ...{ kind, table, key: encodeKey(key), lifetime },
      value: kind === 'set' ? bytesOf(value) : Buffer.alloc(0),
      by: kind === 'increment' ? 3 : 0,
      condition: typeof condition === 'string' ? condition : condition === -1 ? version : version + 7,
    }
  }

  #version(table: string, key: string): number {
    return tables.includes(table) ? this.machine.version(key, table) : 0
  }
}

function create(name: string): Command {
  const definition = name === 'plain' ? ordinary() : majority(name === 'full' ? { maxEntries: 3 } : {})
  return { kind: 'createTable', name, definition }
}

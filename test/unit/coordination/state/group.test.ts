import { describe, expect, it } from 'vitest'
import type { Command, Result } from '../../../../src/coordination/state/commands.ts'
import type { CopyChange } from '../../../../src/replication/catalog.ts'
import { someTime } from '../../../support/rows.ts'
import { Machine, majority, ordinary, set } from './machine.ts'

const refusal = (result: Result) => (result.status === 'refused' ? result.code : result.status)
const create = (name: string, definition = majority()): Command => ({ kind: 'createTable', name, definition })

describe('the schema of the group', () => {
  it('makes a copy of a majority table, held as any other and active, and none of a default table', () => {
    const machine = new Machine()
    machine.run(create('m'))
    machine.run(create('d', ordinary()))
    const id = machine.state.schema.get('m')?.id ?? ''
    expect(machine.copies.all()).toHaveLength(1)
    expect(machine.copies.get(id)).toMatchObject({ active: true, generation: 0 })
    expect(machine.state.tableById(id)?.entry.name).toBe('m')
    expect([...machine.state.schema.tables().keys()]).toEqual(['m', 'd'])
  })

  it('is changed by what changes it only: each such index is an epoch', () => {
    const machine = new Machine()
    const epochs = () => [machine.state.epochIndex, machine.events.length]
    machine.run(create('m'))
    expect(epochs()).toEqual([1, 1])
    machine.run(create('m'))
    expect(epochs()).toEqual([1, 1])
    machine.run({ kind: 'changeTable', name: 'm', definition: majority({ maxEntries: 5 }) })
    expect(epochs()).toEqual([3, 2])
    machine.run({ kind: 'changeTable', name: 'm', definition: majority({ maxEntries: 5 }) })
    expect(epochs()).toEqual([3, 2])
    machine.members(['a#1'])
    expect(machine.state.epochIndex).toBe(5)
  })

  it('refuses another definition under a name, and names what differs', () => {
    const machine = new Machine()
    machine.run(create('m'))
    expect(machine.run(create('m', majority({ ttl: '1h' })))).toMatchObject({
      code: 'ERR_TABLE_MISMATCH',
      message: expect.stringContaining('ttlMs'),
    })
    expect(refusal(machine.run(create('mnemesh.own')))).toBe('ERR_INVALID_ARGUMENT')
  })

  it('changes options, but not what makes a table another one', () => {
    const machine = Machine.ready()
    const change = (definition = majority()) => machine.run({ kind: 'changeTable', name: 't', definition })
    expect(refusal(change(majority({ maxEntries: 1 })))).toBe('done')
    machine.run(set('a', 1))
    expect(refusal(machine.run(set('b', 1)))).toBe('ERR_TABLE_FULL')
    expect(refusal(change(majority({ codec: 'bytes' })))).toBe('ERR_TABLE_MISMATCH')
    expect(refusal(change(ordinary()))).toBe('ERR_TABLE_MISMATCH')
    expect(refusal(machine.run({ kind: 'changeTable', name: 'x', definition: majority() }))).toBe(
      'ERR_TABLE_UNKNOWN',
    )
  })

  it('changes a table only from what it was for who asked', () => {
    const machine = Machine.ready()
    const change = (was: ReturnType<typeof majority>, definition: ReturnType<typeof majority>) =>
      refusal(machine.run({ kind: 'changeTable', name: 't', definition, was }))
    expect(change(majority(), majority({ maxEntries: 5 }))).toBe('done')
    expect(change(majority(), majority({ ttl: 7 }))).toBe('ERR_CONFLICT')
    expect(change(majority({ maxEntries: 5 }), majority({ maxEntries: 5, ttl: 7 }))).toBe('done')
    expect(machine.state.schema.get('t')?.definition).toEqual(majority({ maxEntries: 5, ttl: 7 }))
  })

  it('keeps the last active copy of a table', () => {
    const machine = Machine.ready()
    machine.run(create('d', ordinary()))
    const setCopy = (node: string, state: 'wanted' | 'loading' | 'active' | 'removed') =>
      refusal(machine.run({ kind: 'setCopy', table: 'd', node, copy: { state, incarnation: 0 } }))
    expect([setCopy('a', 'active'), setCopy('b', 'wanted'), setCopy('a', 'removed')]).toEqual([
      ...['done', 'done', 'ERR_CONFLICT'],
    ])
    expect([setCopy('b', 'loading'), setCopy('b', 'active'), setCopy('a', 'removed')]).toEqual([
      ...['done', 'done', 'done'],
    ])
    expect([setCopy('b', 'removed'), setCopy('a', 'removed')]).toEqual(['ERR_CONFLICT', 'done'])
  })

  const copyOf = (machine: Machine, node: string) => machine.state.schema.get('d')?.copies.get(node)
  const put = (machine: Machine, node: string, state: CopyChange['state'], incarnation: number) =>
    refusal(machine.run({ kind: 'setCopy', table: 'd', node, copy: { state, incarnation } }))

  it('begins a table with the copy of the process that creates it, and tells since when each belongs', () => {
    const machine = Machine.ready()
    machine.run({ kind: 'createTable', name: 'd', definition: ordinary(), holder: 'a#00000000007' })
    const since = copyOf(machine, 'a')?.since.index ?? 0
    expect(copyOf(machine, 'a')).toMatchObject({ state: 'active', incarnation: 7 })
    put(machine, 'b', 'loading', 1)
    const joined = copyOf(machine, 'b')?.since.index ?? 0
    put(machine, 'b', 'active', 1)
    expect([joined > since, copyOf(machine, 'b')?.since.index]).toEqual([true, joined])
    put(machine, 'b', 'loading', 2)
    expect(copyOf(machine, 'b')?.since.index).toBeGreaterThan(joined)
  })

  it('lets nobody say that its copy is active that has not loaded it, while another one is', () => {
    const machine = Machine.ready()
    machine.run(create('d', ordinary()))
    expect([put(machine, 'a', 'active', 1), put(machine, 'b', 'active', 1)]).toEqual(['done', 'ERR_CONFLICT'])
    expect([put(machine, 'b', 'loading', 1), put(machine, 'b', 'active', 1)]).toEqual(['done', 'done'])
  })

  it('expels that very process, and never the last one', () => {
    const machine = Machine.ready()
    machine.run(create('d', ordinary()))
    put(machine, 'a', 'active', 1)
    put(machine, 'a', 'wanted', 1)
    expect(copyOf(machine, 'a')?.state).toBe('active')
    for (const state of ['loading', 'active'] as const) put(machine, 'b', state, 1)
    put(machine, 'a', 'wanted', 2)
    expect(copyOf(machine, 'a')?.state).toBe('active')
    put(machine, 'a', 'wanted', 1)
    expect(copyOf(machine, 'a')?.state).toBe('wanted')
    for (const state of ['loading', 'active', 'leaving'] as const) put(machine, 'a', state, 1)
    put(machine, 'a', 'wanted', 1)
    expect(copyOf(machine, 'a')?.state).toBe('removed')
  })

  it('gives a table that is made again after a drop another identity and no rows', () => {
    const machine = Machine.ready()
    machine.run(set('k', 1))
    const id = machine.state.schema.get('t')?.id ?? ''
    machine.run({ kind: 'dropTable', name: 't' })
    expect([machine.copies.get(id), machine.state.table('t')]).toEqual([undefined, undefined])
    expect(refusal(machine.run({ kind: 'dropTable', name: 't' }))).toBe('ERR_TABLE_UNKNOWN')
    machine.run(create('t'))
    expect(machine.state.schema.get('t')).toMatchObject({ generation: 1 })
    expect([machine.state.schema.get('t')?.id === id, machine.get('k')]).toEqual([false, undefined])
  })

  it('knows who holds copies of default tables; of majority tables everybody does', () => {
    const machine = Machine.ready()
    machine.run(create('d', ordinary()))
    const copy = { state: 'active', incarnation: 7 } as const
    machine.run({ kind: 'setCopy', table: 'd', node: 'a', copy })
    const { epochIndex } = machine.state
    machine.run({ kind: 'setCopy', table: 'd', node: 'a', copy })
    expect(machine.state.schema.get('d')?.copies).toMatchObject(new Map([['a', copy]]))
    expect(machine.state.epochIndex).toBe(epochIndex)
    expect(refusal(machine.run({ kind: 'setCopy', table: 't', node: 'a', copy }))).toBe('ERR_INVALID_OPTION')
    expect(refusal(machine.run({ kind: 'setCopy', table: 'x', node: 'a', copy }))).toBe('ERR_TABLE_UNKNOWN')
  })
})

describe('a group', () => {
  const found = { kind: 'found', id: 'g', generation: 1000, provisional: true } as const

  it('promises nothing while it is provisional, but goes on with default tables', () => {
    const machine = Machine.ready()
    machine.run(found)
    expect(refusal(machine.run(set('k', 1)))).toBe('ERR_NO_QUORUM')
    expect(refusal(machine.run({ kind: 'clear', table: 't' }))).toBe('ERR_NO_QUORUM')
    expect(refusal(machine.run(create('d', ordinary())))).toBe('done')
    machine.run({ kind: 'confirm' })
    expect(refusal(machine.run(set('k', 1)))).toBe('done')
  })

  it('never lowers its generation', () => {
    const machine = Machine.ready()
    const generation = () => machine.state.group.generation
    machine.run(found)
    machine.run({ kind: 'generation', atLeast: 5 })
    expect(generation()).toBe(1000)
    machine.run({ kind: 'generation', atLeast: 3 * someTime })
    expect(generation()).toBe(3 * someTime)
    machine.run({ kind: 'absorb', loser: 'h', untilMs: someTime })
    machine.run({ ...found, id: 'again' })
    expect(machine.state.group).toMatchObject({ id: 'again', generation: 3 * someTime + 1 })
  })

  it('that takes another one in stands above both, and does not dissolve before it is done', () => {
    const machine = Machine.ready()
    machine.run({ ...found, provisional: false })
    machine.run({ kind: 'absorb', loser: 'h', untilMs: someTime + 60_000 })
    expect(machine.state.group.generation).toBe(Math.floor(someTime / 1000) + 1)
    expect(refusal(machine.run({ kind: 'absorb', loser: 'other', untilMs: 1 }))).toBe('ERR_CONFLICT')
    expect(refusal(machine.run({ kind: 'dissolve', into: 'x' }))).toBe('ERR_CONFLICT')
    const late = { atMs: someTime + 60_000 }
    expect(refusal(machine.run({ kind: 'dissolve', into: 'x' }, late))).toBe('done')
  })

  it('dissolves again when it is told that the other one is in, and stands where it stood', () => {
    const machine = Machine.ready()
    machine.run({ ...found, provisional: false })
    machine.run({ kind: 'absorb', loser: 'h', untilMs: someTime + 60_000 })
    const { generation } = machine.state.group
    expect(refusal(machine.run({ kind: 'absorb', loser: 'other', untilMs: 0 }))).toBe('ERR_CONFLICT')
    expect(refusal(machine.run({ kind: 'absorb', loser: 'h', untilMs: 0 }))).toBe('done')
    expect(machine.state.group).toMatchObject({ generation, absorbing: undefined })
    expect(refusal(machine.run({ kind: 'dissolve', into: 'x' }))).toBe('done')
  })

  it('that has dissolved decides nothing any more', () => {
    const machine = Machine.ready()
    machine.run({ kind: 'dissolve', into: 'x' })
    machine.run({ kind: 'dissolve', into: 'y' })
    expect(machine.state.group.dissolvedInto).toBe('x')
    expect([refusal(machine.run(set('k', 1))), refusal(machine.run(create('n')))]).toEqual([
      'ERR_NOT_READY',
      'ERR_NOT_READY',
    ])
    expect(refusal(machine.run({ kind: 'tick' }))).toBe('done')
  })

  it('grants above the highest generation that whoever asks knows of, and rises no further (D-11)', () => {
    const machine = Machine.ready()
    const { generation } = machine.state.group
    const session = machine.sessionOf('a#1')
    let sequence = 0
    const acquire = (seen: number | undefined) => {
      const lock = `l${++sequence}`
      const command = { kind: 'acquire', lock, mode: 'exclusive', permits: 1, wait: true, ttlMs: 1 } as const
      const result = machine.run({ ...command, seen }, { session, sequence })
      return result.status === 'granted' ? result.token.generation : result.status
    }
    expect(acquire(undefined)).toBe(generation)
    expect(acquire(generation)).toBe(generation)
    expect(acquire(generation + 5)).toBe(generation + 6)
    expect(acquire(generation + 5)).toBe(generation + 6)
    expect(machine.state.group.generation).toBe(generation + 6)
  })

  it('holds something as long as there are majority rows or locks', () => {
    const machine = Machine.ready()
    expect(machine.state.holds).toBe(false)
    machine.run(set('k', 1))
    expect(machine.state.holds).toBe(true)
    machine.run({ kind: 'clear', table: 't' })
    const session = machine.sessionOf('a#1')
    const lock = { kind: 'acquire', lock: 'l', mode: 'shared', permits: 1, wait: true, ttlMs: 1 } as const
    machine.run(lock, { session, sequence: 1 })
    expect(machine.state.holds).toBe(true)
  })
})

import { describe, expect, it } from 'vitest'
import type { Result } from '../../../../src/coordination/state/commands.ts'
import { partitionOfKey } from '../../../../src/coordination/state/fingerprint.ts'
import { Row } from '../../../../src/core/entry.ts'
import { encodeKey } from '../../../../src/core/key.ts'
import { stampToMs } from '../../../../src/core/version.ts'
import { someTime } from '../../../support/rows.ts'
import { Machine, majority, operation, ordinary, set, transaction } from './machine.ts'

const outcome = (result: Result) => (result.status === 'done' ? result.outcomes[0] : result.status)
const refusal = (result: Result) => (result.status === 'refused' ? result.code : result.status)

describe('an operation', () => {
  it('sets, and the version is the index that did it', () => {
    const machine = Machine.ready()
    const result = machine.run(set('k', 'v'))
    expect(result).toEqual({
      status: 'done',
      index: machine.index,
      outcomes: [{ applied: true, version: machine.index, number: undefined }],
    })
    expect([machine.get('k'), machine.version('k')]).toEqual(['v', machine.index])
  })

  it('deletes without a trace, and says when there was nothing', () => {
    const machine = Machine.ready()
    machine.run(set('k', 'v'))
    const remove = transaction([operation('k', { kind: 'delete' })])
    expect(outcome(machine.run(remove))).toEqual({ applied: true, version: 0, number: undefined })
    expect(outcome(machine.run(remove))).toEqual({ applied: false, version: 0, number: undefined })
    const copy = machine.state.table('t')?.copy
    expect([copy?.size, copy?.bytes, copy?.tombstones]).toEqual([0, 0, 0])
    expect([...(copy?.digest.root() ?? [])]).toEqual([0, 0, 0, 0])
  })

  it('holds to its condition', () => {
    const machine = Machine.ready()
    const first = machine.run(set('k', 1, { condition: 'absent' })).index
    expect(outcome(machine.run(set('k', 2, { condition: 'absent' })))).toEqual({
      applied: false,
      version: first,
      number: undefined,
    })
    expect(outcome(machine.run(set('k', 2, { condition: first + 1 })))).toMatchObject({ applied: false })
    expect(outcome(machine.run(set('k', 2, { condition: first })))).toMatchObject({ applied: true })
    expect(machine.get('k')).toBe(2)
    expect(outcome(machine.run(set('new', 2, { condition: 5 })))).toMatchObject({
      applied: false,
      version: 0,
    })
  })

  it('increments what is a number or absent, and refuses everything else', () => {
    const machine = Machine.ready()
    const increment = (by: number) => machine.run(transaction([operation('n', { kind: 'increment', by })]))
    expect([outcome(increment(5)), outcome(increment(-7.5))]).toMatchObject([{ number: 5 }, { number: -2.5 }])
    machine.run(set('n', 'text'))
    expect(refusal(increment(1))).toBe('ERR_BAD_TYPE')
    expect(machine.get('n')).toBe('text')
  })

  it('gives a lifetime from the clock of the entry on; a counter keeps that of its first increment', () => {
    const machine = Machine.ready()
    machine.run(set('k', 'v', { lifetime: 1000 }))
    const increment = transaction([operation('n', { kind: 'increment', lifetime: 1000 })])
    machine.run(increment)
    machine.run(increment, { atMs: someTime + 999 })
    expect([machine.get('k'), machine.get('n')]).toEqual(['v', 2])
    machine.run({ kind: 'tick' }, { atMs: someTime + 1000 })
    expect([machine.get('k'), machine.get('n'), machine.version('k')]).toEqual([undefined, undefined, 0])
    expect(outcome(machine.run(increment))).toMatchObject({ number: 1 })
  })

  it('keeps a lifetime where asked to, and takes the table’s where there is none to keep', () => {
    const machine = Machine.ready({ ttl: 500 })
    machine.run(set('k', 1, { lifetime: 1000 }))
    machine.run(set('k', 2, { lifetime: 'keep' }), { atMs: someTime + 600 })
    machine.run(set('other', 3, { lifetime: 'keep' }))
    machine.run({ kind: 'tick' }, { atMs: someTime + 999 })
    expect([machine.get('k'), machine.get('other')]).toEqual([2, 3])
    machine.run({ kind: 'tick' }, { atMs: someTime + 1100 })
    expect([machine.get('k'), machine.get('other')]).toEqual([undefined, undefined])
  })

  it('says when an entry was written, by the clock of the group', () => {
    const machine = Machine.ready()
    machine.run(set('k', 'v'), { atMs: someTime + 77 })
    const row = new Row()
    machine.state.read(machine.state.table('t')?.entry.id ?? '', encodeKey('k'), row)
    expect(stampToMs(row.stamp)).toBe(someTime + 77)
  })

  it('is refused for a table that is unknown or no majority table', () => {
    const machine = Machine.ready()
    machine.run({ kind: 'createTable', name: 'plain', definition: ordinary() })
    expect(refusal(machine.run(set('k', 1, { table: 'nowhere' })))).toBe('ERR_TABLE_UNKNOWN')
    expect(refusal(machine.run(set('k', 1, { table: 'plain' })))).toBe('ERR_INVALID_ARGUMENT')
  })
})

describe('a transaction', () => {
  it('sees what its own operations have done so far', () => {
    const machine = Machine.ready()
    const result = machine.run(
      transaction([
        operation('k', { value: 1 }),
        operation('k', { kind: 'increment', by: 2 }),
        operation('n', { kind: 'increment', by: 7 }),
        operation('k', { kind: 'delete' }),
        operation('k', { value: 'again', condition: 'absent' }),
        operation('gone', { value: 1 }),
        operation('gone', { kind: 'delete' }),
      ]),
    )
    expect(result.status === 'done' && result.outcomes.map(({ applied }) => applied)).toEqual(
      new Array(7).fill(true),
    )
    expect([machine.get('k'), machine.get('n'), machine.get('gone')]).toEqual(['again', 7, undefined])
  })

  it('adds to several counters', () => {
    const machine = Machine.ready()
    const counters = [1, 1000, 2 ** 40].map((by, i) => operation(i, { kind: 'increment', by }))
    machine.run(transaction(counters))
    expect([0, 1, 2].map(i => machine.get(i))).toEqual([1, 1000, 2 ** 40])
  })

  it('does all or nothing', () => {
    const machine = Machine.ready()
    machine.run(set('text', 'x'))
    const hash = machine.state.table('t')?.fingerprint.low
    const result = machine.run(
      transaction([operation('a'), operation('text', { kind: 'delete' }), operation('b', { table: 'none' })]),
    )
    expect(refusal(result)).toBe('ERR_TABLE_UNKNOWN')
    expect(
      refusal(machine.run(transaction([operation('a'), operation('text', { kind: 'increment' })]))),
    ).toBe('ERR_BAD_TYPE')
    expect([machine.get('a'), machine.get('text')]).toEqual([undefined, 'x'])
    expect(machine.state.table('t')?.fingerprint.low).toBe(hash)
  })

  it('conflicts when what it read has changed, came, went or expired since', () => {
    const machine = Machine.ready()
    const read = (key: string, version: number) =>
      machine.run(transaction([operation('out')], { reads: [{ table: 't', key: encodeKey(key), version }] }))
    const v = machine.run(set('k', 1, { lifetime: 100 })).index
    expect(read('k', v).status).toBe('done')
    expect(read('none', 0).status).toBe('done')
    expect(read('none', 3)).toMatchObject({ status: 'conflict', table: 't', key: encodeKey('none') })
    expect(read('k', v - 1).status).toBe('conflict')
    machine.run({ kind: 'tick' }, { atMs: someTime + 100 })
    expect(read('k', v).status).toBe('conflict')
    expect(read('k', 0).status).toBe('done')
    machine.run(set('k', 2))
    expect(read('k', 0).status).toBe('conflict')
  })

  it('conflicts when a table or partition that it scanned has changed since', () => {
    const machine = Machine.ready()
    machine.run(set('k', 1))
    const asOf = machine.index
    const own = partitionOfKey(encodeKey('k'))
    const scan = (partition: number | undefined) =>
      machine.run(transaction([], { ranges: [{ table: 't', partition, asOf }] })).status
    expect([scan(undefined), scan(own)]).toEqual(['done', 'done'])
    machine.run(transaction([operation('k', { kind: 'delete' })]))
    expect([scan(undefined), scan(own), scan((own + 1) % 256)]).toEqual(['conflict', 'conflict', 'done'])
    machine.run({ kind: 'clear', table: 't' })
    expect(scan((own + 1) % 256)).toBe('conflict')
  })

  it('is fenced when a lock that it relies on is not held under its token any more', () => {
    const machine = Machine.ready()
    const session = machine.sessionOf('a#1')
    const lock = {
      kind: 'acquire',
      lock: 'l',
      mode: 'exclusive',
      permits: 1,
      wait: false,
      ttlMs: 1000,
    } as const
    const granted = machine.run(lock, { session, sequence: 1 })
    const token = granted.status === 'granted' ? granted.token : { generation: 0, index: 0 }
    const guarded = transaction([operation('k')], { guards: [{ lock: 'l', token }] })
    expect(machine.run(guarded).status).toBe('done')
    machine.run({ kind: 'release', lock: 'l', session, request: 1 })
    expect(machine.run(guarded)).toMatchObject({ status: 'fenced', lock: 'l' })
    machine.run(lock, { session, sequence: 2 })
    expect(machine.run(guarded).status).toBe('fenced')
  })
})

describe('the limits of a table', () => {
  it('refuse what would pass them as a whole, and count what goes against what comes', () => {
    const machine = Machine.ready({ maxEntries: 2 })
    expect(machine.run(transaction([operation('a'), operation('b')])).status).toBe('done')
    expect(refusal(machine.run(set('c', 1)))).toBe('ERR_TABLE_FULL')
    expect(machine.run(set('a', 2)).status).toBe('done')
    const swap = transaction([operation('c'), operation('a', { kind: 'delete' })])
    expect(machine.run(swap).status).toBe('done')
    expect([machine.get('a'), machine.get('b'), machine.get('c')]).toEqual([undefined, null, null])
    expect(
      refusal(machine.run(transaction([operation('b', { kind: 'delete' }), operation('x'), operation('y')]))),
    ).toBe('ERR_TABLE_FULL')
    expect(machine.get('b')).toBe(null)
  })

  it('that were lowered refuse what makes it worse, and nothing else', () => {
    const machine = Machine.ready()
    machine.run(transaction([operation('a'), operation('b'), operation('c')]))
    machine.run({ kind: 'changeTable', name: 't', definition: majority({ maxEntries: 1, maxBytes: 60 }) })
    expect(machine.run(set('a', 2)).status).toBe('done')
    expect(machine.run(transaction([operation('b', { kind: 'delete' }), operation('n')])).status).toBe('done')
    expect(refusal(machine.run(set('more', 1)))).toBe('ERR_TABLE_FULL')
  })

  it('count a key once, however often a transaction writes it', () => {
    const machine = Machine.ready({ maxBytes: 700 })
    const large = (key: string) => operation(key, { value: 'x'.repeat(250) })
    const often = Array.from({ length: 20 }, () => large('a'))
    expect(machine.run(transaction([...often, large('b')])).status).toBe('done')
    expect(machine.run(transaction([...often, operation('c')])).status).toBe('done')
    expect(refusal(machine.run(transaction([...often, large('d')])))).toBe('ERR_TABLE_FULL')
  })

  it('are of bytes, too, as the copy counts them', () => {
    const machine = Machine.ready({ maxBytes: 300 })
    machine.run(set('a', 'x'.repeat(100)))
    machine.run(set('b', 'x'.repeat(80)))
    expect(machine.state.table('t')?.copy.bytes).toBeLessThanOrEqual(300)
    expect(refusal(machine.run(set('c', 'x'.repeat(80))))).toBe('ERR_TABLE_FULL')
    expect(refusal(machine.run(set('b', 'x'.repeat(200))))).toBe('ERR_TABLE_FULL')
    expect(machine.run(set('b', 'y')).status).toBe('done')
  })
})

describe('expiry', () => {
  it('removes rows that are due and unchanged, once the leader says so', () => {
    const machine = Machine.ready()
    machine.run(set('a', 1, { lifetime: 100 }))
    machine.run(set('b', 1, { lifetime: 100 }))
    machine.run(set('c', 1, { lifetime: 5000 }))
    const due = machine.state.dueRows(10, someTime + 100)
    expect(due.map(({ version }) => version)).toHaveLength(2)
    machine.run(set('b', 2))
    machine.run({ kind: 'expire', rows: [...due, { table: 'gone', key: encodeKey('x'), version: 1 }] })
    expect(machine.state.table('t')?.copy.size).toBe(3)
    machine.run({ kind: 'expire', rows: due }, { atMs: someTime + 100 })
    expect([machine.state.table('t')?.copy.size, machine.get('b')]).toEqual([2, 2])
    expect(machine.state.dueRows(10, someTime + 100)).toEqual([])
    expect(machine.state.table('t')?.nextExpiry).toBe(someTime + 5000)
  })

  it('is found again after a change of the hash seed', () => {
    const machine = Machine.ready()
    for (let i = 0; i < 50; i++) machine.run(set(i, i, { lifetime: 100 }))
    machine.copies.rehash({ low: 1, high: 2 })
    expect(machine.state.dueRows(99, someTime + 100)).toHaveLength(50)
  })

  it('is found row by row within the limit that was asked for', () => {
    const machine = Machine.ready()
    for (let i = 0; i < 300; i++) machine.run(set(i, i, { lifetime: 1 + i }))
    let removed = 0
    for (let rows = machine.state.dueRows(7, someTime + 200); rows.length > 0; ) {
      expect(rows.length).toBeLessThanOrEqual(7)
      removed += rows.length
      machine.run({ kind: 'expire', rows }, { atMs: someTime + 200 })
      rows = machine.state.dueRows(7, someTime + 200)
    }
    expect([removed, machine.state.table('t')?.copy.size]).toEqual([200, 100])
  })
})

describe('listeners of a majority table', () => {
  it('are told of every change in its order', () => {
    const machine = Machine.ready()
    const told: string[] = []
    machine.state.table('t')?.copy.listen({
      applied: row => told.push(row.isDead ? 'delete' : 'set'),
      expired: () => told.push('expire'),
      cleared: why => told.push(why),
      gone: () => told.push('gone'),
    })
    machine.run(set('a', 1, { lifetime: 10 }))
    machine.run(transaction([operation('b'), operation('b', { kind: 'delete' }), operation('c')]))
    machine.run(transaction([operation('c', { kind: 'delete' })]))
    machine.run({ kind: 'expire', rows: machine.state.dueRows(9, someTime + 10) }, { atMs: someTime + 10 })
    machine.run({ kind: 'clear', table: 't' })
    machine.run({ kind: 'dropTable', name: 't' })
    expect(told).toEqual(['set', 'set', 'delete', 'expire', 'clear', 'gone'])
  })
})

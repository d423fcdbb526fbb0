import { describe, expect, it } from 'vitest'
import type { BringRows } from '../../../../src/coordination/state/commands.ts'
import { encodeKey } from '../../../../src/core/key.ts'
import type { TableDefinition } from '../../../../src/core/schema.ts'
import { someTime } from '../../../support/rows.ts'
import { bytesOf, Machine, majority, operation, ordinary, set, transaction } from './machine.ts'

const noKey = Buffer.alloc(0)

function bring(keys: readonly string[], more: Partial<BringRows> = {}): BringRows {
  const rows = keys.map(key => ({ key: encodeKey(key), value: bytesOf(key), expiresAt: 0 }))
  return {
    ...{ kind: 'bring', from: 'other', table: 't', definition: majority({ ttl: '1h' }), generation: 0 },
    ...{ after: noKey, rows, isLast: true, replaces: undefined },
    ...more,
  }
}

const stateOf = (machine: Machine, from = 'other') => machine.state.arrivals.find(from, 't')?.state
const definitionOf = (machine: Machine) => machine.state.schema.get('t')?.definition

describe('rows of a group that gave way (D-5)', () => {
  it('make a table where there is none', () => {
    const machine = new Machine()
    machine.run(bring(['a', 'b']))
    expect([machine.get('a'), machine.get('b'), stateOf(machine)]).toEqual(['a', 'b', 'done'])
    expect(definitionOf(machine)).toEqual(majority({ ttl: '1h' }))
  })

  it.each<[string, TableDefinition]>([
    ['the same', majority({ ttl: '1h' })],
    ['another option', majority({ maxEntries: 1 })],
    ['another codec', majority({ codec: 'bytes' })],
  ])('take the place of an empty majority table, with their definition (%s)', (_, definition) => {
    const machine = new Machine()
    machine.run({ kind: 'createTable', name: 't', definition })
    machine.run(bring(['a', 'b']))
    expect([machine.get('a'), machine.get('b'), stateOf(machine)]).toEqual(['a', 'b', 'done'])
    expect(definitionOf(machine)).toEqual(majority({ ttl: '1h' }))
  })

  it('take the place of a default table only when that is known to be empty', () => {
    for (const isKnown of [false, true]) {
      const machine = new Machine()
      machine.run({ kind: 'createTable', name: 't', definition: ordinary() })
      const id = machine.state.schema.get('t')?.id
      machine.run(bring(['a'], { replaces: isKnown ? id : undefined }))
      expect(stateOf(machine)).toBe(isKnown ? 'done' : 'refused')
      expect(definitionOf(machine)?.majority).toBe(isKnown)
      if (isKnown) expect(machine.get('a')).toBe('a')
      // Another table: nobody takes the copies of one for those of the other.
      expect(machine.state.schema.get('t')?.id === id).toBe(!isKnown)
    }
  })

  it('are refused by a table that has rows, for good', () => {
    const machine = Machine.ready()
    machine.run(set('mine', 1))
    machine.run(bring(['a']))
    expect([machine.get('a'), machine.get('mine'), stateOf(machine)]).toEqual([undefined, 1, 'refused'])
    machine.run({ kind: 'clear', table: 't' })
    machine.run(bring(['a']))
    expect([machine.get('a'), stateOf(machine)]).toEqual([undefined, 'refused'])
  })

  it('come in the order of their keys, each part once, whoever sends it', () => {
    const machine = new Machine()
    const [first, second] = [bring(['a', 'b'], { isLast: false }), bring(['c'], { after: encodeKey('b') })]
    machine.run(second)
    expect(machine.state.schema.get('t')).toBeDefined()
    expect(machine.get('c')).toBeUndefined()
    machine.run(first)
    machine.run(transaction([operation('a', { kind: 'delete' })]))
    machine.run(first)
    machine.run(set('c', 'newer'))
    machine.run(second)
    machine.run(transaction([operation('b', { kind: 'delete' })]))
    machine.run(second)
    machine.run(first)
    expect(['a', 'b', 'c'].map(key => machine.get(key))).toEqual([undefined, undefined, 'newer'])
    expect(stateOf(machine)).toBe('done')
  })

  it('leave out what is over, keep the rest of its time, and count as written now', () => {
    const machine = new Machine()
    machine.run({ kind: 'tick' }, { atMs: someTime })
    const [over, going] = [someTime - 1, someTime + 100].map((expiresAt, i) => ({
      ...{ key: encodeKey(`${i}`), value: bytesOf(i), expiresAt },
    }))
    machine.run(bring([], { rows: [over, going] }))
    expect([machine.get('0'), machine.get('1')]).toEqual([undefined, 1])
    expect(machine.version('1')).toBe(machine.index)
    machine.run({ kind: 'tick' }, { atMs: someTime + 100 })
    expect(machine.get('1')).toBeUndefined()
  })

  it('of two groups the first one has its way, also while it is under way', () => {
    const machine = new Machine()
    machine.run(bring(['a'], { isLast: false }))
    machine.run(transaction([operation('a', { kind: 'delete' })]))
    machine.run(bring(['x'], { from: 'third' }))
    expect([stateOf(machine), stateOf(machine, 'third')]).toEqual(['open', 'refused'])
  })

  it('stay away when the table was dropped meanwhile, and a provisional group takes none', () => {
    const machine = new Machine()
    machine.run(bring(['a'], { isLast: false }))
    machine.run({ kind: 'dropTable', name: 't' })
    machine.run({ kind: 'createTable', name: 't', definition: majority() })
    machine.run(bring(['b'], { after: encodeKey('a') }))
    expect([machine.get('b'), stateOf(machine)]).toEqual([undefined, 'done'])
    machine.run({ kind: 'found', id: 'g', generation: 1, provisional: true })
    expect(machine.run(bring(['a'], { from: 'third' }))).toMatchObject({ code: 'ERR_NO_QUORUM' })
    expect(stateOf(machine, 'third')).toBeUndefined()
  })

  it('are remembered by whoever takes over the state', () => {
    const machine = new Machine()
    machine.run(bring(['a'], { isLast: false }))
    const source = machine.state.snapshot()
    const other = new Machine()
    const sink = other.state.restore()
    for (let piece = source.next(100); piece !== undefined; piece = source.next(100)) sink.chunk(piece)
    sink.done(machine.index)
    expect(other.state.arrivals.all()).toEqual(machine.state.arrivals.all())
    expect(other.state.hash()).toBe(machine.state.hash())
  })
})

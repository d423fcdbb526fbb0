import { describe, expect, it } from 'vitest'
import type { BringRows } from '../../../../src/coordination/state/commands.ts'
import { encodeKey } from '../../../../src/core/key.ts'
import type { TableDefinition } from '../../../../src/core/schema.ts'
import type { TakeAlong } from '../../../../src/replication/schema-change.ts'
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
// Who takes over its state.
function copyOf(machine: Machine): Machine {
  const source = machine.state.snapshot()
  const other = new Machine()
  const sink = other.state.restore()
  for (let piece = source.next(100); piece !== undefined; piece = source.next(100)) sink.chunk(piece)
  sink.done(machine.index)
  return other
}

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
    const other = copyOf(machine)
    expect(other.state.arrivals.all()).toEqual(machine.state.arrivals.all())
    expect(other.state.hash()).toBe(machine.state.hash())
  })
})

describe('a default table of a group that gave way (D-5)', () => {
  const theirs = ordinary({ ttl: '1h' })
  const holder = 'c#00000000003'

  function along(more: Partial<TakeAlong> = {}): TakeAlong {
    const facts = { kind: 'takeAlong', from: 'other', name: 't', definition: theirs, generation: 0 } as const
    return { ...facts, holder, ...more }
  }

  // The table as it was before, if there was one.
  function decide(machine: Machine, command: TakeAlong) {
    const before = machine.state.schema.get('t')
    machine.run(command)
    const table = machine.state.schema.get('t')
    return { ...table, isSame: table?.id === before?.id, before, decided: stateOf(machine, command.from) }
  }

  function having(definition: TableDefinition): { machine: Machine; id: string } {
    const machine = new Machine()
    machine.run({ kind: 'createTable', name: 't', definition, holder: 'a#00000000001' })
    return { machine, id: machine.state.schema.get('t')?.id ?? '' }
  }

  it('is made where there is none, with the copy of who brings it', () => {
    const { definition, generation, copies, decided } = decide(new Machine(), along({ generation: 3 }))
    expect([definition, generation, decided]).toEqual([theirs, 3, 'done'])
    expect([...(copies ?? [])]).toMatchObject([['c', { state: 'active', incarnation: 3 }]])
  })

  it('gives its options to one of its kind and places that is known to be empty, which keeps its copies', () => {
    const { machine, id } = having(ordinary({ maxEntries: 5 }))
    const { definition, isSame, copies, before, replaces, decided } = decide(machine, along({ replaces: id }))
    expect([definition, isSame, copies, replaces, decided]).toEqual([
      ...[theirs, true, before?.copies, undefined, 'done'],
    ])
  })

  it.each<[string, TableDefinition]>([
    ['codec', ordinary({ codec: 'bytes' })],
    ['places', ordinary({ copies: ['a'] })],
    ['agreement', majority()],
  ])('takes the place of an empty one of another %s, under an identity of its own', (_, definition) => {
    const { machine, id } = having(definition)
    const present = decide(machine, along({ replaces: id }))
    expect([present.definition, present.isSame, present.replaces]).toEqual([theirs, false, [id]])
    expect(machine.state.table('t')).toBeUndefined()
    machine.run({ kind: 'changeTable', name: 't', definition: ordinary({ ttl: '2h' }) })
    expect(machine.state.schema.get('t')?.replaces).toEqual([id])
  })

  it('leaves one alone that has rows, or of which nobody knows', () => {
    for (const replaces of [undefined, 'f'.repeat(32)]) {
      const { machine } = having(ordinary())
      expect(decide(machine, along({ replaces }))).toMatchObject({
        definition: ordinary(),
        decided: 'refused',
      })
    }
    const { machine, id } = having(majority())
    machine.run(set('mine', 1))
    expect(decide(machine, along({ replaces: id }))).toMatchObject({ isSame: true, decided: 'refused' })
    expect(machine.get('mine')).toBe(1)
  })

  it('is decided once, whoever asks, and does not come back when it is dropped', () => {
    const { machine, id } = having(ordinary())
    machine.run(along())
    expect(decide(machine, along({ replaces: id }))).toMatchObject({ isSame: true, decided: 'refused' })
    const other = new Machine()
    other.run(along())
    other.run({ kind: 'dropTable', name: 't' })
    expect(decide(other, along({ holder: 'd#00000000004' })).name).toBeUndefined()
  })

  it('of several groups the first one has its way, while its rows are on their way', () => {
    const { machine, id } = having(ordinary())
    machine.run(along({ replaces: id }))
    const definition = ordinary({ ttl: '5h' })
    const second = decide(machine, along({ from: 'third', definition, replaces: id }))
    expect(second).toMatchObject({ definition: theirs, decided: 'refused' })
    machine.run(bring(['a'], { from: 'fourth', replaces: id }))
    expect([stateOf(machine, 'fourth'), definitionOf(machine)]).toEqual(['refused', theirs])
  })

  it('comes to a provisional group, too, and is told to who takes over the state', () => {
    const { machine, id } = having(ordinary({ codec: 'bytes' }))
    machine.run({ kind: 'found', id: 'g', generation: 1, provisional: true })
    machine.run(along({ replaces: id }))
    const other = copyOf(machine)
    expect(other.state.schema.get('t')).toEqual(machine.state.schema.get('t'))
    expect(other.state.schema.get('t')?.replaces).toEqual([id])
    expect([stateOf(other), other.state.hash()]).toEqual(['done', machine.state.hash()])
  })

  it('never has what is under way forgotten, however many there are', () => {
    const machine = new Machine()
    machine.run(bring(['a'], { isLast: false }))
    for (let i = 0; i < 300; i++) machine.run(along({ from: `g${i}`, name: `t${i}` }))
    expect(stateOf(machine)).toBe('open')
    expect(machine.state.arrivals.all()).toHaveLength(257)
  })
})

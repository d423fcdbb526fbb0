import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { SnapshotSource } from '../../../../src/coordination/consensus/types.ts'
import type { Result } from '../../../../src/coordination/state/commands.ts'
import type { StrongState } from '../../../../src/coordination/state/strong-state.ts'
import { decodeValue } from '../../../../src/core/codec.ts'
import { scanEnd } from '../../../../src/core/partition.ts'
import { Machine, majority, operation, set, transaction } from './machine.ts'
import { Model } from './model.ts'
import { anyStep, RandomLog } from './random-log.ts'

const steps = fc.array(anyStep, { minLength: 1, maxLength: 80 })

// The model has no messages.
const plain = (result: Result) => (result.status === 'refused' ? { ...result, message: '' } : result)

function rowsOf(state: StrongState, name: string): Map<string, unknown> {
  const out = new Map<string, unknown>()
  const copy = state.table(name)?.copy
  if (copy === undefined) return out
  for (let cursor = 0; cursor !== scanEnd; )
    cursor = copy.scan(cursor, row => {
      const value = decodeValue(row.valueBytes, row.valueStart, row.valueStart + row.valueLength, 'msgpack')
      const key = row.keyBytes.subarray(row.keyStart, row.keyStart + row.keyLength).toString('hex')
      out.set(key, { value, mod: row.h, expiresAt: row.expiresAt })
    })
  return out
}

function modsOf({ state }: Machine): number[] {
  const table = state.table('a')
  return table === undefined ? [] : [table.mod, ...table.partitionMods]
}

function expectAsModel({ state }: Machine, model: Model): void {
  const wanted = [...model.tables].filter(([, { majority }]) => majority)
  expect(state.schema.tables().size).toBe(model.tables.size)
  for (const [name, { rows, mod }] of wanted) {
    expect(rowsOf(state, name)).toEqual(rows)
    expect(state.table(name)?.mod).toBe(mod)
  }
  expect(
    state.locks
      .all()
      .map(({ name }) => name)
      .sort(),
  ).toEqual([...model.locks.keys()].sort())
  for (const { name, holders, queue } of state.locks.all()) {
    const lock = model.locks.get(name)
    expect(holders.map(({ token }) => token.index)).toEqual(lock?.holders.map(({ token }) => token))
    expect(queue.map(({ session, request }) => `${session}/${request}`)).toEqual(
      lock?.queue.map(({ id }) => id),
    )
  }
  const free = [...model.locks].filter(([, { queue, holders, permits }]) => {
    if (queue.length === 0) return false
    if (queue[0].shared) return holders.every(({ shared }) => shared)
    return holders.length < permits && !holders.some(({ shared }) => shared)
  })
  expect(state.locks.grantable().sort()).toEqual(free.map(([name]) => name).sort())
}

describe('the state of the group', () => {
  it('is what a plain model makes of the same log', () => {
    const run = fc.property(steps, all => {
      const model = new Model()
      const log = new RandomLog(new Machine(), model)
      for (const one of all) {
        const taken = log.take(one)
        if (taken?.expected !== undefined) expect(plain(taken.result)).toEqual(plain(taken.expected))
      }
      expectAsModel(log.machine, model)
    })
    fc.assert(run, { numRuns: 200 })
  })

  it('is equal on members that apply the same log, whatever their hash seeds; so are all results', () => {
    const run = fc.property(steps, all => {
      const log = new RandomLog(new Machine())
      for (const one of all) log.take(one)
      const twin = new Machine({ low: 7, high: 8 })
      for (const entry of log.machine.log) twin.feed(entry)
      expect(twin.results).toEqual(log.machine.results)
      expect(twin.state.hash()).toBe(log.machine.state.hash())
    })
    fc.assert(run, { numRuns: 60 })
  })

  it('has another hash after any change of a row', () => {
    const [a, b] = [Machine.ready(), Machine.ready()]
    a.run(set('k', 1))
    b.run(set('k', 2))
    expect(a.state.hash()).not.toBe(b.state.hash())
  })

  it('passes over an entry that is no command, as every member does', () => {
    const machine = Machine.ready()
    const payload = Buffer.from('nonsense')
    machine.feed({ term: 1, kind: 'command', atMs: 1, configuration: undefined, payload })
    machine.feed({ term: 2, kind: 'noop', atMs: 1, configuration: undefined, payload: Buffer.alloc(0) })
    expect([machine.state.lastApplied, machine.results.length]).toEqual([4, 1])
  })

  it('compares its hash with the leader’s and tells of a defect', () => {
    const [leader, follower] = [Machine.ready(), Machine.ready()]
    for (const machine of [leader, follower]) while (machine.index < 1024) machine.run({ kind: 'tick' })
    const { index = 0, hash = '' } = leader.state.hashed ?? {}
    expect(index).toBe(1024)
    follower.run({ kind: 'stateHash', index, hash })
    expect(follower.events.filter(([name]) => name === 'diverged')).toEqual([])
    follower.run({ kind: 'stateHash', index, hash: 'other' })
    follower.run({ kind: 'stateHash', index: 5, hash: 'unknown index' })
    expect(follower.events.filter(([name]) => name === 'diverged')).toEqual([
      ['diverged', index, hash, 'other'],
    ])
  })
})

describe('a snapshot', () => {
  // Reads on while the log goes on; what it gives is fed to another member in the end.
  class Reading {
    readonly #source: SnapshotSource
    readonly index: number
    readonly chunks: Buffer[] = []

    constructor(machine: Machine) {
      this.index = machine.index
      this.#source = machine.state.snapshot()
    }

    step(maxBytes: number): boolean {
      const chunk = this.#source.next(maxBytes)
      if (chunk !== undefined) this.chunks.push(chunk)
      return chunk !== undefined
    }

    into(machine: Machine, maxBytes: number): void {
      while (this.step(maxBytes));
      const sink = machine.state.restore()
      for (const chunk of this.chunks) sink.chunk(chunk)
      sink.done(this.index)
    }
  }

  const opensAt = fc.nat(60)
  const sizes = fc.constantFrom(40, 200, 5000)

  it('is the state at its index, however much is applied while it is read', () => {
    const run = fc.property(steps, opensAt, sizes, fc.boolean(), (all, at, maxBytes, rehash) => {
      const log = new RandomLog(new Machine())
      let reading: Reading | undefined
      let hash = ''
      let rows = new Map<string, unknown>()
      let mods: number[] = []
      for (const [i, one] of all.entries()) {
        if (i === at % all.length) {
          reading = new Reading(log.machine)
          hash = log.machine.state.hash()
          rows = rowsOf(log.machine.state, 'a')
          mods = modsOf(log.machine)
        }
        log.take(one)
        if (rehash && i === (at + 5) % all.length) log.machine.copies.rehash({ low: i, high: 99 })
        reading?.step(maxBytes)
      }
      if (reading === undefined) return
      // The other one has a history of its own, which must not be left in anything.
      const other = Machine.ready({}, { low: 5, high: 6 })
      for (const name of ['full', 'a']) other.run({ kind: 'createTable', name, definition: majority() })
      other.run(
        transaction([operation('k'), operation('key-1', { table: 'a' }), operation('x', { table: 'full' })]),
      )
      reading.into(other, maxBytes)
      expect(other.state.hash()).toBe(hash)
      expect(rowsOf(other.state, 'a')).toEqual(rows)
      expect(modsOf(other)).toEqual(mods)
      const before = other.results.length
      for (const entry of log.machine.log.slice(reading.index)) other.feed(entry)
      const later = other.results.slice(before)
      expect(later).toEqual(log.machine.results.slice(log.machine.results.length - later.length))
      expect(other.state.hash()).toBe(log.machine.state.hash())
    })
    fc.assert(run, { numRuns: 250 })
  })

  const many = (rows: number) => {
    const machine = Machine.ready()
    for (let i = 0; i < rows; i++) machine.run(set(i, `value ${i}`))
    return machine
  }

  it('keeps what changes, goes or is cleared before its turn', () => {
    const machine = many(3000)
    const before = rowsOf(machine.state, 't')
    const reading = new Reading(machine)
    for (let i = 0; reading.step(1000); i++) {
      machine.run(set(i * 7, 'another one, and longer than before'))
      machine.run(set(`new ${i}`, 1))
      machine.run(transaction([operation(i * 5, { kind: 'delete' })]))
      if (i === 30) machine.run({ kind: 'clear', table: 't' })
      if (i === 60) machine.run({ kind: 'dropTable', name: 't' })
      if (i === 61) machine.run({ kind: 'createTable', name: 't', definition: majority() })
    }
    const other = new Machine()
    reading.into(other, 1000)
    expect(rowsOf(other.state, 't')).toEqual(before)
  })

  it('goes on while rows take on another hash seed', () => {
    const machine = many(3000)
    const before = rowsOf(machine.state, 't')
    const reading = new Reading(machine)
    for (let i = 0; reading.step(2000); i++) {
      if (i === 10 || i === 25) machine.copies.rehash({ low: i, high: 3 })
      machine.run(set(i * 11, 'changed'))
    }
    const other = new Machine()
    reading.into(other, 2000)
    expect(rowsOf(other.state, 't')).toEqual(before)
  })

  it('comes in pieces of about the size that was asked for', () => {
    const machine = many(200)
    for (let i = 0; i < 20; i++) machine.run(set(`large ${i}`, 'x'.repeat(50_000)))
    const reading = new Reading(machine)
    while (reading.step(64 * 1024));
    expect(Math.max(...reading.chunks.map(({ length }) => length))).toBeLessThan(128 * 1024)
    expect(reading.chunks.length).toBeLessThan(60)
  })

  it('changes nothing before it is whole, and then everything at once', () => {
    const machine = many(500)
    const reading = new Reading(machine)
    while (reading.step(1000));
    const other = Machine.ready()
    other.run(set('own', 1))
    const hash = other.state.hash()
    const told: string[] = []
    const note = (name: string) => () => void told.push(name)
    other.state.table('t')?.copy.listen({
      ...{ applied: note('applied'), expired: note('expired'), gone: note('gone') },
      cleared: why => told.push(why),
    })
    const sink = other.state.restore()
    for (const chunk of reading.chunks.slice(0, -1)) sink.chunk(chunk)
    expect(() => sink.done(reading.index)).toThrow('without its end')
    expect(other.state.hash()).toBe(hash)
    sink.chunk(reading.chunks[reading.chunks.length - 1])
    expect(() => sink.done(reading.index + 1)).toThrow('not')
    sink.done(reading.index)
    expect([other.get('own'), other.get(77)]).toEqual([undefined, 'value 77'])
    // Nobody cleared the table: whoever watches it has to read it anew.
    expect(told).toEqual(['resync'])
    expect(other.events.slice(-2).map(([name]) => name)).toEqual(['schemaChanged', 'restored'])
  })

  it('is refused when a piece is missing, comes twice or is damaged', () => {
    const machine = many(300)
    const reading = new Reading(machine)
    while (reading.step(2000));
    const feed = (chunks: readonly Buffer[]) => {
      const other = Machine.ready()
      const sink = other.state.restore()
      for (const chunk of chunks) sink.chunk(chunk)
      sink.done(reading.index)
    }
    const { chunks } = reading
    expect(() => feed(chunks)).not.toThrow()
    const middle = chunks.length - 3
    expect(() => feed(chunks.filter((_, i) => i !== middle))).toThrow('rows are missing')
    expect(() => feed([...chunks.slice(0, middle), ...chunks.slice(middle - 1)])).toThrow('rows are missing')
    const damage = fc.property(fc.nat(), fc.nat(), fc.nat(7), (which, at, bit) => {
      const damaged = chunks.map(chunk => Buffer.from(chunk))
      const chunk = damaged[which % damaged.length]
      chunk[at % chunk.length] ^= 1 << bit
      try {
        feed(damaged)
      } catch (error) {
        expect(error).toMatchObject({ code: 'ERR_FRAME_INVALID' })
      }
    })
    fc.assert(damage, { numRuns: 60 })
  })

  it('takes on the seed that holds when it is complete', () => {
    const machine = many(100)
    const reading = new Reading(machine)
    while (reading.step(1000));
    const other = new Machine()
    const sink = other.state.restore()
    for (const chunk of reading.chunks) sink.chunk(chunk)
    other.seed = { low: 123, high: 456 }
    sink.done(reading.index)
    expect(other.state.table('t')?.copy.seed).toEqual(other.seed)
    expect(other.get(50)).toBe('value 50')
  })

  it('of a state that is taken over while it is read is still the one that was', () => {
    const machine = many(1000)
    const before = rowsOf(machine.state, 't')
    const reading = new Reading(machine)
    reading.step(1000)
    reading.step(1000)
    reading.step(1000)
    new Reading(many(10)).into(machine, 1000)
    machine.run(set(5, 'changed'))
    const other = new Machine()
    reading.into(other, 1000)
    expect(rowsOf(other.state, 't')).toEqual(before)
  })
})

describe('a process that leaves its group', () => {
  it('has nothing of it any more', () => {
    const machine = Machine.ready()
    machine.run(set('k', 1))
    machine.state.reset()
    expect(machine.copies.all()).toEqual([])
    expect(machine.state.hash()).toBe(new Machine().state.hash())
  })
})

import { describe, expect, it } from 'vitest'
import { BytesReader, BytesWriter } from '../../../src/core/bytes.ts'
import { noEpoch } from '../../../src/core/epoch.ts'
import { bodyOf, frameHeadBytes, frameKinds, readHead } from '../../../src/core/frame.ts'
import { RowBatch } from '../../../src/core/rows.ts'
import { defineOptions } from '../../../src/core/schema.ts'
import { HybridClock } from '../../../src/core/version.ts'
import { Acks } from '../../../src/replication/acks.ts'
import type { TableHolders } from '../../../src/replication/holders.ts'
import { Inbox } from '../../../src/replication/inbox.ts'
import { OperationStream } from '../../../src/replication/operation-stream.ts'
import { Outbox } from '../../../src/replication/outbox.ts'
import { Copies } from '../../../src/storage/copies.ts'
import { TableCopy } from '../../../src/storage/table.ts'
import { FrameSender } from '../../../src/wire/frame-sender.ts'
import { World } from '../../simulation/support/world.ts'
import { coverageOf, ScriptedCatalog, together } from '../../support/coverage.ts'
import { rowOf, someOrigins, testSeed, valueIn } from '../../support/rows.ts'

const table = '00112233445566778899aabbccddeeff'
const other = 'ffeeddccbbaa99887766554433221100'

function origins() {
  const made = someOrigins()
  made.indexOf('me#03od6ni1ono')
  return made
}
const me = 4
const myId = 'me#03od6ni1ono'
const head = { g: 0, epoch: noEpoch }

function outboxOf(limits?: { maxOperations: number; maxBytes: number }) {
  const world = new World(1)
  const env = world.environment()
  const clock = new HybridClock(env.clock)
  const outbox = new Outbox(env.timers, { clock, origins: origins() }, limits)
  const put = (key: string, tableId = table, value = 'v') =>
    outbox.append(tableId, rowOf(key, { h: clock.issue(), origin: me, value }))
  return { world, env, clock, outbox, put }
}

/** A stream to a peer over a wire that records frames; `received` says which keys arrived. */
function streamOf(setup: ReturnType<typeof outboxOf>, wants: (tableId: string) => boolean = () => true) {
  const { env, clock, outbox } = setup
  const frames: Buffer[] = []
  const events: string[] = []
  const wire = { send: (frame: Buffer) => frames.push(frame) < 1000, close() {} }
  const stream = new OperationStream(env, {
    outbox,
    origins: origins(),
    wants,
    began: first => events.push(`began ${first}`),
    confirmed: sequence => events.push(`confirmed ${sequence}`),
    lagged: () => events.push('lagged'),
  })
  const open = (expected: number) =>
    stream.open(new FrameSender(env.timers, wire, { g: clock.last, epoch: noEpoch }), expected)
  return { stream, frames, events, open }
}

function inboxOf() {
  const env = new World(2).environment()
  const here = origins()
  const copies = new Copies()
  const copy = new TableCopy(here, { id: table, name: 't', definition: defineOptions() }, testSeed)
  copies.add(copy, 0, true)
  const hybrid = new HybridClock(env.clock)
  const catalog = new ScriptedCatalog()
  catalog.set(table, [myId, 'peer#00000000001'])
  const coverage = coverageOf(catalog, 'peer#00000000001', hybrid)
  coverage.hold(table, false)
  return {
    inbox: new Inbox({ copies, origins: here, hybrid, coverage, separation: together }),
    copy,
    hybrid,
    coverage,
  }
}

function deliver(frames: readonly Buffer[], inbox: Inbox): number {
  let acknowledged = 0
  for (const frame of frames) {
    const body = bodyOf(frame)
    if (frame[0] === frameKinds.start) inbox.start(myId, body.count(), body.count())
    else if (frame[0] === frameKinds.ops) acknowledged = inbox.apply(myId, readHead(frame), body)
  }
  return acknowledged
}

describe('an outbox', () => {
  it('encodes the operations of a turn once, and keeps them until everybody has them', async () => {
    const { world, outbox, put } = outboxOf()
    let turns = 0
    outbox.join(() => turns++)
    put('a')
    put('b')
    await world.run(1)
    expect(turns).toBe(1)
    const segment = outbox.segmentWith(1)
    expect(segment).toBe(outbox.segmentWith(2))
    expect(segment).toMatchObject({ first: 1, count: 2, tables: new Set([table]) })
    expect([outbox.segmentWith(3), outbox.head]).toEqual([undefined, 2])
    put('c')
    outbox.trim(2)
    expect(outbox.segmentWith(1)).toBe('gone')
    expect(outbox.segmentWith(3)).toMatchObject({ first: 3, count: 1 })
  })

  it('keeps nothing for nobody', () => {
    const { outbox, put } = outboxOf()
    for (let i = 0; i < 1000; i++) put(`k${i}`)
    expect([outbox.head, outbox.held]).toEqual([1000, { operations: 0, bytes: 0 }])
  })

  it('stays within its bounds, whoever falls behind', () => {
    const { outbox, put } = outboxOf({ maxOperations: 500, maxBytes: 40_000 })
    outbox.join(() => {})
    for (let i = 0; i < 5000; i++) {
      put(`k${i}`, table, 'v'.repeat(50))
      if (i % 50 === 0) outbox.segmentWith(i)
    }
    outbox.segmentWith(1)
    expect(outbox.held.operations).toBeLessThanOrEqual(600)
    expect(outbox.held.bytes).toBeLessThanOrEqual(50_000)
    expect(outbox.segmentWith(1)).toBe('gone')
    expect(outbox.segmentWith(5000)).toMatchObject({ count: expect.any(Number) })
  })

  it('takes rows that are one operation under one number and in one frame', () => {
    const setup = outboxOf()
    const { outbox, put, clock } = setup
    const { stream, frames, open } = streamOf(setup)
    open(0)
    put('before', table, 'x'.repeat(200_000))
    const h = clock.issue()
    const rows = Array.from({ length: 10 }, (_, i) =>
      rowOf(`k${i}`, { h, origin: me, value: 'x'.repeat(50_000) }),
    )
    expect(outbox.appendAll(table, rows)).toBe(2)
    expect(put('after')).toBe(3)
    expect(outbox.held.operations).toBe(3)
    stream.pump()
    const { inbox, copy } = inboxOf()
    const sizes = frames.map(frame => {
      deliver([frame], inbox)
      return copy.size
    })
    expect(sizes).toEqual([0, 1, 11, 12])
    expect(inbox.expected(myId)).toBe(4)
    expect(outbox.segmentWith(2)).toMatchObject({ first: 2, count: 1, g: h })
    outbox.trim(2)
    expect(outbox.held.operations).toBe(1)
  })

  it('closes a frame at a size that a receiver applies in a few ms', () => {
    const { outbox, put } = outboxOf()
    outbox.join(() => {})
    for (let i = 0; i < 10; i++) put(`k${i}`, table, 'v'.repeat(100_000))
    const first = outbox.segmentWith(1)
    if (first === undefined || first === 'gone') return expect.unreachable()
    expect(first.frame.length).toBeLessThan(400_000)
  })
})

describe('a stream of operations', () => {
  it('brings them in order, repeated frames or not, and is confirmed', () => {
    const setup = outboxOf()
    const { stream, frames, events, open } = streamOf(setup)
    const { inbox, copy, hybrid } = inboxOf()
    open(0)
    expect(events).toEqual(['began 1'])
    for (let i = 0; i < 30; i++) {
      setup.put(`k${i % 7}`, table, `${i}`)
      if (i % 4 === 0) stream.pump()
    }
    stream.pump()
    const acknowledged = deliver([...frames, ...frames.slice(2)], inbox)
    expect(acknowledged).toBe(30)
    expect(['k0', 'k1', 'k6'].map(key => valueIn(copy, key))).toEqual(['28', '29', '27'])
    expect(hybrid.last).toBe(setup.outbox.lastStamp)
    stream.acknowledge(30)
    expect(events.at(-1)).toBe('confirmed 30')
    expect(stream.lag).toEqual({ operations: 0, ms: 0 })
  })

  it('goes on where the peer says, over another connection', () => {
    const setup = outboxOf()
    const { stream, frames, events, open } = streamOf(setup)
    const { inbox, copy } = inboxOf()
    open(0)
    setup.put('a')
    stream.pump()
    deliver(frames.splice(0), inbox)
    setup.put('b')
    stream.pump()
    frames.splice(0)
    stream.close()
    setup.put('c')
    open(inbox.expected(myId))
    expect(deliver(frames, inbox)).toBe(3)
    expect(['a', 'b', 'c'].map(key => valueIn(copy, key))).toEqual(['v', 'v', 'v'])
    expect(events.filter(event => event.startsWith('began'))).toEqual(['began 1'])
  })

  it('begins anew, and asks for repair, when what the peer lacks is not kept any more', () => {
    const setup = outboxOf({ maxOperations: 10, maxBytes: 1e6 })
    const { stream, frames, events, open } = streamOf(setup)
    const { inbox } = inboxOf()
    open(0)
    for (let i = 0; i < 200; i++) {
      setup.put(`k${i}`)
      setup.outbox.segmentWith(setup.outbox.head)
    }
    stream.pump()
    expect(events).toContain('lagged')
    setup.put('last')
    stream.pump()
    deliver(frames, inbox)
    expect(inbox.expected(myId)).toBe(202)
  })

  it('leaves out tables that the peer does not hold, and is confirmed all the same', () => {
    const setup = outboxOf()
    const { stream, frames, open } = streamOf(setup, id => id === table)
    const { inbox, copy } = inboxOf()
    open(0)
    setup.put('mine')
    setup.put('not mine', other)
    setup.put('mine too')
    stream.pump()
    setup.put('again not mine', other)
    stream.pump()
    expect(deliver(frames, inbox)).toBe(4)
    expect([copy.size, valueIn(copy, 'mine'), valueIn(copy, 'mine too')]).toEqual([2, 'v', 'v'])
  })

  it('sends no more than a window beyond what is confirmed', () => {
    const setup = outboxOf()
    const { stream, frames, open } = streamOf(setup)
    open(0)
    for (let i = 0; i < 200; i++) {
      setup.put(`k${i}`, table, 'v'.repeat(100_000))
      stream.pump()
    }
    const sent = frames.reduce((sum, frame) => sum + frame.length, 0)
    expect(sent).toBeGreaterThan(4 * 1024 * 1024)
    expect(sent).toBeLessThan(4.7 * 1024 * 1024)
  })
})

describe('an inbox', () => {
  const opsFrom = (first: number, last: number) => {
    const writer = new BytesWriter()
    writer.f64(first)
    writer.f64(last)
    return new BytesReader(writer.copy())
  }

  it('does not go on over a gap', () => {
    const { inbox } = inboxOf()
    inbox.start(myId, 5, 0)
    expect(inbox.apply(myId, head, opsFrom(5, 7))).toBe(7)
    expect(() => inbox.apply(myId, head, opsFrom(9, 9))).toThrow(/operations 8 to 8 are missing/)
    expect(inbox.apply(myId, head, opsFrom(6, 9))).toBe(9)
    expect(() => inbox.apply('stranger', head, opsFrom(1, 1))).toThrow(/before the start/)
  })

  it('runs what waits for an operation once that is applied, and at once if it is', () => {
    const { inbox } = inboxOf()
    const ran: number[] = []
    inbox.after(myId, 3, () => ran.push(3))
    inbox.start(myId, 1, 0)
    inbox.after(myId, 5, () => ran.push(5))
    inbox.apply(myId, head, opsFrom(1, 2))
    expect(ran).toEqual([])
    inbox.apply(myId, head, opsFrom(3, 4))
    expect(ran).toEqual([3])
    inbox.after(myId, 4, () => ran.push(4))
    inbox.after(myId, 0, () => ran.push(0))
    inbox.start(myId, 20, 0)
    expect(ran).toEqual([3, 4, 0, 5])
  })

  it('passes over tables that this node does not hold, and takes a clear in its place', () => {
    const { inbox, copy } = inboxOf()
    const here = origins()
    const batch = new RowBatch(here)
    batch.add(rowOf('a', { h: 1000, origin: me, value: 'x' }), table)
    batch.add(rowOf('b', { h: 1001, origin: me, value: 'x' }), other)
    const clear = rowOf('c', { h: 1002, origin: me })
    clear.flags = 16
    batch.add(clear, table)
    batch.add(rowOf('d', { h: 1003, origin: me, value: 'y' }), table)
    const writer = new BytesWriter()
    writer.f64(1)
    writer.f64(4)
    batch.writeTo(writer)
    inbox.start(myId, 1, 0)
    inbox.apply(myId, head, new BytesReader(writer.copy()))
    expect([valueIn(copy, 'a'), valueIn(copy, 'd'), copy.size]).toEqual([undefined, 'y', 1])
    expect(frameHeadBytes).toBe(40)
  })
})

describe('acknowledgements (D-14)', () => {
  const holders = (others: string[], copies = others.length + 1) =>
    ({
      others,
      activeOthers: others,
      copies,
      active: new Set(others),
      table: { name: 't' },
    }) as unknown as TableHolders
  const make = () => {
    const world = new World(1)
    return { world, acks: new Acks(world.environment()) }
  }
  const outcome = (promise: Promise<void>) => {
    const state = { value: 'waits' }
    promise.then(
      () => {
        state.value = 'done'
      },
      error => {
        state.value = `${error.code}${error.maybeApplied ? ' maybe' : ''}`
      },
    )
    return state
  }

  it('need as many as the level says, and refuse at once what cannot be had', () => {
    const { acks } = make()
    const three = holders(['b', 'c'])
    expect((['local', 'one', 'majority', 'all'] as const).map(ack => acks.needed(ack, three))).toEqual([
      0, 1, 1, 2,
    ])
    const alone = holders([], 1)
    expect((['local', 'one', 'majority', 'all'] as const).map(ack => acks.needed(ack, alone))).toEqual([
      0, 0, 0, 0,
    ])
    const minority = holders(['b'], 5)
    expect([
      acks.needed('local', minority),
      acks.needed('one', minority),
      acks.needed('all', minority),
    ]).toEqual([0, 1, 1])
    expect(() => acks.needed('majority', minority)).toThrow(
      /needs 2 other live copies of table t, there are 1; nothing was written/,
    )
    expect(() => acks.needed('one', holders([], 3))).toThrow(/nothing was written/)
  })

  it('come when enough nodes have confirmed, in any order', async () => {
    const { world, acks } = make()
    const three = holders(['b', 'c'])
    acks.begin('b', 1)
    acks.begin('c', 1)
    const one = outcome(acks.wait(5, 'one', 1, three, 1000))
    const all = outcome(acks.wait(5, 'all', 2, three, 1000))
    const later = outcome(acks.wait(6, 'one', 1, three, 1000))
    acks.confirm('c', 4)
    await world.run(0)
    expect([one.value, all.value]).toEqual(['waits', 'waits'])
    acks.confirm('c', 5)
    await world.run(0)
    expect([one.value, all.value, later.value]).toEqual(['done', 'waits', 'waits'])
    acks.confirm('b', 9)
    await world.run(0)
    expect([all.value, later.value]).toEqual(['done', 'done'])
  })

  it('do not come from a node whose stream began behind the operation', async () => {
    const { world, acks } = make()
    const two = holders(['b'])
    acks.begin('b', 1)
    const waiting = outcome(acks.wait(5, 'one', 1, two, 1000))
    acks.begin('b', 8)
    acks.confirm('b', 20)
    const next = outcome(acks.wait(9, 'one', 1, two, 1000))
    acks.confirm('b', 21)
    await world.run(10)
    expect([waiting.value, next.value]).toEqual(['waits', 'done'])
    await world.run(1100)
    expect(waiting.value).toBe('ERR_TIMEOUT maybe')
  })

  it('are not awaited from a node that came after the write', async () => {
    const { world, acks } = make()
    acks.begin('b', 1)
    acks.begin('c', 1)
    const all = outcome(acks.wait(5, 'all', 1, holders(['b']), 1000))
    acks.confirm('c', 5)
    await world.run(0)
    expect(all.value).toBe('waits')
    acks.confirm('b', 5)
    await world.run(0)
    expect(all.value).toBe('done')
  })
})

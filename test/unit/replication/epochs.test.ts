import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BytesWriter } from '../../../src/core/bytes.ts'
import { type Epoch, epochOf, isLater, noEpoch } from '../../../src/core/epoch.ts'
import { MnemeshError } from '../../../src/core/errors.ts'
import { writePlain } from '../../../src/core/failure.ts'
import {
  bodyOf,
  frameHeadBytes,
  frameKinds,
  openFrame,
  readHead,
  stampEpoch,
} from '../../../src/core/frame.ts'
import { recordFrames } from '../../../src/replication/schema-transfer.ts'
import { World } from '../../simulation/support/world.ts'
import { body, End, entry, group, idOf, members, recordsAt } from '../../support/epoch-end.ts'

const { epochRequest, epochRecords } = frameKinds

describe('epochs', () => {
  const epoch = fc.record({
    group: fc.constantFrom(1, 2),
    generation: fc.integer({ min: 0, max: 3 }),
    index: fc.integer({ min: 0, max: 3 }),
  })

  it('are ordered by generation, then by index, within a group and not without one', () => {
    fc.assert(
      fc.property(epoch, epoch, epoch, (a, b, c) => {
        expect(isLater(a, b) && isLater(b, a)).toBe(false)
        if (isLater(a, b) && isLater(b, c)) expect(isLater(a, c)).toBe(true)
        if (a.group !== b.group) expect(isLater(a, b)).toBe(false)
        else expect(isLater(a, b) || isLater(b, a)).toBe(a.generation !== b.generation || a.index !== b.index)
      }),
    )
    expect(isLater({ ...noEpoch, index: 5 }, noEpoch)).toBe(false)
    expect(isLater({ group: 1, generation: 2, index: 1 }, { group: 1, generation: 1, index: 9 })).toBe(true)
  })

  it('travel in the head of every frame', () => {
    const writer = new BytesWriter()
    openFrame(writer, frameKinds.ops)
    const frame = writer.copy()
    const sent: Epoch = epochOf('ffffffffff', 2 ** 40, 2 ** 50)
    stampEpoch(frame, sent)
    expect(readHead(frame).epoch).toEqual({ group: 0xffffffff, generation: 0xffffffff, index: 2 ** 50 })
  })

  it('that are no numbers are refused as any other garbage is', () => {
    for (const index of [Number.NaN, Number.POSITIVE_INFINITY, -1, 0.5, 2 ** 60]) {
      const frame = Buffer.alloc(frameHeadBytes)
      frame[0] = frameKinds.ops
      stampEpoch(frame, { group: 1, generation: 1, index })
      expect(() => readHead(frame)).toThrow(/not a valid frame/)
    }
  })
})

describe('an exchange of epochs', () => {
  it('asks when a frame is later, and reads it when the answer is there', async () => {
    const world = new World(1)
    const [early, late] = [new End(world, recordsAt(3, ['x'])), new End(world, recordsAt(9, ['x', 'y']))]
    const [asks, answers] = [early.exchange(), late.exchange()]
    expect(asks.covers(early.log.epoch)).toBe(true)
    expect(asks.covers(late.log.epoch)).toBe(false)
    expect(asks.covers(late.log.epoch)).toBe(false)
    expect(early.sent()).toEqual([epochRequest])
    expect(
      answers.take(
        epochRequest,
        body(() => {}),
      ),
    ).toBe(true)
    const [answer] = late.frames
    expect(asks.take(epochRecords, bodyOf(answer))).toBe(true)
    expect(early.covered).toBe(1)
    expect(asks.covers(late.log.epoch)).toBe(true)
    expect([...early.catalog.tables().keys()]).toEqual(['x', 'y'])
    expect(early.catalog.byId(idOf('y'))?.copies).toEqual(entry('y').copies)
    expect(early.catalog.epoch).toEqual(late.log.epoch)
  })

  it('carries any number of tables', () => {
    const names = Array.from({ length: 700 }, (_, i) => `t${i}`)
    const world = new World(2)
    const early = new End(world, recordsAt(3, []))
    const exchange = early.exchange()
    exchange.covers(epochOf(group, 7, 4))
    const frames = recordFrames(recordsAt(4, names))
    expect(frames.length).toBe(3)
    for (const write of frames) {
      expect(early.covered).toBe(0)
      exchange.take(epochRecords, body(write))
    }
    expect(early.catalog.tables().size).toBe(700)
  })

  it('asks one peer at a time, and another one when that does not answer', async () => {
    const world = new World(3)
    const end = new End(world, recordsAt(3, []))
    const [first, second] = [end.exchange(), end.exchange()]
    first.covers(epochOf(group, 7, 4))
    second.covers(epochOf(group, 7, 5))
    expect(end.frames).toHaveLength(1)
    await world.run(1100)
    expect(end.frames).toHaveLength(2)
    for (const write of recordFrames(recordsAt(5, ['z']))) second.take(epochRecords, body(write))
    await world.run(10)
    expect(end.covered).toBe(2)
    await world.run(5000)
    expect(end.frames).toHaveLength(2)
  })

  it('asks nobody any more when the log has come as far', async () => {
    const world = new World(4)
    const end = new End(world, recordsAt(3, []))
    end.exchange().covers(epochOf(group, 7, 4))
    end.log = recordsAt(6, ['x'])
    end.catalog.changed()
    await world.run(5000)
    expect([end.covered, end.frames.length]).toEqual([1, 1])
  })

  it('is over with its wire: the next peer is asked', async () => {
    const world = new World(5)
    const end = new End(world, recordsAt(3, []))
    const [first, second] = [end.exchange(), end.exchange()]
    first.covers(epochOf(group, 7, 4))
    second.covers(epochOf(group, 7, 4))
    first.close()
    expect(end.frames).toHaveLength(2)
  })

  it('goes on without records when the peer has left the group meanwhile', () => {
    const end = new End(new World(6), recordsAt(3, ['x']))
    const exchange = end.exchange()
    const wanted = epochOf(group, 7, 4)
    exchange.covers(wanted)
    const other = group.replace('0', 'f')
    for (const write of recordFrames(recordsAt(1, [], other))) exchange.take(epochRecords, body(write))
    expect(end.covered).toBe(1)
    expect(exchange.covers(wanted)).toBe(true)
    expect([...end.catalog.tables().keys()]).toEqual(['x'])
  })

  it('ends a wire, and nothing else, that answers with garbage', () => {
    const good = { group, generation: 7, index: 4, members, more: false, tables: [] }
    const bad: unknown[] = [
      'nothing',
      [],
      {},
      { ...good, index: -1 },
      { ...good, index: Number.NaN },
      { ...good, generation: 'x' },
      { ...good, group: 7 },
      { ...good, members: ['x'] },
      { ...good, members: [{}] },
      { ...good, tables: [{}] },
      { ...good, tables: [{ ...entry('x'), definition: {} }] },
      { ...good, tables: [{ ...entry('x'), copies: [['x']] }] },
      { ...good, more: 1 },
      // It had said that it knew more.
      { ...good, index: 3 },
    ]
    for (const fields of bad) {
      const end = new End(new World(7), recordsAt(3, ['x']))
      const exchange = end.exchange()
      exchange.covers(epochOf(group, 7, 4))
      const refused = () =>
        exchange.take(
          epochRecords,
          body(frame => writePlain(frame, fields)),
        )
      expect(refused, JSON.stringify(fields)).toThrow(/not a valid frame/)
      expect([...end.catalog.tables().keys()]).toEqual(['x'])
    }
  })

  it('refuses records that nobody asked for, whatever bytes they are', () => {
    const end = new End(new World(8), recordsAt(3, ['x']))
    const exchange = end.exchange()
    expect(() =>
      exchange.take(
        epochRecords,
        body(() => {}),
      ),
    ).toThrow(/nobody asked/)
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), bytes => {
        exchange.covers(epochOf(group, 7, 4))
        try {
          exchange.take(
            epochRecords,
            body(frame => frame.raw(bytes)),
          )
        } catch (error) {
          if (!MnemeshError.is(error, 'ERR_FRAME_INVALID')) throw error
        }
      }),
    )
  })
})

describe('what a peer has told of the schema', () => {
  it('counts until the log is as far, and never goes back', () => {
    const end = new End(new World(9), recordsAt(3, ['x']))
    end.catalog.adopt(recordsAt(8, ['x', 'y', 'z']))
    end.catalog.adopt(recordsAt(6, ['x', 'y']))
    expect([...end.catalog.tables().keys()]).toEqual(['x', 'y', 'z'])
    end.log = recordsAt(6, ['x', 'y'])
    end.catalog.changed()
    expect([...end.catalog.tables().keys()]).toEqual(['x', 'y', 'z'])
    end.log = recordsAt(9, ['x'])
    end.catalog.changed()
    expect([...end.catalog.tables().keys()]).toEqual(['x'])
    expect(end.catalog.epoch).toEqual(end.log.epoch)
  })

  it('is handed on when the group becomes another one that does not know it', () => {
    const end = new End(new World(10), recordsAt(3, ['x']))
    end.catalog.adopt(recordsAt(8, ['x', 'y']))
    end.log = recordsAt(3, ['x'], group.replace('0', 'f'))
    end.catalog.changed()
    expect([...end.catalog.carried.keys()]).toEqual(['y'])
    expect([...end.catalog.tables().keys()].sort()).toEqual(['x', 'y'])
  })

  // A node that leaves the group of `from` knows `dropped` of it, and joins one that was formed anew from there on.
  function follow(knew: number, isByLog: boolean, from = group): string[] {
    const end = new End(new World(6), recordsAt(isByLog ? knew : 1, isByLog ? ['dropped'] : []))
    end.catalog.changed()
    if (!isByLog) end.catalog.adopt(recordsAt(knew, ['dropped']))
    if (isByLog) end.catalog.carry()
    const origin = { group: from, generation: 7, index: 5 }
    end.log = { ...recordsAt(9, ['kept'], group.replace('0', 'f')), origin }
    end.catalog.changed()
    return [...end.catalog.tables().keys()].sort()
  }

  it.each([
    true,
    false,
  ])('brings back no table that a group formed anew knew to be dropped (D-3, by log: %s)', isByLog => {
    expect(follow(5, isByLog)).toEqual(['kept'])
    // What it cannot have known of stays: so does that of any other group.
    expect(follow(6, isByLog)).toEqual(['dropped', 'kept'])
    expect(follow(5, isByLog, group.replace('1', 'e'))).toEqual(['dropped', 'kept'])
  })
})

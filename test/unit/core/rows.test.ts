import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BytesReader, BytesWriter } from '../../../src/core/bytes.ts'
import { rowFlags } from '../../../src/core/entry.ts'
import { noEpoch } from '../../../src/core/epoch.ts'
import { MnemeshError } from '../../../src/core/errors.ts'
import {
  frameHeadBytes,
  frameKinds,
  frameLimitBytes,
  openFrame,
  readHead,
  sealFrame,
} from '../../../src/core/frame.ts'
import {
  type Operation,
  ownRow,
  readOperation,
  readOutcome,
  readRow,
  writeOperation,
  writeOutcome,
  writeRow,
} from '../../../src/core/operation.ts'
import { RowBatch, RowBlock } from '../../../src/core/rows.ts'
import { Origins } from '../../../src/core/version.ts'
import { rowOf } from '../../support/rows.ts'

const tables = ['00112233445566778899aabbccddeeff', 'ffeeddccbbaa99887766554433221100']
const names = ['a#03od6ni1ono', 'b.example-1:7947#03od6ni5si9', 'c#03od6ni5zsf']

const someRow = fc
  .record({
    key: fc.string({ maxLength: 30 }),
    h: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
    origin: fc.integer({ min: 1, max: 3 }),
    value: fc.uint8Array({ maxLength: 100 }),
    expiresAt: fc.constantFrom(0, 0, 1_800_000_000_000),
    kind: fc.constantFrom('set', 'dead', 'kill'),
    table: fc.constantFrom(...tables),
  })
  .map(({ kind, ...row }) => ({
    table: row.table,
    row: rowOf(row.key, {
      ...row,
      dead: kind === 'dead',
      kill: kind === 'kill',
      ...(kind === 'kill' ? { stamp: row.h } : {}),
    }),
  }))

function origins(order: readonly string[] = names): Origins {
  const made = new Origins()
  for (const name of order) made.indexOf(name)
  return made
}

describe('a block of rows', () => {
  it('comes back row by row, in a process that numbers origins otherwise', () => {
    fc.assert(
      fc.property(fc.array(someRow, { maxLength: 50 }), fc.boolean(), (rows, mixed) => {
        const here = origins()
        const there = origins([...names].reverse())
        const batch = new RowBatch(here)
        for (const { row, table } of rows) batch.add(row, mixed ? table : undefined)
        const writer = new BytesWriter(16)
        writer.u8(7)
        batch.writeTo(writer)
        const reader = new BytesReader(writer.copy(), 1)
        const block = new RowBlock(reader, there)
        expect(reader.left).toBe(0)
        let i = 0
        block.each((row, table) => {
          const sent = rows[i++]
          expect(there.nameOf(row.origin)).toBe(here.nameOf(sent.row.origin))
          expect([row.hash, row.h, row.flags, row.expiresAt, row.stamp]).toEqual([
            sent.row.hash,
            sent.row.h,
            sent.row.flags,
            sent.row.expiresAt,
            sent.row.stamp,
          ])
          const own = ownRow(row)
          expect(own.keyBytes.subarray(0, own.keyLength)).toEqual(sent.row.keyBytes)
          expect(own.valueBytes.subarray(own.valueStart)).toEqual(sent.row.valueBytes)
          if (mixed) expect(block.tables[table]).toBe(sent.table)
        })
        expect(i).toBe(rows.length)
      }),
    )
  })

  it('can be taken back in part while it is made', () => {
    const here = origins()
    const batch = new RowBatch(here)
    batch.add(rowOf('a', { h: 1, value: 'x' }))
    const { count, rowBytes } = batch
    batch.add(rowOf('b', { h: 2, value: 'y'.repeat(1000) }))
    batch.rollback(count, rowBytes)
    batch.add(rowOf('c', { h: 3, value: 'z' }))
    const writer = new BytesWriter()
    batch.writeTo(writer)
    const seen: number[] = []
    new RowBlock(new BytesReader(writer.copy()), here).each(row => seen.push(row.h))
    expect(seen).toEqual([1, 3])
  })

  it('is refused, and nothing else happens, when any of its bytes are not as they must be', () => {
    const here = origins()
    const batch = new RowBatch(here)
    for (let i = 0; i < 5; i++)
      batch.add(rowOf(`key${i}`, { h: i, value: 'v', expiresAt: i % 2 }), tables[i % 2])
    const writer = new BytesWriter()
    batch.writeTo(writer)
    const good = writer.copy()
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), fc.nat(good.length), (at, byte, length) => {
        const bad = Buffer.from(good.subarray(0, length))
        if (at < length) bad[at] = byte
        try {
          new RowBlock(new BytesReader(bad), here).each(row => {
            expect(row.keyStart + row.keyLength + row.valueLength).toBeLessThanOrEqual(bad.length)
          })
        } catch (error) {
          expect(MnemeshError.is(error, 'ERR_FRAME_INVALID')).toBe(true)
        }
      }),
      { numRuns: 3000 },
    )
  })
})

describe('an operation', () => {
  it('comes back as it was sent, and so does its outcome', () => {
    const kind = fc.constantFrom('set', 'delete', 'increment')
    fc.assert(
      fc.property(
        kind,
        fc.uint8Array({ minLength: 1, maxLength: 1025 }),
        fc.uint8Array({ maxLength: 200 }),
        fc.double({ noNaN: true }),
        fc.oneof(fc.integer({ min: 1 }), fc.constantFrom('forever', 'default', 'keep')),
        fc.constantFrom('none', 'absent', '3od@a#03od6ni1ono'),
        fc.constantFrom('local', 'one', 'majority', 'all'),
        (kindOf, key, value, by, lifetime, condition, ack) => {
          const operation = {
            kind: kindOf,
            key: Buffer.from(key),
            value: kindOf === 'set' ? Buffer.from(value) : Buffer.alloc(0),
            by: kindOf === 'increment' ? by : 0,
            lifetime,
            condition,
            ack,
          } as Operation
          const writer = new BytesWriter(4)
          writeOperation(writer, operation)
          expect(readOperation(new BytesReader(writer.copy()))).toEqual(operation)
        },
      ),
    )
    const here = origins()
    for (const row of [undefined, rowOf('k', { h: 5, value: 'v' }), rowOf('k', { h: 6, dead: true })]) {
      const writer = new BytesWriter(4)
      writeOutcome(writer, { applied: true, row }, here)
      const { applied, row: back } = readOutcome(new BytesReader(writer.copy()), here)
      expect([applied, back?.h, back?.flags]).toEqual([true, row?.h, row?.flags])
    }
  })

  it('is refused as garbage without anything else happening', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), bytes => {
        const here = origins()
        for (const read of [
          readOperation,
          (r: BytesReader) => readRow(r, here),
          (r: BytesReader) => readOutcome(r, here),
        ]) {
          try {
            read(new BytesReader(Buffer.from(bytes)))
          } catch (error) {
            expect(MnemeshError.is(error, 'ERR_FRAME_INVALID')).toBe(true)
          }
        }
      }),
      { numRuns: 3000 },
    )
  })

  it('keeps the stamp of a kill apart from its version', () => {
    const here = origins()
    const writer = new BytesWriter()
    writeRow(writer, rowOf('k', { h: 5, kill: true, stamp: 9 }), here)
    const row = readRow(new BytesReader(writer.copy()), here)
    expect([row.h, row.stamp, row.flags & rowFlags.kill]).toEqual([5, 9, rowFlags.kill])
  })
})

describe('a frame', () => {
  it('tells its kind, number and stamp', () => {
    const writer = new BytesWriter()
    openFrame(writer, frameKinds.ops)
    writer.f64(1)
    const frame = sealFrame(writer, 4_000_000_000, 2 ** 52)
    expect(readHead(frame)).toEqual({
      kind: frameKinds.ops,
      version: 1,
      sequence: 4_000_000_000,
      g: 2 ** 52,
      epoch: noEpoch,
      apartSince: 0,
    })
    expect(frame.length).toBe(frameHeadBytes + 8)
  })

  it('is refused when it is short, long, of no known kind, or stamped with nonsense', () => {
    const bad = [
      Buffer.alloc(0),
      Buffer.alloc(39),
      Buffer.alloc(40),
      Buffer.alloc(40, 255),
      Buffer.alloc(frameLimitBytes + 1, 1),
    ]
    for (const frame of bad) expect(() => readHead(frame)).toThrow(/not a valid frame/)
  })
})

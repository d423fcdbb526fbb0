import { describe, expect, it } from 'vitest'
import { SlabMemory } from '../../../src/storage/slab-memory.ts'

const megabyte = 1024 ** 2
const fill = ({ buffer, offset }: { buffer: ArrayBuffer; offset: number }, byte: number) =>
  new Uint8Array(buffer, offset, megabyte).fill(byte)

describe('memory for slabs', () => {
  it('is cut from few buffers, and no two pieces overlap', () => {
    const memory = new SlabMemory()
    const pieces = Array.from({ length: 100 }, () => memory.take(megabyte))
    expect(new Set(pieces.map(({ buffer }) => buffer)).size).toBe(3)
    for (const [i, piece] of pieces.entries()) fill(piece, i)
    for (const [i, { buffer, offset }] of pieces.entries())
      expect(new Set(new Uint8Array(buffer, offset, megabyte))).toEqual(new Set([i]))
  })

  it('that was given back is known, and used first', () => {
    const memory = new SlabMemory()
    const pieces = Array.from({ length: 30 }, () => memory.take(megabyte))
    expect(memory.idleBytes).toBe(0)
    for (const piece of pieces.slice(10, 20)) piece.free()
    expect(memory.idleBytes).toBe(10 * megabyte)
    pieces[10].free()
    expect(memory.idleBytes).toBe(10 * megabyte)
    const large = memory.take(3 * megabyte)
    expect([large.buffer, large.offset]).toEqual([pieces[10].buffer, pieces[10].offset])
    expect(memory.idleBytes).toBe(7 * megabyte)
  })

  it('of which nothing is used any more is used again as long as it is there', () => {
    const memory = new SlabMemory()
    const { buffer, free } = memory.take(megabyte)
    free()
    expect(memory.idleBytes).toBe(megabyte)
    expect(memory.take(megabyte).buffer).toBe(buffer)
    expect(memory.idleBytes).toBe(0)
  })

  it('in small pieces is what the process allocates', () => {
    const memory = new SlabMemory()
    const [a, b] = [memory.take(1024), memory.take(1024)]
    expect([a.buffer.byteLength, a.offset, b.buffer === a.buffer]).toEqual([1024, 0, false])
    a.free()
    expect(memory.idleBytes).toBe(0)
  })
})

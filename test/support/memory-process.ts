import { Row, rowFlags } from '../../src/core/entry.ts'
import { defineOptions } from '../../src/core/schema.ts'
import { Origins } from '../../src/core/version.ts'
import { Copies } from '../../src/storage/copies.ts'
import { slabMemory } from '../../src/storage/slab-memory.ts'
import { TableCopy } from '../../src/storage/table.ts'

/**
 * A process of its own that fills tables with rows of several shapes, deletes and clears, and prints after each step what
 * was accounted and by how much the memory of the process has grown. Needs --expose-gc.
 */
const origins = new Origins()
const self = origins.indexOf('n1#00000000001')
const copies = new Copies()
const row = new Row()
const keyBytes = Buffer.alloc(64)
const valueBytes = Buffer.alloc(1 << 20, 7)
let stamp = 1

function table(name: string): TableCopy {
  const copy = new TableCopy(origins, { id: name, name, definition: defineOptions() }, { low: 1, high: 2 })
  copies.add(copy, 1, true)
  return copy
}

function write(copy: TableCopy, index: number, length: number, fields: Partial<Row> = {}): void {
  row.keyLength = keyBytes.write(`key:${index}`, 'latin1')
  row.keyBytes = keyBytes
  row.hash = copy.hashOf(keyBytes, 0, row.keyLength)
  row.valueBytes = valueBytes
  row.valueLength = length
  row.h = ++stamp
  row.stamp = row.h
  row.origin = self
  row.flags = fields.flags ?? 0
  row.expiresAt = fields.expiresAt ?? 0
  copy.merge(row)
}

function fill(copy: TableCopy, count: number, lengthOf: (index: number) => number, expiresAt = 0): void {
  for (let i = 0; i < count; i++) write(copy, i, lengthOf(i), { expiresAt })
}

function deleteSome(copy: TableCopy, count: number, isGone: (index: number) => boolean): void {
  for (let i = 0; i < count; i++) if (isGone(i)) write(copy, i, 0, { flags: rowFlags.dead })
  copy.raiseFloor(++stamp)
}

const resident = () => process.memoryUsage.rss()

async function settle(): Promise<void> {
  for (const { copy } of copies.all()) while (copy.maintain(1));
  // What V8 has found to be garbage it unmaps on another thread.
  for (let i = 0; i < 3; i++) {
    globalThis.gc?.()
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}

async function report(step: string): Promise<void> {
  await settle()
  const accounted = copies.residentBytes + slabMemory.idleBytes
  console.log(JSON.stringify({ step, accounted, grown: resident() - before, idle: slabMemory.idleBytes }))
}

const [small, medium, uneven, large] = ['small', 'medium', 'uneven', 'large'].map(table)
// What the process itself needs, compiled code above all, is there before anything is measured.
fill(small, 200_000, () => 16)
small.clear(++stamp, self)
await settle()
const before = resident() - slabMemory.idleBytes

fill(small, 1_000_000, () => 16)
fill(medium, 300_000, () => 100, Number.MAX_SAFE_INTEGER)
await report('1,000,000 of 16 bytes, 300,000 of 100 that expire')
fill(uneven, 40_000, i => 1000 + (i % 1000))
await report('40,000 of 1 to 2 kB more')
fill(large, 100, i => 300_000 + i * 7000)
await report('100 of 300 to 1000 kB more')
fill(uneven, 40_000, i => 500 + ((i * 7) % 3000))
await report('40,000 overwritten with other lengths')
deleteSome(small, 1_000_000, i => i % 2 === 0)
await report('half of the small ones deleted and forgotten')
deleteSome(uneven, 40_000, i => i % 4 !== 0)
deleteSome(large, 100, i => i % 2 === 0)
await report('most of the larger ones deleted and forgotten')
medium.clear(++stamp, self)
await report('a table cleared')
fill(medium, 500_000, () => 40)
await report('and filled anew')

import { type BytesReader, BytesWriter } from '../../src/core/bytes.ts'
import { epochOf } from '../../src/core/epoch.ts'
import { bodyOf, frameKinds, openFrame, readHead } from '../../src/core/frame.ts'
import { defineOptions } from '../../src/core/schema.ts'
import {
  Catalog,
  copiesOnMembers,
  noMoment,
  type SchemaRecords,
  type TableEntry,
  tableId,
} from '../../src/replication/catalog.ts'
import { EpochExchange, Epochs } from '../../src/replication/epochs.ts'
import { FrameSender, type FrameStamps } from '../../src/wire/frame-sender.ts'
import type { Wire } from '../../src/wire/wire.ts'
import type { World } from '../simulation/support/world.ts'

export const group = '0123456789abcdef0123456789abcdef'
export const members = ['a#00000000001', 'b#00000000002']

/** The identity of such a table. */
export function idOf(name: string, majority = false): string {
  return tableId('test', { name, generation: 0, definition: defineOptions({ majority }) })
}

/** A table with a copy on `a`, a majority table with one on each member. */
export function entry(name: string, majority = false): TableEntry {
  const definition = defineOptions({ majority })
  const copies = majority
    ? copiesOnMembers(members)
    : new Map([['a', { state: 'active', incarnation: 1, since: noMoment } as const]])
  return { id: idOf(name, majority), name, generation: 0, definition, copies }
}

/** What that group has agreed on at that index. */
export function recordsAt(index: number, names: readonly string[], of = group): SchemaRecords {
  const tables = new Map(names.map(name => [name, entry(name)]))
  return { group: of, epoch: epochOf(of, 7, index), term: 1, origin: undefined, members, tables }
}

/** One node's end of a wire, with what it knows by its own log, and what it sends. */
export class End {
  readonly world: World
  readonly frames: Buffer[] = []
  readonly catalog: Catalog
  readonly epochs: Epochs
  readonly wire: Wire
  readonly stamps: FrameStamps
  readonly sender: FrameSender
  covered = 0
  log: SchemaRecords

  constructor(world: World, log: SchemaRecords) {
    const { timers } = world.environment()
    this.world = world
    this.log = log
    const end = this
    this.catalog = new Catalog(timers, {
      get epoch() {
        return end.log.epoch
      },
      isMember: true,
      records: () => this.log,
      byId: id => [...this.log.tables.values()].find(table => table.id === id),
    })
    this.epochs = new Epochs(timers, { catalog: this.catalog, cluster: 'test' })
    this.wire = { send: frame => this.frames.push(frame) > 0, close() {} }
    this.stamps = {
      g: 1,
      get epoch() {
        return end.catalog.epoch
      },
    }
    this.sender = new FrameSender(timers, this.wire, this.stamps)
  }

  exchange(): EpochExchange {
    return new EpochExchange(this.epochs, this.sender, () => {
      this.covered++
    })
  }

  /** Kinds of the frames sent since the last call. */
  sent(): number[] {
    return this.frames.splice(0).map(frame => readHead(frame).kind)
  }
}

/** A frame's body, to be read. */
export function body(write: (body: BytesWriter) => void): BytesReader {
  const writer = new BytesWriter()
  openFrame(writer, frameKinds.epochRecords)
  write(writer)
  return bodyOf(writer.copy())
}

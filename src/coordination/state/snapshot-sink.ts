import { BytesReader, malformed } from '../../core/bytes.ts'
import { Row } from '../../core/entry.ts'
import type { SnapshotSink } from '../consensus/types.ts'
import { decodeHead, pieces, readSnapshotRow, type StateHead, type StrongRecord } from './snapshot-format.ts'
import type { StrongTable } from './strong-table.ts'

/** A state that was taken in whole: its tables are nobody's yet. */
export interface ReceivedState {
  readonly head: StateHead
  readonly tables: readonly StrongTable[]
}

export interface StateSinkParts {
  /** Makes the head's majority tables, empty. Throws ERR_FRAME_INVALID when it has rows of what is none. */
  readonly createTables: (head: StateHead) => StrongTable[]
  /** Puts the state in the place of what was. */
  readonly adopt: (state: ReceivedState) => void
}

/** Builds another member's state beside the present one. Hashes are made here: the other's seed may be another. */
export class StateSink implements SnapshotSink {
  readonly #parts: StateSinkParts
  readonly #row = new Row()
  #headParts: Buffer[] = []
  #state: ReceivedState | undefined
  #rows = 0
  #isComplete = false

  constructor(parts: StateSinkParts) {
    this.#parts = parts
  }

  chunk(bytes: Buffer): void {
    const reader = new BytesReader(bytes)
    const kind = reader.u8()
    if (this.#isComplete) throw malformed('a piece behind the last')
    if (kind === pieces.head && this.#state === undefined)
      this.#headParts.push(Buffer.from(bytes.subarray(1)))
    else if (kind === pieces.rows) this.#takeRows(reader)
    else if (kind === pieces.end) this.#finish(reader)
    else throw malformed('an unknown piece of a snapshot')
  }

  done(index: number): void {
    const state = this.#state
    if (!this.#isComplete || state === undefined) throw malformed('a snapshot without its end')
    if (state.head.index !== index) throw malformed(`a snapshot of index ${state.head.index}, not ${index}`)
    this.#parts.adopt(state)
    this.close()
  }

  close(): void {
    this.#headParts = []
    this.#state = undefined
    this.#isComplete = true
  }

  #begun(): ReceivedState {
    if (this.#state === undefined) {
      const head = decodeHead(Buffer.concat(this.#headParts))
      this.#headParts = []
      this.#state = { head, tables: this.#parts.createTables(head) }
    }
    return this.#state
  }

  #takeRows(reader: BytesReader): void {
    const { head, tables } = this.#begun()
    const table = tables[reader.u16()]
    if (table === undefined) throw malformed('rows of an unknown table')
    while (reader.left > 0) {
      readSnapshotRow(reader, this.#row)
      if (this.#row.h > head.index) throw malformed('a row of after the snapshot')
      table.load(this.#row)
      this.#rows++
    }
  }

  #finish(reader: BytesReader): void {
    const { head, tables } = this.#begun()
    if (reader.count() !== this.#rows || reader.left > 0) throw malformed('rows are missing')
    tables.forEach((table, number) => {
      if (!isWhole(table, head.strong[number])) throw malformed(`other rows of ${table.entry.name}`)
    })
    this.#isComplete = true
  }
}

function isWhole(table: StrongTable, { size, fingerprint: [low, high] }: StrongRecord): boolean {
  const { fingerprint } = table
  return table.size === size && fingerprint.low >>> 0 === low && fingerprint.high >>> 0 === high
}

import { BytesReader } from '../core/bytes.ts'
import { rowFlags } from '../core/entry.ts'
import type { Epoch } from '../core/epoch.ts'
import { MnemeshError } from '../core/errors.ts'
import type { FrameHead } from '../core/frame.ts'
import { RowBlock } from '../core/rows.ts'
import type { HybridClock, Origins } from '../core/version.ts'
import type { Copies } from '../storage/copies.ts'
import type { Coverage } from './coverage.ts'
import type { Separation } from './separation.ts'

/** The first and the last number of what an `ops` frame brings, before its rows. */
const sequenceBytes = 16

interface Stream {
  /** The next sequence number that this origin owes us. */
  expected: number
  /** Runs once everything before a sequence number has been applied, in the order of the numbers. */
  waiting: { readonly after: number; readonly run: () => void }[]
}

export interface InboxParts {
  readonly copies: Copies
  readonly origins: Origins
  readonly hybrid: HybridClock
  readonly coverage: Coverage
  readonly separation: Pick<Separation, 'isApart' | 'keepsApart'>
}

/** What this node received of each other node's operations, in their order. */
export class Inbox {
  readonly #parts: InboxParts
  readonly #streams = new Map<string, Stream>()

  constructor(parts: InboxParts) {
    this.#parts = parts
  }

  /** Where that process's stream goes on; 0 for one never heard of. */
  expected(memberId: string): number {
    return this.#streams.get(memberId)?.expected ?? 0
  }

  /** The stream begins anew there: what was issued up to `g` reaches this node by repair. */
  start(memberId: string, first: number, g: number): void {
    this.#parts.coverage.begun(memberId, g)
    const stream = this.#streams.get(memberId)
    if (stream === undefined) this.#streams.set(memberId, { expected: first, waiting: [] })
    else if (first > stream.expected) this.#advance(stream, first)
  }

  /**
   * True when the body of an `ops` frame has rows that must wait until its sender, apart from the majority or not, and
   * this node are on one side.
   */
  keepsApart(isApart: boolean, { bytes, at, end }: BytesReader): boolean {
    const { copies, origins, separation } = this.#parts
    if (isApart === separation.isApart || end - at <= sequenceBytes) return false
    const { tables } = new RowBlock(new BytesReader(bytes, at + sequenceBytes, end), origins)
    return tables.some(id => {
      const copy = copies.get(id)?.copy
      return copy !== undefined && separation.keepsApart(copy.definition, isApart)
    })
  }

  /**
   * Applies the body of an `ops` frame; repeated ones are harmless. Returns the sequence number to acknowledge.
   * Throws ERR_UNAVAILABLE for a gap, and for a sender that is not of a table's copy set; ERR_FRAME_INVALID.
   */
  apply(memberId: string, head: Pick<FrameHead, 'g' | 'epoch'>, body: BytesReader): number {
    const stream = this.#streams.get(memberId)
    if (stream === undefined)
      throw new MnemeshError('ERR_FRAME_INVALID', 'operations came before the start of their stream')
    const first = body.count()
    const last = body.count()
    if (first > stream.expected) {
      throw new MnemeshError('ERR_UNAVAILABLE', `operations ${stream.expected} to ${first - 1} are missing`)
    }
    if (body.left > 0) this.#applyRows(memberId, head.epoch, new RowBlock(body, this.#parts.origins))
    if (last + 1 >= stream.expected) this.#parts.coverage.advanced(memberId, head.g)
    if (last + 1 > stream.expected) this.#advance(stream, last + 1)
    return stream.expected - 1
  }

  // Tables that this node does not hold are passed over.
  #applyRows(memberId: string, epoch: Epoch, block: RowBlock): void {
    const { copies, coverage, hybrid } = this.#parts
    const held = block.tables.map(id =>
      coverage.accepts(memberId, id, epoch) ? copies.get(id)?.copy : undefined,
    )
    block.each((row, table) => {
      const copy = held[table]
      hybrid.merge(row.stamp)
      if (copy === undefined) return
      if ((row.flags & rowFlags.clear) !== 0) copy.clear(row.h, row.origin)
      else copy.merge(row)
    })
  }

  /**
   * Runs once this node has applied the process's operations up to `sequence`, at once if it has: so that a caller
   * who wrote before it asks finds its own write.
   */
  after(memberId: string, sequence: number, run: () => void): void {
    const stream = this.#streams.get(memberId)
    if (sequence === 0 || (stream !== undefined && stream.expected > sequence)) {
      run()
      return
    }
    if (stream === undefined) {
      this.#streams.set(memberId, { expected: 0, waiting: [{ after: sequence, run }] })
      return
    }
    stream.waiting.push({ after: sequence, run })
  }

  /** The process is gone for good. */
  forget(memberId: string): void {
    this.#parts.coverage.forget(memberId)
    this.#streams.delete(memberId)
  }

  #advance(stream: Stream, expected: number): void {
    stream.expected = expected
    if (stream.waiting.length === 0) return
    const due = stream.waiting.filter(({ after }) => after < expected)
    stream.waiting = stream.waiting.filter(({ after }) => after >= expected)
    for (const { run } of due) run()
  }
}

import { malformed } from '../../core/bytes.ts'
import type { MemberState } from './member-state.ts'
import type {
  Configuration,
  MemberId,
  SnapshotChunk,
  SnapshotReply,
  SnapshotSink,
  SnapshotSource,
} from './types.ts'

/** Pieces under way that are not confirmed. */
const window = 4

interface Piece {
  readonly sequence: number
  readonly bytes: Buffer
  readonly done: boolean
}

/** A leader brings one member its state, piece by piece, as the member confirms them; lost ones are sent again. */
export class SnapshotTransfer {
  readonly index: number
  readonly #term: number
  readonly #configuration: Configuration
  readonly #source: SnapshotSource
  readonly #state: MemberState
  readonly #to: MemberId
  #unconfirmed: Piece[] = []
  #sequence = 0
  #ended = false
  #movedAt: number

  constructor(state: MemberState, to: MemberId, configuration: Configuration, nowMs: number) {
    this.index = state.applied
    this.#term = state.log.termAt(state.applied) ?? 0
    this.#configuration = configuration
    this.#source = state.machine.snapshot()
    this.#state = state
    this.#to = to
    this.#movedAt = nowMs
  }

  /** Sends as many more pieces as may be under way. */
  pump(round: number): void {
    while (!this.#ended && this.#unconfirmed.length < window) {
      const bytes = this.#source.next(this.#state.options.chunkBytes)
      this.#ended = bytes === undefined
      const piece = { sequence: this.#sequence++, bytes: bytes ?? noBytes, done: this.#ended }
      this.#unconfirmed.push(piece)
      this.#send(piece, round)
    }
  }

  /** False when the member has nothing of it any more: it must begin anew. */
  confirm(reply: SnapshotReply, round: number, nowMs: number): boolean {
    if (reply.index !== this.index) return true
    if (reply.expected === 0 && this.#unconfirmed[0]?.sequence !== 0) return false
    const before = this.#unconfirmed.length
    this.#unconfirmed = this.#unconfirmed.filter(({ sequence }) => sequence >= reply.expected)
    if (this.#unconfirmed.length < before) this.#movedAt = nowMs
    this.pump(round)
    return true
  }

  /** Once nothing moved for a while what is not confirmed is sent again. */
  beat(round: number, nowMs: number): void {
    if (nowMs - this.#movedAt < this.#state.options.heartbeatMs) return
    this.#movedAt = nowMs
    for (const piece of this.#unconfirmed) this.#send(piece, round)
  }

  close(): void {
    this.#source.close()
  }

  #send({ sequence, bytes, done }: Piece, round: number): void {
    this.#state.send(this.#to, {
      type: 'snapshot',
      term: this.#state.term,
      index: this.index,
      indexTerm: this.#term,
      configuration: this.#configuration,
      sequence,
      bytes,
      done,
      round,
    })
  }
}

const noBytes = Buffer.alloc(0)

interface Receiving {
  readonly index: number
  readonly term: number
  readonly from: MemberId
  readonly sink: SnapshotSink
  expected: number
}

/** The other side: takes in a state that replaces this member's own once all of it is here. */
export class SnapshotReceiver {
  readonly #state: MemberState
  #receiving: Receiving | undefined

  constructor(state: MemberState) {
    this.#state = state
  }

  /** True when the state was taken over with this piece. */
  accept(from: MemberId, chunk: SnapshotChunk): boolean {
    const state = this.#state
    if (chunk.index <= state.commit) {
      // This member has all that, by entries: so it says.
      this.abort()
      return true
    }
    const receiving = this.#at(from, chunk)
    if (receiving !== undefined && chunk.sequence === receiving.expected) {
      if (chunk.done) {
        this.#install(chunk, receiving)
        return true
      }
      if (chunk.bytes.length === 0) throw malformed('an empty piece of a state')
      receiving.sink.chunk(chunk.bytes)
      receiving.expected++
    }
    const { index, round } = chunk
    const expected = receiving?.expected ?? 0
    state.send(from, { type: 'snapshotReply', term: state.term, index, expected, round })
    return false
  }

  abort(): void {
    this.#receiving?.sink.close()
    this.#receiving = undefined
  }

  // Only the first piece begins a state: one from the middle of another, older one must not end what is coming in.
  #at(from: MemberId, { index, term, sequence }: SnapshotChunk): Receiving | undefined {
    const known = this.#receiving
    if (known?.index === index && known.term === term && known.from === from) return known
    const isLater = known === undefined || term > known.term || (term === known.term && index > known.index)
    if (sequence > 0 || !isLater) return undefined
    this.abort()
    const receiving = { index, term, from, sink: this.#state.machine.restore(), expected: 0 }
    this.#receiving = receiving
    return receiving
  }

  #install(chunk: SnapshotChunk, receiving: Receiving): void {
    const state = this.#state
    const { index, indexTerm: term, configuration } = chunk
    receiving.sink.done(index)
    this.#receiving = undefined
    state.log.reset({ index, term, configuration })
    state.applied = index
    state.commit = index
  }
}

import { BytesReader, BytesWriter } from '../core/bytes.ts'
import type { Environment } from '../core/environment.ts'
import { frameHeadBytes, frameKinds, openFrame } from '../core/frame.ts'
import { RowBatch, RowBlock } from '../core/rows.ts'
import type { Origins } from '../core/version.ts'
import type { FrameSender } from '../wire/frame-sender.ts'
import type { Outbox, Segment } from './outbox.ts'

/** Bytes on their way to one peer and not acknowledged, at most; one larger segment travels alone. */
const windowBytes = 4 * 1024 * 1024
const heartbeatMs = 100

export interface OperationStreamParts {
  readonly outbox: Outbox
  readonly origins: Origins
  /** True when the peer must have the operations on that table. */
  readonly wants: (tableId: string) => boolean
  /** The stream begins with that operation: nothing earlier will be confirmed. */
  readonly began: (first: number) => void
  /** The peer has applied everything up to that sequence number, from where the stream began. */
  readonly confirmed: (sequence: number) => void
  /** The peer missed operations that are not kept any more: it has to be repaired. */
  readonly lagged: () => void
}

interface InFlight {
  readonly last: number
  readonly bytes: number
  readonly sentAt: number
}

/** This node's operations on their way to one peer, in order, over as many connections as it takes. */
export class OperationStream {
  readonly #env: Environment
  readonly #parts: OperationStreamParts
  readonly #pump = () => this.pump()
  #sender: FrameSender | undefined
  #next: number
  #acknowledged: number
  #inFlight: InFlight[] = []
  #inFlightBytes = 0
  #lastSentAt = 0
  // Everything issued up to there is on its way.
  #sentG = 0

  constructor(env: Environment, parts: OperationStreamParts) {
    this.#env = env
    this.#parts = parts
    this.#next = parts.outbox.head + 1
    this.#acknowledged = parts.outbox.head
    parts.outbox.join(this.#pump)
  }

  /** Sequence number up to which the peer has confirmed. */
  get acknowledged(): number {
    return this.#acknowledged
  }

  /** How far the peer is behind: operations, and ms since the oldest of them was sent. */
  get lag(): { readonly operations: number; readonly ms: number } {
    const operations = this.#parts.outbox.head - this.#acknowledged
    const oldest = this.#inFlight[0]
    const ms = operations === 0 || oldest === undefined ? 0 : this.#env.clock.monotonic() - oldest.sentAt
    return { operations, ms }
  }

  /** A connection stands; `expected` is where the peer says that this stream goes on (0: it knows nothing of it). */
  open(sender: FrameSender, expected: number): void {
    this.#sender = sender
    this.#inFlight = []
    this.#inFlightBytes = 0
    const resumes = expected > 0 && this.#parts.outbox.segmentWith(expected) !== 'gone'
    if (resumes) this.#resume(expected)
    else this.#begin()
    this.pump()
  }

  close(): void {
    this.#sender = undefined
    this.#inFlight = []
    this.#inFlightBytes = 0
  }

  stop(): void {
    this.close()
    this.#parts.outbox.leave(this.#pump)
  }

  /** The peer has applied everything up to `sequence`. */
  acknowledge(sequence: number): void {
    while (this.#inFlight.length > 0 && this.#inFlight[0].last <= sequence) {
      this.#inFlightBytes -= this.#inFlight[0].bytes
      this.#inFlight.shift()
    }
    if (sequence > this.#acknowledged) {
      this.#acknowledged = sequence
      this.#parts.confirmed(sequence)
    }
    this.pump()
  }

  /** Sends what the peer lacks, as far as the wire and the window allow. */
  pump(): void {
    this.#fill(false)
  }

  /** The wire takes more: one segment at least leaves, if there is one, however much else goes the same way. */
  drained(): void {
    this.#fill(true)
  }

  #fill(isDue: boolean): void {
    const sender = this.#sender
    if (sender === undefined) return
    for (let due = isDue; (due || !sender.isFull) && this.#inFlightBytes < windowBytes; due = false) {
      const segment = this.#parts.outbox.segmentWith(this.#next)
      if (segment === undefined) return
      if (segment === 'gone') {
        this.#begin()
        this.#parts.lagged()
        return
      }
      this.#send(sender, segment)
    }
  }

  /** Called often: keeps the stream alive and the peer's view of this node's clock fresh. */
  beat(): void {
    const sender = this.#sender
    const now = this.#env.clock.monotonic()
    if (sender === undefined || now - this.#lastSentAt < heartbeatMs) return
    this.#lastSentAt = now
    const last = this.#next - 1
    const write = (body: BytesWriter) => {
      body.f64(last + 1)
      body.f64(last)
    }
    sender.control(frameKinds.ops, write, this.#promise(last, this.#sentG))
  }

  #resume(expected: number): void {
    this.#next = expected
    this.#sentG = 0
    this.acknowledge(expected - 1)
  }

  // Nothing before is promised: `lagged`, or the repair that follows every connection, brings it.
  #begin(): void {
    const first = this.#parts.outbox.head + 1
    this.#next = first
    this.#acknowledged = first - 1
    this.#parts.began(first)
    const { lastStamp } = this.#parts.outbox
    this.#sentG = lastStamp
    this.#sender?.control(frameKinds.start, body => {
      body.f64(first)
      body.f64(lastStamp)
    })
  }

  // What a frame says of the stream: everything issued up to that stamp has been sent, this frame's included.
  #promise(last: number, g: number): number {
    this.#sentG = this.#parts.outbox.stampAt(last, g)
    return this.#sentG
  }

  #send(sender: FrameSender, segment: Segment): void {
    const last = segment.first + segment.count - 1
    const frame = this.#frameFor(segment)
    this.#lastSentAt = this.#env.clock.monotonic()
    sender.shared(frame, this.#promise(last, segment.g))
    this.#inFlight.push({ last, bytes: frame.length, sentAt: this.#lastSentAt })
    this.#inFlightBytes += frame.length
    this.#next = last + 1
  }

  // As a rule the peer holds every table and gets the frame that all get.
  #frameFor(segment: Segment): Buffer {
    let wanted = 0
    for (const table of segment.tables) if (this.#parts.wants(table)) wanted++
    if (wanted === segment.tables.size) return segment.frame
    const writer = new BytesWriter(256)
    openFrame(writer, frameKinds.ops)
    writer.f64(segment.first)
    writer.f64(segment.first + segment.count - 1)
    if (wanted > 0) this.#filtered(segment).writeTo(writer)
    return writer.copy()
  }

  #filtered(segment: Segment): RowBatch {
    const block = new RowBlock(new BytesReader(segment.frame, frameHeadBytes + 16), this.#parts.origins)
    const batch = new RowBatch(this.#parts.origins)
    const wanted = block.tables.map(table => this.#parts.wants(table))
    block.each((row, table) => {
      if (wanted[table]) batch.add(row, block.tables[table])
    })
    return batch
  }
}

import { BytesWriter } from '../core/bytes.ts'
import type { Timers } from '../core/environment.ts'
import { type Epoch, noEpoch } from '../core/epoch.ts'
import {
  type FrameKind,
  frameHeadBytes,
  frameKinds,
  openFrame,
  sealFrame,
  stampApart,
  stampEpoch,
  stampFrame,
} from '../core/frame.ts'
import type { Wire } from './wire.ts'

/** What the head of each frame says of its sender when it is sent. */
export interface FrameStamps {
  readonly g: number
  readonly epoch: Epoch
  /** True while the sender is apart from the majority of its group. */
  readonly isApart?: boolean
}

/** Of a sender that has neither a clock nor a schema to tell of. */
export const noStamps: FrameStamps = { g: 0, epoch: noEpoch }

const itemsTargetBytes = 256 * 1024

/**
 * The sending half of a wire: numbers its frames and gathers the items of one turn of the event loop (calls,
 * replies, pushes) in one frame. Frames leave in the order in which they were begun.
 */
export class FrameSender {
  readonly #timers: Timers
  readonly #wire: Wire
  readonly #stamps: FrameStamps
  readonly #items = new BytesWriter(4096)
  readonly #control = new BytesWriter(256)
  #itemAt = 0
  #lastId = 0
  #sentId = 0
  #sequence = 0
  #scheduled = false
  #closed = false
  #full = false

  constructor(timers: Timers, wire: Wire, stamps: FrameStamps) {
    this.#timers = timers
    this.#wire = wire
    this.#stamps = stamps
  }

  /** True while the wire wants nothing more; what is sent all the same is kept in memory. */
  get isFull(): boolean {
    return this.#full
  }

  /** The highest id of an item that was handed to the wire. */
  get sentId(): number {
    return this.#sentId
  }

  /** The wire takes more. */
  drained(): void {
    this.#full = false
  }

  /** Begins an item; write its payload, then call `endItem` in the same turn. */
  beginItem(kind: number, id: number): BytesWriter {
    const items = this.#items
    if (items.length === 0) openFrame(items, frameKinds.items)
    items.u8(kind)
    items.u32(id)
    this.#itemAt = items.reserve(4)
    // A cancellation names an earlier item.
    if (id > this.#lastId) this.#lastId = id
    return items
  }

  /** Takes back the item begun last: writing it failed. */
  abortItem(): void {
    this.#items.length = this.#itemAt - 5
  }

  endItem(): void {
    const items = this.#items
    items.putU32(this.#itemAt, items.length - this.#itemAt - 4)
    if (items.length > itemsTargetBytes) this.flush()
    else this.#schedule()
  }

  /** Sends a frame of another kind behind everything begun before it. */
  control(kind: FrameKind, write?: (body: BytesWriter) => void, g = this.#stamps.g): void {
    this.flush()
    openFrame(this.#control, kind)
    write?.(this.#control)
    this.#send(sealFrame(this.#control, this.#next(), g))
  }

  /** Sends a frame whose bytes are shared with other wires; head and all, it must not change afterwards. */
  shared(frame: Buffer, g: number): void {
    this.flush()
    // The head differs from wire to wire; grpc-js serializes later, so the bytes cannot be stamped in place.
    const own = Buffer.allocUnsafe(frame.length)
    frame.copy(own)
    stampFrame(own, this.#next(), g)
    this.#send(own)
  }

  /** Sends the items gathered so far. */
  flush(): void {
    if (this.#items.length <= frameHeadBytes || this.#closed) return
    const frame = sealFrame(this.#items, this.#next(), this.#stamps.g)
    this.#items.reset()
    this.#sentId = this.#lastId
    this.#send(frame)
  }

  /** Nothing is sent any more; unsent items are dropped. */
  close(): void {
    this.#closed = true
  }

  #next(): number {
    this.#sequence = (this.#sequence + 1) >>> 0
    return this.#sequence
  }

  #send(frame: Buffer): void {
    if (this.#closed) return
    stampEpoch(frame, this.#stamps.epoch)
    stampApart(frame, this.#stamps.isApart === true)
    if (!this.#wire.send(frame)) this.#full = true
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    this.#timers.soon(() => {
      this.#scheduled = false
      this.flush()
    })
  }
}

import { BytesWriter } from '../core/bytes.ts'
import type { Timers } from '../core/environment.ts'
import { type Epoch, noEpoch } from '../core/epoch.ts'
import { MnemeshError } from '../core/errors.ts'
import {
  type FrameKind,
  frameHeadBytes,
  frameKinds,
  openFrame,
  sealFrame,
  stampEpoch,
  stampFrame,
} from '../core/frame.ts'
import { KeptItems, retractFrom } from './kept-items.ts'
import type { Wire } from './wire.ts'

/** What the head of each frame says of its sender when it is sent. */
export interface FrameStamps {
  readonly g: number
  readonly epoch: Epoch
  /** Stamp from which on the sender writes apart from the majority of its group; 0 or absent while it does not. */
  readonly apartSince?: number
}

/** Of a sender that has neither a clock nor a schema to tell of. */
export const noStamps: FrameStamps = { g: 0, epoch: noEpoch }

const itemsTargetBytes = 256 * 1024
/** Whoever leaves so much unread is cut off: it has to ask again, and this process needs its memory. */
const maxKeptBytes = 64 * 1024 * 1024

/**
 * The sending half of a wire: numbers its frames and gathers the items of one turn of the event loop (calls,
 * replies, pushes) in one frame. Items leave in the order in which they were begun, and wait here while the wire is
 * full. Frames of other kinds (acknowledgements, heartbeats, watermarks) never wait behind them: of items, no more
 * than the wire itself holds leaves first.
 */
export class FrameSender {
  readonly #timers: Timers
  readonly #wire: Wire
  readonly #stamps: FrameStamps
  readonly #items = new BytesWriter(4096)
  readonly #control = new BytesWriter(256)
  readonly #kept = new KeptItems()
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

  /** True while the wire wants nothing more: items wait, and other frames that can should. */
  get isFull(): boolean {
    return this.#full
  }

  /** The highest id of an item that was handed to the wire. */
  get sentId(): number {
    return this.#sentId
  }

  /** The wire takes more: items first, one frame at least, whatever else fills the wire then. */
  drained(): void {
    this.#full = false
    while (!this.#full && this.#sendItems()) {}
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
    if (items.length <= itemsTargetBytes) this.#schedule()
    else if (this.#full) this.#keep()
    else this.flush()
  }

  /** True when the call with that id had not left: it never will. */
  retract(id: number): boolean {
    if (id <= this.#sentId) return false
    return this.#kept.retract(id) || retractFrom(this.#items.bytes, this.#items.length, id)
  }

  /** Sends a frame of another kind: at once, and behind the items begun before it where the wire takes those. */
  control(kind: FrameKind, write?: (body: BytesWriter) => void, g = this.#stamps.g): void {
    if (!this.#full) this.flush()
    openFrame(this.#control, kind)
    write?.(this.#control)
    this.#send(sealFrame(this.#control, this.#next(), g))
  }

  /** Sends a frame whose bytes are shared with other wires; head and all, it must not change afterwards. */
  shared(frame: Buffer, g: number): void {
    if (!this.#full) this.flush()
    // The head differs from wire to wire; grpc-js serializes later, so the bytes cannot be stamped in place.
    const own = Buffer.allocUnsafe(frame.length)
    frame.copy(own)
    stampFrame(own, this.#next(), g)
    this.#send(own)
  }

  /** Sends all items that wait, whether or not the wire wants them: it is about to be closed. */
  flush(): void {
    while (this.#sendItems()) {}
  }

  /** Nothing is sent any more; unsent items are dropped. */
  close(): void {
    this.#closed = true
  }

  // The oldest that wait; false when there are none.
  #sendItems(): boolean {
    if (this.#closed) return false
    const kept = this.#kept.take()
    if (kept === undefined && this.#items.length <= frameHeadBytes) return false
    const frame = kept?.frame ?? this.#items.copy()
    if (kept === undefined) this.#items.reset()
    this.#sentId = kept?.lastId ?? this.#lastId
    stampFrame(frame, this.#next(), this.#stamps.g)
    this.#send(frame)
    return true
  }

  #keep(): void {
    this.#kept.add({ frame: this.#items.copy(), lastId: this.#lastId })
    this.#items.reset()
    if (this.#closed || this.#kept.bytes <= maxKeptBytes) return
    const text = `the other side left ${maxKeptBytes / 2 ** 20} MiB of answers unread; read faster, or ask for less`
    this.#wire.close(new MnemeshError('ERR_OVERLOADED', text))
  }

  #next(): number {
    this.#sequence = (this.#sequence + 1) >>> 0
    return this.#sequence
  }

  #send(frame: Buffer): void {
    if (this.#closed) return
    stampEpoch(frame, this.#stamps.epoch, this.#stamps.apartSince)
    if (!this.#wire.send(frame)) this.#full = true
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    this.#timers.soon(() => {
      this.#scheduled = false
      if (!this.#full) this.flush()
    })
  }
}

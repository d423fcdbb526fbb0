import { BytesReader } from '../core/bytes.ts'
import { type FrameHead, frameKinds } from '../core/frame.ts'
import { overloaded } from '../core/overload.ts'
import type { FrameSender } from '../wire/frame-sender.ts'
import type { EpochExchange } from './epochs.ts'
import type { Inbox } from './inbox.ts'

/** More than a peer sends before it is confirmed: its window and one frame. */
const maxHeldBytes = 8 * 1024 * 1024
const retryAfterMs = 200

interface Held {
  readonly head: FrameHead
  readonly bytes: Buffer
}

/**
 * The stream of one peer's operations as this node reads it: in order, and not before this node's schema is as late
 * as the one under which they were sent.
 */
export class OperationIntake {
  readonly #inbox: Inbox
  readonly #sender: FrameSender
  readonly #member: string
  readonly #exchange: EpochExchange
  #held: Held[] = []
  #heldBytes = 0

  constructor(
    parts: { readonly inbox: Inbox; readonly sender: FrameSender; readonly exchange: EpochExchange },
    member: string,
  ) {
    this.#inbox = parts.inbox
    this.#sender = parts.sender
    this.#exchange = parts.exchange
    this.#member = member
  }

  /** Takes a `start` or `ops` frame. Throws what the inbox throws, and ERR_OVERLOADED for more than a peer may send. */
  take(head: FrameHead, body: BytesReader): void {
    if (this.#held.length === 0 && this.#exchange.covers(head.epoch)) this.#read(head, body)
    else this.#hold(head, body)
  }

  /** Reads what was held, as far as it can be read now. */
  resume(): void {
    const held = this.#held
    let read = 0
    for (; read < held.length && this.#exchange.covers(held[read].head.epoch); read++) {
      const { head, bytes } = held[read]
      this.#heldBytes -= bytes.length
      this.#read(head, new BytesReader(bytes))
    }
    this.#held = held.slice(read)
  }

  #read(head: FrameHead, body: BytesReader): void {
    if (head.kind === frameKinds.start) {
      this.#inbox.start(this.#member, body.count(), body.count())
      return
    }
    const acknowledged = this.#inbox.apply(this.#member, head, body)
    this.#sender.control(frameKinds.ack, ack => ack.f64(acknowledged))
  }

  #hold(head: FrameHead, body: BytesReader): void {
    const bytes = Buffer.from(body.bytes.subarray(body.at, body.end))
    this.#held.push({ head, bytes })
    this.#heldBytes += bytes.length
    if (this.#heldBytes > maxHeldBytes)
      throw overloaded('more operations came than wait for a schema at a time', retryAfterMs)
  }
}

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
 * The stream of one peer's operations as this node reads it: in order, not before this node's schema is as late as the
 * one under which they were sent, and what is kept apart not before both are on one side of a split.
 */
export class OperationIntake {
  readonly #inbox: Inbox
  readonly #sender: FrameSender
  readonly #member: string
  readonly #exchange: EpochExchange
  #held: Held[] = []
  #heldBytes = 0
  // What the peer said last, and whether what is held waits for more than the schema it was sent under.
  #latest: FrameHead | undefined
  #isApart = false

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
    this.#latest = head
    if (this.#held.length === 0 && this.#isReadable(head, body)) this.#read(head, body)
    else {
      this.#hold(head, body)
      if (this.#isApart) this.resume()
    }
  }

  /** Reads what was held, as far as it can be read now. */
  resume(): void {
    const held = this.#held
    let read = 0
    for (; read < held.length; read++) {
      const { head, bytes } = held[read]
      if (!this.#isReadable(head, new BytesReader(bytes))) break
      this.#heldBytes -= bytes.length
      this.#read(head, new BytesReader(bytes))
    }
    this.#held = held.slice(read)
    if (this.#held.length === 0) this.#isApart = false
  }

  #isReadable(head: FrameHead, body: BytesReader): boolean {
    const latest = this.#latest ?? head
    // Whether the sender is still of the copy set shows the schema by which it has caught up.
    if (!this.#exchange.covers(this.#isApart ? latest.epoch : head.epoch)) return false
    const isApart = head.kind === frameKinds.ops && this.#inbox.keepsApart(latest.apartSince !== 0, body)
    this.#isApart ||= isApart
    return !isApart
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

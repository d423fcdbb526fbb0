import type { BytesReader, BytesWriter } from '../core/bytes.ts'
import { MnemeshError, toMnemeshError } from '../core/errors.ts'
import { writeError } from '../core/failure.ts'
import { itemKinds } from '../core/frame.ts'
import type { FrameSender } from './frame-sender.ts'

/** One call to answer. The body is valid until `handle` returns; the answer may come later. */
export class Incoming {
  readonly kind: number
  readonly body: BytesReader
  readonly #id: number
  readonly #answerer: Answerer

  constructor(kind: number, id: number, body: BytesReader, answerer: Answerer) {
    this.kind = kind
    this.body = body
    this.#id = id
    this.#answerer = answerer
  }

  reply(write?: (body: BytesWriter) => void): void {
    this.#answerer.answer(itemKinds.reply, this.#id, write)
  }

  fail(error: unknown): void {
    this.#answerer.answer(itemKinds.failure, this.#id, body =>
      writeError(body, forOthers(toMnemeshError(error))),
    )
  }

  /** Sends to the caller's subscription, in order with all replies on this wire. */
  push(write: (body: BytesWriter) => void): void {
    this.#answerer.answer(itemKinds.push, this.#id, write)
  }

  /** Runs when the caller unsubscribes or the wire closes. */
  onCancel(run: () => void): void {
    this.#answerer.onCancel(this.#id, run)
  }
}

// Closed is what a process is to itself; who asks from elsewhere may ask another one, if nothing was done.
function forOthers(error: MnemeshError): MnemeshError {
  if (error.code !== 'ERR_CLOSED' || error.maybeApplied) return error
  return new MnemeshError('ERR_UNAVAILABLE', `the node that was asked is closing: ${error.message}`)
}

/** The answering half of a wire. */
export class Answerer {
  readonly #sender: FrameSender
  readonly #handle: (call: Incoming) => void
  readonly #cancels = new Map<number, () => void>()
  #closed = false

  constructor(sender: FrameSender, handle: (call: Incoming) => void) {
    this.#sender = sender
    this.#handle = handle
  }

  /** Takes one item that arrived. Whatever goes wrong inside becomes the answer. */
  item(kind: number, id: number, payload: BytesReader): void {
    if (kind === itemKinds.cancel) {
      this.#cancel(id)
      return
    }
    if (kind !== itemKinds.call) throw new MnemeshError('ERR_FRAME_INVALID', 'an item that is no call')
    const call = new Incoming(payload.u8(), id, payload, this)
    try {
      this.#handle(call)
    } catch (error) {
      call.fail(error)
    }
  }

  answer(kind: number, id: number, write?: (body: BytesWriter) => void): void {
    if (this.#closed) return
    const body = this.#sender.beginItem(kind, id)
    try {
      write?.(body)
    } catch (error) {
      this.#sender.abortItem()
      throw error
    }
    this.#sender.endItem()
  }

  onCancel(id: number, run: () => void): void {
    if (this.#closed) run()
    else this.#cancels.set(id, run)
  }

  close(): void {
    this.#closed = true
    for (const id of [...this.#cancels.keys()]) this.#cancel(id)
  }

  #cancel(id: number): void {
    const run = this.#cancels.get(id)
    this.#cancels.delete(id)
    run?.()
  }
}

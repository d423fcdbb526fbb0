import type { BytesReader, BytesWriter } from '../core/bytes.ts'
import { BytesReader as Reader } from '../core/bytes.ts'
import type { Cancel, Environment } from '../core/environment.ts'
import { MnemeshError } from '../core/errors.ts'
import { readError } from '../core/failure.ts'
import { itemKinds } from '../core/frame.ts'
import { overloaded, retryAfterOf } from '../core/overload.ts'
import type { FrameSender } from './frame-sender.ts'

const tickMs = 25
/** When to ask again on a connection that is full: an answer has come by then, as a rule. */
const fullHintMs = 50
const neverLeft =
  'the connection took so little that this call had not left before its deadline; nothing was done'

/** How long a call may take, and what it means if it does. */
export interface Call {
  /** On the monotonic clock, ms. */
  readonly deadline: number
  readonly signal?: AbortSignal | undefined
  /** Set where the call changes something: a call without an answer has an unknown outcome. */
  readonly mutates?: boolean
  /** Set where it goes on with what earlier calls began: it is not held back, or their work would be lost. */
  readonly continues?: boolean
}

interface Pending {
  readonly call: Call
  readonly read: (reply: BytesReader) => unknown
  readonly resolve: (value: never) => void
  readonly reject: (error: unknown) => void
  readonly onAbort: (() => void) | undefined
}

/** Says which calls may leave, by what became of those before. */
export interface Gate {
  /** False while everything may leave: then nothing is counted. */
  readonly isActive: boolean
  /** Why this call stays, if it must. */
  refusal(): MnemeshError | undefined
  /** The other side took a call, whatever became of it. */
  accepted(): void
  /** The other side refused one with ERR_OVERLOADED. */
  refused(retryAfterMs: number): void
}

export interface CallerOptions {
  /** At most so many calls are in flight; one more is refused with ERR_OVERLOADED. */
  readonly limit: number
  readonly gate?: Gate
}

/** Receives the pushes of one subscription, in order with the replies on the same wire. */
export type PushListener = (push: BytesReader) => void

/**
 * The calling half of a wire: many calls at once, told apart by their ids. Calls of one turn of the event loop
 * travel in one frame. One timer watches all deadlines.
 */
export class Caller {
  readonly #env: Environment
  readonly #sender: FrameSender
  readonly #limit: number
  readonly #gate: Gate | undefined
  readonly #pending = new Map<number, Pending>()
  readonly #listeners = new Map<number, { push: PushListener; ended: (error: MnemeshError) => void }>()
  #lastId = 0
  #ticking: Cancel | undefined
  #closed: MnemeshError | undefined

  constructor(env: Environment, sender: FrameSender, { limit, gate }: CallerOptions) {
    this.#env = env
    this.#sender = sender
    this.#limit = limit
    this.#gate = gate
  }

  get inFlight(): number {
    return this.#pending.size
  }

  /** Calls that have left so far. */
  get calls(): number {
    return this.#lastId
  }

  /** `write` puts the arguments, `read` takes the answer; both run synchronously. */
  call<T>(
    kind: number,
    write: (body: BytesWriter) => void,
    read: (reply: BytesReader) => T,
    call: Call,
  ): Promise<T> {
    const refusal = this.#refusal(call)
    if (refusal !== undefined) return Promise.reject(refusal)
    const id = this.#nextId()
    const body = this.#sender.beginItem(itemKinds.call, id)
    body.u8(kind)
    try {
      write(body)
    } catch (error) {
      this.#sender.abortItem()
      return Promise.reject(error)
    }
    this.#sender.endItem()
    this.#tick()
    return new Promise<T>((resolve, reject) => {
      const onAbort = call.signal === undefined ? undefined : () => this.#abort(id)
      this.#pending.set(id, { call, read, resolve, reject, onAbort })
      if (onAbort !== undefined) call.signal?.addEventListener('abort', onAbort)
    })
  }

  /**
   * A call whose answer is followed by pushes until `unsubscribe`. `push` is in place before the answer; `ended` is
   * called when the wire closes. A call that fails is no subscription; one that was given up is cancelled, so that the
   * other side keeps nothing for it that it has ready later.
   */
  subscribe<T>(
    kind: number,
    write: (body: BytesWriter) => void,
    read: (reply: BytesReader) => T,
    call: Call,
    push: PushListener,
    ended: (error: MnemeshError) => void,
  ): { readonly id: number; readonly answer: Promise<T> } {
    const id = this.#lastId + 1
    const answer = this.call(kind, write, read, call)
    if (this.#pending.has(id)) {
      this.#listeners.set(id, { push, ended })
      answer.catch(() => this.unsubscribe(id))
    }
    return { id, answer }
  }

  unsubscribe(id: number): void {
    if (!this.#listeners.delete(id) || this.#closed !== undefined) return
    this.#sender.beginItem(itemKinds.cancel, id)
    this.#sender.endItem()
  }

  /** Takes one item that arrived. The reader holds its payload and nothing else. */
  item(kind: number, id: number, payload: BytesReader): void {
    if (kind === itemKinds.push) {
      this.#listeners.get(id)?.push(payload)
      return
    }
    const pending = this.#take(id)
    // The call was given up meanwhile.
    if (pending === undefined) return
    if (kind === itemKinds.failure) {
      const error = readError(payload)
      if (error.code === 'ERR_OVERLOADED') this.#gate?.refused(retryAfterOf(error) ?? fullHintMs)
      else this.#accepted(pending.call)
      pending.reject(error)
      return
    }
    this.#accepted(pending.call)
    try {
      pending.resolve(pending.read(payload) as never)
    } catch (error) {
      pending.reject(error)
    }
  }

  /** Ends every call: with ERR_UNKNOWN_OUTCOME where it changes something and has left, else with the error. */
  close(error: MnemeshError): void {
    if (this.#closed !== undefined) return
    this.#closed = error
    this.#ticking?.()
    const listeners = [...this.#listeners.values()]
    this.#listeners.clear()
    for (const { ended } of listeners) ended(error)
    for (const id of [...this.#pending.keys()]) {
      const pending = this.#take(id)
      const left = id <= this.#sender.sentId
      pending?.reject(left && pending.call.mutates === true ? unknownOutcome(error) : error)
    }
  }

  // One that goes on with others was not counted when it left.
  #accepted(call: Call): void {
    if (this.#gate?.isActive && call.continues !== true) this.#gate.accepted()
  }

  // A signal may outlive thousands of calls, so each call takes its listener away.
  #take(id: number): Pending | undefined {
    const pending = this.#pending.get(id)
    if (pending === undefined) return undefined
    this.#pending.delete(id)
    if (pending.onAbort !== undefined) pending.call.signal?.removeEventListener('abort', pending.onAbort)
    return pending
  }

  #refusal(call: Call): MnemeshError | undefined {
    if (this.#closed !== undefined) return this.#closed
    if (call.signal?.aborted) return aborted(call, false)
    if (this.#pending.size < this.#limit)
      return this.#gate?.isActive && call.continues !== true ? this.#gate.refusal() : undefined
    return overloaded(`${this.#limit} calls are in flight on this connection; wait for some`, fullHintMs)
  }

  #nextId(): number {
    this.#lastId = (this.#lastId + 1) >>> 0
    return this.#lastId
  }

  #abort(id: number): void {
    const pending = this.#take(id)
    pending?.reject(aborted(pending.call, !this.#sender.retract(id)))
  }

  #tick(): void {
    this.#ticking ??= this.#env.timers.every(tickMs, () => this.#expire())
  }

  #expire(): void {
    if (this.#pending.size === 0) {
      this.#ticking?.()
      this.#ticking = undefined
      return
    }
    const now = this.#env.clock.monotonic()
    for (const [id, { call, reject }] of this.#pending) {
      if (call.deadline > now) continue
      this.#take(id)
      if (this.#sender.retract(id)) reject(overloaded(neverLeft, fullHintMs))
      else {
        const maybeApplied = call.mutates === true
        reject(new MnemeshError('ERR_TIMEOUT', 'no answer came before the deadline', { maybeApplied }))
      }
    }
  }
}

/** Calls `visit` for each item of an `items` frame. */
export function eachItem(
  body: BytesReader,
  visit: (kind: number, id: number, payload: BytesReader) => void,
): void {
  while (body.left > 0) {
    const kind = body.u8()
    const id = body.u32()
    const size = body.windowLength()
    const at = body.skip(size)
    visit(kind, id, new Reader(body.bytes, at, at + size))
  }
}

function aborted(call: Call, left: boolean): MnemeshError {
  const maybeApplied = left && call.mutates === true
  return new MnemeshError('ERR_ABORTED', 'the call was aborted', { cause: call.signal?.reason, maybeApplied })
}

function unknownOutcome(cause: MnemeshError): MnemeshError {
  return new MnemeshError(
    'ERR_UNKNOWN_OUTCOME',
    'the connection was lost before the answer came: the write may or may not have happened',
    { cause, maybeApplied: true },
  )
}

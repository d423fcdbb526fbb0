import { BytesReader, BytesWriter } from '../core/bytes.ts'
import type { Clock } from '../core/environment.ts'
import { writeError } from '../core/failure.ts'
import { itemKinds } from '../core/frame.ts'
import type { Admission, Precedence, Rank, Waited, Work } from './admission.ts'
import type { Answerer } from './answerer.ts'

/** What is known of a call before it is read, mostly by its kind. */
export interface ItemRules {
  readonly precedence: (kind: number, call: CallBytes) => Precedence
  /** True for calls that wait for other nodes before they are answered. */
  readonly waits: (kind: number) => boolean
  /** Where in a call of that kind its time limit stands (ms, 32 bits, from its beginning); undefined where none does. */
  readonly limitAt: (kind: number) => number | undefined
}

/** A call as it lies in its frame: its kind is the first byte. */
export interface CallBytes {
  readonly bytes: Buffer
  readonly at: number
  readonly size: number
}

export interface ItemWorkParts {
  readonly clock: Clock
  readonly admission: Admission
  readonly answerer: Answerer
  readonly rules: ItemRules
  /** Of all calls on the wire; `mixed`: those that are refused last have come further than the others. */
  readonly rank: Rank | 'mixed'
  /** Runs what handles items: whatever it throws ends the wire. */
  readonly guard: (run: () => void) => void
  /** True when the wire is closed: nobody waits for answers. */
  readonly isClosed: () => boolean
  /** True while the wire wants no more answers. */
  readonly isBlocked: () => boolean
}

/** Looked at the clock after so many calls. */
const callsPerLook = 16

/** The items of one frame, handled as far as a turn allows; each call that has waited too long is refused. */
export class ItemWork implements Work {
  readonly rank: Rank
  readonly #parts: ItemWorkParts
  #body: BytesReader
  #bytes: number
  #refusal: Buffer | undefined
  #refused = 0

  /** The body is lent until `keep`. */
  constructor(
    parts: ItemWorkParts,
    body: BytesReader,
    rank: Rank = parts.rank === 'mixed' ? 'new' : parts.rank,
  ) {
    this.#parts = parts
    this.#body = body
    this.rank = rank
    this.#bytes = body.left
  }

  get bytes(): number {
    return this.#bytes
  }

  get from(): object {
    return this.#parts
  }

  get isBlocked(): boolean {
    return !this.#parts.isClosed() && this.#parts.isBlocked()
  }

  keep(): Work | undefined {
    const { guard, rank } = this.#parts
    const further: Buffer[] = []
    const rest: Buffer[] = []
    const whole = this.#body.bytes.subarray(this.#body.at, this.#body.end)
    if (rank === 'mixed') guard(() => this.#sort(further, rest))
    this.#body = new BytesReader(further.length === 0 ? Buffer.from(whole) : Buffer.concat(rest))
    this.#bytes = this.#body.left
    if (further.length === 0) return undefined
    return new ItemWork(this.#parts, new BytesReader(Buffer.concat(further)), 'further')
  }

  #sort(further: Buffer[], rest: Buffer[]): void {
    const { bytes, at: start, end } = this.#body
    const body = new BytesReader(bytes, start, end)
    while (body.left > 0) {
      const from = body.at
      const kind = body.u8()
      body.u32()
      const size = body.windowLength()
      const at = body.skip(size)
      const isFurther = kind === itemKinds.call && this.#precedence(at, size) === 'last'
      ;(isFurther ? further : rest).push(bytes.subarray(from, body.at))
    }
  }

  #precedence(at: number, size: number): Precedence {
    const { bytes } = this.#body
    return size === 0 ? 'never' : this.#parts.rules.precedence(bytes[at], { bytes, at, size })
  }

  run(until: number, waited: Waited): boolean {
    const { guard, isClosed, admission } = this.#parts
    let done = true
    this.#refused = 0
    guard(() => {
      done = isClosed() || this.#items(until, waited)
    })
    this.#refusal = undefined
    admission.refusals.note(this.#refused)
    return done
  }

  #items(until: number, waited: Waited): boolean {
    const body = this.#body
    const { answerer, clock, isBlocked } = this.#parts
    for (let n = 1; body.left > 0; n++) {
      if (n % callsPerLook === 0 && clock.monotonic() >= until) return false
      if (waited.sheds === 'none' && isBlocked()) return false
      const kind = body.u8()
      const id = body.u32()
      const size = body.windowLength()
      const at = body.skip(size)
      if (kind === itemKinds.call && this.#mustGo(at, size, waited)) this.#refuse(id, waited)
      else answerer.item(kind, id, new BytesReader(body.bytes, at, at + size))
    }
    return true
  }

  // What is handled at once has no age, and as a rule there is room.
  #mustGo(at: number, size: number, waited: Waited): boolean {
    const { admission, rules } = this.#parts
    if (waited.ms === 0 && waited.sheds === 'none' && !admission.isFull) return false
    const { bytes } = this.#body
    const precedence = this.#precedence(at, size)
    if (precedence === 'never') return false
    if (waited.sheds === 'last' || waited.sheds === precedence) return true
    if (admission.isFull && rules.waits(bytes[at])) return true
    // Whoever asked has given up.
    const limitAt = rules.limitAt(bytes[at])
    return limitAt !== undefined && size >= limitAt + 4 && bytes.readUInt32LE(at + limitAt) <= waited.ms
  }

  // Written once for all calls of the frame: refusing has to cost next to nothing.
  #refuse(id: number, waited: Waited): void {
    const { admission, answerer } = this.#parts
    this.#refused++
    this.#refusal ??= encoded(admission, waited.ms)
    const refusal = this.#refusal
    answerer.answer(itemKinds.failure, id, body => body.raw(refusal))
  }
}

function encoded(admission: Admission, waitedMs: number): Buffer {
  const writer = new BytesWriter(256)
  writeError(writer, admission.refusal(waitedMs))
  return writer.copy()
}

import { frameHeadBytes, itemKinds } from '../core/frame.ts'

/** A frame of items without its sequence number, and the highest id of a call in it or before it. */
export interface Kept {
  readonly frame: Buffer
  readonly lastId: number
}

/** Frames of items that wait until their wire takes more, the oldest first. */
export class KeptItems {
  readonly #frames: Kept[] = []
  #bytes = 0

  get bytes(): number {
    return this.#bytes
  }

  add(kept: Kept): void {
    this.#frames.push(kept)
    this.#bytes += kept.frame.length
  }

  take(): Kept | undefined {
    const kept = this.#frames.shift()
    if (kept !== undefined) this.#bytes -= kept.frame.length
    return kept
  }

  /** True when the call was among them; nobody is asked it any more. */
  retract(id: number): boolean {
    const kept = this.#frames.find(({ lastId }) => id <= lastId)
    return kept !== undefined && retractFrom(kept.frame, kept.frame.length, id)
  }
}

const itemHeadBytes = 9

/**
 * Takes the call with that id out of a frame of items that ends at `end`; false when it is not there. Its bytes stay and
 * become a cancellation of a call that was never made, which whoever answers passes over.
 */
export function retractFrom(frame: Buffer, end: number, id: number): boolean {
  let at = frameHeadBytes
  while (at < end) {
    if (frame[at] === itemKinds.call && frame.readUInt32LE(at + 1) === id) {
      frame[at] = itemKinds.cancel
      return true
    }
    at += itemHeadBytes + frame.readUInt32LE(at + 5)
  }
  return false
}

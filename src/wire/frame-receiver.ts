import { MnemeshError } from '../core/errors.ts'
import { type FrameHead, protocolVersion, readHead } from '../core/frame.ts'

/**
 * The receiving half of a wire: what holds for every frame, whatever its kind. Streams are ordered by their
 * transport; a frame that is missing or out of order all the same means that the stream cannot be trusted any more.
 */
export class FrameReceiver {
  #sequence = 0

  /** The frame's head; undefined for a repeated frame. Throws ERR_FRAME_INVALID, ERR_VERSION_SKEW. */
  accept(frame: Buffer): FrameHead | undefined {
    const head = readHead(frame)
    if (head.version !== protocolVersion) {
      throw new MnemeshError(
        'ERR_VERSION_SKEW',
        `the other side speaks protocol ${head.version}, this one ${protocolVersion}; upgrade the older one`,
      )
    }
    if (head.sequence === this.#sequence) return undefined
    if (head.sequence !== (this.#sequence + 1) >>> 0) {
      if (head.sequence < this.#sequence) return undefined
      throw new MnemeshError(
        'ERR_UNAVAILABLE',
        `frames ${this.#sequence + 1} to ${head.sequence - 1} are missing`,
      )
    }
    this.#sequence = head.sequence
    return head
  }
}

/** New entries have to earn their place once so many others have come after them: this part of all. */
const windowShare = 0.01
const capacity = 4096

/** Hashes of what was written, in order: whose turn it is to be compared with what is there already. */
export class Newcomers {
  readonly #hashes = new Uint32Array(capacity)
  #from = 0
  #count = 0

  add(hash: number): void {
    this.#hashes[(this.#from + this.#count) % capacity] = hash
    // Of too many the oldest are let in.
    if (this.#count === capacity) this.#from = (this.#from + 1) % capacity
    else this.#count++
  }

  /** There is room for `entries` and more: those that are beyond the window have their place. */
  settle(entries: number): void {
    while (this.next(entries) !== undefined);
  }

  /** The oldest one, once there are more than the window is long; `entries` are there in all. */
  next(entries: number): number | undefined {
    if (this.#count <= Math.min(capacity / 2, Math.floor(entries * windowShare))) return undefined
    const hash = this.#hashes[this.#from]
    this.#from = (this.#from + 1) % capacity
    this.#count--
    return hash
  }
}

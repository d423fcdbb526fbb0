const capacity = 1024

/** Hashes of keys that were read: the first ones since they were taken last. Lossy, and nothing is allocated. */
export class Touches {
  readonly #hashes = new Uint32Array(capacity)
  #count = 0

  note(hash: number): void {
    if (this.#count < capacity) this.#hashes[this.#count++] = hash
  }

  /** A view, good until the next `note`. */
  take(): Uint32Array {
    const taken = this.#hashes.subarray(0, this.#count)
    this.#count = 0
    return taken
  }
}

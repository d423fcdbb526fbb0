const rows = 4
const multipliers = [0x9e3779b1, 0x85ebca6b, 0xc2b2ae35, 0x27d4eb2f]
const greatest = 15
/** After so many uses per counter all counts are halved, so that what was popular once is forgotten. */
const usesPerCounter = 10

/**
 * How often keys were used lately, about: a count-min sketch with counts of 4 bits, halved again and again (TinyLFU:
 * Einziger, Friedman, Manes, ACM ToS 2017). Never less than it was, up to 15.
 */
export class FrequencySketch {
  readonly #counts: Uint32Array
  readonly #shift: number
  readonly #limit: number
  #uses = 0

  /** For about that many keys. */
  constructor(keys: number) {
    const bits = Math.max(8, Math.ceil(Math.log2(Math.max(1, keys))) + 1)
    this.#shift = 32 - bits
    this.#limit = usesPerCounter * 2 ** bits
    this.#counts = new Uint32Array((rows * 2 ** bits) / 8)
  }

  add(hash: number): void {
    const counts = this.#counts
    for (let row = 0; row < rows; row++) {
      const at = this.#at(hash, row)
      const shift = (at & 7) * 4
      if (((counts[at >>> 3] >>> shift) & greatest) < greatest) counts[at >>> 3] += 1 << shift
    }
    if (++this.#uses >= this.#limit) this.#age()
  }

  estimate(hash: number): number {
    let least = greatest
    for (let row = 0; row < rows; row++) {
      const at = this.#at(hash, row)
      least = Math.min(least, (this.#counts[at >>> 3] >>> ((at & 7) * 4)) & greatest)
    }
    return least
  }

  #at(hash: number, row: number): number {
    const mixed = Math.imul(hash ^ (hash >>> 15), multipliers[row])
    return (row << (32 - this.#shift)) + ((mixed ^ (mixed >>> 13)) >>> this.#shift)
  }

  #age(): void {
    this.#uses = Math.floor(this.#uses / 2)
    for (let i = 0; i < this.#counts.length; i++) this.#counts[i] = (this.#counts[i] >>> 1) & 0x77777777
  }
}

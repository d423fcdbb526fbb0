import { type Arena, slabShift, unitMask } from './arena.ts'
import { hasKey } from './record.ts'

const leastBits = 3

/**
 * One partition of a table: an open-addressed hash table with linear probing over records in an arena. A slot is
 * two words, the row's hash and its record's address (0: empty). A row's home is given by the leading bits of its
 * hash behind the partition's 8, so slots stand roughly in the order of hashes: a scan can stop anywhere and go on
 * from a hash, whatever was inserted, removed or moved by growth in between.
 */
export class HashStore {
  readonly #arena: Arena
  #slots: Uint32Array | undefined
  #bits = leastBits
  #count = 0

  constructor(arena: Arena) {
    this.#arena = arena
  }

  get count(): number {
    return this.#count
  }

  get indexBytes(): number {
    return this.#slots === undefined ? 0 : this.#slots.byteLength
  }

  /** Address of the record with that key, or 0. */
  find(hash: number, key: Uint8Array, start: number, length: number): number {
    const slots = this.#slots
    if (slots === undefined) return 0
    const mask = (1 << this.#bits) - 1
    const { slabs } = this.#arena
    for (let slot = (hash << 8) >>> (32 - this.#bits); ; slot = (slot + 1) & mask) {
      const address = slots[slot * 2 + 1]
      if (address === 0) return 0
      if (slots[slot * 2] !== hash) continue
      if (hasKey(slabs[address >>> slabShift], address & unitMask, key, start, length)) return address
    }
  }

  /** Address of a record whose key has that hash, or 0. */
  findHash(hash: number): number {
    const slots = this.#slots
    if (slots === undefined) return 0
    const mask = (1 << this.#bits) - 1
    for (let slot = (hash << 8) >>> (32 - this.#bits); ; slot = (slot + 1) & mask) {
      const address = slots[slot * 2 + 1]
      if (address === 0 || slots[slot * 2] === hash) return address
    }
  }

  /**
   * Calls `visit` with the address of one record after another, from a place that the number says on, until it returns
   * false. `visit` must not change this store.
   */
  walk(place: number, visit: (address: number) => boolean): void {
    const slots = this.#slots
    if (slots === undefined) return
    const mask = (1 << this.#bits) - 1
    for (let step = 0; step <= mask; step++) {
      const address = slots[((place + step) & mask) * 2 + 1]
      if (address !== 0 && !visit(address)) return
    }
  }

  /** Adds a record whose key is not in. */
  insert(hash: number, address: number): void {
    if (this.#slots === undefined) this.#slots = new Uint32Array(2 << this.#bits)
    else if ((this.#count + 1) * 4 > 3 << this.#bits) this.#resize(this.#bits + 1)
    place(this.#slots, this.#bits, hash, address)
    this.#count++
  }

  /** The record at address `from` is now the one at `to`: moved, or written anew under the same key. */
  replace(hash: number, from: number, to: number): void {
    if (this.#slots === undefined) return
    this.#slots[this.#slotOf(this.#slots, hash, from) * 2 + 1] = to
  }

  remove(hash: number, address: number): void {
    const slots = this.#slots
    if (slots === undefined) return
    const mask = (1 << this.#bits) - 1
    let hole = this.#slotOf(slots, hash, address)
    // Rows behind the hole that do not stand in their home move up, so that no probe ends too early.
    for (let slot = (hole + 1) & mask; slots[slot * 2 + 1] !== 0; slot = (slot + 1) & mask) {
      const home = (slots[slot * 2] << 8) >>> (32 - this.#bits)
      if (((slot - home) & mask) < ((slot - hole) & mask)) continue
      slots[hole * 2] = slots[slot * 2]
      slots[hole * 2 + 1] = slots[slot * 2 + 1]
      hole = slot
    }
    slots[hole * 2 + 1] = 0
    this.#count--
    if (this.#bits > leastBits && this.#count * 8 < 1 << this.#bits) this.#resize(this.#bits - 1)
  }

  /**
   * Calls `visit` with the address of every row whose hash, without the partition's 8 bits, is in [from, to).
   * `visit` must not change this store.
   */
  eachInRange(from: number, to: number, visit: (address: number) => void): void {
    const slots = this.#slots
    if (slots === undefined || from >= to) return
    const mask = (1 << this.#bits) - 1
    const first = from >>> (24 - this.#bits)
    const homes = ((to - 1) >>> (24 - this.#bits)) - first
    for (let step = 0; step <= mask; step++) {
      const slot = (first + step) & mask
      const address = slots[slot * 2 + 1]
      if (address === 0) {
        if (step > homes) return
        continue
      }
      const place = slots[slot * 2] & 0xffffff
      if (place >= from && place < to) visit(address)
    }
  }

  #slotOf(slots: Uint32Array, hash: number, address: number): number {
    const mask = (1 << this.#bits) - 1
    let slot = (hash << 8) >>> (32 - this.#bits)
    while (slots[slot * 2 + 1] !== address) slot = (slot + 1) & mask
    return slot
  }

  #resize(bits: number): void {
    const old = this.#slots
    const slots = new Uint32Array(2 << bits)
    if (old !== undefined) {
      for (let at = 0; at < old.length; at += 2) {
        if (old[at + 1] !== 0) place(slots, bits, old[at], old[at + 1])
      }
    }
    this.#slots = slots
    this.#bits = bits
  }
}

function place(slots: Uint32Array, bits: number, hash: number, address: number): void {
  const mask = (1 << bits) - 1
  let slot = (hash << 8) >>> (32 - bits)
  while (slots[slot * 2 + 1] !== 0) slot = (slot + 1) & mask
  slots[slot * 2] = hash
  slots[slot * 2 + 1] = address
}

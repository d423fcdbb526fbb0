import { Row } from '../core/entry.ts'
import { type ScanCursor, scanEnd } from '../core/partition.ts'
import type { Partitions } from './partitions.ts'

/** Takes a row over into the present partitions; false for one that was cleared. Its bytes are windows on the retired. */
export type Keep = (row: Row) => boolean

/** Rows of before a clear or a change of seed, moved over in small steps; what the clear killed stays behind. */
export class Retired {
  readonly #row = new Row()
  #all: { readonly partitions: Partitions; cursor: ScanCursor }[] = []

  get isEmpty(): boolean {
    return this.#all.length === 0
  }

  get residentBytes(): number {
    return this.#all.reduce((sum, { partitions }) => sum + partitions.residentBytes, 0)
  }

  add(partitions: Partitions): void {
    this.#all.push({ partitions, cursor: 0 })
  }

  /** None of them is wanted any more. */
  dispose(): void {
    for (const { partitions } of this.#all.splice(0)) partitions.dispose()
  }

  /** Moves the row with that key, whose first `hashed` bytes its hash is of. False when there is none to keep. */
  recall(key: Buffer, window: { start: number; length: number; hashed: number }, keep: Keep): boolean {
    const { start, length, hashed } = window
    for (const { partitions } of this.#all) {
      const address = partitions.find(partitions.hashOf(key, start, hashed), key, start, length)
      // What a clear killed stays there, and hides nothing that came between that clear and the next.
      if (address !== 0 && this.#move(partitions, address, keep)) return true
    }
    return false
  }

  /** Moves all rows that have the hash of that key. */
  recallWith(key: Buffer, length: number, keep: Keep): void {
    for (const { partitions } of this.#all) {
      const addresses: number[] = []
      partitions.eachWith(partitions.hashOf(key, 0, length), address => addresses.push(address))
      for (const address of addresses) this.#move(partitions, address, keep)
    }
  }

  /** Moves a few hundred rows. */
  recallSlice(keep: Keep): void {
    const oldest = this.#all[0]
    const addresses: number[] = []
    oldest.cursor = oldest.partitions.slice(oldest.cursor, address => addresses.push(address))
    for (const address of addresses) this.#move(oldest.partitions, address, keep)
    if (oldest.cursor === scanEnd) this.#all.shift()?.partitions.dispose()
  }

  #move(partitions: Partitions, address: number, keep: Keep): boolean {
    partitions.read(address, this.#row)
    const { hash } = this.#row
    if (!keep(this.#row)) return false
    partitions.remove(hash, address)
    return true
  }
}

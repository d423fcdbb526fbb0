import { sameBytes } from '../../core/bytes.ts'

interface Keyed {
  readonly table: string
  readonly key: Buffer
}

/** Up to so many are compared one after the other, which takes less than making a name of each. */
const few = 8

/** One item for each key of each table, in the order in which the keys came first. */
export class ByKey<T extends Keyed> {
  readonly #items: T[] = []
  // Where each stands; undefined while they are few.
  #places: Map<string, number> | undefined

  get items(): readonly T[] {
    return this.#items
  }

  get size(): number {
    return this.#items.length
  }

  get(table: string, key: Buffer): T | undefined {
    const place = this.#placeOf(table, key)
    return place < 0 ? undefined : this.#items[place]
  }

  /** Takes the place of the one with the same key. */
  set(item: T): void {
    const place = this.#placeOf(item.table, item.key)
    if (place >= 0) this.#items[place] = item
    else this.add(item)
  }

  /** One whose key is not there. */
  add(item: T): void {
    const items = this.#items
    this.#places?.set(nameOf(item.table, item.key), items.length)
    items.push(item)
    if (this.#places !== undefined || items.length <= few) return
    this.#places = new Map(items.map(({ table, key }, place) => [nameOf(table, key), place]))
  }

  #placeOf(table: string, key: Buffer): number {
    if (this.#places !== undefined) return this.#places.get(nameOf(table, key)) ?? -1
    const items = this.#items
    for (let i = 0; i < items.length; i++)
      if (items[i].table === table && sameBytes(items[i].key, key)) return i
    return -1
  }
}

/** A key of one table among those of all. */
export function nameOf(table: string, key: Buffer): string {
  return `${table}\0${key.toString('latin1')}`
}

import type { TableCopy } from './table.ts'

/** The copies that this node holds. */
export class Copies {
  readonly #byId = new Map<string, TableCopy>()

  get(id: string): TableCopy | undefined {
    return this.#byId.get(id)
  }

  add(copy: TableCopy): void {
    this.#byId.set(copy.id, copy)
  }

  remove(id: string): void {
    this.#byId.delete(id)
  }

  all(): IterableIterator<TableCopy> {
    return this.#byId.values()
  }
}

/** What became of one table that another group had, which gave way to this one, and how far its rows have come (D-5). */
export interface Arrival {
  /** The group that had them. */
  readonly from: string
  readonly table: string
  /** The table that they go to. */
  readonly id: string
  /** Of a majority table: rows up to this key are here, in hex; '' for none. */
  readonly after: string
  /** `refused`: the table has rows of its own. Of a default table, whose members bring them, `done` is the decision. */
  readonly state: 'open' | 'done' | 'refused'
}

const kept = 256

/** What became of tables of groups that gave way: the last ones, so that none of them comes twice. */
export class Arrivals {
  #all: readonly Arrival[] = []

  find(from: string, table: string): Arrival | undefined {
    return this.#all.find(arrival => arrival.from === from && arrival.table === table)
  }

  /** True while rows are on their way to that table. */
  isOpen(id: string): boolean {
    return this.#all.some(arrival => arrival.id === id && arrival.state === 'open')
  }

  /** True when that table came from a group that gave way, or came in the place of an empty one for it. */
  isClaimed(id: string): boolean {
    return this.#all.some(arrival => arrival.id === id && arrival.state !== 'refused')
  }

  put(arrival: Arrival): void {
    const others = this.#all.filter(({ from, table }) => from !== arrival.from || table !== arrival.table)
    const over = others.length + 1 - kept
    // What is under way is not forgotten for what is done.
    const isOld = (each: Arrival, at: number) => at < over && each.state !== 'open'
    this.#all = [...others.filter((each, at) => !isOld(each, at)), arrival]
  }

  all(): readonly Arrival[] {
    return this.#all
  }

  restore(arrivals: readonly Arrival[]): void {
    this.#all = arrivals
  }
}

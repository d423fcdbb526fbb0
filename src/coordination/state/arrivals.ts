/** How far the rows of one majority table have come that another group had, which gave way to this one (D-5). */
export interface Arrival {
  /** The group that had them. */
  readonly from: string
  readonly table: string
  /** The table that they go to. */
  readonly id: string
  /** Rows up to this key are here, in hex; '' for none. */
  readonly after: string
  /** `refused`: the table has rows of its own. */
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

  put(arrival: Arrival): void {
    const others = this.#all.filter(({ from, table }) => from !== arrival.from || table !== arrival.table)
    this.#all = [...others, arrival].slice(-kept)
  }

  all(): readonly Arrival[] {
    return this.#all
  }

  restore(arrivals: readonly Arrival[]): void {
    this.#all = arrivals
  }
}

import type { Row } from '../core/entry.ts'
import { partitionOfKey } from './state/fingerprint.ts'
import type { StrongState } from './state/strong-state.ts'
import { isThere, type StrongTable } from './state/strong-table.ts'
import type { MajorityTable } from './strong.ts'

/** A majority table by the group's clock. */
export class MajorityView implements MajorityTable {
  readonly #table: StrongTable
  readonly #state: StrongState

  constructor(table: StrongTable, state: StrongState) {
    this.#table = table
    this.#state = state
  }

  get entry() {
    return this.#table.entry
  }

  get copy() {
    return this.#table.copy
  }

  find(key: Buffer, into: Row): boolean {
    return this.#table.find(key, into) && isThere(into, this.#state.clock)
  }

  versionOf(key: Buffer): number {
    return this.#table.versionOf(key, this.#state.clock)
  }

  changedAt(partition: number | undefined): number {
    return this.#table.changedAt(partition)
  }

  partitionOf(key: Buffer): number {
    return partitionOfKey(key)
  }
}

import { invariant } from '../../core/invariant.ts'
import type { Configuration, LogEntry } from './types.ts'

const entryOverheadBytes = 120

/** Bytes that an entry takes in memory and on the wire, roughly. */
export function sizeOf({ payload }: LogEntry): number {
  return payload.length + entryOverheadBytes
}

/** What stands before the first entry that is kept: the state there is in the state machine. */
export interface LogBase {
  readonly index: number
  readonly term: number
  readonly configuration: Configuration | undefined
}

/** The entries that a member keeps, and in which configuration it is by them. */
export class Log {
  #base: LogBase = { index: 0, term: 0, configuration: undefined }
  #entries: LogEntry[] = []
  // Indexes of the entries that change the configuration, rising.
  #changes: number[] = []
  #bytes = 0
  #undecidedBytes = 0

  get base(): LogBase {
    return this.#base
  }

  get lastIndex(): number {
    return this.#base.index + this.#entries.length
  }

  get lastTerm(): number {
    return this.#entries.at(-1)?.term ?? this.#base.term
  }

  /** The leader's clock at the last entry; 0 when none is kept. */
  get lastAtMs(): number {
    return this.#entries.at(-1)?.atMs ?? 0
  }

  /** Entries kept. */
  get length(): number {
    return this.#entries.length
  }

  /** Bytes that the kept entries take, roughly. */
  get bytes(): number {
    return this.#bytes
  }

  /** Of those, bytes of entries that are not decided. */
  get undecidedBytes(): number {
    return this.#undecidedBytes
  }

  /** The configuration of the last entry that has one, committed or not (Raft section 6). */
  get configuration(): Configuration | undefined {
    return this.configurationAt(this.lastIndex)
  }

  /** Where the present configuration was written. */
  get configurationIndex(): number {
    return this.#changes.at(-1) ?? this.#base.index
  }

  configurationAt(index: number): Configuration | undefined {
    for (let i = this.#changes.length - 1; i >= 0; i--) {
      if (this.#changes[i] <= index) return this.at(this.#changes[i]).configuration
    }
    return this.#base.configuration
  }

  /** The entry at that index, which must be kept. */
  at(index: number): LogEntry {
    return this.#entries[index - this.#base.index - 1]
  }

  /** The term of the entry at that index; undefined when it is not known here. */
  termAt(index: number): number | undefined {
    if (index === this.#base.index) return this.#base.term
    return index < this.#base.index ? undefined : this.at(index)?.term
  }

  append(entry: LogEntry): number {
    this.#entries.push(entry)
    this.#bytes += sizeOf(entry)
    this.#undecidedBytes += sizeOf(entry)
    if (entry.configuration !== undefined) this.#changes.push(this.lastIndex)
    return this.lastIndex
  }

  /** The entry at that index, which is decided now; they come in order, each once. */
  decide(index: number): LogEntry {
    const entry = this.at(index)
    this.#undecidedBytes -= sizeOf(entry)
    return entry
  }

  /** Entries from that index on, so many at most, and of so many bytes unless the first alone is larger. */
  slice(from: number, maxEntries: number, maxBytes: number): LogEntry[] {
    const out: LogEntry[] = []
    let bytes = 0
    const first = from - this.#base.index - 1
    for (let i = first; i < this.#entries.length && out.length < maxEntries; i++) {
      const entry = this.#entries[i]
      bytes += sizeOf(entry)
      if (bytes > maxBytes && out.length > 0) break
      out.push(entry)
    }
    return out
  }

  /** Drops that entry and all behind it. */
  truncateFrom(index: number): void {
    invariant(index > this.#base.index, `entry ${index} is cut off but was committed`)
    const dropped = this.#entries.splice(index - this.#base.index - 1)
    for (const entry of dropped) {
      this.#bytes -= sizeOf(entry)
      this.#undecidedBytes -= sizeOf(entry)
    }
    while (this.configurationIndex >= index && this.#changes.length > 0) this.#changes.pop()
  }

  /** Forgets the entries up to that index, which the state machine has applied. */
  compactTo(index: number): void {
    if (index <= this.#base.index) return
    const base = {
      index,
      term: this.termAt(index) ?? 0,
      configuration: this.configurationAt(index),
    }
    const dropped = this.#entries.splice(0, index - this.#base.index)
    for (const entry of dropped) this.#bytes -= sizeOf(entry)
    this.#changes = this.#changes.filter(change => change > index)
    this.#base = base
  }

  /** Begins anew behind a state that came from another member. Entries behind it stay where they fit. */
  reset(base: LogBase): void {
    if (base.index <= this.lastIndex && this.termAt(base.index) === base.term) {
      this.compactTo(base.index)
      this.#undecidedBytes = this.#bytes
      return
    }
    this.#entries = []
    this.#changes = []
    this.#bytes = 0
    this.#undecidedBytes = 0
    this.#base = base
  }
}

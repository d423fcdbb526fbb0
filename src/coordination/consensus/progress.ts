import type { SnapshotTransfer } from './snapshot-transfer.ts'
import type { MemberId } from './types.ts'

/** How far a leader has brought one other member. */
export interface Progress {
  /** The next entry to send. */
  next: number
  /** The logs are equal up to here. */
  match: number
  /** Where the logs part is not known: one message at a time, until one fits. */
  isProbing: boolean
  /** A probe is under way. */
  isAsked: boolean
  /** When it last answered, monotonic ms. */
  answeredAt: number
  /** The last round of messages that it answered. */
  round: number
  /** Messages with entries that are not answered yet. */
  readonly inFlight: InFlight
  /** What it was last told to be decided. */
  toldCommit: number
  /** It lacks entries that are not kept: it is being sent the state. */
  transfer: SnapshotTransfer | undefined
}

/** Messages that one member owes answers to, in the order in which they were sent. */
export class InFlight {
  // Of each: the index of its last entry, and its bytes.
  readonly #indexes: number[] = []
  readonly #sizes: number[] = []
  #bytes = 0

  get messages(): number {
    return this.#indexes.length
  }

  get bytes(): number {
    return this.#bytes
  }

  sent(lastIndex: number, bytes: number): void {
    this.#indexes.push(lastIndex)
    this.#sizes.push(bytes)
    this.#bytes += bytes
  }

  /** Everything up to that index is answered. */
  answered(index: number): void {
    while (this.#indexes.length > 0 && this.#indexes[0] <= index) {
      this.#indexes.shift()
      this.#bytes -= this.#sizes.shift() ?? 0
    }
  }

  clear(): void {
    this.#indexes.length = 0
    this.#sizes.length = 0
    this.#bytes = 0
  }
}

/** A leader's view of all the others. */
export class ProgressTable {
  readonly #byMember = new Map<MemberId, Progress>()

  get(member: MemberId): Progress | undefined {
    return this.#byMember.get(member)
  }

  all(): IterableIterator<[MemberId, Progress]> {
    return this.#byMember.entries()
  }

  /** Keeps those of the present members, and begins with new ones at that entry. */
  follow(members: readonly MemberId[], next: number, nowMs: number): void {
    for (const [member, progress] of this.#byMember) {
      if (members.includes(member)) continue
      progress.transfer?.close()
      this.#byMember.delete(member)
    }
    for (const member of members) {
      if (this.#byMember.has(member)) continue
      this.#byMember.set(member, {
        next,
        match: 0,
        isProbing: true,
        isAsked: false,
        answeredAt: nowMs,
        round: 0,
        inFlight: new InFlight(),
        toldCommit: 0,
        transfer: undefined,
      })
    }
  }

  clear(): void {
    for (const { transfer } of this.#byMember.values()) transfer?.close()
    this.#byMember.clear()
  }
}

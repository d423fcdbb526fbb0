import { MnemeshError } from '../../core/errors.ts'
import type { Origin } from '../../replication/catalog.ts'
import type { Command, GroupCommand } from './commands.ts'

/** Another group that is being taken in. */
export interface Absorption {
  readonly loser: string
  /** From then on, Unix ms by the group's clock, it counts as failed. */
  readonly untilMs: number
}

export interface GroupRecord {
  /** Random, for as long as the group lives; '' before it is founded. */
  readonly id: string
  /** Higher than that of every group before it: its bootstrap wall time in seconds, at least. */
  readonly generation: number
  /** Formed while others may be there that it has not heard of: it promises nothing that theirs could contradict. */
  readonly provisional: boolean
  /** Nodes of which more than half must be members before it is confirmed. */
  readonly awaited: readonly string[]
  /** So many seeds were configured where it was founded: more than half must count for it, whoever leads then (D-4). */
  readonly seeds: number
  /** The group that it was formed anew from (S18); undefined for one that was founded. */
  readonly origin: Origin | undefined
  readonly absorbing: Absorption | undefined
  readonly dissolvedInto: string | undefined
}

const always: ReadonlySet<Command['kind']> = new Set(['tick', 'stateHash', 'dissolve', 'found'])
const confirmedOnly: ReadonlySet<Command['kind']> = new Set([
  'transaction',
  'acquire',
  'grant',
  'clear',
  'bring',
])

/** A group before its first command. */
export const unfounded: GroupRecord = {
  ...{ id: '', generation: 0, provisional: false, awaited: [], seeds: 0 },
  ...{ origin: undefined, absorbing: undefined, dissolvedInto: undefined },
}

/** What has become of the group itself. */
export class GroupFacts {
  #facts = unfounded

  get record(): GroupRecord {
    return this.#facts
  }

  restore(record: GroupRecord): void {
    this.#facts = record
  }

  /**
   * Throws ERR_NO_QUORUM for what a provisional group cannot promise, ERR_NOT_READY for anything in a group that has
   * dissolved: the other one would not know of it.
   */
  admit(kind: Command['kind']): void {
    const { dissolvedInto, provisional } = this.#facts
    if (dissolvedInto !== undefined && !always.has(kind))
      throw new MnemeshError('ERR_NOT_READY', `the group has dissolved into ${dissolvedInto}`)
    if (provisional && confirmedOnly.has(kind))
      throw new MnemeshError(
        'ERR_NO_QUORUM',
        "the group was formed without hearing of every seed and is not confirmed yet; start the others, or run 'mnemesh recover --accept' if they have no group of their own",
      )
  }

  /** Tokens of that generation are known to somebody: those granted from now on stand above them (D-11). */
  rise(seen: number): void {
    const { generation } = this.#facts
    if (seen > generation) this.#facts = { ...this.#facts, generation: seen + 1 }
  }

  /** Throws ERR_CONFLICT for a second merge while one is under way. */
  run(command: GroupCommand, clock: number): void {
    const facts = this.#facts
    const busy =
      facts.absorbing !== undefined && clock < facts.absorbing.untilMs ? facts.absorbing : undefined
    switch (command.kind) {
      case 'found': {
        const { id, provisional } = command
        this.#facts = {
          ...unfounded,
          id,
          provisional,
          awaited: command.awaited ?? [],
          seeds: command.seeds ?? 0,
          origin: command.origin,
          generation: Math.max(facts.generation, command.generation),
        }
        return
      }
      case 'confirm':
        this.#facts = { ...facts, provisional: false, awaited: [], seeds: 0 }
        return
      case 'generation':
        this.#facts = { ...facts, generation: Math.max(facts.generation, command.atLeast) }
        return
      case 'absorb': {
        const { loser, untilMs } = command
        if (busy !== undefined && busy.loser !== loser) throw merging(busy)
        if (untilMs === 0) {
          this.#facts = { ...facts, absorbing: undefined }
          return
        }
        // Tokens and epochs of the merged group stand above those of both.
        const generation = Math.max(facts.generation, Math.floor(clock / 1000)) + 1
        this.#facts = { ...facts, generation, absorbing: { loser, untilMs } }
        return
      }
      case 'dissolve':
        if (busy !== undefined) throw merging(busy)
        this.#facts = { ...facts, dissolvedInto: facts.dissolvedInto ?? command.into }
    }
  }
}

function merging({ loser }: Absorption): MnemeshError {
  return new MnemeshError('ERR_CONFLICT', `the group is taking in group ${loser}`)
}

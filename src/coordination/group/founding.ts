import type { Environment } from '../../core/environment.ts'
import type { Events } from '../../core/events.ts'
import { recordOf, type SchemaRecords } from '../../replication/catalog.ts'
import type { MemberId } from '../consensus/types.ts'
import type { Command } from '../state/commands.ts'
import type { GroupRecord } from '../state/group-facts.ts'
import type { Group } from './group.ts'

export interface FoundingParts {
  readonly events: Events
  readonly group: Group
  readonly facts: () => GroupRecord
  /** The highest generation of any group that this process was in. */
  readonly seen: () => number
  /** The latest that is known here of the schema, by the log or by what a peer has told. */
  readonly known: () => SchemaRecords
  /** For each configured seed the process that answers there; undefined where none is known. */
  readonly seeds: () => readonly (MemberId | undefined)[]
}

type Found = Extract<Command, { kind: 'found' }>

/** How a group begins: its id, and a generation above all that are known (D-11). */
export class Founding {
  readonly #env: Environment
  readonly #parts: FoundingParts

  constructor(env: Environment, parts: FoundingParts) {
    this.#env = env
    this.#parts = parts
  }

  /** A group of this process alone; if provisional, until more than half of the seeds count for it (D-4). */
  begin(id: string, provisional: boolean): void {
    const { group, seen, seeds } = this.#parts
    const generation = Math.max(this.#wallSeconds(), seen() + 1)
    group.found(id)
    const ofSeeds = provisional ? seeds().length : 0
    group.propose({ kind: 'found', id, generation, provisional, awaited: [], seeds: ofSeeds })
    this.#env.log.info({ group: id, provisional }, 'group founded')
  }

  /**
   * Goes on with what this process has: nobody else of the old group will ever decide anything. Provisional until more
   * than half of those that it missed are there.
   */
  renew(missed: readonly string[]): void {
    const { group, facts, seen } = this.#parts
    const generation = Math.max(seen(), this.#wallSeconds()) + 1
    const known = this.#known()
    const { awaited: before, provisional: wasProvisional, seeds } = facts()
    const awaited = before.length > 0 ? before : missed
    const provisional = wasProvisional || awaited.length > 0
    const id = Buffer.from(this.#env.random.bytes(16)).toString('hex')
    group.renew(id)
    // The first command of the group says what it is.
    group.propose({ kind: 'found', id, generation, provisional, awaited, seeds, ...known })
    this.#env.log.warn({ group: id, generation }, 'group formed anew by who was left')
    this.#parts.events.emit('data-loss-possible', { reason: 'recovered' })
  }

  // Of the group as it was. What was told of its schema counts where the log, as far as it is left, has not got there:
  // one with an entry of that term at that place has everything before it, and what came after (log matching).
  #known(): Pick<Found, 'origin' | 'tables'> {
    const { group, known } = this.#parts
    const { group: id, epoch, term, tables } = known()
    if (id !== group.id) return {}
    const origin = { group: id, generation: epoch.generation, index: epoch.index }
    const { log, applied } = group.consensus.state
    const isInLog = epoch.index <= applied || log.termAt(epoch.index) === term
    return isInLog ? { origin } : { origin, tables: [...tables.values()].map(recordOf) }
  }

  #wallSeconds(): number {
    return Math.floor(this.#env.clock.wall() / 1000)
  }
}

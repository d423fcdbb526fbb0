import type { Environment } from '../../core/environment.ts'
import { recordOf, type SchemaRecords } from '../../replication/catalog.ts'
import type { Command } from '../state/commands.ts'
import type { GroupRecord } from '../state/group-facts.ts'
import type { Group } from './group.ts'

export interface FoundingParts {
  readonly group: Group
  readonly facts: () => GroupRecord
  /** The highest generation of any group that this process was in. */
  readonly seen: () => number
  /** The latest that is known here of the schema, by the log or by what a peer has told. */
  readonly known: () => SchemaRecords
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

  /** A group of this process alone; with a number it is provisional until it has so many members (D-4). */
  begin(confirmedAt: number | undefined): void {
    const { group, seen } = this.#parts
    const provisional = confirmedAt !== undefined
    const generation = Math.max(this.#wallSeconds(), seen() + 1)
    const rank = { generation, provisional, awaited: [], confirmedAt: confirmedAt ?? 0 }
    const id = this.#found(id => group.found(id), rank)
    this.#env.log.info({ group: id, provisional }, 'group founded')
  }

  /**
   * Goes on with what this process has: nobody else of the old group will ever decide anything. Provisional until more
   * than half of those that it missed are there.
   */
  renew(missed: readonly string[]): void {
    const { facts, seen } = this.#parts
    const generation = Math.max(seen(), this.#wallSeconds()) + 1
    const known = this.#known()
    const { awaited: before, provisional: wasProvisional, confirmedAt } = facts()
    const awaited = before.length > 0 ? before : missed
    const provisional = wasProvisional || awaited.length > 0
    const rank = { generation, provisional, awaited, confirmedAt }
    const id = this.#found(id => this.#parts.group.renew(id), { ...rank, ...known })
    this.#env.log.warn({ group: id, generation }, 'group formed anew by who was left: data-loss-possible')
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

  // The first command of the group says what it is.
  #found(begin: (id: string) => void, rank: Omit<Found, 'kind' | 'id'>): string {
    const id = Buffer.from(this.#env.random.bytes(16)).toString('hex')
    begin(id)
    this.#parts.group.propose({ kind: 'found', id, ...rank })
    return id
  }

  #wallSeconds(): number {
    return Math.floor(this.#env.clock.wall() / 1000)
  }
}

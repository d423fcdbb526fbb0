import type { MnemeshError } from '../core/errors.ts'
import type { Events } from '../core/events.ts'
import type { HashSeed } from '../core/hash.ts'
import type { Origins } from '../core/version.ts'
import type { SchemaRecords } from '../replication/catalog.ts'
import type { Copies } from '../storage/copies.ts'
import type { Legacy } from './bringing.ts'
import type { ConsensusOptions } from './consensus/member-state.ts'
import type { MemberId } from './consensus/types.ts'
import type { Command } from './state/commands.ts'

/** What a strong group needs of its node. */
export interface StrongGroupParts {
  readonly self: MemberId
  readonly zone: string
  readonly cluster: string
  readonly copies: Copies
  readonly origins: Origins
  readonly events: Events
  readonly seed: () => HashSeed
  /** Sends to that process; what is lost is not told. */
  readonly send: (to: MemberId, bytes: Buffer) => void
  /** Other processes that are believed alive. */
  readonly peers: () => readonly MemberId[]
  /** Where one of them, or this process, answers. */
  readonly addressOf: (member: MemberId) => string | undefined
  /** For each configured seed the process that answers there, this one included; undefined where none is known. */
  readonly seeds: () => readonly (MemberId | undefined)[]
  /** The latest that is known here of the schema, by the log or by what a peer has told. */
  readonly known: () => SchemaRecords
  /** Tables, by id, of which this process remembers more deletes than it has room for. */
  readonly pressed: () => readonly string[]
}

/** What it tells, and asks, its node. */
export interface StrongGroupEvents {
  /** Tables, copies or members are others now. */
  schemaChanged(): void
  /** This process gives up what its group had agreed on, to join another one. */
  leaving(legacy: Legacy): void
  stopped(): void
  /** Why the command must not be made here now, if it must not. */
  refusal?(command: Command): MnemeshError | undefined
}

/** Settings of a strong group; see `ConsensusOptions` for the rest. */
export interface StrongGroupOptions extends Partial<Omit<ConsensusOptions, 'self'>> {
  readonly maxVoters?: number
  /** How long a leader leads in peace before it makes way for the ring's choice. */
  readonly settledAfterMs?: number
  /** A copy that nobody has heard of for so long is not waited for any more. */
  readonly tombstoneGraceMs?: number
}

import type { Environment } from '../../core/environment.ts'
import { membersOf } from '../consensus/configuration.ts'
import type { MemberId } from '../consensus/types.ts'
import type { Command } from '../state/commands.ts'
import { memberOf } from '../state/sessions.ts'
import type { StrongState } from '../state/strong-state.ts'
import { copiesToExpel } from './copy-keeper.ts'
import type { Group } from './group.ts'

const expireEveryMs = 200
const maxExpired = 512
const repeatMs = 1000
const copiesEveryMs = 500
/** Who hears no leader knows after three elections that it writes apart: those who have one go on without it later. */
const apartElections = 5
const leastApartMs = 5000

export interface HousekeeperParts {
  readonly group: Group
  /** What is to be looked after. */
  readonly state: Pick<StrongState, 'locks' | 'dueRows' | 'hashed' | 'clock' | 'schema'>
  /** Ms since the member was heard by anybody that tells this leader. */
  readonly silentMs: (member: MemberId) => number
  readonly isPressed: (table: string) => boolean
  readonly tombstoneGraceMs: number
}

/**
 * What a leader sees to, as commands like any other: rows whose time is over, leases that lapsed, fingerprints. A new
 * leader begins every lease anew: they end late, never early.
 */
export class Housekeeper {
  readonly #env: Environment
  readonly #parts: HousekeeperParts
  readonly #proposed = new Map<string, number>()
  #ledSince: number | undefined
  #expireAt = 0
  #copiesAt = 0
  #hashed = 0

  constructor(env: Environment, parts: HousekeeperParts) {
    this.#env = env
    this.#parts = parts
  }

  /** Called a few times in a second; `leads` while this process leads and knows all that was decided before. */
  tick(nowMs: number, leads: boolean): void {
    if (!leads) {
      this.#ledSince = undefined
      this.#proposed.clear()
      return
    }
    this.#ledSince ??= nowMs
    this.#locks(nowMs, this.#ledSince)
    this.#rows(nowMs)
    this.#copies(nowMs, this.#ledSince)
    this.#hash()
  }

  #locks(nowMs: number, ledSince: number): void {
    const { state } = this.#parts
    for (const { lock, session, request, ttlMs } of state.locks.leases()) {
      if (Math.min(this.#silentMs(memberOf(session), nowMs), nowMs - ledSince) <= ttlMs) continue
      this.#once(`lease ${lock} ${session} ${request}`, nowMs, { kind: 'release', lock, session, request })
    }
    for (const lock of state.locks.grantable())
      this.#once(`grant ${lock}`, nowMs, { kind: 'grant', lock }, 50)
  }

  // Since it last answered this leader; what is no member is silent for ever.
  #silentMs(member: MemberId, nowMs: number): number {
    const { self, consensus } = this.#parts.group
    const answeredAt = consensus.replication.progress.get(member)?.answeredAt
    return member === self ? 0 : nowMs - (answeredAt ?? Number.NEGATIVE_INFINITY)
  }

  #rows(nowMs: number): void {
    if (nowMs < this.#expireAt) return
    this.#expireAt = nowMs + expireEveryMs
    const { state } = this.#parts
    // Where the wall clock went back, the group's stands still: what is over by that is over.
    const rows = state.dueRows(maxExpired, Math.max(this.#env.clock.wall(), state.clock))
    if (rows.length > 0) this.#parts.group.propose({ kind: 'expire', rows })
  }

  // A leader knows nothing of the time before it led.
  #copies(nowMs: number, ledSince: number): void {
    if (nowMs < this.#copiesAt) return
    this.#copiesAt = nowMs + copiesEveryMs
    const { group, state, silentMs, isPressed, tombstoneGraceMs } = this.#parts
    const { configuration } = group.consensus.state
    if (configuration === undefined) return
    const members = new Set(membersOf(configuration))
    const commands = copiesToExpel({
      tables: state.schema.tables().values(),
      isMember: member => members.has(member),
      silentMs: member => Math.min(silentMs(member), nowMs - ledSince),
      ...{ tombstoneGraceMs, isPressed },
      apartMs: Math.max(leastApartMs, apartElections * group.options.electionMs),
    })
    for (const command of commands) this.#once(`expel ${command.table} ${command.node}`, nowMs, command)
  }

  #hash(): void {
    const last = this.#parts.state.hashed
    if (last === undefined || last.index <= this.#hashed) return
    this.#hashed = last.index
    this.#parts.group.propose({ kind: 'stateHash', ...last })
  }

  // What was proposed may be lost with this leadership, so it is said again after a while.
  #once(what: string, nowMs: number, command: Command, againMs = repeatMs): void {
    const at = this.#proposed.get(what)
    if (at !== undefined && nowMs - at < againMs) return
    this.#proposed.set(what, nowMs)
    if (this.#proposed.size > 10_000) this.#proposed.clear()
    this.#parts.group.propose(command)
  }
}

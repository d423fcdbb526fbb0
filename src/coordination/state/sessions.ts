import { textHash } from '../../core/hash.ts'
import type { MemberId } from '../consensus/types.ts'
import type { Result } from './commands.ts'
import { Fingerprint } from './fingerprint.ts'

/** Results kept of one session at most; of what was answered before, nothing is known then. */
export const maxResults = 16_384

/** A session's name: `name#incarnation@index`. */
export type SessionId = string

/** A session in plain data. */
export interface SessionRecord {
  readonly id: SessionId
  readonly lowest: number
  readonly results: readonly (readonly [sequence: number, result: Result])[]
}

interface Session {
  readonly member: MemberId
  readonly hash: number
  /** Requests below it are settled: they are answered and forgotten. */
  lowest: number
  /** In the order of their entries. */
  readonly results: Map<number, Result>
}

/**
 * Who has asked for what and got which result, so that a request that comes twice is applied once (Ongaro's thesis,
 * 6.3). A session is named after its process and the index that opened it, so that none is ever opened twice: what
 * comes late for one that has ended finds none.
 */
export class Sessions {
  readonly fingerprint = new Fingerprint()
  readonly #open = new Map<SessionId, Session>()
  readonly #byMember = new Map<MemberId, SessionId>()

  has(id: SessionId): boolean {
    return this.#open.has(id)
  }

  of(member: MemberId): SessionId | undefined {
    return this.#byMember.get(member)
  }

  /** Who has one. */
  members(): MemberId[] {
    return [...this.#byMember.keys()]
  }

  /** Harmless when the process has one. */
  open(member: MemberId, index: number): void {
    if (!this.#byMember.has(member)) this.#add(`${member}@${index}`, member, 0)
  }

  /** The session that ended; undefined if there was none. */
  end(member: MemberId): SessionId | undefined {
    const id = this.#byMember.get(member)
    const session = id === undefined ? undefined : this.#open.get(id)
    if (id === undefined || session === undefined) return undefined
    for (const [sequence, result] of session.results) this.#toggle(session, sequence, result)
    this.fingerprint.toggle(session.hash, 0)
    this.#open.delete(id)
    this.#byMember.delete(member)
    return id
  }

  /** What became of the request: undefined if it is new here, `forgotten` if it is settled. */
  resultOf(id: SessionId, sequence: number): Result | 'forgotten' | undefined {
    const session = this.#open.get(id)
    if (session === undefined) return undefined
    return sequence < session.lowest ? 'forgotten' : session.results.get(sequence)
  }

  /** Keeps the result of a new request and forgets those that are settled. */
  record(id: SessionId, sequence: number, settledBelow: number, result: Result): void {
    const session = this.#open.get(id)
    if (session === undefined) return
    this.#settle(session, Math.min(settledBelow, sequence))
    session.results.set(sequence, result)
    this.#toggle(session, sequence, result)
    if (session.results.size <= maxResults) return
    const oldest = session.results.keys().next().value
    if (oldest !== undefined) this.#settle(session, oldest + 1)
  }

  /** Another result holds of a request that is still remembered: what was queued is granted. */
  amend(id: SessionId, sequence: number, result: Result): void {
    const session = this.#open.get(id)
    const known = session?.results.get(sequence)
    if (session === undefined || known === undefined) return
    this.#toggle(session, sequence, known)
    session.results.set(sequence, result)
    this.#toggle(session, sequence, result)
  }

  records(): SessionRecord[] {
    return [...this.#open].map(([id, { lowest, results }]) => ({ id, lowest, results: [...results] }))
  }

  restore(records: readonly SessionRecord[]): void {
    this.#open.clear()
    this.#byMember.clear()
    this.fingerprint.clear()
    for (const { id, lowest, results } of records) {
      const session = this.#add(id, memberOf(id), lowest)
      for (const [sequence, result] of results) {
        session.results.set(sequence, result)
        this.#toggle(session, sequence, result)
      }
    }
  }

  #add(id: SessionId, member: MemberId, lowest: number): Session {
    const session = { member, hash: textHash(id), lowest, results: new Map() }
    this.#open.set(id, session)
    this.#byMember.set(member, id)
    this.fingerprint.toggle(session.hash, 0)
    return session
  }

  #settle(session: Session, below: number): void {
    const { results, lowest } = session
    if (below <= lowest) return
    session.lowest = below
    // Whichever is fewer: the numbers that are settled now, or the results that are kept.
    if (below - lowest <= results.size) {
      for (let sequence = lowest; sequence < below; sequence++) this.#forget(session, sequence)
      return
    }
    for (const sequence of results.keys()) if (sequence < below) this.#forget(session, sequence)
  }

  #forget(session: Session, sequence: number): void {
    const result = session.results.get(sequence)
    if (result === undefined) return
    this.#toggle(session, sequence, result)
    session.results.delete(sequence)
  }

  #toggle(session: Session, sequence: number, result: Result): void {
    this.fingerprint.toggle(session.hash, sequence, result.index, result.status.charCodeAt(0))
  }
}

/** The process that the session is, or was, one of. */
export function memberOf(id: SessionId): MemberId {
  return id.slice(0, id.lastIndexOf('@'))
}

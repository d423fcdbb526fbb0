import { membersOf } from '../../../src/coordination/consensus/configuration.ts'
import type { Consensus } from '../../../src/coordination/consensus/consensus.ts'
import type { Configuration, LogEntry, MemberId } from '../../../src/coordination/consensus/types.ts'
import { Violation } from '../support/violation.ts'

interface Applied {
  readonly term: number
  readonly what: string
  readonly outcome: string
  readonly by: MemberId
}

/** What an observed member shows of itself. */
export interface Observed {
  readonly id: MemberId
  readonly consensus: Consensus
}

/**
 * The laws I1 to I6 and I8 to I10 of the protocol (4.9), held against every member at every step: it knows all of
 * them, as no member does. Each throws a Violation.
 */
export class Invariants {
  terms = 0
  /** The highest index that any member knows to be decided. */
  decided = 0
  /** The highest index of an answer that a client was given. */
  acknowledged = 0
  readonly #leaders = new Map<number, MemberId>()
  readonly #applied: Applied[] = []
  // By the process, not by its name: one that comes back under an old name begins at 0.
  readonly #commits = new Map<Consensus, number>()
  // The highest index that a leader of that term decided.
  readonly #decidedBy = new Map<number, number>()
  readonly #executed = new Map<string, number>()
  readonly #gone = new Set<MemberId>()
  readonly #from: number
  #configuration: { readonly index: number; readonly value: Configuration } | undefined

  /** Entries up to `from` are those of a group that this one goes on from, whose laws are its own. */
  constructor(from = 0) {
    this.#from = from
  }

  /** After anything happened to the member. */
  observe({ id, consensus }: Observed): void {
    const { term, role, commit, applied, log } = consensus.state
    const before = this.#commits.get(consensus) ?? 0
    require(commit >= before, `${id} went back from commit ${before} to ${commit}`)
    require(applied <= commit && commit <= log.lastIndex, `${id}: ${applied} applied, ${commit} decided`)
    if (commit > before) {
      this.#commits.set(consensus, commit)
      this.decided = Math.max(this.decided, commit)
    }
    if (role !== 'leader') return
    const leader = this.#leaders.get(term)
    require(leader === undefined || leader === id, `${leader} and ${id} both lead in term ${term}`)
    if (leader === undefined) {
      this.#leaders.set(term, id)
      this.terms++
      this.#hasAllDecided(id, consensus)
    }
    this.#decidedBy.set(term, Math.max(this.#decidedBy.get(term) ?? 0, commit))
  }

  /** A member applied that entry. `outcome` must be the same on all: result and fingerprint of the state. */
  applied(member: MemberId, index: number, entry: LogEntry, outcome: string): void {
    if (index <= this.#from) return
    const what = describe(entry)
    const known = this.#applied[index]
    if (known === undefined) {
      this.#applied[index] = { term: entry.term, what, outcome, by: member }
      if (entry.configuration !== undefined) this.#configured(index, entry.configuration)
      return
    }
    require(known.what === what, `entry ${index} is ${what} on ${member} and ${known.what} on ${known.by}`)
    require(known.outcome ===
      outcome, `entry ${index} made ${outcome} on ${member} and ${known.outcome} on ${known.by}`)
  }

  /** A request of a session was run, not merely remembered, by the entry at that index. */
  executed(session: string, sequence: number, index: number): void {
    const name = `${session}/${sequence}`
    const known = this.#executed.get(name)
    require(known === undefined || known === index, `request ${name} was run at ${known} and at ${index}`)
    this.#executed.set(name, index)
  }

  /** A client was told of something that happened at that index. */
  answered(index: number): void {
    this.acknowledged = Math.max(this.acknowledged, index)
    require(index <= this.decided, `${index} was acknowledged and only ${this.decided} is decided`)
  }

  /** A read that began when `before` was acknowledged reads the state of that index. */
  read(member: MemberId, before: number, applied: number): void {
    require(applied >= before, `${member} reads as of ${applied} what was acknowledged at ${before}`)
  }

  // I9, leader completeness: what was decided in earlier terms is in the log of each later leader.
  #hasAllDecided(id: MemberId, { state }: Consensus): void {
    let highest = 0
    for (const [term, index] of this.#decidedBy) if (term < state.term) highest = Math.max(highest, index)
    require(state.log.lastIndex >=
      highest, `${id} leads term ${state.term} with ${state.log.lastIndex} entries; ${highest} were decided`)
    for (let index = Math.max(1, state.log.base.index); index <= highest; index++) {
      const known = this.#applied[index]
      if (known === undefined) continue
      const term = state.log.termAt(index)
      require(term ===
        known.term, `${id} leads with entry ${index} of term ${term}, decided in ${known.term}`)
    }
  }

  // I5: any quorum of a configuration meets any of the next. I6: no process comes back once another life of it did.
  #configured(index: number, value: Configuration): void {
    const before = this.#configuration
    require(before === undefined || index > before.index, `configurations out of order at ${index}`)
    if (before !== undefined) {
      const same = equal(before.value.voters, value.voters)
      if (before.value.old !== undefined)
        require(same && value.old === undefined, `configuration ${index} does not end the change before it`)
      else if (value.old === undefined)
        require(same, `voters change in one step at ${index}: ${JSON.stringify([before.value, value])}`)
      else require(equal(before.value.voters, value.old), `old voters at ${index} are not those before`)
    }
    this.#configuration = { index, value }
    const members = membersOf(value)
    for (const member of members) require(!this.#gone.has(member), `${member} is back at ${index}`)
    if (before === undefined) return
    for (const member of membersOf(before.value)) if (!members.includes(member)) this.#gone.add(member)
  }
}

function equal(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every(each => b.includes(each))
}

function describe({ term, kind, configuration, payload, atMs }: LogEntry): string {
  const voters = configuration === undefined ? '' : JSON.stringify(configuration)
  return `${kind} of term ${term} at ${atMs} ${voters}${payload.toString('base64')}`
}

function require(holds: boolean, what: string): void {
  if (!holds) throw new Violation(what)
}

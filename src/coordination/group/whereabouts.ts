import { nodeOf } from '../../membership/view.ts'
import { membersOf } from '../consensus/configuration.ts'
import type { MemberId } from '../consensus/types.ts'
import type { Group } from './group.ts'
import { removeAfterMs } from './member-keeper.ts'

const maxAddresses = 1024

export interface WhereaboutsParts {
  readonly group: Group
  /** Other processes that are believed alive. */
  readonly peers: () => readonly MemberId[]
  /** Where a process that is believed alive, or this one, answers. */
  readonly addressOf: (member: MemberId) => string | undefined
}

interface Sighting {
  /** When it was last believed alive, or first known to be a member; monotonic ms. */
  at: number
  /** It said that it leaves, or the group did without it. */
  hasLeft: boolean
}

/**
 * Where and when each process was last seen: what proves that one is dead. A newer life of its node does not by itself,
 * since the older one may go on at another address, behind a cut (D-9).
 */
export class Whereabouts {
  readonly #parts: WhereaboutsParts
  readonly #seen = new Map<MemberId, Sighting>()
  readonly #addresses = new Map<MemberId, string>()
  #members: readonly MemberId[] = []

  constructor(parts: WhereaboutsParts) {
    this.#parts = parts
  }

  /** Called often: whoever is a member, or believed alive, is remembered. */
  tick(nowMs: number): void {
    const { group, peers, addressOf } = this.#parts
    const members = this.#present()
    for (const member of this.#members) if (!members.includes(member)) this.left(member, nowMs)
    for (const member of members) {
      const known = this.#sighting(member, nowMs)
      // Taken in again after all.
      if (!this.#members.includes(member)) known.hasLeft = false
    }
    this.#members = members
    for (const peer of peers()) this.#see(peer, addressOf(peer), nowMs)
    this.#see(group.self, addressOf(group.self), nowMs)
    for (const [member, { at }] of this.#seen)
      if (nowMs - at >= removeAfterMs && !members.includes(member)) this.#seen.delete(member)
  }

  /** What other processes are told: who has just been taken in never saw those that it stands in for. */
  get told(): [member: MemberId, address: string][] {
    const out: [MemberId, string][] = []
    for (const member of new Set([this.#parts.group.self, ...this.#present()])) {
      const address = this.#addresses.get(member)
      if (address !== undefined) out.push([member, address])
    }
    return out
  }

  /** That process has spoken, and knows of those addresses. */
  heard(from: MemberId, addresses: readonly (readonly [MemberId, string])[], nowMs: number): void {
    this.#sighting(from, nowMs).at = nowMs
    // Also of members of a group that is about to take this process in.
    for (const [member, address] of addresses) if (!this.#addresses.has(member)) this.#learn(member, address)
  }

  left(member: MemberId, nowMs: number): void {
    this.#sighting(member, nowMs).hasLeft = true
  }

  /** It said that it leaves, or the group did without it. */
  hasLeft(member: MemberId): boolean {
    return this.#seen.get(member)?.hasLeft === true
  }

  /** Of the present group, as far as it is known here. */
  isMember(member: MemberId): boolean {
    return this.#present().includes(member)
  }

  /**
   * True when the member is proved dead by a newer life of its node, one of those that are there: it answers at the same
   * address, or the older one said that it leaves, or was not heard after `silentSince`.
   */
  isOutlived(member: MemberId, there: Iterable<MemberId>, silentSince: number): boolean {
    const seen = this.#seen.get(member)
    for (const other of there) {
      if (nodeOf(other) !== nodeOf(member) || other <= member) continue
      if (seen === undefined) return false
      const address = this.#addresses.get(member)
      const answers = address !== undefined && address === this.#addresses.get(other)
      if (answers || seen.hasLeft || seen.at <= silentSince) return true
    }
    return false
  }

  /** Processes that were seen lately and have not left: no members as far as it is known here, but who knows. */
  strangers(): MemberId[] {
    const members = [this.#parts.group.self, ...this.#present()]
    const out: MemberId[] = []
    for (const [member, { hasLeft }] of this.#seen)
      if (!hasLeft && !members.includes(member)) out.push(member)
    return out
  }

  #present(): readonly MemberId[] {
    const { configuration } = this.#parts.group.consensus.state
    return configuration === undefined ? [] : membersOf(configuration)
  }

  #see(member: MemberId, address: string | undefined, nowMs: number): void {
    this.#sighting(member, nowMs).at = nowMs
    if (address !== undefined) this.#learn(member, address)
  }

  // Who was heard of the longest ago goes first.
  #learn(member: MemberId, address: string): void {
    this.#addresses.delete(member)
    this.#addresses.set(member, address)
    const [oldest] = this.#addresses.keys()
    if (this.#addresses.size > maxAddresses && oldest !== undefined) this.#addresses.delete(oldest)
  }

  #sighting(member: MemberId, nowMs: number): Sighting {
    let known = this.#seen.get(member)
    if (known === undefined) {
      known = { at: nowMs, hasLeft: false }
      this.#seen.set(member, known)
    }
    return known
  }
}

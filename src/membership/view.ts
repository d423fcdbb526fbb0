import { partitionCount } from '../core/partition.ts'
import { clockEpochMs } from '../core/version.ts'
import { ringOrders } from './ring.ts'

/** One node as the others see it. */
export interface Member {
  readonly name: string
  /** New at every process start and growing: ms since 2024 of the start, times 4096, plus 12 random bits. */
  readonly incarnation: number
  /** Where its gRPC server is reached, `host:port`. */
  readonly address: string
  /** Where it gossips, `host:port`. */
  readonly gossip: string
  readonly zone: string
  /** Version of the package it runs. */
  readonly version: string
}

/** One process, used once ever: `name#incarnation`. Sorts by start time within a name. */
export function memberId(member: { readonly name: string; readonly incarnation: number }): string {
  return `${member.name}#${member.incarnation.toString(36).padStart(11, '0')}`
}

/** The incarnation of a process that starts at that wall-clock instant, with 12 random bits. */
export function createIncarnation(wallMs: number, random: number): number {
  return (wallMs - clockEpochMs) * 4096 + (random & 4095)
}

/** The name of the node that a process is, or was, one life of. */
export function nodeOf(id: string): string {
  return id.slice(0, id.lastIndexOf('#'))
}

/** Which life of its node a process is, or was. */
export function incarnationOf(id: string): number {
  return Number.parseInt(id.slice(id.lastIndexOf('#') + 1), 36)
}

/** When the member's process started, Unix ms. */
export function startedAt(member: Member): number {
  return Math.floor(member.incarnation / 4096) + clockEpochMs
}

/**
 * The cluster at one moment: the members believed alive, this node among them, and the ring over them. Immutable;
 * membership replaces it, everybody else reads it when needed.
 */
export class View {
  /** By name, in the order of names. */
  readonly members: readonly Member[]
  readonly #byName: ReadonlyMap<string, Member>
  #orders: readonly (readonly string[])[] | undefined

  constructor(members: readonly Member[]) {
    // Sorted, so that every node with the same members builds the same ring.
    this.members = [...members].sort((a, b) => (a.name < b.name ? -1 : 1))
    this.#byName = new Map(this.members.map(member => [member.name, member]))
  }

  get(name: string): Member | undefined {
    return this.#byName.get(name)
  }

  /** True when this very process is a member, not another one of the same name. */
  has(member: Member): boolean {
    return this.#byName.get(member.name)?.incarnation === member.incarnation
  }

  /** All members, best first, for that partition: the same on every node with the same members. */
  order(partition: number): readonly string[] {
    this.#orders ??= ringOrders(
      this.members.map(member => member.name),
      partitionCount,
    )
    return this.#orders[partition]
  }
}

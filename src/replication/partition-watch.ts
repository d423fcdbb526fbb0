import type { Cancel, Environment } from '../core/environment.ts'
import type { Events } from '../core/events.ts'
import type { HealCounts } from '../core/inspection.ts'
import type { Membership } from '../membership/membership.ts'
import type { Receipts } from './receipts.ts'

const lookEveryMs = 500
const sampled = 5

export interface PartitionWatchParts {
  readonly membership: Membership
  readonly events: Events
  readonly receipts: Receipts
  /** How long a silent member is suspected before it counts as lost. */
  readonly suspicionMs: number
  readonly hasLostQuorum: () => boolean
}

/** A cut of the network, as far as it is one, from this side. */
interface Partition {
  readonly since: number
  readonly atMs: number
  readonly before: HealCounts
  /** Everybody who was out of reach in it. */
  readonly unreachable: Set<string>
  /** Back again, and not compared with yet. */
  readonly returning: Set<string>
  /** When somebody was lost or came back last. */
  changedAt: number
  told: number
}

/**
 * Tells a cut network from processes that fail (5.13): a partition is suspected when two members, or more than a third of
 * all, become unreachable within two suspicion periods, or when the group loses its quorum. It has healed when no such
 * many are out of reach any more, and the copies were compared with everybody who came back.
 */
export class PartitionWatch {
  readonly #env: Environment
  readonly #parts: PartitionWatchParts
  readonly #stop: Cancel
  // Who is out of reach, and since when; who came back or left in order is not.
  readonly #lost = new Map<string, number>()
  #partition: Partition | undefined

  constructor(env: Environment, parts: PartitionWatchParts) {
    this.#env = env
    this.#parts = parts
    this.#stop = env.timers.every(lookEveryMs, () => this.#look())
  }

  stop(): void {
    this.#stop()
  }

  lost(node: string): void {
    const now = this.#env.clock.monotonic()
    this.#lost.set(node, now)
    const partition = this.#partition
    if (partition !== undefined) {
      partition.unreachable.add(node)
      partition.returning.delete(node)
      partition.changedAt = now
    }
    this.#look()
  }

  came(node: string): void {
    if (!this.#lost.delete(node) || this.#partition === undefined) return
    this.#partition.returning.add(node)
    this.#partition.changedAt = this.#env.clock.monotonic()
  }

  /** The copies that both have are equal. */
  compared(node: string): void {
    this.#partition?.returning.delete(node)
  }

  #look(): void {
    const now = this.#env.clock.monotonic()
    const partition = this.#partition
    if (partition === undefined) this.#suspect(now)
    else if (this.#isOver(partition, now)) this.#healed(partition, now)
    else if (partition.unreachable.size > partition.told && this.#isSettled(partition, now))
      this.#tell(partition)
  }

  #suspect(now: number): void {
    const { suspicionMs, receipts, hasLostQuorum } = this.#parts
    const recent = [...this.#lost].filter(([, at]) => now - at <= 2 * suspicionMs)
    if (!hasLostQuorum() && !this.#areMany(recent.length)) return
    const partition: Partition = {
      ...{ since: now, atMs: this.#env.clock.wall(), before: receipts.counts, changedAt: now, told: 0 },
      unreachable: new Set(this.#lost.keys()),
      returning: new Set(),
    }
    this.#partition = partition
    this.#tell(partition)
  }

  #tell(partition: Partition): void {
    const unreachable = [...partition.unreachable].filter(node => this.#lost.has(node)).sort()
    partition.told = partition.unreachable.size
    this.#parts.events.emit('partition-suspected', {
      unreachable,
      fraction: unreachable.length / this.#known,
    })
  }

  #isOver(partition: Partition, now: number): boolean {
    const { unreachable, returning } = partition
    if (this.#parts.hasLostQuorum() || returning.size > 0) return false
    const missing = [...unreachable].filter(node => this.#lost.has(node)).length
    if (missing === 0 && unreachable.size > 0) return true
    return !this.#areMany(missing) && this.#isSettled(partition, now)
  }

  #healed(partition: Partition, now: number): void {
    this.#partition = undefined
    const { receipts, events } = this.#parts
    const { before, since, atMs, unreachable } = partition
    const { pushed, pulled, overwrittenHere, overwrittenThere } = receipts.counts
    events.emit('partition-healed', {
      durationMs: Math.round(now - since),
      returned: [...unreachable].filter(node => !this.#lost.has(node)).sort(),
      pushed: pushed - before.pushed,
      pulled: pulled - before.pulled,
      overwrittenHere: overwrittenHere - before.overwrittenHere,
      overwrittenThere: overwrittenThere - before.overwrittenThere,
      sample: receipts
        .list(sampled)
        .filter(({ at }) => at >= atMs)
        .map(({ table, key, wins }) => ({ table, key, wins })),
    })
  }

  // Those who were lost are given up by gossip one after another, and come back so.
  #isSettled({ changedAt }: Partition, now: number): boolean {
    return now - changedAt >= this.#parts.suspicionMs
  }

  #areMany(count: number): boolean {
    return count >= 2 || count > this.#known / 3
  }

  // All who were there when the first was lost, and this node.
  get #known(): number {
    return this.#parts.membership.view.members.length + this.#lost.size
  }
}

import type { Cancel, Environment } from '../core/environment.ts'
import type { TableDefinition } from '../core/schema.ts'
import type { HybridClock } from '../core/version.ts'
import type { Quorum } from './minority.ts'

const tickMs = 100
/** Elections without a leader to hear; whoever has a majority goes on without this node not before five. */
const silentElections = 3
const barrierTimeoutMs = 2000

export interface SeparationParts {
  readonly quorum: Quorum & {
    /** True while a majority of the voters speaks to this process, whether it has a leader or not. */
    readonly hearsMajority: boolean
  }
  readonly hybrid: HybridClock
}

/** From which stamps on a node, and others with it, wrote apart from the majority. */
export interface Apart {
  readonly since: number
  readonly others: ReadonlyMap<string, number>
}

/**
 * Whether this node is apart from the majority, and since when (D-18). Tables that merge by another rule than the newest
 * are exchanged only among those who are apart, or who are not: what was written apart must not mix with the rest before
 * it is known whether the majority has gone on without it. Over when this node has heard a leader for T, in which
 * whatever was proposed about it is decided, and has caught up.
 */
export class Separation {
  readonly #env: Environment
  readonly #parts: SeparationParts
  readonly #stop: Cancel
  readonly #listeners = new Set<() => void>()
  #isApart = false
  #since: number | undefined
  // Of others that are apart, too.
  readonly #others = new Map<string, number>()
  #inTouchAt: number | undefined
  #asking = false
  #turns = 0

  constructor(env: Environment, parts: SeparationParts) {
    this.#env = env
    this.#parts = parts
    this.#stop = env.timers.every(tickMs, () => this.#tick())
  }

  get isApart(): boolean {
    return this.#isApart
  }

  /** Stamp from which on this node knew that it wrote apart from the majority; undefined while it does not. */
  get since(): number | undefined {
    return this.#since
  }

  /** That process says that it writes apart from that stamp on; 0: that it does not. */
  heard(memberId: string, since: number): void {
    if (since === 0) this.#others.delete(memberId)
    else this.#others.set(memberId, since)
  }

  /** By process: from which stamp on what it wrote was written apart. For others than these what holds for this one. */
  writtenApart(): Apart | undefined {
    return this.#since === undefined ? undefined : { since: this.#since, others: new Map(this.#others) }
  }

  /** Counts the changes. */
  get turns(): number {
    return this.#turns
  }

  /** True when rows of the table must not go between this node and one that is apart, or not, as said. */
  keepsApart({ onMerge }: TableDefinition, isApart: boolean): boolean {
    return onMerge !== 'newest' && isApart !== this.#isApart
  }

  /** Calls the listener after every change. */
  onChange(listener: () => void): Cancel {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  stop(): void {
    this.#stop()
  }

  #tick(): void {
    const { isProvisional, leaderSilentMs, electionMs, hearsMajority } = this.#parts.quorum
    if (leaderSilentMs > silentElections * electionMs && !hearsMajority) {
      this.#since ??= this.#parts.hybrid.issue()
      this.#become(true)
    }
    if (!this.#isApart) return
    const now = this.#env.clock.monotonic()
    const isInTouch = !isProvisional && leaderSilentMs < electionMs
    this.#inTouchAt = isInTouch ? (this.#inTouchAt ?? now) : undefined
    if (this.#inTouchAt !== undefined && now - this.#inTouchAt >= electionMs) this.#ask()
  }

  // That a leader speaks does not say that anybody follows it.
  #ask(): void {
    if (this.#asking) return
    this.#asking = true
    this.#parts.quorum
      .barrier({ deadline: this.#env.clock.monotonic() + barrierTimeoutMs })
      .then(() => this.#end())
      .catch(() => {})
      .finally(() => {
        this.#asking = false
      })
  }

  #end(): void {
    if (this.#inTouchAt === undefined || this.#parts.quorum.isProvisional) return
    this.#inTouchAt = undefined
    this.#since = undefined
    this.#others.clear()
    this.#become(false)
  }

  #become(isApart: boolean): void {
    if (this.#isApart === isApart) return
    this.#isApart = isApart
    this.#turns++
    if (isApart) this.#env.log.warn({}, 'this node is apart from the majority')
    else this.#env.log.info({}, 'this node has caught up with the majority')
    for (const listener of [...this.#listeners]) listener()
  }
}

import type { Cancel, Environment } from '../core/environment.ts'
import type { Call } from '../wire/caller.ts'

const tickMs = 100
const leastSilentMs = 5000
const barrierTimeoutMs = 2000

/** What the strong group knows of its own standing. */
export interface Quorum {
  readonly isProvisional: boolean
  /** Ms since this process heard a leader; 0 on the leader. */
  readonly leaderSilentMs: number
  /** So long without a leader, and the others elect another one. */
  readonly electionMs: number
  /** Resolves once this process has what a majority had agreed on when it asked. */
  barrier(call: Call): Promise<void>
}

/**
 * Whether this node may be on the smaller side of a split (D-20): it has heard no leader for max(3T, 5 s), or only one
 * of a group that formed without most of its nodes. Over when a majority has answered, and this node has caught up with it.
 */
export class Minority {
  readonly #env: Environment
  readonly #quorum: Quorum
  readonly #stop: Cancel
  readonly #limitMs: number
  #isThere = false
  #asking = false
  #turns = 0

  constructor(env: Environment, quorum: Quorum) {
    this.#env = env
    this.#quorum = quorum
    this.#limitMs = Math.max(3 * quorum.electionMs, leastSilentMs)
    this.#stop = env.timers.every(tickMs, () => this.#tick())
  }

  get isThere(): boolean {
    return this.#isThere
  }

  /** Counts the changes. */
  get turns(): number {
    return this.#turns
  }

  stop(): void {
    this.#stop()
  }

  #tick(): void {
    const { isProvisional, leaderSilentMs, electionMs } = this.#quorum
    if (isProvisional || leaderSilentMs > this.#limitMs) this.#become(true)
    else if (this.#isThere && !this.#asking && leaderSilentMs < electionMs) this.#ask()
  }

  // That a leader speaks does not say that anybody follows it.
  #ask(): void {
    this.#asking = true
    this.#quorum
      .barrier({ deadline: this.#env.clock.monotonic() + barrierTimeoutMs })
      .then(() => this.#become(this.#quorum.isProvisional))
      .catch(() => {})
      .finally(() => {
        this.#asking = false
      })
  }

  #become(isThere: boolean): void {
    if (this.#isThere === isThere) return
    this.#isThere = isThere
    this.#turns++
    const { leaderSilentMs } = this.#quorum
    if (isThere) this.#env.log.warn({ leaderSilentMs }, 'this node may be on the smaller side of a split')
    else this.#env.log.info({}, 'this node is with the majority again')
  }
}

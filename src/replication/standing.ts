import type { HashSeed } from '../core/hash.ts'
import type { Member } from '../membership/view.ts'
import { isHigherSeed } from './handshake.ts'

/** What this process is in its cluster: who, how it hashes keys, and whether it has the schema yet. */
export class Standing {
  readonly member: Member
  readonly cluster: string
  #seed: HashSeed
  #ready = false
  readonly #onAdopt: ((seed: HashSeed) => void)[] = []
  readonly #onReady: (() => void)[] = []

  constructor(parts: { readonly member: Member; readonly cluster: string; readonly seed: HashSeed }) {
    this.member = parts.member
    this.cluster = parts.cluster
    this.#seed = parts.seed
  }

  /** Under which the cluster hashes keys. */
  get seed(): HashSeed {
    return this.#seed
  }

  /** True once this node has the whole schema of its cluster, or has begun one of its own. */
  get ready(): boolean {
    return this.#ready
  }

  becomeReady(): void {
    if (this.#ready) return
    this.#ready = true
    for (const run of this.#onReady) run()
  }

  onReady(run: () => void): void {
    if (this.#ready) run()
    else this.#onReady.push(run)
  }

  /** Calls `run` when this node takes over another seed: rows are inserted anew, streams begin anew. */
  onAdopt(run: (seed: HashSeed) => void): void {
    this.#onAdopt.push(run)
  }

  /**
   * Compares seeds with a node that was just met. `same`: go on. `adopted`: this node changed its own, streams begin
   * anew. `wait`: the other one will change. A node that is just starting takes over the running cluster's seed,
   * else the side with the higher seed gives way.
   */
  reconcileSeed(theirs: HashSeed, theyAreReady: boolean): 'same' | 'adopted' | 'wait' {
    if (theirs.high === this.#seed.high && theirs.low === this.#seed.low) return 'same'
    const giveWay = this.#ready === theyAreReady ? isHigherSeed(this.#seed, theirs) : theyAreReady
    if (!giveWay) return 'wait'
    this.#seed = theirs
    for (const run of this.#onAdopt) run(theirs)
    return 'adopted'
  }
}

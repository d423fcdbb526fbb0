/**
 * Follows up to which stamp a table is settled: every copy has what was written up to it, and also what anybody wrote
 * before he had that. So nobody will be heard of any more who did not know it.
 *
 * Proof: when all copies have everything up to `at`, this node's clock stands above the clocks of all of them, as of the
 * frames by which they said so. What they wrote before that bears no higher stamp; once all copies have everything up to
 * there, nothing of it is on its way any longer.
 */
export class Settled {
  #point = 0
  #next: { readonly at: number; readonly clock: number } | undefined

  get point(): number {
    return this.#point
  }

  /** `stable`: every copy has what was written up to it. `clock`: the highest stamp that this node has seen. */
  follow(stable: number, clock: number): void {
    if (this.#next !== undefined) {
      if (stable < this.#next.clock) return
      this.#point = this.#next.at
    }
    this.#next = { at: Math.min(stable, clock), clock }
  }
}

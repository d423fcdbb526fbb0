/** What was started, to be stopped in reverse order: also when a start fails half way. */
export class StopStack {
  #stops: (() => Promise<void> | void)[] = []

  push(stop: () => Promise<void> | void): void {
    this.#stops.push(stop)
  }

  /** Stops everything, the last first, each even if another fails. Idempotent. Rejects with the first failure. */
  async stop(): Promise<void> {
    const stops = this.#stops
    this.#stops = []
    let failure: unknown
    for (const stop of stops.reverse()) {
      try {
        await stop()
      } catch (error) {
        failure ??= error
      }
    }
    if (failure !== undefined) throw failure
  }
}

import type { Clock } from '../core/environment.ts'

/** The end of an entry is moved when it has come closer by this share of the lifetime, not at every read. */
const share = 10

/** Has entries of a table with `idle` live on from each read. Each costs a message to all holders, so it is not done often. */
export class IdleKeeper {
  readonly #clock: Clock
  readonly #idleMs: number
  readonly #touch: (key: Buffer) => Promise<unknown>
  // Reads of a key whose touch is on its way ask for no other one.
  readonly #running = new Set<string>()

  constructor(clock: Clock, idleMs: number, touch: (key: Buffer) => Promise<unknown>) {
    this.#clock = clock
    this.#idleMs = idleMs
    this.#touch = touch
  }

  /** True where an entry with that end, Unix ms, was not touched lately. One without end, or with a later one, keeps it. */
  isDue(expiresAt: number): boolean {
    return expiresAt !== 0 && this.#clock.wall() + this.#idleMs - expiresAt >= this.#idleMs / share
  }

  /** The key's bytes are kept. A touch that fails is tried at the next read. */
  touch(key: Buffer): void {
    const name = key.toString('latin1')
    if (this.#running.has(name)) return
    this.#running.add(name)
    const done = () => this.#running.delete(name)
    this.#touch(key).then(done, done)
  }
}

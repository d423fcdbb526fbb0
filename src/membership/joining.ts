import type { Seeds } from './discovery.ts'

export interface JoiningParts {
  readonly seeds: Seeds
  readonly isLive: (gossipHost: string) => boolean
}

/**
 * Which seeds are to be asked, and whether this node has found the cluster. A seed may be a member under another
 * address than the one given, behind a NAT for instance, and may be this node itself.
 */
export class Joining {
  readonly #self: string
  readonly #parts: JoiningParts
  readonly #waiting = new Set<() => void>()
  /** Gossip address of who answered last at a seed, where it is not the seed's. */
  readonly #aliases = new Map<string, string>()
  #isDone = false
  #isEnded = false

  constructor(self: string, parts: JoiningParts) {
    this.#self = self
    this.#parts = parts
  }

  /** Seeds that are no members. */
  get strangers(): readonly string[] {
    return this.#parts.seeds.hosts.filter(host => host !== this.#self && !this.#isMember(host))
  }

  /** For each seed the gossip address of who answers there; '' for each that is expected and has no address yet. */
  get bearers(): readonly string[] {
    const { hosts, unresolved, expected } = this.#parts.seeds
    const unknown = Math.max(unresolved, expected - hosts.length)
    return [...hosts.map(host => this.#aliases.get(host) ?? host), ...Array<string>(unknown).fill('')]
  }

  /** True once some seed is a member, or no seed is another node. */
  get isDone(): boolean {
    return this.#isDone
  }

  /** At that seed the node with that gossip address has answered. */
  note(seed: string, gossip: string): void {
    if (seed !== gossip && this.#parts.seeds.hosts.includes(seed)) this.#aliases.set(seed, gossip)
    this.check()
  }

  /** To be called whenever the seeds or the members may have changed. */
  check(): void {
    if (this.#isDone) return
    const { seeds } = this.#parts
    const { hosts } = seeds
    const isAlone = seeds.areResolved && hosts.every(host => (this.#aliases.get(host) ?? host) === this.#self)
    this.#isDone = isAlone || hosts.some(host => this.#isMember(host))
    if (this.#isDone) this.#settle()
  }

  /** Whether it is done, at the latest after `timeoutMs`. */
  wait(timeoutMs: number): Promise<boolean> {
    this.check()
    if (this.#isDone || this.#isEnded) return Promise.resolve(this.#isDone)
    return new Promise(resolve => {
      const settle = () => {
        clearTimeout(timer)
        this.#waiting.delete(settle)
        resolve(this.#isDone)
      }
      const timer = setTimeout(settle, timeoutMs)
      this.#waiting.add(settle)
    })
  }

  /** There are new seeds: done only when it is so with them. */
  restart(): void {
    this.#isDone = false
    this.check()
  }

  end(): void {
    this.#isEnded = true
    this.#settle()
  }

  #isMember(seed: string): boolean {
    return this.#parts.isLive(this.#aliases.get(seed) ?? seed)
  }

  #settle(): void {
    for (const settle of this.#waiting) settle()
  }
}

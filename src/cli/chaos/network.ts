import { freePortPair } from '../dev/ports.ts'
import { Namespaces } from './namespaces.ts'

/** Where a node listens, and what its process is started with. */
export interface Place {
  readonly gossip: string
  readonly grpc: string
  /** Program and arguments that come before the node's own. */
  readonly within: readonly string[]
}

/** From one node to another one, by their numbers. */
export type Pair = readonly [from: number, to: number]

/** What the nodes talk over. */
export interface ChaosNetwork {
  /** Cuts one node off from all others, not from clients; undefined where that is not possible, `why` says why. */
  readonly cut: ((node: number) => Promise<void>) | undefined
  /** Drops what these nodes send to these others, each pair one way; undefined where `cut` is. */
  readonly drop: ((pairs: readonly Pair[]) => Promise<void>) | undefined
  /** Makes the network of all nodes slow and unreliable; undefined where `cut` is. Resolves with what it does. */
  readonly impair: (() => Promise<string>) | undefined
  readonly why: string
  place(node: number): Promise<Place>
  /** Undoes all of it. */
  heal(): Promise<void>
  /** Leaves nothing behind. */
  remove(): void
}

/** All on 127.0.0.1: nothing can be cut there. */
export class Loopback implements ChaosNetwork {
  readonly cut = undefined
  readonly drop = undefined
  readonly impair = undefined
  readonly why: string
  readonly #taken = new Set<number>()
  // Below the ports that systems give away, so that a node finds its own free when it is started again.
  readonly #first = 10_000 + 2 * Math.floor(Math.random() * 10_000)

  constructor(why: string) {
    this.why = why
  }

  async place(): Promise<Place> {
    const port = await freePortPair(this.#first, this.#taken)
    this.#taken.add(port).add(port + 1)
    return { gossip: `127.0.0.1:${port}`, grpc: `127.0.0.1:${port + 1}`, within: [] }
  }

  async heal(): Promise<void> {}

  remove(): void {}
}

/** Namespaces where that is possible, else loopback. */
export async function chooseNetwork(count: number): Promise<ChaosNetwork> {
  if (process.platform !== 'linux') return new Loopback('network namespaces need Linux')
  if (process.getuid?.() !== 0) return new Loopback('network namespaces need root')
  try {
    return await Namespaces.create(count)
  } catch (error) {
    const [reason] = (error instanceof Error ? error.message : String(error)).trim().split('\n').slice(-1)
    return new Loopback(`network namespaces could not be made: ${reason}`)
  }
}

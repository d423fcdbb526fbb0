import { execFile, execFileSync } from 'node:child_process'
import { promisify } from 'node:util'
import { freePortPair } from '../dev/ports.ts'

const run = promisify(execFile)
// Nobody has it: what is sent there arrives nowhere, and nobody is told.
const nobody = '02:00:00:00:00:01'
const gossipPort = 7946

/** Where a node listens, and what its process is started with. */
export interface Place {
  readonly gossip: string
  readonly grpc: string
  /** Program and arguments that come before the node's own. */
  readonly within: readonly string[]
}

/** What the nodes talk over. */
export interface ChaosNetwork {
  /** Cuts one node off from all others, not from clients; undefined where that is not possible, `why` says why. */
  readonly cut: ((node: number) => Promise<void>) | undefined
  readonly why: string
  place(node: number): Promise<Place>
  /** Undoes all cuts. */
  heal(): Promise<void>
  /** Leaves nothing behind. */
  remove(): void
}

/** All on 127.0.0.1: nothing can be cut there. */
export class Loopback implements ChaosNetwork {
  readonly cut = undefined
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

/**
 * A network namespace for each node, on one bridge with this process. A cut is a wrong hardware address for the other, on
 * both sides: packets leave and vanish, as with a broken cable, and nobody gets an error.
 */
export class Namespaces implements ChaosNetwork {
  readonly why = ''
  readonly #count: number
  readonly #prefix = `mm${process.pid}`
  readonly #hub = `${this.#prefix}h`
  readonly #subnet = `10.213.${process.pid % 250}`
  #cutOff: number | undefined

  constructor(count: number) {
    this.#count = count
  }

  /** Rejects where the system does not allow it, and leaves nothing then. */
  static async create(count: number): Promise<Namespaces> {
    const network = new Namespaces(count)
    try {
      await network.#create()
      return network
    } catch (error) {
      network.remove()
      throw error
    }
  }

  async place(node: number): Promise<Place> {
    const host = this.#host(node)
    const within = ['ip', 'netns', 'exec', this.#namespace(node)]
    return { gossip: `${host}:${gossipPort}`, grpc: `${host}:${gossipPort + 1}`, within }
  }

  readonly cut = async (node: number): Promise<void> => {
    this.#cutOff = node
    await this.#eachOther(node, (from, to) =>
      ip('-n', from, 'neigh', 'replace', to, 'lladdr', nobody, 'dev', 'eth0', 'nud', 'permanent'),
    )
  }

  async heal(): Promise<void> {
    if (this.#cutOff === undefined) return
    await this.#eachOther(this.#cutOff, (from, to) => ip('-n', from, 'neigh', 'del', to, 'dev', 'eth0'))
    this.#cutOff = undefined
  }

  remove(): void {
    const namespaces = Array.from({ length: this.#count }, (_, i) => this.#namespace(i))
    for (const namespace of [...namespaces, this.#hub])
      try {
        // Its interfaces go with it, and so do their other ends.
        execFileSync('ip', ['netns', 'del', namespace], { stdio: 'ignore' })
      } catch {
        // It was not made, or is gone already.
      }
  }

  // The bridge has a namespace of its own: in this one a firewall, as that of containers, may drop what passes through.
  async #create(): Promise<void> {
    const hub = this.#hub
    await ip('netns', 'add', hub)
    await ip('-n', hub, 'link', 'add', 'hub', 'type', 'bridge')
    await ip('-n', hub, 'link', 'set', 'hub', 'up')
    await ip('link', 'add', hub, 'type', 'veth', 'peer', 'name', 'here', 'netns', hub)
    await ip('addr', 'add', `${this.#subnet}.254/24`, 'dev', hub)
    await ip('link', 'set', hub, 'up')
    await ip('-n', hub, 'link', 'set', 'here', 'master', 'hub', 'up')
    for (let node = 0; node < this.#count; node++) {
      const [namespace, end] = [this.#namespace(node), `node${node}`]
      await ip('netns', 'add', namespace)
      await ip('-n', hub, 'link', 'add', end, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace)
      await ip('-n', hub, 'link', 'set', end, 'master', 'hub', 'up')
      await ip('-n', namespace, 'addr', 'add', `${this.#host(node)}/24`, 'dev', 'eth0')
      await ip('-n', namespace, 'link', 'set', 'eth0', 'up')
      await ip('-n', namespace, 'link', 'set', 'lo', 'up')
    }
  }

  async #eachOther(node: number, change: (from: string, to: string) => Promise<unknown>): Promise<void> {
    const others = Array.from({ length: this.#count }, (_, i) => i).filter(i => i !== node)
    await Promise.all(
      others.flatMap(other => [
        change(this.#namespace(node), this.#host(other)),
        change(this.#namespace(other), this.#host(node)),
      ]),
    )
  }

  #namespace(node: number): string {
    return `${this.#prefix}n${node}`
  }

  #host(node: number): string {
    return `${this.#subnet}.${node + 1}`
  }
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

function ip(...args: string[]): Promise<unknown> {
  return run('ip', args)
}

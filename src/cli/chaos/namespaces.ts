import { execFile, execFileSync } from 'node:child_process'
import { promisify } from 'node:util'
import type { ChaosNetwork, Pair, Place } from './network.ts'

const run = promisify(execFile)
// Nobody has it: what is sent there arrives nowhere, and nobody is told.
const nobody = '02:00:00:00:00:01'
const gossipPort = 7946

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
  #dropped: readonly Pair[] = []
  #isImpaired = false

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
    const others = Array.from({ length: this.#count }, (_, i) => i).filter(i => i !== node)
    await this.drop(
      others.flatMap((other): Pair[] => [
        [node, other],
        [other, node],
      ]),
    )
  }

  readonly drop = async (pairs: readonly Pair[]): Promise<void> => {
    this.#dropped = [...this.#dropped, ...pairs]
    await this.#each(pairs, (from, to) =>
      ip('-n', from, 'neigh', 'replace', to, 'lladdr', nobody, 'dev', 'eth0', 'nud', 'permanent'),
    )
  }

  readonly impair = async (): Promise<string> => {
    this.#isImpaired = true
    const hosts = Array.from({ length: this.#count }, (_, i) => this.#host(i))
    const done = await Promise.all(hosts.map((_, i) => impair(this.#namespace(i), hosts)))
    return done[0] ?? ''
  }

  async heal(): Promise<void> {
    const dropped = new Map(this.#dropped.map(pair => [pair.join(), pair]))
    this.#dropped = []
    await this.#each([...dropped.values()], (from, to) => ip('-n', from, 'neigh', 'del', to, 'dev', 'eth0'))
    if (!this.#isImpaired) return
    this.#isImpaired = false
    await Promise.all(Array.from({ length: this.#count }, (_, i) => repair(this.#namespace(i))))
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

  async #each(pairs: readonly Pair[], change: (from: string, to: string) => Promise<unknown>): Promise<void> {
    await Promise.all(pairs.map(([from, to]) => change(this.#namespace(from), this.#host(to))))
  }

  #namespace(node: number): string {
    return `${this.#prefix}n${node}`
  }

  #host(node: number): string {
    return `${this.#subnet}.${node + 1}`
  }
}

// The kernel's own emulation where it has one; else a thin pipe with a queue, and a firewall that drops and repeats.
async function impair(namespace: string, hosts: readonly string[]): Promise<string> {
  const within = (...args: string[]) => ip('netns', 'exec', namespace, ...args)
  const qdisc = (...args: string[]) => within('tc', 'qdisc', 'replace', 'dev', 'eth0', 'root', ...args)
  try {
    await qdisc('netem', 'delay', '50ms', '50ms', 'loss', '5%', 'duplicate', '1%', 'reorder', '25%')
    return 'netem: 50 ms ± 50 ms, 5 % lost, 1 % twice, 25 % out of order'
  } catch {
    await qdisc('tbf', 'rate', '1mbit', 'burst', '8kb', 'latency', '400ms')
  }
  const by = (share: string) => ['-m', 'statistic', '--mode', 'random', '--probability', share]
  await within('iptables', '-A', 'INPUT', ...by('0.05'), '-j', 'DROP')
  for (const host of hosts)
    await within('iptables', '-t', 'mangle', '-A', 'OUTPUT', '-d', host, ...by('0.01'), ...twice(host))
  return '1 Mbit/s with up to 400 ms of queue, 5 % lost, 1 % twice (this kernel has no netem: nothing out of order)'
}

function twice(host: string): string[] {
  return ['-j', 'TEE', '--gateway', host]
}

async function repair(namespace: string): Promise<void> {
  const within = (...args: string[]) => ip('netns', 'exec', namespace, ...args).catch(() => {})
  await within('tc', 'qdisc', 'del', 'dev', 'eth0', 'root')
  await within('iptables', '-F', 'INPUT')
  await within('iptables', '-t', 'mangle', '-F', 'OUTPUT')
}

function ip(...args: string[]): Promise<unknown> {
  return run('ip', args)
}

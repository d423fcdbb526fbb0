import { expect, test, vi } from 'vitest'
import type { Log } from '../../src/core/environment.ts'
import { createKeyring } from '../../src/membership/keyring.ts'
import type { SwimOptions } from '../../src/membership/swim.ts'
import { startSwim } from '../../src/membership/swim.ts'
import type { SwimMembership } from '../../src/membership/swim-membership.ts'
import { profiles } from '../../src/membership/timings.ts'
import { type BindAddress, openUdp, type Udp } from '../../src/membership/udp.ts'
import { createIncarnation, type View } from '../../src/membership/view.ts'
import { systemRandom, testSecret } from './swim-random.ts'

export { testSecret }

export class RecordingLog implements Log {
  readonly lines: { readonly level: string; readonly fields: object; readonly message: string }[] = []

  debug = (fields: object, message: string) => this.#add('debug', fields, message)
  info = (fields: object, message: string) => this.#add('info', fields, message)
  warn = (fields: object, message: string) => this.#add('warn', fields, message)
  error = (fields: object, message: string) => this.#add('error', fields, message)

  #add(level: string, fields: object, message: string) {
    this.lines.push({ level, fields, message })
  }
}

/** Loopback with faults: drops what it is told to, and shows what passes. */
export class FaultyNetwork {
  /** True for datagrams that are lost between those gossip addresses. */
  loses: (from: string, to: string) => boolean = () => false
  passed: (datagram: Uint8Array, from: string, to: string) => void = () => {}
  readonly #sockets = new Map<string, Udp>()

  readonly open = async (bind: BindAddress): Promise<Udp> => {
    const udp = await openUdp(bind)
    const from = `${bind.host}:${udp.port}`
    this.#sockets.set(from, udp)
    return {
      port: udp.port,
      receive: receive => udp.receive(receive),
      close: () => udp.close(),
      send: (datagram, to, failed) => {
        if (this.loses(from, to)) return
        this.passed(datagram, from, to)
        udp.send(datagram, to, failed)
      },
    }
  }

  /** The node goes without a word, as in a crash. */
  async kill(host: string): Promise<void> {
    await this.#sockets.get(host)?.close()
  }

  /** Nothing passes between members of different groups until `heal`. Whoever is in none belongs to the first. */
  split(...groups: readonly (readonly SwimMembership[])[]): void {
    const groupOf = new Map(groups.flatMap((group, i) => group.map(node => [node.self.gossip, i] as const)))
    this.loses = (from, to) => (groupOf.get(from) ?? 0) !== (groupOf.get(to) ?? 0)
  }

  heal(): void {
    this.loses = () => false
  }
}

/** Starts nodes on loopback and stops whatever was started. */
export class SwimCluster {
  readonly network = new FaultyNetwork()
  readonly log = new RecordingLog()
  readonly #nodes: SwimMembership[] = []
  #incarnation = 0

  async start(name: string, options: Partial<SwimOptions> = {}): Promise<SwimMembership> {
    // Always above the one before, even within a ms.
    this.#incarnation = Math.max(this.#incarnation + 1, createIncarnation(Date.now(), systemRandom.uint32()))
    const node = await startSwim({
      cluster: 'test',
      name,
      incarnation: this.#incarnation,
      version: '1.2.3',
      zone: 'zone-1',
      address: '127.0.0.1:7947',
      bind: { host: '127.0.0.1', port: 0 },
      advertiseHost: options.bind?.host ?? '127.0.0.1',
      sealer: createKeyring([testSecret]),
      seeds: [],
      timings: profiles.test,
      random: systemRandom,
      log: this.log,
      openUdp: this.network.open,
      ...options,
    })
    this.#nodes.push(node)
    return node
  }

  /** So many nodes `n1`, `n2`, … that all know each other, with the first as everybody's seed. */
  async startMany(count: number, options: Partial<SwimOptions> = {}): Promise<SwimMembership[]> {
    const first = await this.start('n1', options)
    const others = Array.from({ length: count - 1 }, (_, i) =>
      this.start(`n${i + 2}`, { seeds: [first.self.gossip], ...options }),
    )
    const nodes = [first, ...(await Promise.all(others))]
    await converged(nodes)
    return nodes
  }

  kill(node: SwimMembership): Promise<void> {
    return this.network.kill(node.self.gossip)
  }

  async close(): Promise<void> {
    await Promise.all(this.#nodes.map(node => node.leave()))
  }
}

/** A test with a cluster of its own, so that tests can run side by side: most of their time is waiting. */
export const it = test.extend<{ cluster: SwimCluster }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads from the pattern which fixtures are needed.
  cluster: async ({}, use) => {
    const cluster = new SwimCluster()
    await use(cluster)
    await cluster.close()
  },
})

export function portOf(node: SwimMembership): number {
  return Number(node.self.gossip.split(':')[1])
}

export function namesIn(view: View): string[] {
  return view.members.map(({ name }) => name)
}

/** Resolves when each of the nodes sees exactly these nodes, as they are now. */
export async function converged(nodes: readonly SwimMembership[], seen = nodes): Promise<void> {
  const wanted = seen.map(({ self }) => self).sort((a, b) => (a.name < b.name ? -1 : 1))
  for (const node of nodes) await eventually(() => expect(node.view.members).toEqual(wanted))
}

/** Waits until the assertion holds; for 15 s, which no healthy run comes near. */
export async function eventually(assertion: () => void): Promise<void> {
  await vi.waitFor(assertion, { interval: 5, timeout: 15_000 })
}

/** Resolves when each of the nodes has received so many more datagrams: time for what must not happen to happen. */
export async function afterTraffic(nodes: readonly SwimMembership[], datagrams: number): Promise<void> {
  const wanted = nodes.map(({ stats }) => stats.datagramsReceived + datagrams)
  await eventually(() => {
    for (const [i, node] of nodes.entries())
      expect(node.stats.datagramsReceived).toBeGreaterThanOrEqual(wanted[i])
  })
}

/** What the views have gained and lost from now on, as `seer+seen` and `seer-seen`. */
export function recordChanges(nodes: readonly SwimMembership[]): {
  readonly ups: string[]
  readonly downs: string[]
} {
  const changes = { ups: [] as string[], downs: [] as string[] }
  for (const node of nodes) {
    node.onChange((view, previous) => {
      for (const { name } of view.members) {
        if (previous.get(name) === undefined) changes.ups.push(`${node.self.name}+${name}`)
      }
      for (const { name } of previous.members) {
        if (view.get(name) === undefined) changes.downs.push(`${node.self.name}-${name}`)
      }
    })
  }
  return changes
}

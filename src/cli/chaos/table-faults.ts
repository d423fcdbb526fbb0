import { setTimeout as sleep } from 'node:timers/promises'
import type { ChaosCluster } from './chaos-cluster.ts'
import type { ChaosNode } from './chaos-node.ts'
import type { Pair } from './network.ts'
import type { SeededRandom } from './random.ts'

export const tableFaultKinds = [
  'nothing',
  'kill',
  'kill in a loop',
  'pause',
  'long pause',
  'rolling restart',
  'clock step',
  'bad network',
  'one way',
  'split',
  'long split',
] as const

export type TableFaultKind = (typeof tableFaultKinds)[number]

/** One fault that was done. */
export interface TableFault {
  readonly kind: TableFaultKind
  /** To whom, in words. */
  readonly what: string
  /** Nodes whose process was killed. */
  readonly killed: ReadonlySet<string>
  /** Nodes that were out of reach for longer than deletes are remembered. */
  readonly away: ReadonlySet<string>
}

const healthLimitMs = 60_000
const networkKinds = new Set<TableFaultKind>(['bad network', 'one way', 'split', 'long split'])
const shortMs = 3000
const quietMs = 1500
const longest = { clockMs: 1500 }

export interface TableFaultsOptions {
  /** Nodes that are never killed nor ended, however many others are. */
  readonly spared?: number
  /** What takes longer than that is long. */
  readonly graceMs: number
}

/** Whom a fault has met. */
interface Met {
  readonly killed: Set<string>
  readonly away: Set<string>
}

/** Does harm to real nodes, one fault at a time, and undoes it. */
export class TableFaults {
  readonly #cluster: ChaosCluster
  readonly #random: SeededRandom
  readonly #options: TableFaultsOptions
  #bag: TableFaultKind[] = []

  constructor(cluster: ChaosCluster, random: SeededRandom, options: TableFaultsOptions) {
    this.#cluster = cluster
    this.#random = random
    this.#options = options
  }

  /** The next kind: all come in turn, in another order each time. */
  next(): TableFaultKind {
    const { drop } = this.#cluster.network
    if (this.#bag.length === 0)
      this.#bag = this.#random.shuffle(
        tableFaultKinds.filter(kind => drop !== undefined || !networkKinds.has(kind)),
      )
    return this.#bag.pop() as TableFaultKind
  }

  /** Resolves when the fault is over: everything runs again, and nothing keeps nodes from each other. */
  async inflict(kind: TableFaultKind): Promise<TableFault> {
    const met = { killed: new Set<string>(), away: new Set<string>() }
    const what = await this.#harm(kind, met)
    return { kind, what, ...met }
  }

  async #harm(kind: TableFaultKind, { killed, away }: Met): Promise<string> {
    const { graceMs } = this.#options
    switch (kind) {
      case 'nothing':
        await sleep(quietMs)
        return ''
      case 'kill':
        return this.#kill(this.#mortal(), killed)
      case 'kill in a loop':
        return this.#killLoop(killed)
      case 'pause':
        return this.#pause(100 + this.#random.below(shortMs), new Set())
      case 'long pause':
        return this.#pause(graceMs * 2, away)
      case 'rolling restart':
        return this.#restartAll()
      case 'clock step':
        return this.#stepClock()
      default:
        return this.#harmNetwork(kind, away)
    }
  }

  async #kill(node: ChaosNode, killed: Set<string>): Promise<string> {
    killed.add(node.name)
    await node.end('SIGKILL')
    await sleep(this.#random.pick([0, 300, 1000, 3000]))
    await this.#cluster.restart(node)
    return node.name
  }

  async #killLoop(killed: Set<string>): Promise<string> {
    const names: string[] = []
    for (let i = 0; i < 4; i++) {
      names.push(await this.#kill(this.#mortal(), killed))
      await this.#cluster.untilHealthy(healthLimitMs)
    }
    return names.join(', ')
  }

  async #pause(ms: number, away: Set<string>): Promise<string> {
    const node = this.#random.pick(this.#cluster.nodes)
    away.add(node.name)
    node.pause()
    try {
      await sleep(ms)
    } finally {
      node.resume()
    }
    return `${node.name} for ${ms} ms`
  }

  async #restartAll(): Promise<string> {
    const nodes = this.#random.shuffle(this.#mortals())
    for (const node of nodes) {
      await node.end('SIGTERM')
      await this.#cluster.restart(node)
      await this.#cluster.untilHealthy(healthLimitMs)
    }
    return nodes.map(({ name }) => name).join(', ')
  }

  // Forward and back, or back and forward: either way the clock that was there first is the one that is left.
  async #stepClock(): Promise<string> {
    const node = this.#random.pick(this.#cluster.nodes)
    const offset = (this.#random.chance(0.5) ? 1 : -1) * (200 + this.#random.below(longest.clockMs - 200))
    node.stepClock(offset)
    await sleep(shortMs)
    node.stepClock(0)
    return `${node.name} by ${offset} ms`
  }

  async #harmNetwork(kind: TableFaultKind, away: Set<string>): Promise<string> {
    const { network } = this.#cluster
    try {
      const what = await this.#begin(kind, away)
      await sleep(kind === 'long split' ? this.#options.graceMs * 2 : shortMs)
      return what
    } finally {
      await network.heal()
    }
  }

  async #begin(kind: TableFaultKind, away: Set<string>): Promise<string> {
    const { network, nodes } = this.#cluster
    if (kind === 'bad network') return (await network.impair?.()) ?? ''
    const order = this.#random.shuffle(nodes.map((_, i) => i))
    if (kind === 'one way') {
      const [from = 0, ...others] = order
      const to = others.slice(0, 1 + this.#random.below(others.length))
      await network.drop?.(to.map((one): Pair => [from, one]))
      return `${from + 1} to ${to.map(one => one + 1).join(' and ')}`
    }
    const size = Math.ceil(nodes.length / 2)
    const [most, rest] = [order.slice(0, size), order.slice(size)]
    if (kind === 'long split') for (const one of rest) away.add(nodes[one]?.name ?? '')
    const across = most.flatMap(a => rest.map((b): Pair => [a, b]))
    await network.drop?.([...across, ...across.map(([a, b]): Pair => [b, a])])
    return `${most.map(one => one + 1).sort()} | ${rest.map(one => one + 1).sort()}`
  }

  #mortals(): ChaosNode[] {
    return this.#cluster.nodes.slice(this.#options.spared ?? 0)
  }

  #mortal(): ChaosNode {
    return this.#random.pick(this.#mortals())
  }
}

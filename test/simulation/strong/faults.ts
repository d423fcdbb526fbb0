import type { PlannedFault, Victim } from './plan.ts'
import type { StrongCluster } from './strong-cluster.ts'

/** Does to a cluster what the plan says, and undoes it in time. */
export class Faults {
  readonly #cluster: StrongCluster
  #ended = false

  constructor(cluster: StrongCluster) {
    this.#cluster = cluster
  }

  /** What became of it, in words: some would break what nobody promised, and do not happen. */
  inflict(fault: PlannedFault): string {
    const { names } = this.#cluster
    switch (fault.kind) {
      case 'partition': {
        const side = fault.side.map(i => names[i])
        const others = names.filter(name => !side.includes(name))
        return this.#cut(
          fault.forMs,
          side.flatMap(a =>
            others.flatMap(
              b =>
                [
                  [a, b],
                  [b, a],
                ] as const,
            ),
          ),
        )
      }
      case 'leader':
        return this.#isolate(fault)
      case 'holder': {
        const holder = this.#nameOf('holder')
        const others = names.filter(name => name !== holder)
        if (holder === undefined) return 'nobody holds a lock'
        return this.#cut(
          fault.forMs,
          others.flatMap(
            name =>
              [
                [name, holder],
                [holder, name],
              ] as const,
          ),
        )
      }
      case 'oneWay':
        return this.#cut(fault.forMs, [[names[fault.from], names[fault.to]]])
      case 'pair': {
        const [from, to] = [names[fault.from], names[fault.to]]
        return this.#cut(fault.forMs, [
          [from, to],
          [to, from],
        ])
      }
      case 'swizzle':
        return this.#swizzle(fault)
      case 'crash':
        return this.#crash(fault)
      case 'pause':
      case 'stall':
        return this.#pause(fault)
      case 'clock':
        return this.#step(fault)
      case 'leave':
        return this.#leave(fault)
      case 'reconfigure':
        this.#cluster.reconfigure(fault.pick)
        return 'asked'
      case 'transfer':
        this.#cluster.transfer(names[fault.to])
        return 'asked'
    }
  }

  /** From now on nothing begins any more, and what was to end later has no effect. */
  end(): void {
    this.#ended = true
    for (const name of this.#cluster.names) this.#restart(name)
  }

  #later(ms: number, run: () => void): void {
    this.#cluster.world.after(ms, () => {
      if (!this.#ended) run()
    })
  }

  #cut(forMs: number, links: readonly (readonly [from: string, to: string])[]): string {
    const { network } = this.#cluster
    for (const [from, to] of links) network.cut(from, to)
    this.#later(forMs, () => {
      for (const [from, to] of links) network.mend(from, to)
    })
    return links.map(link => link.join('>')).join(' ')
  }

  #isolate({ others, way, forMs }: Extract<PlannedFault, { kind: 'leader' }>): string {
    const leader = this.#cluster.leader?.name
    if (leader === undefined) return 'no leader'
    const peers = this.#cluster.names.filter(name => name !== leader).slice(0, others)
    return this.#cut(
      forMs,
      peers.flatMap(peer => {
        const [out, back] = [[leader, peer] as const, [peer, leader] as const]
        return way === 'both' ? [out, back] : way === 'out' ? [back] : [out]
      }),
    )
  }

  // Ring order, one link every 20th of the time; mended in the order of the plan.
  #swizzle({ order, forMs }: Extract<PlannedFault, { kind: 'swizzle' }>): string {
    const { names, network } = this.#cluster
    const links = names.flatMap((a, i) => names.slice(i + 1).map(b => [a, b] as const))
    for (const [i, [a, b]] of links.entries()) {
      const back = (order[i % order.length] * links.length + i) % (2 * links.length)
      this.#later((forMs * i) / 20, () => {
        network.cut(a, b)
        network.cut(b, a)
        this.#later(forMs / 2 + (forMs * back) / 20, () => {
          network.mend(a, b)
          network.mend(b, a)
        })
      })
    }
    return 'begun'
  }

  #nameOf(node: Victim): string | undefined {
    const { leader, names } = this.#cluster
    if (typeof node === 'number') return names[node]
    if (node === 'leader') return leader?.name
    // `name#life@index` of the lock that was granted last.
    const holder = leader?.state.locks.leases().at(-1)?.session
    return holder?.slice(0, holder.indexOf('#'))
  }

  #crash({ node, forMs }: Extract<PlannedFault, { kind: 'crash' }>): string {
    const name = this.#nameOf(node)
    if (name === undefined || this.#cluster.nodes.get(name)?.process.isAlive !== true)
      return 'no such process'
    if (!this.#cluster.maySpare(name)) return `${name} cannot be spared`
    this.#cluster.crash(name)
    this.#later(forMs, () => this.#restart(name))
    return `${name} died`
  }

  #restart(name: string): void {
    if (this.#cluster.nodes.get(name)?.process.isAlive === false) this.#cluster.start(name)
  }

  #pause({ node, forMs }: Extract<PlannedFault, { kind: 'pause' | 'stall' }>): string {
    const name = this.#nameOf(node)
    const process = name === undefined ? undefined : this.#cluster.nodes.get(name)?.process
    if (process?.isRunning !== true) return 'no such process'
    process.pause()
    this.#later(forMs, () => process.resume())
    return `${name} stands still`
  }

  #step({ node, stepMs }: Extract<PlannedFault, { kind: 'clock' }>): string {
    const name = this.#nameOf(node)
    if (name === undefined) return 'no such process'
    this.#cluster.stepClock(name, stepMs)
    return `the clock of ${name} is another one`
  }

  #leave({ node, forMs }: Extract<PlannedFault, { kind: 'leave' }>): string {
    const name = this.#nameOf(node)
    const process = name === undefined ? undefined : this.#cluster.nodes.get(name)?.process
    if (name === undefined || process?.isRunning !== true) return 'no such process'
    if (!this.#cluster.maySpare(name)) return `${name} cannot be spared`
    this.#cluster.leave(name, () => {
      if (this.#ended) this.#restart(name)
      else this.#later(forMs, () => this.#restart(name))
    })
    return `${name} leaves`
  }
}

import { calmNetwork } from './network.ts'
import type { SimCluster, SimNode } from './sim-cluster.ts'
import type { PlannedFault } from './troubles.ts'

const moveLimitMs = 3000

/** Does to a cluster what the plan says, and undoes it in time. */
export class Faults {
  readonly #cluster: SimCluster
  readonly #names: readonly string[]
  readonly #lasting: readonly string[]
  #ended = false

  /** Of the tables those that nobody drops. */
  constructor(cluster: SimCluster, names: readonly string[], lasting: readonly string[]) {
    this.#cluster = cluster
    this.#names = names
    this.#lasting = lasting
  }

  inflict(fault: PlannedFault): void {
    switch (fault.kind) {
      case 'partition': {
        const side = new Set(fault.sides.map(i => this.#names[i]))
        const apart = (a: string) => this.#names.filter(b => side.has(a) !== side.has(b))
        this.#cut(
          this.#names.flatMap(a => apart(a).map(b => [a, b] as const)),
          fault.forMs,
        )
        break
      }
      case 'oneWay':
      case 'pair': {
        const [a, b] = [this.#names[fault.from], this.#names[fault.to]]
        const back = fault.kind === 'pair' ? [[b, a] as const] : []
        this.#cut([[a, b], ...back], fault.forMs)
        break
      }
      case 'slow':
        this.#slow(this.#names[fault.from], this.#names[fault.to], fault)
        break
      case 'crash':
        this.#crash(this.#names[fault.node], fault)
        break
      case 'rolling':
        for (const [i, name] of this.#names.entries())
          this.#later(i * fault.forMs, () => this.#crash(name, { forMs: 100, clockMs: 0 }))
        break
      case 'pause':
      case 'stall':
        this.#pause(this.#names[fault.node], fault.forMs)
        break
      case 'clock':
        this.#step(this.#names[fault.node], fault.stepMs)
        break
      default:
        this.#change(fault)
    }
  }

  /** From now on nothing is wrong, and what was to start later starts now. */
  end(): void {
    this.#ended = true
    const { network } = this.#cluster
    network.faults = calmNetwork
    for (const a of this.#names) for (const b of this.#names) network.slow(a, b, 0)
    for (const name of this.#names) {
      this.#cluster.resume(name)
      if (!this.#cluster.nodes.has(name)) this.#cluster.start(name)
    }
    this.#cluster.heal()
  }

  #later(ms: number, run: () => void): void {
    this.#cluster.world.after(ms, () => {
      if (!this.#ended) run()
    })
  }

  #cut(links: readonly (readonly [from: string, to: string])[], forMs: number): void {
    for (const [from, to] of links) this.#cluster.cut(from, to)
    this.#later(forMs, () => {
      for (const [from, to] of links) this.#cluster.network.mend(from, to)
      this.#cluster.detector.update()
    })
  }

  #slow(
    from: string,
    to: string,
    { maxMs, forMs }: { readonly maxMs: number; readonly forMs: number },
  ): void {
    this.#cluster.network.slow(from, to, maxMs)
    this.#later(forMs, () => this.#cluster.network.slow(from, to, 0))
  }

  #crash(name: string, { forMs, clockMs }: { readonly forMs: number; readonly clockMs: number }): void {
    // The last one that has the tables takes them with it; that is promised to nobody.
    if (!this.#cluster.nodes.has(name) || !this.#canLose(name)) return
    this.#cluster.crash(name)
    this.#cluster.setOffset(name, this.#cluster.offsetOf(name) + clockMs)
    this.#later(forMs, () => this.#cluster.start(name))
  }

  #pause(name: string, forMs: number): void {
    const node = this.#cluster.nodes.get(name)
    if (node?.process.isRunning !== true) return
    this.#cluster.pause(name)
    this.#later(forMs, () => {
      if (this.#cluster.nodes.get(name) === node) this.#cluster.resume(name)
    })
  }

  // Within what the clock guard lets pass.
  #step(name: string, stepMs: number): void {
    const offset = this.#cluster.offsetOf(name)
    this.#cluster.stepClock(name, Math.max(-200, Math.min(200, offset + stepMs)) - offset)
  }

  // Whoever is there asks for it; it may be refused, and nobody waits for it.
  #change(
    fault: Extract<
      PlannedFault,
      { kind: 'addCopy' | 'removeCopy' | 'moveCopy' | 'create' | 'drop' | 'change' }
    >,
  ) {
    const serving = [...this.#cluster.nodes.values()].filter(
      ({ engine, process }) => process.isRunning && engine.standing.ready,
    )
    if (serving.length === 0) return
    const by = 'by' in fault ? fault.by : fault.node + 1
    const node = serving[by % serving.length]
    this.#changed(fault, node).catch(() => {})
  }

  async #changed(fault: Parameters<Faults['inflict']>[0], node: SimNode): Promise<void> {
    const { changes } = node.engine
    if (fault.kind === 'create') await node.create('other', { ttl: '1h' })
    else if (fault.kind === 'drop') await changes.drop('other')
    else if (fault.kind === 'change') await changes.change('pair', { ttl: `${1 + (fault.at % 9)}h` })
    else if (fault.kind === 'addCopy') await changes.addCopy('pair', this.#names[fault.node])
    else if (fault.kind === 'removeCopy') await changes.removeCopy('pair', this.#names[fault.node])
    else if (fault.kind === 'moveCopy')
      await changes.moveCopy('pair', { from: this.#names[fault.node], to: this.#names[fault.to] }, isDone =>
        until(node, isDone),
      )
  }

  #canLose(name: string): boolean {
    const others = [...this.#cluster.nodes.values()].filter(node => node.name !== name)
    return this.#lasting.every(table => {
      const id = others[0]?.engine.catalog.get(table)?.id
      return id !== undefined && others.some(node => node.engine.copies.get(id)?.active === true)
    })
  }
}

function until(node: SimNode, isDone: () => boolean): Promise<void> {
  const limit = node.env.clock.monotonic() + moveLimitMs
  return new Promise((resolve, reject) => {
    const look = () => {
      try {
        if (isDone()) resolve()
        else if (node.env.clock.monotonic() > limit) reject(new Error('the copy did not move in time'))
        else node.env.timers.after(20, look)
      } catch (error) {
        reject(error)
      }
    }
    look()
  })
}

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Gossip } from '../../src/membership/gossip.ts'
import { LocalHealth } from '../../src/membership/local-health.ts'
import { readMessages } from '../../src/membership/messages.ts'
import type { GossipRecord } from '../../src/membership/records.ts'
import { profiles } from '../../src/membership/timings.ts'
import { World } from './support/world.ts'

const timings = profiles.lan

// Those that the library keeps for itself only forget what was answered long ago.
beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

/** A node whose event loop can be busy: what is due meanwhile runs afterwards, timers first, then what has arrived. */
class BusyNode {
  readonly host: string
  readonly gossip: Gossip
  readonly losses: string[] = []
  alive = true
  #live: readonly string[] = []
  readonly #world: World
  #busyUntil = 0

  constructor(world: World, index: number, send: (payload: Buffer, from: string, to: string) => void) {
    this.#world = world
    this.host = `10.0.0.${index}:7946`
    const meta = { n: `n${index}`, i: 10 + index, a: `10.0.0.${index}:7947`, z: '', v: '' }
    const time = {
      clock: { monotonic: () => world.now },
      timers: {
        after: (delayMs: number, run: () => void) => world.after(delayMs, () => this.#whenFree(run)),
        every: (periodMs: number, run: () => void) => this.#every(periodMs, run),
      },
    }
    this.gossip = new Gossip(
      { host: this.host, meta },
      {
        send: (payload, to) => send(Buffer.from(payload), this.host, to),
        random: world.random,
        time,
        changed: () => this.#changed(),
        signed: () => {},
      },
      { timings, maxPayloadBytes: 1300 },
    )
    time.timers.every(timings.syncIntervalMs, () => this.gossip.exchange([]))
  }

  get knows(): readonly string[] {
    return this.gossip.live.map(({ host }) => host).sort()
  }

  busyFor(ms: number): void {
    this.#busyUntil = this.#world.now + ms
  }

  arrived(payload: Buffer, from: string): void {
    if (!this.alive) return
    const busyMs = this.#busyUntil - this.#world.now
    if (busyMs > 0) {
      // The socket is read when all timers that were due have run.
      this.#world.after(busyMs + 0.01, () => this.arrived(payload, from))
      return
    }
    for (const message of readMessages(payload, Number.MAX_SAFE_INTEGER))
      if (message !== undefined && message.type !== 'who' && message.type !== 'is')
        this.gossip.receive(message, from)
  }

  #whenFree(run: () => void): void {
    if (!this.alive) return
    const busyMs = this.#busyUntil - this.#world.now
    if (busyMs > 0) this.#world.after(busyMs, () => this.#whenFree(run))
    else run()
  }

  #every(periodMs: number, run: () => void): () => void {
    let stopped = false
    const again = () => {
      if (stopped) return
      run()
      this.#world.after(periodMs, () => this.#whenFree(again))
    }
    this.#world.after(periodMs, () => this.#whenFree(again))
    return () => {
      stopped = true
    }
  }

  #changed(): void {
    const live = this.knows
    this.losses.push(...this.#live.filter(host => !live.includes(host)))
    this.#live = live
  }
}

/** Five nodes that know each other, on a network that loses some datagrams. */
async function clusterOf(seed: number) {
  const world = new World(seed)
  const nodes = new Map<string, BusyNode>()
  const send = (payload: Buffer, from: string, to: string) => {
    if (world.random.chance(0.02)) return
    world.after(0.2 + world.random.unit() * 2, () => nodes.get(to)?.arrived(payload, from))
  }
  for (let i = 1; i <= 5; i++) {
    const node = new BusyNode(world, i, send)
    nodes.set(node.host, node)
  }
  const all = [...nodes.values()]
  for (const node of all) node.gossip.exchange(all.map(({ host }) => host).filter(host => host !== node.host))
  while (all.some(({ knows }) => knows.length < 4)) await world.run(100)
  return { world, all }
}

/** Busy for 2 to 3 s again and again for half a minute, with moments in between in which an answer may come or not. */
async function keepBusy(world: World, node: BusyNode) {
  for (const end = world.now + 30_000; world.now < end; ) {
    const ms = 2000 + world.random.below(1000)
    node.busyFor(ms)
    await world.run(ms + world.random.pick([0.1, 1, 3, 20, 700]))
  }
}

describe('a node that is busy for seconds again and again', () => {
  it.each([1, 2, 3, 4, 5, 6])('calls nobody dead (SEED=%i)', async seed => {
    const { world, all } = await clusterOf(seed)
    const [busy, ...others] = all
    await keepBusy(world, busy)
    expect(busy.losses).toEqual([])
    expect(busy.gossip.health).toBeGreaterThan(0)
    // Nor do the others call each other dead on its word.
    for (const { losses } of others) expect(losses.filter(host => host !== busy.host)).toEqual([])
    await world.run(10_000)
    expect(all.map(({ knows }) => knows.length)).toEqual([4, 4, 4, 4, 4])
    expect(busy.gossip.health).toBeLessThan(3)
  })

  it('would call others dead if it did not know that it is late', async () => {
    vi.spyOn(LocalHealth.prototype, 'mayAccuse').mockReturnValue(true)
    vi.spyOn(LocalHealth.prototype, 'beat').mockReturnValue(true)
    let losses = 0
    for (let seed = 1; seed <= 6; seed++) {
      const { world, all } = await clusterOf(seed)
      await keepBusy(world, all[0])
      losses += all[0].losses.length
    }
    expect(losses).toBeGreaterThan(0)
  })

  it('still finds out who is dead, when it has time to look, as soon as others do', async () => {
    const { world, all } = await clusterOf(7)
    const [busy, dead, other] = all
    await keepBusy(world, busy)
    dead.alive = false
    await world.run(timings.suspectTimeoutMs + 10 * timings.intervalMs * 5)
    expect([busy, other].map(({ knows }) => knows.includes(dead.host))).toEqual([false, false])
  })
})

describe('a suspicion of a node', () => {
  it('is contradicted as soon as it has time', async () => {
    const { world, all } = await clusterOf(8)
    const [busy, other] = all
    const doubt = () => other.gossip.live.find(({ host }) => host === busy.host) as GossipRecord
    busy.busyFor(1500)
    while (doubt().state !== 1) await world.run(10)
    await world.run(1500)
    // Two ways on the network and no more.
    expect(doubt().state).toBe(0)
    expect(other.losses).toEqual([])
  })
})

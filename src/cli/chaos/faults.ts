import { setTimeout as sleep } from 'node:timers/promises'
import { MnemeshError } from '../../client/index.ts'
import type { HarmedCluster, HarmedNode } from './harmed.ts'
import type { SeededRandom } from './random.ts'
import type { Workload } from './workload.ts'

export const faultKinds = [
  'kill leader',
  'kill other',
  'pause leader',
  'pause other',
  'end leader',
  'end other',
  'cut leader',
  'cut other',
] as const

export type FaultKind = (typeof faultKinds)[number]

/** What one fault did, times in ms. */
export interface FaultRecord {
  readonly kind: FaultKind
  readonly node: string
  readonly atMs: number
  /** From the fault to the first acknowledgement of a write that was begun after it. */
  readonly failoverMs: number | undefined
  /** The longest time without any acknowledged write while the node ended in order. */
  readonly gapMs: number | undefined
  /** From the end of the fault (the restart, the healing) until all agreed that all is well. */
  readonly recoveryMs: number
}

const healthLimitMs = 60_000
const failoverLimitMs = 30_000
const pausedMs = 5000
const probeMs = 10
const cutMs = 5000

/** Does harm to one node at a time, and sees that the cluster gets over it. */
export class Faults {
  readonly records: FaultRecord[] = []
  readonly #cluster: HarmedCluster
  readonly #workload: Workload
  readonly #random: SeededRandom
  #bag: FaultKind[] = []

  constructor(cluster: HarmedCluster, workload: Workload, random: SeededRandom) {
    this.#cluster = cluster
    this.#workload = workload
    this.#random = random
  }

  /** The next kind: all come in turn, in another order each time; the hardest one three times in each turn. */
  next(): FaultKind {
    const canCut = this.#cluster.network.cut !== undefined
    const kinds = faultKinds.filter(kind => canCut || !kind.startsWith('cut'))
    if (this.#bag.length === 0) this.#bag = this.#random.shuffle(['kill leader', 'kill leader', ...kinds])
    return this.#bag.pop() as FaultKind
  }

  /** Rejects with ERR_TIMEOUT when the cluster does not get over it. */
  async inflict(kind: FaultKind): Promise<FaultRecord> {
    const node = await this.#victim(kind)
    const atMs = performance.now()
    const times = await this.#harm(kind, node).catch(error => {
      throw explained(error, `${kind} (${node.name})`)
    })
    const recoveryMs = await this.#cluster.untilHealthy(healthLimitMs).catch(error => {
      throw explained(error, `after ${kind} (${node.name})`)
    })
    const record = {
      kind,
      node: node.name,
      atMs,
      failoverMs: undefined,
      gapMs: undefined,
      ...times,
      recoveryMs,
    }
    this.records.push(record)
    return record
  }

  #harm(kind: FaultKind, node: HarmedNode): Promise<Partial<FaultRecord>> {
    switch (kind) {
      case 'kill leader':
      case 'kill other':
        return this.#kill(node)
      case 'pause leader':
      case 'pause other':
        return this.#pause(node)
      case 'end leader':
      case 'end other':
        return this.#end(node)
      default:
        return this.#cut(node)
    }
  }

  async #kill(node: HarmedNode): Promise<Partial<FaultRecord>> {
    const gone = node.end('SIGKILL')
    const failover = this.#untilAcknowledged()
    await gone
    // At once, while the others have not noticed, or later, when they have done without it.
    await sleep(this.#random.pick([0, 300, 1000, 3000]))
    await this.#cluster.restart(node)
    return { failoverMs: await failover }
  }

  async #pause(node: HarmedNode): Promise<Partial<FaultRecord>> {
    await node.pause()
    const failover = this.#untilAcknowledged()
    try {
      await sleep(pausedMs)
    } finally {
      await node.resume()
    }
    return { failoverMs: await failover }
  }

  async #end(node: HarmedNode): Promise<Partial<FaultRecord>> {
    const ended = node.end('SIGTERM')
    const gap = this.#longestGap(ended)
    gap.catch(() => {})
    await ended
    const gapMs = await gap
    await sleep(this.#random.pick([0, 300, 1000]))
    await this.#cluster.restart(node)
    return { gapMs }
  }

  async #cut(node: HarmedNode): Promise<Partial<FaultRecord>> {
    const { network, nodes } = this.#cluster
    await network.cut?.(nodes.indexOf(node))
    const failover = this.#untilAcknowledged()
    try {
      await sleep(cutMs)
    } finally {
      await network.heal()
    }
    return { failoverMs: await failover }
  }

  async #victim(kind: FaultKind): Promise<HarmedNode> {
    const leader = await this.#cluster.leader()
    if (leader === undefined) throw new MnemeshError('ERR_TIMEOUT', 'nobody leads though all was well')
    if (kind.endsWith('leader')) return leader
    return this.#random.pick(this.#cluster.nodes.filter(node => node !== leader))
  }

  #untilAcknowledged(): Promise<number> {
    const first = this.#firstAcknowledged()
    // Awaited after the fault has ended; until then nobody listens.
    first.catch(() => {})
    return first
  }

  // Another write every few ms: where one is stuck, it is not the one that tells.
  async #firstAcknowledged(): Promise<number> {
    const began = performance.now()
    let after: number | undefined
    while (after === undefined) {
      void this.#workload.probe().then(acknowledged => {
        if (acknowledged) after ??= performance.now() - began
      })
      await sleep(probeMs)
      if (performance.now() - began > failoverLimitMs)
        throw new MnemeshError('ERR_TIMEOUT', `no write was acknowledged within ${failoverLimitMs} ms`)
    }
    return after
  }

  async #longestGap(during: Promise<void>): Promise<number> {
    let [last, longest] = [performance.now(), 0]
    const began = last
    let ended = Number.POSITIVE_INFINITY
    void during.then(() => {
      ended = performance.now()
    })
    const acknowledged = () => {
      longest = Math.max(longest, performance.now() - last)
      last = performance.now()
    }
    // Until a write is acknowledged that was begun after the end.
    for (let isOver = false; !isOver; ) {
      const begun = performance.now()
      void this.#workload.probe().then(isAcknowledged => {
        if (!isAcknowledged) return
        acknowledged()
        isOver ||= begun > ended
      })
      await sleep(probeMs)
      if (performance.now() - began > failoverLimitMs)
        throw new MnemeshError('ERR_TIMEOUT', `no write was acknowledged within ${failoverLimitMs} ms`)
    }
    return longest
  }
}

function explained(error: unknown, what: string): unknown {
  if (!MnemeshError.is(error)) return error
  return new MnemeshError(error.code, `${what}: ${error.message}`, { cause: error })
}

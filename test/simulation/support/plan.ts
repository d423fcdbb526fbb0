import { calmNetwork, type NetworkFaults } from './network.ts'
import { SeededRandom } from './world.ts'

export type OperationKind =
  | 'set'
  | 'setTtl'
  | 'delete'
  | 'increment'
  | 'ifAbsent'
  | 'update'
  | 'get'
  | 'clear'
  | 'setMany'

/** One call by a client of some node; numbers are taken modulo what is there. */
export interface PlannedOperation {
  readonly at: number
  readonly kind: OperationKind
  readonly node: number
  readonly table: 'users' | 'pair'
  readonly key: number
  readonly ack: 'local' | 'one' | 'majority' | 'all'
}

export type PlannedFault =
  | {
      readonly at: number
      readonly kind: 'partition'
      readonly sides: readonly number[]
      readonly forMs: number
    }
  | {
      readonly at: number
      readonly kind: 'oneWay'
      readonly from: number
      readonly to: number
      readonly forMs: number
    }
  | {
      readonly at: number
      readonly kind: 'pair'
      readonly from: number
      readonly to: number
      readonly forMs: number
    }
  | {
      readonly at: number
      readonly kind: 'crash'
      readonly node: number
      readonly forMs: number
      readonly clockMs: number
    }
  | { readonly at: number; readonly kind: 'addCopy' | 'removeCopy'; readonly node: number }

/** Everything that a run does, made from its seed before it begins: the same seed, the same run. */
export interface Plan {
  readonly seed: number
  readonly nodes: number
  readonly network: NetworkFaults
  readonly offsets: readonly number[]
  readonly tombstoneGraceMs: number
  readonly operations: readonly PlannedOperation[]
  readonly faults: readonly PlannedFault[]
  /** True when nothing goes wrong: then counters are exact and put-if-absent succeeds once. */
  readonly calm: boolean
}

export const faultsMs = 5000

const kinds: readonly [OperationKind, number][] = [
  ['set', 40],
  ['setTtl', 8],
  ['delete', 14],
  ['increment', 8],
  ['ifAbsent', 6],
  ['update', 6],
  ['get', 12],
  ['setMany', 3],
  ['clear', 0.5],
]

export function makePlan(seed: number): Plan {
  const random = new SeededRandom(seed)
  const nodes = random.pick([3, 3, 4, 5])
  const calm = random.chance(0.12)
  // Each seed has its own mix of troubles (swarm testing, Groce et al. 2012).
  const has = {
    partition: !calm && random.chance(0.7),
    oneWay: !calm && random.chance(0.5),
    crash: !calm && random.chance(0.6),
    copies: random.chance(0.5),
    network: !calm && random.chance(0.5),
    clear: random.chance(0.4),
    skew: random.chance(0.5),
  }
  const operations = Array.from({ length: 380 + random.below(80) }, () => operation(random, has.clear))
  const faults = calm ? [] : troubles(random, has, nodes)
  return {
    seed,
    nodes,
    calm,
    network: has.network ? roughNetwork(random) : calmNetwork,
    offsets: Array.from({ length: nodes }, () => (has.skew ? random.below(400) - 200 : 0)),
    tombstoneGraceMs: random.pick([1500, 1500, 3000, 3_600_000]),
    operations: operations.sort((a, b) => a.at - b.at),
    faults: faults.sort((a, b) => a.at - b.at),
  }
}

function operation(random: SeededRandom, clears: boolean): PlannedOperation {
  let left = random.unit() * kinds.reduce((sum, [, weight]) => sum + weight, 0)
  let kind: OperationKind = 'set'
  for (const [name, weight] of kinds) {
    left -= weight
    if (left < 0) {
      kind = name
      break
    }
  }
  if (kind === 'clear' && !clears) kind = 'set'
  return {
    at: random.below(faultsMs),
    kind,
    node: random.below(1000),
    table: random.chance(0.7) ? 'users' : 'pair',
    key: random.below(25),
    ack: random.pick(['local', 'local', 'one', 'majority', 'all']),
  }
}

function troubles(
  random: SeededRandom,
  has: Readonly<Record<string, boolean>>,
  nodes: number,
): PlannedFault[] {
  const out: PlannedFault[] = []
  const times = (count: number, add: () => PlannedFault) => {
    for (let i = 0; i < count; i++) out.push(add())
  }
  const at = () => random.below(faultsMs)
  const forMs = () => (random.chance(0.3) ? 200 + random.below(600) : 1000 + random.below(4000))
  if (has.partition) {
    times(1 + random.below(2), () => {
      const order = random.shuffle([...Array(nodes).keys()])
      return {
        at: at(),
        kind: 'partition',
        sides: order.slice(0, 1 + random.below(nodes - 1)),
        forMs: forMs(),
      }
    })
  }
  if (has.oneWay) {
    times(1 + random.below(3), () => {
      const [from, to] = random.shuffle([...Array(nodes).keys()])
      return { at: at(), kind: random.pick(['oneWay', 'pair'] as const), from, to, forMs: forMs() }
    })
  }
  if (has.crash) {
    times(1 + random.below(3), () => {
      const clockMs = random.chance(0.3) ? -random.below(150) : 0
      return { at: at(), kind: 'crash', node: random.below(nodes), forMs: 50 + random.below(3000), clockMs }
    })
  }
  if (has.copies) {
    times(1 + random.below(3), () => {
      const kind = random.pick(['addCopy', 'addCopy', 'removeCopy'] as const)
      // Two removals that do not know of each other could take the last copies; agreeing on that takes a quorum.
      const node = kind === 'removeCopy' ? 2 + random.below(nodes - 2) : random.below(nodes)
      return { at: at(), kind, node }
    })
  }
  return out
}

function roughNetwork(random: SeededRandom): NetworkFaults {
  const some = (probability: number, value: number) => (random.chance(probability) ? value : 0)
  return {
    minDelayMs: 0.2,
    maxDelayMs: random.pick([2, 10, 60]),
    spike: some(0.6, 0.01),
    spikeMs: 800,
    loss: some(0.4, 0.002),
    duplicate: some(0.4, 0.01),
    reorder: some(0.3, 0.002),
  }
}

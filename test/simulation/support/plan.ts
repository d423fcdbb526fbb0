import type { OutboxLimits } from '../../../src/replication/outbox.ts'
import { calmNetwork, type NetworkFaults } from './network.ts'
import { policyTroubles } from './policy-plan.ts'
import { type PlannedFault, troubles } from './troubles.ts'
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
  | 'touch'
  | 'count'
  | 'reset'

/**
 * On every node, on some, one that may come and go, one that evicts, counters, and those with a rule of their own for splits
 * (`policyTables`).
 */
export const tableNames = [
  ...(['users', 'pair', 'other', 'hot', 'counts', 'kept', 'loaded', 'greatest'] as const),
] as const

/** One call by a client of some node; numbers are taken modulo what is there. */
export interface PlannedOperation {
  /** Different in each of them: what is written follows from it. */
  readonly id: number
  readonly at: number
  readonly kind: OperationKind
  readonly node: number
  readonly table: (typeof tableNames)[number]
  readonly key: number
  readonly ack: 'local' | 'one' | 'majority' | 'all'
}

/** Everything that a run does, made from its seed before it begins: the same plan, the same run. */
export interface Plan {
  readonly seed: number
  readonly nodes: number
  readonly network: NetworkFaults
  readonly offsets: readonly number[]
  /** How long deletes are remembered at least. */
  readonly tombstoneGraceMs: number
  /** The others go on without a copy that is silent for so long. */
  readonly expelAfterMs: number
  readonly outboxLimits: OutboxLimits
  /** Of the table that evicts. */
  readonly hot: { readonly eviction: 'lru' | 'tinylfu'; readonly maxEntries: number }
  readonly operations: readonly PlannedOperation[]
  readonly faults: readonly PlannedFault[]
  /** True where there are tables that do not just take the newest when a split ends. */
  readonly policies: boolean
  /** True when nothing goes wrong: then counters are exact and put-if-absent succeeds once. */
  readonly calm: boolean
}

export const faultsMs = 8000
/** So many calls a seed makes at least. */
export const minOperations = 500

const kinds: readonly [OperationKind, number][] = [
  ['set', 40],
  ['setTtl', 8],
  ['delete', 18],
  ['increment', 8],
  ['ifAbsent', 6],
  ['update', 6],
  ['get', 12],
  ['setMany', 3],
  ['clear', 0.5],
]

// Nothing goes from the table that evicts but by eviction and by its end: the laws count on it.
const hotKinds: readonly OperationKind[] = ['set', 'set', 'set', 'set', 'setTtl', 'increment', 'get', 'touch']
const hotOperations = 100

export function makePlan(seed: number): Plan {
  const random = new SeededRandom(seed)
  const nodes = random.pick([3, 3, 4, 5])
  const calm = random.chance(0.08)
  // Each seed has its own mix of troubles (swarm testing, Groce et al. 2012).
  const swarm = {
    partition: random.chance(0.7),
    oneWay: random.chance(0.5),
    slow: random.chance(0.4),
    crash: random.chance(0.5),
    rolling: random.chance(0.1),
    pause: random.chance(0.35),
    stall: random.chance(0.3),
    clock: random.chance(0.4),
    copies: random.chance(0.5),
    schema: random.chance(0.25),
    longCuts: random.chance(0.5),
  }
  const [clears, isRough, isSkewed] = [random.chance(0.5), random.chance(0.5), random.chance(0.5)]
  const count = minOperations + 60 + random.below(80)
  const operations = Array.from({ length: count }, (_, id) => operation(random, { id, clears }))
  const faults = calm ? [] : troubles(random, swarm, { nodes, forMs: faultsMs })
  // Drawn apart, so that what the other plans are stays the same.
  const more = calm
    ? undefined
    : policyTroubles(new SeededRandom(~seed), { nodes, firstId: count + hotOperations })
  operations.push(...(more?.operations ?? []))
  const others = faults.filter(fault => more?.isSpared(fault) !== false)
  // A grace of 0 shows what the grace hides otherwise (D-12).
  const tombstoneGraceMs = random.pick([0, 0, 1500, 1500, 1500, 3000, 3_600_000])
  const hot = { eviction: random.pick(['lru', 'tinylfu'] as const), maxEntries: 6 + random.below(12) }
  for (let id = count; id < count + hotOperations; id++)
    operations.push({ ...operation(random, { id, clears }), table: 'hot', kind: random.pick(hotKinds) })
  return {
    ...{ seed, nodes, calm, tombstoneGraceMs, hot, policies: more !== undefined },
    expelAfterMs: tombstoneGraceMs > 0 ? tombstoneGraceMs : random.pick([1500, 3000, 3_600_000]),
    outboxLimits: { maxOperations: random.pick([5, 25, 25, 100_000]), maxBytes: 64 * 1024 * 1024 },
    network: isRough && !calm ? roughNetwork(random) : calmNetwork,
    offsets: Array.from({ length: nodes }, () => (isSkewed ? random.below(400) - 200 : 0)),
    operations: [...operations, ...countings(seed)].sort((a, b) => a.at - b.at),
    faults: [...others, ...(more?.faults ?? [])].sort((a, b) => a.at - b.at),
  }
}

/** The same with the last node left out, and what happens to it. */
export function withFewerNodes(plan: Plan): Plan | undefined {
  const nodes = plan.nodes - 1
  if (nodes < 2) return undefined
  const isThere = (fault: PlannedFault) => {
    if (fault.kind === 'oneWay' || fault.kind === 'pair' || fault.kind === 'slow')
      return fault.from < nodes && fault.to < nodes
    return 'node' in fault ? fault.node < nodes : true
  }
  return { ...plan, nodes, offsets: plan.offsets.slice(0, nodes), faults: plan.faults.filter(isThere) }
}

function operation(
  random: SeededRandom,
  { id, clears }: { readonly id: number; readonly clears: boolean },
): PlannedOperation {
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
  if (kind === 'get' && id % 2 === 0) kind = 'touch'
  return {
    ...{ id, kind, at: random.below(faultsMs), node: random.below(1000) },
    table: random.pick([
      'users',
      'users',
      'users',
      'users',
      'users',
      'users',
      'pair',
      'pair',
      'pair',
      'other',
    ]),
    key: random.below(25),
    ack: random.pick(['local', 'local', 'one', 'majority', 'all']),
  }
}

// Of a mix of their own, so that the rest of a plan stays what it is.
function countings(seed: number): PlannedOperation[] {
  const random = new SeededRandom(seed ^ 0x636f756e)
  const resets = random.chance(0.5) ? 0.1 : 0
  return Array.from({ length: 60 + random.below(60) }, (_, id) => ({
    ...{ id, kind: random.chance(resets) ? 'reset' : 'count', table: 'counts' },
    ...{ at: random.below(faultsMs), node: random.below(1000), key: random.below(60) },
    ack: random.pick(['local', 'local', 'one', 'majority', 'all']),
  }))
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

import { SeededRandom } from '../support/world.ts'

/** One call by a client of some node; numbers are taken modulo what is there. Values follow from `id`. */
export type PlannedOperation = { readonly id: number; readonly at: number; readonly node: number } & (
  | {
      /** Reads lists, then appends to some, in one transaction that is sent after `thinkMs`. */
      readonly kind: 'append'
      readonly reads: readonly number[]
      readonly appends: readonly number[]
      /** How what was read is certified: row by row, by the partitions they are in, or by the whole table. */
      readonly certify: 'rows' | 'partitions' | 'table'
      readonly thinkMs: number
    }
  | { readonly kind: 'read'; readonly reads: readonly number[] }
  | {
      readonly kind: 'register'
      readonly action: 'set' | 'get' | 'delete' | 'ifAbsent' | 'ifVersion' | 'increment'
      readonly table: 'rows' | 'temps'
      readonly key: number
      /** What it writes lives so long; 0 for ever. */
      readonly ttlMs: number
      /** An ifVersion expects what it finds, or something older. */
      readonly stale: boolean
    }
  | {
      /** All rows go, with the table for a while where that is dropped. */
      readonly kind: 'wipe'
      readonly table: 'rows' | 'temps'
      readonly how: 'clear' | 'drop'
      readonly thinkMs: number
    }
  | { readonly kind: 'counter'; readonly key: number }
  | { readonly kind: 'transfer'; readonly from: number; readonly to: number; readonly amount: number }
  | { readonly kind: 'balances' }
  | {
      /** Reads lists in a transaction of a user's, and appends to them, returns what they are, or throws it. */
      readonly kind: 'crowd'
      readonly lists: readonly number[]
      readonly ends: 'writes' | 'reads' | 'throws'
    }
  | {
      /** Acquires, writes under guard, holds on, writes once more if `twice`, releases. */
      readonly kind: 'lock'
      readonly lock: number
      readonly wait: boolean
      readonly holdMs: number
      readonly twice: boolean
      readonly list: number
    }
)

/** A node, who leads then, or one that holds a lock then. */
export type Victim = number | 'leader' | 'holder'

export type PlannedFault = { readonly at: number; readonly forMs: number } & (
  | { readonly kind: 'partition'; readonly side: readonly number[] }
  /** Whoever leads then is cut off from so many others, or can only send, or only hear. */
  | { readonly kind: 'leader'; readonly others: number; readonly way: 'both' | 'out' | 'in' }
  | { readonly kind: 'oneWay' | 'pair'; readonly from: number; readonly to: number }
  /** Links go one after another and come back in another order. */
  | { readonly kind: 'swizzle'; readonly order: readonly number[] }
  | { readonly kind: 'crash'; readonly node: Victim }
  /** Stopped by a signal, or for a moment by work that takes long: what comes meanwhile waits, its timers as well. */
  | { readonly kind: 'pause' | 'stall'; readonly node: Victim }
  /** Its wall clock is set to another time, for good. */
  | { readonly kind: 'clock'; readonly node: Victim; readonly stepMs: number }
  /** It leaves in order, ends, and comes back as another process. */
  | { readonly kind: 'leave'; readonly node: Victim }
  /** Whoever holds a lock then is cut off from all others. */
  | { readonly kind: 'holder' }
  /** Other voters, picked by that number from those that live. */
  | { readonly kind: 'reconfigure'; readonly pick: number }
  | { readonly kind: 'transfer'; readonly to: number }
)

export interface NetworkRoughness {
  readonly minDelayMs: number
  readonly maxDelayMs: number
  /** Chances per message. What is delayed is overtaken by what comes later. */
  readonly loss: number
  readonly duplicate: number
  readonly spike: number
  readonly spikeMs: number
}

export const calm: NetworkRoughness = {
  minDelayMs: 0.5,
  maxDelayMs: 3,
  loss: 0,
  duplicate: 0,
  spike: 0,
  spikeMs: 0,
}

/** Everything that a run does, made from its seed before it begins: the same plan, the same run. */
export interface StrongPlan {
  readonly seed: number
  readonly nodes: number
  /** The first so many nodes vote at the beginning; the others learn. */
  readonly voters: number
  readonly constants: {
    readonly electionMs: number
    readonly heartbeatMs: number
    readonly maxEntries: number
    readonly maxInFlight: number
    readonly maxLogEntries: number
    readonly chunkBytes: number
    readonly settledAfterMs: number
  }
  readonly network: NetworkRoughness
  readonly clocks: readonly { readonly offsetMs: number; readonly rate: number }[]
  readonly operations: readonly PlannedOperation[]
  readonly faults: readonly PlannedFault[]
  /** At the end so many processes die that no quorum is left, and come back; undefined in most plans. */
  readonly loss: PlannedLoss | undefined
}

export interface PlannedLoss {
  /** Places of those who live on in a list of all; fewer than a quorum. */
  readonly survivors: readonly number[]
  /** The first of them stands still until the others are dead, and has less than those who did not. */
  readonly isLagging: boolean
  /** They do not hear the leader meanwhile: of the schema they are told by others, and their logs lack it. */
  readonly isDeaf: boolean
  /** Where nobody lives on: how those who come back are cut in two, one after the other, while they found a group. */
  readonly cuts: readonly { readonly forMs: number; readonly side: readonly number[] }[]
  /** How long after each other the others die. */
  readonly gapMs: number
  /** How long each is away. */
  readonly awayMs: readonly number[]
}

/** Virtual time in which things go wrong. */
export const faultsMs = 10_000
/** Keys change so often that none has too long a history for a search. */
export const rotateMs = 2500
export const lists = 4
export const rows = 4
export const counters = 2
export const accounts = 5
export const locks = 3

type Swarm = Readonly<Record<PlannedFault['kind'] | 'network' | 'skew', boolean>>

export function makePlan(seed: number): StrongPlan {
  const random = new SeededRandom(seed)
  const nodes = random.pick([3, 3, 5, 5])
  const voters = nodes === 5 && random.chance(0.5) ? 3 : nodes
  const electionMs = random.pick([120, 300, 300])
  const isCalm = random.chance(0.05)
  const has = (probability: number) => !isCalm && random.chance(probability)
  // Each seed has its own mix of troubles (swarm testing, Groce et al. 2012).
  const swarm: Swarm = {
    ...{ partition: has(0.6), leader: has(0.5), oneWay: has(0.4), pair: has(0.3), swizzle: has(0.25) },
    ...{ crash: has(0.6), pause: has(0.5), holder: has(0.4), reconfigure: has(0.4), transfer: has(0.3) },
    ...{ stall: has(0.4), clock: has(0.4), leave: has(0.3) },
    ...{ network: has(0.6), skew: has(0.5) },
  }
  const readShare = random.pick([0.2, 0.3, 0.5])
  const operations = Array.from({ length: 300 + random.below(80) }, (_, id) =>
    operation(random, id + 1, readShare),
  )
  operations.push(...operations.flatMap(each => renewals(random, each)))
  return {
    ...{ seed, nodes, voters },
    constants: {
      ...{ electionMs, heartbeatMs: electionMs / 4, maxEntries: random.pick([1, 3, 64]) },
      maxInFlight: random.pick([1, 4, 256]),
      maxLogEntries: random.pick([20, 50, 100, 200]),
      chunkBytes: random.pick([60, 500, 4096]),
      // Not drawn: the rest of a plan stays what it was.
      settledAfterMs: [400, 1500, 30_000][seed % 3],
    },
    network: swarm.network ? rough(random) : calm,
    clocks: Array.from({ length: nodes }, () => ({
      offsetMs: swarm.skew ? random.below(4000) - 2000 : 0,
      rate: swarm.skew ? 0.95 + random.unit() * 0.1 : 1,
    })),
    operations: operations.sort((a, b) => a.at - b.at),
    faults: troubles(random, swarm, nodes).sort((a, b) => a.at - b.at),
    loss: has(0.4) ? { ...loss(random, nodes), isDeaf: seed % 2 === 0, cuts: cuts(seed, nodes) } : undefined,
  }
}

function loss(random: SeededRandom, nodes: number): Omit<PlannedLoss, 'isDeaf' | 'cuts'> {
  const survivors = random.pick(nodes === 5 ? [0, 1, 2, 2] : [0, 1, 1])
  return {
    isLagging: random.chance(0.8),
    survivors: random.shuffle([...Array(nodes).keys()]).slice(0, survivors),
    gapMs: random.pick([0, 0, random.below(50), random.below(400)]),
    awayMs: Array.from({ length: nodes }, () => random.pick([50, random.below(500), random.below(3000)])),
  }
}

// Not drawn from the same numbers: the rest of a plan stays what it was.
function cuts(seed: number, nodes: number): PlannedLoss['cuts'] {
  const random = new SeededRandom(seed + 9_000_000)
  const side = () => random.shuffle([...Array(nodes).keys()]).slice(0, random.below(nodes))
  const forMs = () => random.pick([random.below(300), random.below(2500)])
  return Array.from({ length: seed % 4 === 0 ? 0 : 8 }, () => ({ forMs: forMs(), side: side() }))
}

function operation(random: SeededRandom, id: number, readShare: number): PlannedOperation {
  const base = { id, at: Math.floor(random.unit() * faultsMs), node: random.below(1000) }
  const some = (from: number, least = 1) =>
    random.shuffle([...Array(from).keys()]).slice(0, least + random.below(3))
  const choice = random.unit()
  if (choice < readShare * 0.6) return { ...base, kind: 'read', reads: some(lists) }
  if (choice < readShare * 0.7) return { ...base, kind: 'balances' }
  const register = {
    ...base,
    kind: 'register',
    table: random.pick(['rows', 'rows', 'temps'] as const),
  } as const
  if (choice < readShare)
    return { ...register, action: 'get', key: random.below(rows), stale: false, ttlMs: 0 }
  const rest = (choice - readShare) / (1 - readShare)
  if (rest < 0.45) {
    const certify = random.pick(['rows', 'rows', 'rows', 'partitions', 'table'] as const)
    const thinkMs = random.pick([0, 0, random.below(20), random.below(200)])
    return { ...base, kind: 'append', reads: some(lists, 0), appends: some(lists), certify, thinkMs }
  }
  if (rest < 0.65) {
    const action = random.pick(['set', 'set', 'delete', 'ifAbsent', 'ifVersion', 'increment'] as const)
    const ttlMs = random.pick([0, 0, 1 + random.below(100), 1 + random.below(1500)])
    return { ...register, action, key: random.below(rows), stale: random.chance(0.3), ttlMs }
  }
  if (rest < 0.67) {
    const [table, how] = random.pick([
      ['rows', 'clear'],
      ['rows', 'clear'],
      ['temps', 'clear'],
      ['temps', 'drop'],
    ] as const)
    return { ...base, kind: 'wipe', table, how, thinkMs: random.pick([0, random.below(400)]) }
  }
  if (rest < 0.76) return { ...base, kind: 'counter', key: random.below(counters) }
  if (rest < 0.87) {
    const [from, to] = random.shuffle([...Array(accounts).keys()])
    return { ...base, kind: 'transfer', from, to, amount: 1 + random.below(20) }
  }
  const holdMs = random.pick([0, random.below(200), random.below(1500), random.below(1500)])
  const [wait, twice] = [random.chance(0.6), random.chance(0.5)]
  return { ...base, kind: 'lock', lock: random.below(locks), wait, holdMs, twice, list: random.below(lists) }
}

// What is written for a time is written again when that time is over, which is when leaders remove it, and read then.
function renewals(random: SeededRandom, before: PlannedOperation): PlannedOperation[] {
  if (before.kind !== 'register' || before.ttlMs === 0 || before.action === 'increment') return []
  const again = Array.from({ length: random.below(4) }, (_, i): PlannedOperation[] => {
    const at = Math.floor(before.at + before.ttlMs + random.below(250))
    const id = before.id + 1000 * (i + 1)
    const ttlMs = random.pick([0, before.ttlMs])
    const read = { ...before, id: id + 500, action: 'get', ttlMs: 0 } as const
    return [
      { ...before, id, at, node: random.below(1000), action: 'set', ttlMs },
      { ...read, at: at + 10 + random.below(60), node: random.below(1000) },
    ]
  })
  return again.flat().filter(({ at }) => at < faultsMs)
}

function troubles(random: SeededRandom, swarm: Swarm, nodes: number): PlannedFault[] {
  const out: PlannedFault[] = []
  const add = (kind: PlannedFault['kind'], most: number, make: () => object) => {
    if (!swarm[kind]) return
    for (let left = 1 + random.below(most); left > 0; left--) {
      const at = 300 + Math.floor(random.unit() * (faultsMs - 300))
      out.push({ at, forMs: Math.floor(100 + random.unit() * 2000), kind, ...make() } as PlannedFault)
    }
  }
  const shuffled = () => random.shuffle([...Array(nodes).keys()])
  const link = () => {
    const [from, to] = shuffled()
    return { from, to }
  }
  const victim = () => random.pick(['leader', 'holder', random.below(nodes)] as const)
  add('partition', 3, () => ({ side: shuffled().slice(0, 1 + random.below(nodes - 1)) }))
  add('leader', 5, () => ({
    others: Math.floor(nodes / 2) + random.below(nodes - Math.floor(nodes / 2)),
    way: random.pick(['both', 'both', 'out', 'in'] as const),
  }))
  add('holder', 3, () => ({}))
  add('oneWay', 4, link)
  add('pair', 3, link)
  add('swizzle', 2, () => ({ order: shuffled() }))
  add('crash', 5, () => ({ node: victim() }))
  add('pause', 4, () => ({ node: victim() }))
  add('stall', 12, () => ({ node: victim(), forMs: 10 + random.below(600) }))
  add('clock', 4, () => ({
    node: victim(),
    stepMs: random.pick([50, 1000, 5000, 3_600_000]) * random.pick([1, -1]),
  }))
  add('leave', 3, () => ({ node: victim() }))
  add('reconfigure', 8, () => ({ pick: random.uint32() }))
  add('transfer', 4, () => ({ to: random.below(nodes) }))
  return out
}

function rough(random: SeededRandom): NetworkRoughness {
  const some = (probability: number, value: number) => (random.chance(probability) ? value : 0)
  return {
    minDelayMs: 0.5,
    maxDelayMs: random.pick([3, 5, 25]),
    loss: some(0.6, random.pick([0.005, 0.01, 0.05])),
    duplicate: some(0.5, random.pick([0.01, 0.05])),
    spike: some(0.6, random.pick([0.005, 0.02, 0.05])),
    spikeMs: random.pick([50, 400, 2000]),
  }
}

import type { SeededRandom } from './world.ts'

interface Lasting {
  readonly at: number
  readonly forMs: number
}

/** Numbers stand for nodes, in the order in which they were started first. */
export type PlannedFault =
  | (Lasting & { readonly kind: 'partition'; readonly sides: readonly number[] })
  /** What goes one way vanishes, or what goes either way. */
  | (Lasting & { readonly kind: 'oneWay' | 'pair'; readonly from: number; readonly to: number })
  | (Lasting & { readonly kind: 'slow'; readonly from: number; readonly to: number; readonly maxMs: number })
  /** The clock of the next process differs by so much. */
  | (Lasting & { readonly kind: 'crash'; readonly node: number; readonly clockMs: number })
  /** As SIGSTOP does, or a loop that is busy: what comes waits. */
  | (Lasting & { readonly kind: 'pause' | 'stall'; readonly node: number })
  /** One node after the other is started anew, so long after each other. */
  | (Lasting & { readonly kind: 'rolling' })
  | { readonly at: number; readonly kind: 'clock'; readonly node: number; readonly stepMs: number }
  | { readonly at: number; readonly kind: 'addCopy' | 'removeCopy'; readonly node: number }
  | { readonly at: number; readonly kind: 'moveCopy'; readonly node: number; readonly to: number }
  | { readonly at: number; readonly kind: 'create' | 'drop' | 'change'; readonly by: number }

export type Swarm = Readonly<
  Record<
    | 'partition'
    | 'oneWay'
    | 'slow'
    | 'crash'
    | 'rolling'
    | 'pause'
    | 'stall'
    | 'clock'
    | 'copies'
    | 'schema'
    | 'longCuts',
    boolean
  >
>

/** What goes wrong, of the kinds that this seed has. */
export function troubles(
  random: SeededRandom,
  swarm: Swarm,
  { nodes, forMs }: { readonly nodes: number; readonly forMs: number },
): PlannedFault[] {
  const out: PlannedFault[] = []
  const at = () => random.below(forMs)
  const add = (has: boolean, most: number, make: () => PlannedFault) => {
    if (has) for (let left = 1 + random.below(most); left > 0; left--) out.push(make())
  }
  const node = () => random.below(nodes)
  const shuffled = () => random.shuffle([...Array(nodes).keys()])
  const link = () => {
    const [from, to] = shuffled()
    return { from, to }
  }
  // Shorter than any grace, and longer than most.
  const lasting = (longest: number) => ({
    at: at(),
    forMs: random.chance(0.3) ? 200 + random.below(600) : 1000 + random.below(longest),
  })
  const cut = () => lasting(swarm.longCuts ? 5000 : 1500)
  const some = () => shuffled().slice(0, 1 + random.below(nodes - 1))
  add(swarm.partition, 3, () => ({ kind: 'partition', ...cut(), sides: some() }))
  add(swarm.oneWay, 3, () => ({ kind: random.pick(['oneWay', 'pair'] as const), ...cut(), ...link() }))
  add(swarm.slow, 3, () => ({ kind: 'slow', ...cut(), ...link(), maxMs: 50 + random.below(900) }))
  add(swarm.crash, 3, () => ({
    ...{ kind: 'crash', at: at(), forMs: 50 + random.below(3000), node: node() },
    clockMs: random.chance(0.3) ? -random.below(150) : 0,
  }))
  add(swarm.rolling, 1, () => ({
    kind: 'rolling',
    at: random.below(forMs / 4),
    forMs: 800 + random.below(800),
  }))
  add(swarm.pause, 2, () => ({ kind: 'pause', ...lasting(4000), node: node() }))
  add(swarm.stall, 6, () => ({ kind: 'stall', at: at(), forMs: 20 + random.below(600), node: node() }))
  add(swarm.clock, 3, () => ({ kind: 'clock', at: at(), node: node(), stepMs: random.below(300) - 150 }))
  add(swarm.copies, 4, () => copyChange(random, at(), nodes))
  add(swarm.schema, 4, () => {
    const kind = random.pick(['create', 'create', 'drop', 'change'] as const)
    return { kind, at: at(), by: node() }
  })
  return out
}

function copyChange(random: SeededRandom, at: number, nodes: number): PlannedFault {
  const kind = random.pick(['addCopy', 'addCopy', 'removeCopy', 'moveCopy'] as const)
  if (kind === 'addCopy') return { at, kind, node: random.below(nodes) }
  // Two removals that do not know of each other could take the last copies; agreeing on that takes a quorum.
  const node = nodes > 2 ? 2 + random.below(nodes - 2) : 0
  return kind === 'removeCopy' ? { at, kind, node } : { at, kind, node, to: random.below(nodes) }
}

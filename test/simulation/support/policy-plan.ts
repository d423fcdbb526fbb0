import type { MergeFunctions } from '../../../src/core/merge-functions.ts'
import type { TableOptions } from '../../../src/core/schema.ts'
import type { PlannedOperation } from './plan.ts'
import type { PlannedFault } from './troubles.ts'
import type { SeededRandom } from './world.ts'

/** Tables that do not just take the newest when a split ends; in some plans. */
export const policyTables: Readonly<Record<'kept' | 'loaded' | 'greatest', TableOptions>> = {
  kept: { onMerge: 'majority' },
  loaded: { onMerge: 'reload' },
  greatest: { onMerge: 'greater' },
}

/** What these tables merge by. */
export const policyFunctions: MergeFunctions = {
  greater: (current, aside) => Math.max(Number(current ?? 0), Number(aside ?? 0)),
}

const share = 0.25
const calls = 220
/** Longer than it takes until those who have a majority go on without the others. */
const longMs = 5600

/** What a plan has beside the usual where it has such tables. */
export interface PolicyTroubles {
  readonly operations: readonly PlannedOperation[]
  /** As a rule a split that is long enough. */
  readonly faults: readonly PlannedFault[]
  /** Of the usual faults those that stay: where others cut the network, too, hardly ever anybody is apart for so long. */
  readonly isSpared: (fault: PlannedFault) => boolean
}

/** Undefined for most seeds. */
export function policyTroubles(
  random: SeededRandom,
  { nodes, firstId }: { readonly nodes: number; readonly firstId: number },
): PolicyTroubles | undefined {
  if (!random.chance(share)) return undefined
  const operations = Array.from({ length: calls }, (_, i) => ({
    ...{ id: firstId + i, at: random.below(7000), node: random.below(1000), key: random.below(25) },
    kind: random.pick(['set', 'set', 'set', 'set', 'delete', 'get'] as const),
    table: random.pick(['kept', 'loaded', 'greatest'] as const),
    ack: random.pick(['local', 'local', 'one', 'majority'] as const),
  }))
  const sides = random.shuffle([...Array(nodes).keys()]).slice(0, 1 + random.below(nodes - 1))
  const split = {
    kind: 'partition',
    at: random.below(1500),
    forMs: longMs + random.below(900),
    sides,
  } as const
  if (!random.chance(0.8)) return { operations, faults: [], isSpared: () => true }
  const isCut = ({ kind }: PlannedFault) => kind === 'partition' || kind === 'oneWay' || kind === 'pair'
  const isOnly = random.chance(0.7)
  return { operations, faults: [split], isSpared: fault => !isOnly || !isCut(fault) }
}

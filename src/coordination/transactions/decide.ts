import type { Call } from '../../wire/caller.ts'
import type { Result } from '../state/commands.ts'
import type { Snapshot } from './snapshot.ts'
import type { Plan, TransactionSource } from './source.ts'
import type { Turns } from './turns.ts'

export interface Deciding {
  readonly source: TransactionSource
  readonly snapshot: Snapshot
  readonly turns: Turns
}

/**
 * Has the group decide on the plan, after whoever queues for its tables. One that changes nothing is compared with what
 * is there now, and rejects with the conflict.
 */
export function decide({ source, snapshot, turns }: Deciding, plan: Plan, call: Call): Promise<Result> {
  if (plan.operations.length + plan.guards.length === 0) return compare({ source, snapshot }, plan, call)
  const queued = turns.missing(plan)
  if (queued.length === 0) return source.commit(plan, call)
  return turns.take(queued, call).then(() => source.commit(plan, call))
}

async function compare(
  { source, snapshot }: Omit<Deciding, 'turns'>,
  { reads, ranges }: Plan,
  call: Call,
): Promise<Result> {
  if (reads.length + ranges.length > 0) await snapshot.validate(await source.barrier(call))
  return unchanged
}

const unchanged: Result = { status: 'done', index: 0, outcomes: [] }

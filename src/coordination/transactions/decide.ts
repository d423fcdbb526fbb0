import type { MnemeshError } from '../../core/errors.ts'
import type { Call } from '../../wire/caller.ts'
import type { Result } from '../state/commands.ts'
import { conflictOf, type Snapshot } from './snapshot.ts'
import type { Plan, TransactionSource } from './source.ts'
import type { Turns } from './turns.ts'

export interface Deciding {
  readonly source: TransactionSource
  readonly snapshot: Snapshot
  readonly turns: Turns
}

/**
 * Has the group decide on the plan, after whoever queues for its tables. One that changes nothing is compared with what
 * is there now. The conflict that it met is returned, every other result too, `done` as undefined.
 */
export async function decide(
  { source, snapshot, turns }: Deciding,
  plan: Plan,
  call: Call,
): Promise<MnemeshError | Result | undefined> {
  if (plan.operations.length + plan.guards.length === 0) {
    if (plan.reads.length + plan.ranges.length > 0) await snapshot.validate(await source.barrier(call))
    return undefined
  }
  const queued = turns.missing(tablesOf(plan))
  if (queued.length > 0) await turns.take(queued, call)
  const result = await source.commit(plan, call)
  if (result.status === 'done') return undefined
  return result.status === 'conflict' ? conflictOf(result) : result
}

function tablesOf({ reads, ranges, operations }: Plan): Set<string> {
  const tables = new Set<string>()
  for (const list of [reads, ranges, operations]) for (const { table } of list) tables.add(table)
  return tables
}

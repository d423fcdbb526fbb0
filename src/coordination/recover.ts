import type { GroupStatus } from '../core/status.ts'
import type { Call } from '../wire/caller.ts'
import type { StrongGroup } from './strong-group.ts'

/**
 * What only an operator can know. `force`: those who are missing are gone for good, see `Reformation.force`. `accept`: the
 * seeds that a provisional group waits for have no group of their own (D-4). Resolves with what has become of the group.
 */
export async function recoverGroup(
  strong: StrongGroup,
  how: 'force' | 'accept',
  call: Call,
): Promise<GroupStatus> {
  if (how === 'force') strong.formation.force()
  else if (strong.state.group.provisional) await strong.submit({ kind: 'confirm' }, call)
  await strong.barrier(call)
  return strong.status
}

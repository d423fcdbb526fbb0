import type { GroupStatus } from '../../core/status.ts'
import { nodeOf } from '../../membership/view.ts'
import type { StrongState } from '../state/strong-state.ts'
import type { Group } from './group.ts'

/** The group as this process sees it. */
export function statusOf(group: Group, { group: facts, epochIndex }: StrongState): GroupStatus {
  const { state } = group.consensus
  const { generation, provisional } = facts
  return {
    ...{ id: group.id, generation, provisional, term: state.term },
    leader: state.leader === undefined ? undefined : nodeOf(state.leader),
    voters: state.configuration?.voters.map(nodeOf) ?? [],
    learners: state.configuration?.learners.map(nodeOf) ?? [],
    ...{ applied: state.applied, schema: epochIndex, hasQuorum: group.hasQuorum },
  }
}

import type { ItemRules } from '../wire/item-work.ts'
import { sessionCalls } from './calls.ts'

// Opening, closing and learning who is there cost little, and without them a client cannot go elsewhere.
const never: readonly number[] = [sessionCalls.open, sessionCalls.topology, sessionCalls.releaseLock]
const toGroup: readonly number[] = [
  sessionCalls.txRead,
  sessionCalls.txPage,
  sessionCalls.txValidate,
  sessionCalls.txBarrier,
  sessionCalls.txCommit,
  sessionCalls.acquireLock,
  sessionCalls.locks,
]
const changes: readonly number[] = [
  sessionCalls.set,
  sessionCalls.delete,
  sessionCalls.operate,
  sessionCalls.clear,
  sessionCalls.setAll,
]
// Behind the kind (8 bits) and the table's handle (16).
const limitAt = 3

const isAboutTable = (kind: number) => !never.includes(kind) && !toGroup.includes(kind)

/** Which of a client's calls are refused first when much waits. */
export const sessionRules: ItemRules = {
  precedence: kind => (never.includes(kind) ? 'never' : toGroup.includes(kind) ? 'last' : 'first'),
  waits: kind => changes.includes(kind),
  limitAt: kind => (isAboutTable(kind) ? limitAt : undefined),
}

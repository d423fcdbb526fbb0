import type { CallBytes, ItemRules } from '../wire/item-work.ts'
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

// Behind the time limit (32). A scan that was begun goes on: to refuse one of its pages wastes all those before it.
const cursorAt = 7
const isBegun = ({ bytes, at, size }: CallBytes) =>
  size >= cursorAt + 8 && bytes.readDoubleLE(at + cursorAt) !== 0

const isAboutTable = (kind: number) => !never.includes(kind) && !toGroup.includes(kind)

/** Which of a client's calls are refused first when much waits. */
export const sessionRules: ItemRules = {
  precedence(kind, call) {
    if (never.includes(kind)) return 'never'
    return toGroup.includes(kind) || (kind === sessionCalls.page && isBegun(call)) ? 'last' : 'first'
  },
  waits: kind => changes.includes(kind),
  limitAt: kind => (isAboutTable(kind) ? limitAt : undefined),
}

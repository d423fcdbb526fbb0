import type { CounterCall, Verdict } from './history.ts'

export interface CountersRound {
  readonly before: ReadonlyMap<string, unknown>
  readonly after: ReadonlyMap<string, unknown>
  /** Nothing was done to the nodes. */
  readonly isCalm: boolean
}

export interface BoundsVerdict extends Verdict {
  /** Increments that were acknowledged by one owner and lost to another one. */
  readonly lost: number
}

/**
 * True when no counter holds more than was added to it, none less than at the beginning, and while nothing was done to the
 * nodes exactly what was added. While views differ two owners may count side by side, and the counts of one of them lose:
 * those are told, as the README tells it.
 */
export function checkBounds(
  calls: readonly CounterCall[],
  { before, after, isCalm }: CountersRound,
): BoundsVerdict {
  const violations: string[] = []
  let lost = 0
  for (const counter of new Set([...before.keys(), ...after.keys()])) {
    const sum = (outcome: string) =>
      calls
        .filter(call => call.operation.counter === counter && call.outcome === outcome)
        .reduce((total, { operation }) => total + operation.by, 0)
    const [ok, unknown] = [sum('ok'), sum('info')]
    const [first, last] = [Number(before.get(counter) ?? 0), Number(after.get(counter) ?? 0)]
    const least = first + (isCalm ? ok : 0)
    if (last < least || last > first + ok + unknown)
      violations.push(
        `${counter} went from ${first} to ${last}: ${ok} were acknowledged and ${unknown} are unknown`,
      )
    lost += Math.max(0, first + ok - last)
  }
  return { checker: 'counters', violations, judged: calls.length, unjudged: 0, lost }
}

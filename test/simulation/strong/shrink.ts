import type { StrongPlan } from './plan.ts'
import { runStrongPlan, type StrongRunOptions } from './run.ts'

export interface Shrunk {
  readonly plan: StrongPlan
  readonly violation: string
  /** Plans that were run on the way. */
  readonly tried: number
}

/**
 * A smaller plan that breaks a law too, by delta debugging (Zeller and Hildebrandt, "Simplifying and Isolating
 * Failure-Inducing Input", 2002): faults first, then operations, within `limitMs` of real time.
 */
export async function shrink(
  failing: StrongPlan,
  options: StrongRunOptions,
  limitMs = 60_000,
): Promise<Shrunk | undefined> {
  const until = performance.now() + limitMs
  let tried = 0
  let best: { plan: StrongPlan; violation: string } | undefined
  const fails = async (plan: StrongPlan): Promise<boolean> => {
    if (performance.now() >= until) return false
    tried++
    const { violation } = await runStrongPlan(plan, { ...options, trace: undefined })
    if (violation !== undefined) best = { plan, violation }
    return violation !== undefined
  }
  if (!(await fails(failing))) return undefined
  const faults = await minimize(failing.faults, each => fails({ ...failing, faults: each }))
  const fewer = { ...failing, faults }
  await minimize(fewer.operations, operations => fails({ ...fewer, operations }))
  return best === undefined ? undefined : { ...best, tried }
}

// Leaves out ever smaller parts of the list while what is left still fails.
async function minimize<T>(
  items: readonly T[],
  fails: (left: readonly T[]) => Promise<boolean>,
): Promise<readonly T[]> {
  if (items.length > 0 && (await fails([]))) return []
  let left = items
  for (let parts = 2; left.length >= 2 && parts <= left.length; ) {
    const size = Math.ceil(left.length / parts)
    let smaller: readonly T[] | undefined
    for (let at = 0; at < left.length && smaller === undefined; at += size) {
      const rest = [...left.slice(0, at), ...left.slice(at + size)]
      if (await fails(rest)) smaller = rest
    }
    if (smaller !== undefined) {
      left = smaller
      parts = Math.max(2, parts - 1)
    } else if (parts === left.length) break
    else parts = Math.min(left.length, parts * 2)
  }
  return left
}

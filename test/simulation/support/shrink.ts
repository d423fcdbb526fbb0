/** A plan of a run, of which parts can be left out. */
export interface Shrinkable {
  readonly faults: readonly { readonly at: number }[]
  readonly operations: readonly { readonly at: number }[]
}

export interface Shrinking<P extends Shrinkable> {
  /** Runs the plan; what law it broke, undefined when all held. */
  readonly run: (plan: P) => Promise<string | undefined>
  /** The plan with one node less, if that can be. */
  readonly withFewerNodes?: (plan: P) => P | undefined
  /** Of real time. */
  readonly limitMs?: number
}

export interface Shrunk<P extends Shrinkable> {
  readonly plan: P
  readonly violation: string
  /** Plans that were run on the way. */
  readonly tried: number
}

/**
 * A smaller plan that breaks a law too, by delta debugging (Zeller and Hildebrandt, "Simplifying and Isolating
 * Failure-Inducing Input", 2002): faults first, then operations, then nodes. Undefined when the plan itself breaks none.
 */
export async function shrink<P extends Shrinkable>(
  failing: P,
  { run, withFewerNodes = () => undefined, limitMs = 60_000 }: Shrinking<P>,
): Promise<Shrunk<P> | undefined> {
  const until = performance.now() + limitMs
  let tried = 0
  let best: { plan: P; violation: string } | undefined
  const fails = async (plan: P): Promise<boolean> => {
    if (performance.now() >= until) return false
    tried++
    const violation = await run(plan)
    if (violation !== undefined) best = { plan, violation }
    return violation !== undefined
  }
  if (!(await fails(failing))) return undefined
  const faults = await minimize(failing.faults, each => fails({ ...failing, faults: each }))
  const fewer = { ...failing, faults }
  const operations = await minimize(fewer.operations, each => fails({ ...fewer, operations: each }))
  let smallest: P | undefined = { ...fewer, operations }
  do smallest = withFewerNodes(smallest)
  while (smallest !== undefined && (await fails(smallest)))
  return best === undefined ? undefined : { ...best, tried }
}

/** Prints the smaller plan, or nothing when the failing one does not fail again. */
export async function printShrunk<P extends Shrinkable>(
  failing: P,
  shrinking: Shrinking<P>,
  head: (plan: P) => object,
): Promise<void> {
  const smaller = await shrink(failing, shrinking)
  if (smaller === undefined) return
  const { faults, operations } = smaller.plan
  console.log(
    `${faults.length} of ${failing.faults.length} faults and ${operations.length} of ${failing.operations.length} ` +
      `operations are enough (${smaller.tried} plans tried): ${smaller.violation}`,
  )
  console.log(JSON.stringify(head(smaller.plan)))
  const steps = [...faults, ...operations].sort((a, b) => a.at - b.at)
  for (const step of steps.slice(0, 100)) console.log(`  ${JSON.stringify(step)}`)
  if (steps.length > 100) console.log(`  and ${steps.length - 100} more`)
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

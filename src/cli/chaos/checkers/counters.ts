import type { CounterCall, Verdict } from './history.ts'

/**
 * True when each acknowledged increment was made exactly once, each failed one never, and each unknown one at most once:
 * what the counter ends at lies between, and no answer was given twice. All increments add the same sign.
 */
export function checkCounters(calls: readonly CounterCall[], final: ReadonlyMap<string, number>): Verdict {
  const violations: string[] = []
  for (const counter of new Set(calls.map(({ operation }) => operation.counter))) {
    const own = calls.filter(({ operation }) => operation.counter === counter)
    const sum = (outcome: string) =>
      own.filter(call => call.outcome === outcome).reduce((total, { operation }) => total + operation.by, 0)
    const [acknowledged, unknown, last] = [sum('ok'), sum('info'), final.get(counter) ?? 0]
    if (last < acknowledged || last > acknowledged + unknown)
      violations.push(
        `${counter} ends at ${last}: ${acknowledged} were acknowledged and ${unknown} are unknown`,
      )
    violations.push(...repeated(counter, own), ...backwards(counter, own))
  }
  return { checker: 'counters', violations, judged: calls.length, unjudged: 0 }
}

function repeated(counter: string, calls: readonly CounterCall[]): string[] {
  const answers = calls.flatMap(({ answer }) => (answer === undefined ? [] : [answer.value]))
  const seen = new Set<number>()
  const twice = answers.find(value => seen.size === seen.add(value).size)
  return twice === undefined ? [] : [`${counter} answered ${twice} twice`]
}

// Real time: an increment that began after another had ended counts higher.
function backwards(counter: string, calls: readonly CounterCall[]): string[] {
  const answered = calls.filter(({ answer }) => answer !== undefined)
  const byEnd = [...answered].sort((a, b) => a.endedAt - b.endedAt)
  const byBegin = [...answered].sort((a, b) => a.beganAt - b.beganAt)
  let highest = Number.NEGATIVE_INFINITY
  let ended = 0
  for (const { beganAt, answer } of byBegin) {
    while (ended < byEnd.length && byEnd[ended].endedAt < beganAt)
      highest = Math.max(highest, byEnd[ended++].answer?.value ?? highest)
    if (answer !== undefined && answer.value <= highest)
      return [`${counter} answered ${answer.value} after it had answered ${highest}`]
  }
  return []
}

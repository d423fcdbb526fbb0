import type { ListCall, Verdict } from './history.ts'

/** Each list as it was when everything was over. */
export type FinalLists = ReadonlyMap<string, readonly number[]>

/**
 * True when the transactions could have been made one at a time, each between its beginning and its end (strict
 * serializability). Appends make it cheap: a list tells the order of its writers, and a read how many of them came
 * before it. Time is linear in the calls and the values read, but for one sort.
 *
 * After Adya, "Weak Consistency" (1999), for the dependencies, and Kingsbury and Alvaro, "Elle" (2020), for lists and
 * for the chain of barriers that carries real time.
 */
export function checkSerializability(calls: readonly ListCall[], final: FinalLists): Verdict {
  const lists = new Lists(calls, final)
  const violations = [...lists.duplicates(), ...calls.flatMap(call => lists.judge(call))]
  if (violations.length === 0) {
    const cycle = findCycle(calls, lists)
    if (cycle !== undefined) violations.push(cycle)
  }
  return { checker: 'serializability', violations, judged: calls.length, unjudged: 0 }
}

class Lists {
  readonly final: FinalLists
  readonly #writers = new Map<number, ListCall>()
  readonly #visible = new Set<number>()

  constructor(calls: readonly ListCall[], final: FinalLists) {
    this.final = final
    for (const call of calls) for (const [, value] of call.operation.appends) this.#writers.set(value, call)
    for (const values of final.values()) for (const value of values) this.#visible.add(value)
  }

  writer(value: number): ListCall | undefined {
    return this.#writers.get(value)
  }

  /** True when the call is known to have happened, whatever its caller was told. */
  happened({ outcome, operation }: ListCall): boolean {
    return outcome === 'ok' || operation.appends.some(([, value]) => this.#visible.has(value))
  }

  duplicates(): string[] {
    const out: string[] = []
    for (const [list, values] of this.final) {
      if (new Set(values).size < values.length) out.push(`${list} has a value twice: ${values.join(' ')}`)
      const foreign = values.find(value => !this.#writers.has(value))
      if (foreign !== undefined) out.push(`${list} has ${foreign}, which nobody appended`)
    }
    return out
  }

  judge(call: ListCall): string[] {
    const out: string[] = []
    const { outcome, operation, answer } = call
    const visible = operation.appends.filter(([list, value]) => this.final.get(list)?.includes(value))
    const missing = operation.appends.filter(append => !visible.includes(append)).map(([, value]) => value)
    const name = `call ${call.call} of ${call.process}`
    if (outcome === 'ok' && missing.length > 0) out.push(`acknowledged append lost: ${missing} (${name})`)
    if (outcome === 'fail' && visible.length > 0)
      out.push(`failed append visible: ${visible.map(([, value]) => value)} (${name})`)
    if (outcome === 'info' && visible.length > 0 && missing.length > 0)
      out.push(`half of a transaction visible: ${missing} missing (${name})`)
    for (const [i, list] of operation.reads.entries()) {
      const read = answer?.reads[i]
      if (read !== undefined) out.push(...this.#judgeRead(list, read, name))
    }
    return out
  }

  #judgeRead(list: string, read: readonly number[], name: string): string[] {
    const values = this.final.get(list) ?? []
    const wrong = read.findIndex((value, i) => value !== values[i])
    if (wrong !== -1)
      return [`${list} was read as ${read.join(' ')}, no prefix of ${values.join(' ')} (${name})`]
    const [last, next] = [values[read.length - 1], values[read.length]]
    const between = read.length > 0 && next !== undefined && this.writer(last) === this.writer(next)
    return between ? [`${list} was read amid one transaction: ${read.join(' ')} (${name})`] : []
  }
}

// Transactions are vertices, and so is each barrier: "everything that ended up to here". Barriers form a chain.
function findCycle(calls: readonly ListCall[], lists: Lists): string | undefined {
  const happened = calls.filter(call => lists.happened(call))
  const vertex = new Map(happened.map((call, i) => [call, i]))
  const ended = happened.filter(({ endedAt }) => endedAt < Number.POSITIVE_INFINITY)
  ended.sort((a, b) => a.endedAt - b.endedAt)
  const edges: number[][] = Array.from({ length: happened.length + ended.length }, () => [])
  const connect = (from: ListCall | undefined, to: ListCall | undefined) => {
    const [a, b] = [from && vertex.get(from), to && vertex.get(to)]
    if (a !== undefined && b !== undefined && a !== b) edges[a].push(b)
  }
  for (const [i, call] of ended.entries()) {
    edges[vertex.get(call) as number].push(happened.length + i)
    if (i + 1 < ended.length) edges[happened.length + i].push(happened.length + i + 1)
  }
  for (const [i, { beganAt }] of happened.entries()) {
    const before = endedBefore(ended, beganAt)
    if (before > 0) edges[happened.length + before - 1].push(i)
  }
  for (const values of lists.final.values())
    for (let i = 0; i + 1 < values.length; i++) connect(lists.writer(values[i]), lists.writer(values[i + 1]))
  for (const call of happened) {
    for (const [i, list] of call.operation.reads.entries()) {
      const read = call.answer?.reads[i]
      if (read === undefined) continue
      const values = lists.final.get(list) ?? []
      if (read.length > 0) connect(lists.writer(values[read.length - 1]), call)
      // Whoever wrote what was not read yet comes later; its own append is no dependency.
      connect(call, lists.writer(values[read.length]))
    }
  }
  const inCycle = unordered(edges).filter(v => v < happened.length)
  if (inCycle.length === 0) return undefined
  const named = inCycle.slice(0, 6).map(v => describe(happened[v]))
  return `no order of the transactions explains what was seen; among them: ${named.join('; ')}`
}

// How many ended strictly before that instant.
function endedBefore(ended: readonly ListCall[], at: number): number {
  let low = 0
  let high = ended.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (ended[middle].endedAt < at) low = middle + 1
    else high = middle
  }
  return low
}

// The vertices on or between cycles: what is left when all without a predecessor, then all without a successor, are gone.
function unordered(edges: readonly (readonly number[])[]): number[] {
  const backwards: number[][] = edges.map(() => [])
  for (const [from, list] of edges.entries()) for (const to of list) backwards[to].push(from)
  const gone = new Uint8Array(edges.length)
  for (const [forth, back] of [
    [edges, backwards],
    [backwards, edges],
  ]) {
    const waiting = back.map(list => list.filter(v => gone[v] === 0).length)
    const free = [...waiting.keys()].filter(v => waiting[v] === 0 && gone[v] === 0)
    for (let v = free.pop(); v !== undefined; v = free.pop()) {
      gone[v] = 1
      for (const next of forth[v]) if (--waiting[next] === 0 && gone[next] === 0) free.push(next)
    }
  }
  return [...gone.keys()].filter(v => gone[v] === 0)
}

function describe({ call, operation, answer, beganAt, endedAt }: ListCall): string {
  const reads = operation.reads.map((list, i) => `${list}=[${answer?.reads[i] ?? '?'}]`)
  const appends = operation.appends.map(([list, value]) => `${list}+${value}`)
  return `call ${call} (${beganAt.toFixed(1)}-${endedAt.toFixed(1)}: ${[...reads, ...appends].join(' ')})`
}

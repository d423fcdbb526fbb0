import type { RegisterCall, TableCall, Verdict } from './history.ts'
import { after, nameOf, noRows, type RowCall, type Rows } from './row-spec.ts'

interface Node {
  readonly call: number
  readonly isEnd: boolean
  previous: Node | undefined
  next: Node | undefined
  /** The end of the same call. */
  end: Node | undefined
}

export interface LinearizabilityOptions {
  /** Steps of the search per key before it gives up. */
  readonly maxSteps?: number
  /** When all rows of a table went at once. Each key is judged by itself: that they went together is not. */
  readonly tables?: readonly TableCall[]
}

export type Search = 'linearizable' | 'not linearizable' | 'unknown'

/**
 * True for a history of rows, each judged by itself (linearizability is local): every call of known outcome takes effect
 * at one instant between its beginning and its end, one of unknown outcome at some instant after its beginning or never.
 */
export function checkLinearizability(
  calls: readonly RegisterCall[],
  options: LinearizabilityOptions = {},
): Verdict {
  const byKey = new Map<string, RowCall[]>()
  for (const call of calls) {
    // What certainly was not done is not part of the history; a read that did not answer says nothing.
    if (call.outcome === 'fail' || (call.outcome === 'info' && call.operation.action === 'get')) continue
    const { key } = call.operation
    byKey.set(key, [...(byKey.get(key) ?? []), call])
  }
  const violations: string[] = []
  let judged = 0
  let unjudged = 0
  for (const { operation, ...call } of options.tables ?? []) {
    if (operation.kind !== 'clear' || call.outcome === 'fail') continue
    for (const own of byKey.values())
      if (own[0].operation.table === operation.table)
        own.push({ ...call, operation: { ...operation, kind: 'clear' }, answer: undefined })
  }
  for (const [key, own] of byKey) {
    const found = search(own, options.maxSteps ?? 400_000)
    if (found === 'unknown') unjudged += own.length
    else judged += own.length
    if (found === 'not linearizable') violations.push(`${key} is not linearizable: ${own.length} calls`)
  }
  return { checker: 'linearizability', violations, judged, unjudged }
}

/**
 * Wing and Gong's search ("Testing and Verifying Concurrent Objects", 1993) with Lowe's memory of what was tried
 * ("Testing for Linearizability", 2017): exponential in the calls that overlap, hence the limit on its steps.
 */
export function search(calls: readonly RowCall[], maxSteps: number): Search {
  const head: Node = { call: -1, isEnd: false, previous: undefined, next: undefined, end: undefined }
  thread(head, calls)
  const done = new Uint16Array((calls.length + 15) >> 4)
  const tried = new Set<string>()
  const taken: { readonly node: Node; readonly rows: Rows }[] = []
  const isKnown = (node: Node) => calls[node.call].outcome === 'ok'
  let rows = noRows
  let left = calls.filter(({ outcome }) => outcome === 'ok').length
  let node = head.next
  for (let steps = 0; left > 0; steps++) {
    if (steps >= maxSteps) return 'unknown'
    if (node === undefined) return 'not linearizable'
    if (!node.isEnd) {
      const next = after(rows, calls[node.call])
      if (next.length > 0 && isNew(tried, done, node.call, next)) {
        taken.push({ node, rows })
        rows = next
        lift(node)
        if (isKnown(node)) left--
        node = head.next
      } else node = node.next
    } else if (!isKnown(node)) node = node.next
    else {
      const last = taken.pop()
      if (last === undefined) return 'not linearizable'
      rows = last.rows
      done[last.node.call >> 4] &= ~(1 << (last.node.call & 15))
      if (isKnown(last.node)) left++
      unlift(last.node)
      node = last.node.next
    }
  }
  return 'linearizable'
}

// Marks the call as done unless the same calls have led to the same rows before.
function isNew(tried: Set<string>, done: Uint16Array, call: number, rows: Rows): boolean {
  done[call >> 4] |= 1 << (call & 15)
  const state = `${String.fromCharCode(...done)}|${nameOf(rows)}`
  if (tried.has(state)) {
    done[call >> 4] &= ~(1 << (call & 15))
    return false
  }
  tried.add(state)
  return true
}

function thread(head: Node, calls: readonly RowCall[]): void {
  const begins = calls.map(({ beganAt }, call) => ({ at: beganAt, isEnd: false, call }))
  const ends = calls.map(({ endedAt }, call) => ({ at: endedAt, isEnd: true, call }))
  // Of one instant the beginnings come first: those calls overlap.
  const marks = [...begins, ...ends].sort((a, b) => compare(a.at, b.at) || Number(a.isEnd) - Number(b.isEnd))
  const begun: Node[] = []
  let previous = head
  for (const { call, isEnd } of marks) {
    const node: Node = { call, isEnd, previous, next: undefined, end: undefined }
    previous.next = node
    previous = node
    if (isEnd) begun[call].end = node
    else begun[call] = node
  }
}

function compare(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1
}

function lift(node: Node): void {
  for (const each of [node, node.end as Node]) {
    if (each.previous !== undefined) each.previous.next = each.next
    if (each.next !== undefined) each.next.previous = each.previous
  }
}

function unlift(node: Node): void {
  for (const each of [node.end as Node, node]) {
    if (each.previous !== undefined) each.previous.next = each
    if (each.next !== undefined) each.next.previous = each
  }
}

import type { RegisterAnswer, RegisterCall, RegisterOperation, Verdict } from './history.ts'

interface Row {
  readonly value: number | undefined
  /** Undefined when a write of unknown outcome made it; 0 when there is no row. */
  readonly version: number | undefined
}

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
  const byKey = new Map<string, RegisterCall[]>()
  for (const call of calls) {
    // What certainly was not done is not part of the history; a read that did not answer says nothing.
    if (call.outcome === 'fail' || (call.outcome === 'info' && call.operation.action === 'get')) continue
    const { key } = call.operation
    byKey.set(key, [...(byKey.get(key) ?? []), call])
  }
  const violations: string[] = []
  let judged = 0
  let unjudged = 0
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
export function search(calls: readonly RegisterCall[], maxSteps: number): Search {
  const head: Node = { call: -1, isEnd: false, previous: undefined, next: undefined, end: undefined }
  thread(head, calls)
  const done = new Uint16Array((calls.length + 15) >> 4)
  const tried = new Set<string>()
  const taken: { readonly node: Node; readonly row: Row }[] = []
  const isKnown = (node: Node) => calls[node.call].outcome === 'ok'
  let row: Row = { value: undefined, version: 0 }
  let left = calls.filter(({ outcome }) => outcome === 'ok').length
  let node = head.next
  for (let steps = 0; left > 0; steps++) {
    if (steps >= maxSteps) return 'unknown'
    if (node === undefined) return 'not linearizable'
    if (!node.isEnd) {
      const after = apply(row, calls[node.call])
      if (after !== undefined && isNew(tried, done, node.call, after)) {
        taken.push({ node, row })
        row = after
        lift(node)
        if (isKnown(node)) left--
        node = head.next
      } else node = node.next
    } else if (!isKnown(node)) node = node.next
    else {
      const last = taken.pop()
      if (last === undefined) return 'not linearizable'
      row = last.row
      done[last.node.call >> 4] &= ~(1 << (last.node.call & 15))
      if (isKnown(last.node)) left++
      unlift(last.node)
      node = last.node.next
    }
  }
  return 'linearizable'
}

// Marks the call as done unless the same calls have led to the same row before.
function isNew(tried: Set<string>, done: Uint16Array, call: number, row: Row): boolean {
  done[call >> 4] |= 1 << (call & 15)
  const state = `${String.fromCharCode(...done)}|${row.value}@${row.version}`
  if (tried.has(state)) {
    done[call >> 4] &= ~(1 << (call & 15))
    return false
  }
  tried.add(state)
  return true
}

function thread(head: Node, calls: readonly RegisterCall[]): void {
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

// The row after the call, or undefined when the call could not have been answered so at this row.
function apply(row: Row, { operation, answer }: RegisterCall): Row | undefined {
  switch (operation.action) {
    case 'get':
      return same(row, answer)
    case 'set':
      return written(row, operation.value, answer)
    case 'delete':
      return answer?.applied === undefined || answer.applied === (row.value !== undefined)
        ? { value: undefined, version: 0 }
        : undefined
    case 'increment':
      return incremented(row, operation, answer)
    case 'ifAbsent':
      return conditional(row, operation, answer, row.value === undefined)
    case 'ifVersion':
      return conditional(row, operation, answer, mayHave(row, operation.version))
  }
}

function conditional(
  row: Row,
  { action, value, version }: RegisterOperation,
  answer: RegisterAnswer | undefined,
  holds: boolean,
) {
  if (answer === undefined) return holds ? { value, version: undefined } : row
  if (answer.applied === true) return holds ? written(row, value, answer) : undefined
  // Refused: for a version that is not known the condition may as well not have held.
  const refused = action === 'ifAbsent' ? !holds : row.version !== version
  return refused ? row : undefined
}

function incremented(row: Row, { by = 1 }: RegisterOperation, answer: RegisterAnswer | undefined) {
  const value = (row.value ?? 0) + by
  if (answer?.value !== undefined && answer.value !== value) return undefined
  return written(row, value, answer)
}

// Versions are places in one log: a later write has a higher one.
function written(row: Row, value: number | undefined, answer: RegisterAnswer | undefined): Row | undefined {
  const version = answer?.version
  if (version !== undefined && row.version !== undefined && version <= row.version) return undefined
  return { value, version }
}

function same(row: Row, answer: RegisterAnswer | undefined): Row | undefined {
  if (answer === undefined) return row
  if (answer.value !== row.value || (answer.version !== undefined && !mayHave(row, answer.version)))
    return undefined
  return { value: row.value, version: answer.version ?? row.version }
}

function mayHave(row: Row, version: number | undefined): boolean {
  return row.version === undefined ? version !== 0 : row.version === version
}

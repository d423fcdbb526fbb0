import type { ClaimCall, Verdict, WriteCall } from './history.ts'

/** By table and key, what every copy holds. */
export type Contents = ReadonlyMap<string, ReadonlyMap<string, unknown>>

export interface RowsRound {
  readonly before: Contents
  readonly after: Contents
  /** Nodes whose process was killed: what only they had is gone. */
  readonly killed: ReadonlySet<string>
  readonly isExcused: IsExcused
}

/** True when a row of that table that was written through that node may be gone, and is reported to be. */
export type IsExcused = (table: string, node: string) => boolean

type Step = { readonly value: number | undefined; readonly call: WriteCall }

/**
 * True when each row is what one of its writes made it, none older than the last one that was acknowledged. Every key has
 * one writer, who writes through one node only, one after another: so the last one acknowledged is the newest, whatever
 * clocks say. A write of unknown outcome may come at any time, also of a round before, if it is given; one that was refused never.
 */
export function checkRows(calls: readonly WriteCall[], round: RowsRound): Verdict {
  const steps = new Map<string, Map<string, Step[]>>()
  for (const call of calls) {
    const { table, keys, value, ttlMs } = call.operation
    const own = steps.get(table) ?? new Map<string, Step[]>()
    steps.set(table, own)
    // Nobody looks before the last one that has an end is over.
    const step = { call, value: ttlMs === undefined ? value : undefined }
    for (const key of keys) own.set(key, [...(own.get(key) ?? []), step])
  }
  const violations: string[] = []
  let judged = 0
  for (const [table, after] of round.after) {
    const before = round.before.get(table) ?? new Map()
    const own = steps.get(table) ?? new Map<string, Step[]>()
    for (const key of new Set([...before.keys(), ...after.keys(), ...own.keys()])) {
      judged++
      const is = { had: before.get(key), has: after.get(key) }
      const all = own.get(key) ?? []
      const wrong = wrongOf(all, is, round.killed)
      const writer = all.at(-1)?.call.operation.node
      const isGone = is.has === undefined && writer !== undefined
      if (wrong !== undefined && !(isGone && round.isExcused(table, writer)))
        violations.push(`${table} ${key}: ${wrong}`)
    }
  }
  return { checker: 'rows', violations, judged, unjudged: 0 }
}

function wrongOf(
  steps: readonly Step[],
  { had, has }: { readonly had: unknown; readonly has: unknown },
  killed: ReadonlySet<string>,
): string | undefined {
  const isKept = ({ call: { outcome, operation } }: Step) =>
    outcome === 'ok' && (operation.ack !== 'local' || !killed.has(operation.node))
  const last = steps.findLastIndex(isKept)
  const allowed = steps.filter(
    ({ call }, i) => call.outcome === 'info' || (i > last && call.outcome === 'ok'),
  )
  const values = [last < 0 ? had : steps[last]?.value, ...allowed.map(({ value }) => value)]
  if (values.includes(has as number)) return undefined
  const found = steps.findLast(({ value }) => value === has && has !== undefined)?.call
  const expected = `must be ${[...new Set(values)].map(textOf).join(' or ')}`
  const why = last < 0 ? 'nobody wrote it in this round' : `acknowledged in ${nameOf(steps[last]?.call)}`
  if (has === undefined) return `is lost, ${expected} (${why})`
  if (values.every(value => value === undefined)) return `has risen as ${textOf(has)}, ${expected} (${why})`
  return `is ${textOf(has)} of ${nameOf(found)}, ${expected} (${why})`
}

export interface ClaimsRound {
  readonly after: ReadonlyMap<string, unknown>
  /** Nothing was done to the nodes. */
  readonly isCalm: boolean
  readonly isExcused: IsExcused
}

/**
 * True when of those who wrote a key only where there was nothing the one who won is there; where nothing was done to the
 * nodes meanwhile, one won alone. While views differ two owners may decide, and one of their winners stays.
 */
export function checkClaims(calls: readonly ClaimCall[], { after, isCalm, isExcused }: ClaimsRound): Verdict {
  const violations: string[] = []
  for (const key of new Set(calls.map(({ operation }) => operation.key))) {
    const own = calls.filter(({ operation }) => operation.key === key)
    const winners = own.filter(({ outcome, answer }) => outcome === 'ok' && answer?.applied === true)
    const unknown = own.filter(({ outcome }) => outcome === 'info')
    const may = [...winners, ...unknown].map(({ operation }) => operation.value)
    const has = after.get(key)
    const isGone = has === undefined && winners.length > 0
    const isOther = has !== undefined && !may.includes(has as number)
    if (isOther || (isGone && !winners.every(({ operation }) => isExcused('claims', operation.node))))
      violations.push(`${key} is ${textOf(has)}, won by ${may.join(' or ') || 'nobody'}`)
    if (isCalm && winners.length > 1)
      violations.push(`${key} was won by ${winners.length}, though all was well`)
  }
  return { checker: 'claims', violations, judged: calls.length, unjudged: 0 }
}

/** True when each batch that is there is there in full, as one write made it. */
export function checkBatches(rows: ReadonlyMap<string, unknown>): Verdict {
  const batches = new Map<string, Set<unknown>>()
  for (const key of rows.keys()) {
    const [batch = ''] = key.split('/')
    const all = Array.from({ length: batchSize }, (_, i) => rows.get(`${batch}/${i}`))
    batches.set(batch, new Set(all))
  }
  const violations = [...batches]
    .filter(([, values]) => values.size > 1)
    .map(([batch, values]) => `${batch} holds ${[...values].map(textOf).join(' and ')}`)
  return { checker: 'batches', violations, judged: batches.size, unjudged: 0 }
}

/** Rows of an atomic batch. */
export const batchSize = 4

function nameOf(call: WriteCall | undefined): string {
  return call === undefined
    ? 'an earlier round'
    : `call ${call.call} (ack ${call.operation.ack}, ${call.outcome})`
}

function textOf(value: unknown): string {
  return value === undefined ? 'nothing' : String(value)
}

import {
  compareTokens,
  type ListCall,
  type LockCall,
  type LockMode,
  type Token,
  textOf,
  type Verdict,
} from './history.ts'

/** What happened to locks, in the order of the log; `request` names the one that asked. */
export type LockEvent =
  | {
      readonly kind: 'granted'
      readonly lock: string
      readonly request: string
      readonly mode: LockMode
      /** How many may hold it exclusively at once. */
      readonly permits: number
      readonly token: Token
    }
  | { readonly kind: 'queued'; readonly lock: string; readonly request: string; readonly mode: LockMode }
  /** Given up, taken back, or its place in the queue left. */
  | { readonly kind: 'ended'; readonly lock: string; readonly request: string }
  /** A transaction that was made under the guard of a lock. */
  | { readonly kind: 'guarded'; readonly lock: string; readonly token: Token; readonly at: number }

interface Grant {
  readonly request: string
  readonly mode: LockMode
  readonly token: Token
}

interface Lock {
  readonly held: Grant[]
  readonly queue: string[]
}

/**
 * True for a log of locks in which tokens only grow over all locks, at most `permits` hold a lock exclusively and nobody
 * shares it then, the longest waiting is served first, and what is guarded happens only under a token that is held.
 */
export function checkLockLog(events: readonly LockEvent[]): Verdict {
  const locks = new Map<string, Lock>()
  const violations: string[] = []
  let latest: Token | undefined
  for (const event of events) {
    const lock = locks.get(event.lock) ?? { held: [], queue: [] }
    locks.set(event.lock, lock)
    if (event.kind === 'queued') lock.queue.push(event.request)
    else if (event.kind === 'ended') end(lock, event.request)
    else if (event.kind === 'guarded') {
      if (!lock.held.some(({ token }) => compareTokens(token, event.token) === 0))
        violations.push(
          `entry ${event.at} was guarded by ${event.lock} ${textOf(event.token)}, which nobody holds`,
        )
    } else {
      if (latest !== undefined && compareTokens(event.token, latest) <= 0)
        violations.push(`${event.lock} was granted as ${textOf(event.token)} after ${textOf(latest)}`)
      latest = event.token
      violations.push(...grant(lock, event))
    }
  }
  return { checker: 'locks in the log', violations, judged: events.length, unjudged: 0 }
}

function grant(lock: Lock, event: LockEvent & { kind: 'granted' }): string[] {
  const out: string[] = []
  const { request, mode, token, permits } = event
  const first = lock.queue[0]
  if (first === request) lock.queue.shift()
  else if (first !== undefined) {
    out.push(`${event.lock} was granted to ${request} while ${first} had waited longer`)
    const at = lock.queue.indexOf(request)
    if (at !== -1) lock.queue.splice(at, 1)
  }
  lock.held.push({ request, mode, token })
  const exclusive = lock.held.filter(each => each.mode === 'exclusive').length
  const shared = lock.held.length - exclusive
  if (exclusive > permits || (exclusive > 0 && shared > 0))
    out.push(`${event.lock} has ${exclusive} exclusive and ${shared} shared holders at ${textOf(token)}`)
  return out
}

function end(lock: Lock, request: string): void {
  const held = lock.held.findIndex(each => each.request === request)
  if (held !== -1) lock.held.splice(held, 1)
  const queued = lock.queue.indexOf(request)
  if (queued !== -1) lock.queue.splice(queued, 1)
}

interface Told {
  readonly lock: string
  readonly token: Token
  readonly beganAt: number
  readonly endedAt: number
}

/**
 * True for what clients saw of locks that one holds at a time: no token twice, a later grant has a higher token, and no
 * guarded transaction was made that began when its token was known to be given back, or another to be newer.
 */
export function checkLockCalls(locks: readonly LockCall[], guarded: readonly ListCall[]): Verdict {
  const single = locks.filter(
    ({ operation }) => operation.mode === 'exclusive' && (operation.permits ?? 1) === 1,
  )
  const grants = single.flatMap(call => told(call, 'acquire', call.answer?.token))
  const releases = single.flatMap(call => told(call, 'release', call.operation.token))
  const violations: string[] = []
  const tokens = new Set<string>()
  for (const { lock, token, beganAt } of grants) {
    if (tokens.has(textOf(token))) violations.push(`${lock} was granted twice as ${textOf(token)}`)
    tokens.add(textOf(token))
    const earlier = newestBefore(grants, lock, beganAt)
    if (earlier !== undefined && compareTokens(token, earlier) < 0)
      violations.push(`${lock} was granted as ${textOf(token)} after ${textOf(earlier)}`)
  }
  let judged = locks.length
  for (const { call, operation, outcome, beganAt } of guarded) {
    if (operation.guard === undefined || outcome !== 'ok') continue
    judged++
    const { lock, token } = operation.guard
    const newest = newestBefore(grants, lock, beganAt)
    if (newest !== undefined && compareTokens(token, newest) < 0)
      violations.push(`call ${call} wrote under ${lock} ${textOf(token)} after ${textOf(newest)} was granted`)
    const ended = releases.some(
      each => each.lock === lock && each.endedAt < beganAt && compareTokens(each.token, token) === 0,
    )
    if (ended) violations.push(`call ${call} wrote under ${lock} ${textOf(token)}, which was released`)
  }
  return { checker: 'locks', violations, judged, unjudged: 0 }
}

function told(
  { operation, outcome, beganAt, endedAt }: LockCall,
  kind: string,
  token: Token | undefined,
): Told[] {
  if (operation.kind !== kind || outcome !== 'ok' || token === undefined) return []
  return [{ lock: operation.lock, token, beganAt, endedAt }]
}

function newestBefore(grants: readonly Told[], lock: string, before: number): Token | undefined {
  let newest: Token | undefined
  for (const grant of grants) {
    if (grant.lock !== lock || grant.endedAt >= before) continue
    if (newest === undefined || compareTokens(grant.token, newest) > 0) newest = grant.token
  }
  return newest
}

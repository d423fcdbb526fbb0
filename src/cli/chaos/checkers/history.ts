/**
 * What clients asked for and what they were told, as lines of JSON: one when a call begins, one when it ends. The same
 * checkers judge runs in virtual time and of real processes; nothing here knows which it was.
 */

export type RegisterAction = 'set' | 'get' | 'delete' | 'ifAbsent' | 'ifVersion' | 'increment'

/** One row, by itself: linearizable. Values are unique among all sets of a key, or the search takes too long. */
export interface RegisterOperation {
  readonly kind: 'register'
  readonly key: string
  /** Where the key is, when tables are cleared meanwhile. */
  readonly table?: string
  readonly action: RegisterAction
  /** What a set, ifAbsent or ifVersion writes. */
  readonly value?: number
  /** What an ifVersion expects. */
  readonly version?: number
  /** What an increment adds. */
  readonly by?: number
  /** What it writes is gone so many ms later by the clock of the table; an increment keeps the time that a row has. */
  readonly ttlMs?: number
}

export interface RegisterAnswer {
  /** False: the condition did not hold, or there was nothing to delete. */
  readonly applied?: boolean
  /** What a get found, or an increment made; absent when there is no row. */
  readonly value?: number
  /** Of the row as the operation left or found it; 0 where there is none. */
  readonly version?: number
  /** What the clock of the table said then, ms. Without it nobody can tell what was over. */
  readonly clock?: number
}

/** Removes all rows of a table at once (`clear`, or a drop), or makes it. */
export interface TableOperation {
  readonly kind: 'clear' | 'create'
  readonly table: string
}

/** Lists that are read as they were before the transaction, then appended to, all or nothing. Values are unique. */
export interface ListTransaction {
  readonly kind: 'lists'
  readonly reads: readonly string[]
  readonly appends: readonly (readonly [list: string, value: number])[]
  readonly guard?: { readonly lock: string; readonly token: Token }
}

export interface ListAnswer {
  /** In the order of `reads`. */
  readonly reads: readonly (readonly number[])[]
}

export interface CounterOperation {
  readonly kind: 'counter'
  readonly counter: string
  readonly by: number
}

export interface CounterAnswer {
  readonly value: number
}

/** Moves money between accounts, or reads all of them at once. */
export type BankOperation =
  | { readonly kind: 'transfer'; readonly from: string; readonly to: string; readonly amount: number }
  | { readonly kind: 'balances' }

export interface BalancesAnswer {
  readonly balances: Readonly<Record<string, number>>
}

/** Grows with every grant: by generation, then by index. */
export interface Token {
  readonly generation: number
  readonly index: number
}

export type LockMode = 'exclusive' | 'shared'

export interface LockOperation {
  readonly kind: 'acquire' | 'release'
  readonly lock: string
  readonly mode: LockMode
  /** How many may hold it at once: 1 unless it is a semaphore. */
  readonly permits?: number
  /** What is released. */
  readonly token?: Token
}

/** No token when the lock was held by others and not waited for. */
export interface LockAnswer {
  readonly token?: Token
}

/** Rows of a default table, written or removed by the only one who writes them, through one node. */
export interface RowWrite {
  readonly kind: 'write'
  readonly table: string
  readonly keys: readonly string[]
  /** The same for all of the keys; absent when they are removed. */
  readonly value?: number
  readonly ttlMs?: number
  readonly ack: 'local' | 'one' | 'majority' | 'all'
  readonly node: string
}

/** Writes a row only where there is none, against others who do the same. */
export interface Claim {
  readonly kind: 'claim'
  readonly key: string
  readonly value: number
  readonly node: string
}

export type Operation =
  | RowWrite
  | Claim
  | RegisterOperation
  | TableOperation
  | ListTransaction
  | CounterOperation
  | BankOperation
  | LockOperation
export type Answer = RegisterAnswer | ListAnswer | CounterAnswer | BalancesAnswer | LockAnswer | object

export interface Invocation {
  readonly type: 'invoke'
  readonly call: number
  readonly atMs: number
  readonly process: string
  readonly operation: Operation
}

/** Done, certainly not done, or unknown: it may have been done, or be done yet. */
export type Outcome = 'ok' | 'fail' | 'info'

export interface Completion {
  readonly type: Outcome
  readonly call: number
  readonly atMs: number
  readonly answer?: Answer
  /** Code of the error that it ended with; for people, not judged. */
  readonly error?: string
}

export type HistoryEvent = Invocation | Completion

interface CallOf<O extends Operation, A> {
  readonly call: number
  readonly process: string
  readonly operation: O
  readonly outcome: Outcome
  /** Only of an outcome that is ok. */
  readonly answer: A | undefined
  readonly beganAt: number
  /** Infinity when the outcome is unknown: it may still be done. */
  readonly endedAt: number
}

export type RegisterCall = CallOf<RegisterOperation, RegisterAnswer>
export type TableCall = CallOf<TableOperation, object>
export type ListCall = CallOf<ListTransaction, ListAnswer>
export type CounterCall = CallOf<CounterOperation, CounterAnswer>
export type BankCall = CallOf<BankOperation, BalancesAnswer>
export type WriteCall = CallOf<RowWrite, object>
export type ClaimCall = CallOf<Claim, RegisterAnswer>
export type LockCall = CallOf<LockOperation, LockAnswer>

/** The calls of a history by what they are about; a call that never ended has an unknown outcome. */
export interface Calls {
  readonly registers: readonly RegisterCall[]
  readonly tables: readonly TableCall[]
  readonly lists: readonly ListCall[]
  readonly counters: readonly CounterCall[]
  readonly bank: readonly BankCall[]
  readonly locks: readonly LockCall[]
  readonly writes: readonly WriteCall[]
  readonly claims: readonly ClaimCall[]
}

/** What a checker found. */
export interface Verdict {
  readonly checker: string
  /** In words; empty when the law holds. */
  readonly violations: readonly string[]
  /** Calls that were judged: a checker that judged none has shown nothing. */
  readonly judged: number
  /** Calls on which the search gave up, which is neither a yes nor a no. */
  readonly unjudged: number
}

/** Joins beginnings and ends. Throws on an end without a beginning, or on two ends: the recorder is broken then. */
export function callsOf(events: readonly HistoryEvent[]): Calls {
  const begun = new Map<number, Invocation>()
  const ended = new Map<number, Completion>()
  for (const event of events) {
    if (event.type === 'invoke') begun.set(event.call, event)
    else if (!begun.has(event.call) || ended.has(event.call))
      throw new Error(`call ${event.call} ends ${ended.has(event.call) ? 'twice' : 'without a beginning'}`)
    else ended.set(event.call, event)
  }
  const all = [...begun.values()].map(invocation => join(invocation, ended.get(invocation.call)))
  const of = <T>(...kinds: Operation['kind'][]) =>
    all.filter(({ operation }) => kinds.includes(operation.kind)) as T[]
  return {
    registers: of<RegisterCall>('register'),
    tables: of<TableCall>('clear', 'create'),
    lists: of<ListCall>('lists'),
    counters: of<CounterCall>('counter'),
    bank: of<BankCall>('transfer', 'balances'),
    locks: of<LockCall>('acquire', 'release'),
    writes: of<WriteCall>('write'),
    claims: of<ClaimCall>('claim'),
  }
}

function join(invocation: Invocation, completion: Completion | undefined): CallOf<Operation, Answer> {
  const { call, process, operation, atMs: beganAt } = invocation
  const outcome = completion?.type ?? 'info'
  return {
    ...{ call, process, operation, outcome, beganAt },
    answer: outcome === 'ok' ? completion?.answer : undefined,
    endedAt: completion === undefined || outcome === 'info' ? Number.POSITIVE_INFINITY : completion.atMs,
  }
}

/** Negative when the first token is older. */
export function compareTokens(a: Token, b: Token): number {
  return a.generation - b.generation || a.index - b.index
}

export function textOf({ generation, index }: Token): string {
  return `${generation}/${index}`
}

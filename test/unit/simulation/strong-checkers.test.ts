import { describe, expect, it } from 'vitest'
import { checkBank } from '../../../src/cli/chaos/checkers/bank.ts'
import { checkCounters } from '../../../src/cli/chaos/checkers/counters.ts'
import { callsOf, type HistoryEvent, type Operation } from '../../../src/cli/chaos/checkers/history.ts'
import { checkLockCalls, checkLockLog, type LockEvent } from '../../../src/cli/chaos/checkers/locks.ts'

type Line = readonly [Operation, [number, number], ('ok' | 'fail' | 'info')?, object?]

function history(...lines: Line[]) {
  const events = lines.flatMap(([operation, [from, to], type = 'ok', answer], call): HistoryEvent[] => [
    { type: 'invoke', call, atMs: from, process: 'p', operation },
    { type, call, atMs: to, answer: answer as never },
  ])
  return callsOf(JSON.parse(JSON.stringify(events)))
}

describe('a history', () => {
  const operation = { kind: 'counter', counter: 'c', by: 1 } as const

  it('takes a call that never ended as unknown', () => {
    const [call] = callsOf([{ type: 'invoke', call: 1, atMs: 5, process: 'p', operation }]).counters
    expect(call).toMatchObject({ outcome: 'info', beganAt: 5, endedAt: Number.POSITIVE_INFINITY })
  })

  it('refuses an end without a beginning, and a second end', () => {
    const end: HistoryEvent = { type: 'ok', call: 1, atMs: 6 }
    expect(() => callsOf([end])).toThrow('without a beginning')
    const begin: HistoryEvent = { type: 'invoke', call: 1, atMs: 5, process: 'p', operation }
    expect(() => callsOf([begin, end, end])).toThrow('twice')
  })
})

describe('counters', () => {
  const add = (span: [number, number], type: 'ok' | 'fail' | 'info' = 'ok', value?: number): Line => [
    { kind: 'counter', counter: 'c', by: 1 },
    span,
    type,
    value === undefined ? undefined : { value },
  ]
  const judge = (final: number, ...lines: Line[]) =>
    checkCounters(history(...lines).counters, new Map([['c', final]])).violations

  it('end between what was acknowledged and that plus what is unknown', () => {
    const lines = [add([0, 1], 'ok', 1), add([2, 3], 'info'), add([4, 5], 'fail')]
    expect(judge(1, ...lines)).toEqual([])
    expect(judge(2, ...lines)).toEqual([])
    expect(judge(0, ...lines)).toHaveLength(1)
    expect(judge(3, ...lines)).toHaveLength(1)
  })

  it('never answer twice with one value, nor with less than before', () => {
    expect(judge(2, add([0, 5], 'ok', 1), add([0, 5], 'ok', 1))[0]).toMatch('twice')
    expect(judge(2, add([0, 1], 'ok', 2), add([2, 3], 'ok', 1))[0]).toMatch('after it had answered 2')
    expect(judge(2, add([0, 9], 'ok', 2), add([2, 3], 'ok', 1))).toEqual([])
  })
})

describe('a bank', () => {
  const judge = (balances: object) =>
    checkBank(history([{ kind: 'balances' }, [0, 1], 'ok', { balances }]).bank, {
      total: 10,
      accounts: ['a', 'b'],
    })

  it('has the same total in each snapshot', () => {
    expect(judge({ a: 3, b: 7 })).toMatchObject({ violations: [], judged: 1 })
    expect(judge({ a: 3, b: 6 }).violations).toHaveLength(1)
    expect(judge({ a: 10 }).violations).toHaveLength(1)
  })

  it('judges no snapshot that was not answered', () => {
    expect(
      checkBank(history([{ kind: 'balances' }, [0, 1], 'fail']).bank, { total: 1, accounts: [] }).judged,
    ).toBe(0)
  })
})

describe('a log of locks', () => {
  const token = (index: number) => ({ generation: 1, index })
  const granted = (
    request: string,
    index: number,
    mode: 'exclusive' | 'shared' = 'exclusive',
    permits = 1,
  ): LockEvent => ({
    ...{ kind: 'granted', lock: 'l', request, mode, permits },
    token: token(index),
  })
  const queued = (request: string): LockEvent => ({ kind: 'queued', lock: 'l', request, mode: 'exclusive' })
  const ended = (request: string): LockEvent => ({ kind: 'ended', lock: 'l', request })
  const guarded = (index: number): LockEvent => ({ kind: 'guarded', lock: 'l', token: token(index), at: 99 })
  const judge = (...events: LockEvent[]) => checkLockLog(events).violations

  it('has one holder at a time, who alone may write under guard', () => {
    expect(judge(granted('a', 1), guarded(1), queued('b'), ended('a'), granted('b', 3), guarded(3))).toEqual(
      [],
    )
    expect(judge(granted('a', 1), granted('b', 2))[0]).toMatch('2 exclusive')
    expect(judge(granted('a', 1), ended('a'), guarded(1))[0]).toMatch('nobody holds')
  })

  it('has as many holders as permits, or any number who share it', () => {
    expect(judge(granted('a', 1, 'exclusive', 2), granted('b', 2, 'exclusive', 2))).toEqual([])
    expect(judge(...['a', 'b', 'c'].map((name, i) => granted(name, i + 1, 'shared')))).toEqual([])
    expect(judge(granted('a', 1, 'shared'), granted('b', 2))[0]).toMatch('1 exclusive and 1 shared')
  })

  it('has tokens that grow over all locks and generations', () => {
    const old = { ...granted('b', 9), lock: 'm' }
    expect(judge(granted('a', 9), old)[0]).toMatch('after 1/9')
    expect(judge(granted('a', 9), { ...old, token: { generation: 2, index: 1 } } as LockEvent)).toEqual([])
  })

  it('serves who waited longest, unless they gave up', () => {
    const waiting = [granted('a', 1), queued('b'), queued('c'), ended('a')]
    expect(judge(...waiting, granted('c', 3))[0]).toMatch('b had waited longer')
    expect(judge(...waiting, ended('b'), granted('c', 3))).toEqual([])
  })
})

describe('what clients see of locks', () => {
  const token = (index: number) => ({ generation: 1, index })
  const acquire = (span: [number, number], index: number): Line => [
    { kind: 'acquire', lock: 'l', mode: 'exclusive' },
    span,
    'ok',
    { token: token(index) },
  ]
  const write = (span: [number, number], index: number, outcome: 'ok' | 'fail' = 'ok'): Line => [
    { kind: 'lists', reads: [], appends: [], guard: { lock: 'l', token: token(index) } },
    span,
    outcome,
  ]
  const judge = (...lines: Line[]) => {
    const { locks, lists } = history(...lines)
    return checkLockCalls(locks, lists).violations
  }

  it('is a token that grows', () => {
    expect(judge(acquire([0, 1], 1), acquire([2, 3], 2))).toEqual([])
    expect(judge(acquire([0, 1], 2), acquire([2, 3], 1))[0]).toMatch('after 1/2')
    expect(judge(acquire([0, 9], 2), acquire([2, 3], 1))).toEqual([])
    expect(judge(acquire([0, 9], 2), acquire([2, 3], 2))[0]).toMatch('twice')
  })

  it('is that nobody writes with a token that is replaced or given back', () => {
    const holders = [acquire([0, 1], 1), acquire([2, 3], 5)]
    expect(judge(...holders, write([4, 5], 5))).toEqual([])
    expect(judge(...holders, write([4, 5], 1, 'fail'))).toEqual([])
    expect(judge(...holders, write([4, 5], 1))[0]).toMatch('after 1/5 was granted')
    const release: Line = [{ kind: 'release', lock: 'l', mode: 'exclusive', token: token(1) }, [2, 3]]
    expect(judge(acquire([0, 1], 1), release, write([4, 5], 1))[0]).toMatch('released')
  })
})

import { describe, expect, it } from 'vitest'
import { checkBounds } from '../../../src/cli/chaos/checkers/bounds.ts'
import type {
  ClaimCall,
  CounterCall,
  Outcome,
  RowWrite,
  WriteCall,
} from '../../../src/cli/chaos/checkers/history.ts'
import { checkBatches, checkClaims, checkRows } from '../../../src/cli/chaos/checkers/rows.ts'
import { excuses } from '../../../src/cli/chaos/orphans.ts'
import { type TableChaosReport, tableReportText } from '../../../src/cli/chaos/table-report.ts'

let calls = 0
const call = { beganAt: 0, endedAt: 0, process: 'w', answer: {} } as const

function write(value: number | undefined, outcome: Outcome = 'ok', more: Partial<RowWrite> = {}): WriteCall {
  const operation = { kind: 'write', table: 't', keys: ['k'], value, ack: 'all', node: 'n', ...more } as const
  return { ...call, call: ++calls, outcome, operation }
}

const rows = (value?: number) => new Map([['t', new Map(value === undefined ? [] : [['k', value]])]])
const nobody = { killed: new Set<string>(), isExcused: () => false }

function judge(
  writes: readonly WriteCall[],
  had: number | undefined,
  has: number | undefined,
  killed = 'none',
) {
  const round = { ...nobody, before: rows(had), after: rows(has), killed: new Set([killed]) }
  return checkRows(writes, round).violations
}

describe('the rows of default tables', () => {
  it('are what the last acknowledged write made them, or one of unknown outcome', () => {
    expect(judge([write(1), write(2)], undefined, 2)).toEqual([])
    expect(judge([write(1), write(undefined)], undefined, undefined)).toEqual([])
    expect(judge([write(1), write(2, 'info')], undefined, 2)).toEqual([])
    expect(judge([write(1), write(2, 'info')], undefined, 1)).toEqual([])
    expect(judge([], 5, 5)).toEqual([])
    expect(judge([write(1, 'ok', { ttlMs: 10 })], undefined, undefined)).toEqual([])
  })

  it('are not lost, nor older than what was acknowledged', () => {
    expect(judge([write(1), write(2)], undefined, undefined)[0]).toContain('t k: is lost, must be 2')
    expect(judge([write(1), write(2)], undefined, 1)[0]).toContain('is 1 of call')
    expect(judge([], 5, undefined)[0]).toContain('is lost, must be 5')
  })

  it('do not come back after their deletion, nor after their end', () => {
    expect(judge([write(1), write(undefined)], undefined, 1)[0]).toContain('has risen as 1, must be nothing')
    expect(judge([], undefined, 1)[0]).toContain('has risen')
    expect(judge([write(1, 'ok', { ttlMs: 10 })], undefined, 1)[0]).toContain('has risen')
  })

  it('have nothing of a write that was refused', () => {
    expect(judge([write(1), write(2, 'fail')], undefined, 2)).toHaveLength(1)
  })

  it('may be lost where nobody but a killed process had them', () => {
    const local = [write(1), write(2, 'ok', { ack: 'local' })]
    expect(judge(local, undefined, 1, 'n')).toEqual([])
    expect(judge(local, undefined, 2, 'n')).toEqual([])
    expect(judge(local, undefined, 1)).toHaveLength(1)
    expect(judge([write(1), write(2, 'ok', { ack: 'one' })], undefined, 1, 'n')).toHaveLength(1)
  })

  it('may be gone after too long an absence, as many as were reported and not one more', () => {
    const writes = [1, 2].map(i => write(i, 'ok', { keys: [`k${i}`] }))
    const lost = (orphans: number, away: string) => {
      const isExcused = excuses({ away: new Set([away]), orphans: new Map([['t', orphans]]) })
      return checkRows(writes, { ...nobody, before: rows(), after: rows(), isExcused }).violations.length
    }
    expect([lost(2, 'n'), lost(1, 'n'), lost(0, 'n'), lost(2, 'other')]).toEqual([0, 1, 2, 2])
  })

  it('of one batch are there together', () => {
    const batch = (...values: number[]) => new Map(values.map((value, i) => [`b/${i}`, value]))
    expect(checkBatches(batch(1, 1, 1, 1)).violations).toEqual([])
    expect(checkBatches(batch(1, 1, 2, 1)).violations).toEqual(['b holds 1 and 2'])
    expect(checkBatches(batch(1, 1, 1)).violations).toEqual(['b holds 1 and nothing'])
  })
})

describe('claims', () => {
  const claim = (value: number, applied: boolean): ClaimCall => ({
    ...{ ...call, call: ++calls, outcome: 'ok', answer: { applied } },
    operation: { kind: 'claim', key: 'c', value, node: 'n' },
  })
  const judged = (own: ClaimCall[], has: number | undefined, isCalm = false) => {
    const after = new Map(has === undefined ? [] : [['c', has]])
    return checkClaims(own, { after, isCalm, isExcused: () => false }).violations
  }

  it('are what a winner wrote, and have one winner while nothing is done to the nodes', () => {
    expect(judged([claim(1, true), claim(2, false)], 1, true)).toEqual([])
    expect(judged([claim(1, true), claim(2, false)], 2)).toHaveLength(1)
    expect(judged([claim(1, true)], undefined)).toHaveLength(1)
    expect(judged([claim(1, true), claim(2, true)], 2)).toEqual([])
    expect(judged([claim(1, true), claim(2, true)], 2, true)).toHaveLength(1)
  })
})

describe('counters of default tables', () => {
  const count = (outcome: Outcome): CounterCall => ({
    ...{ ...call, call: ++calls, outcome, answer: { value: 0 } },
    operation: { kind: 'counter', counter: 'c', by: 1 },
  })
  const judged = (last: number, isCalm: boolean) => {
    const round = { before: new Map([['c', 10]]), after: new Map([['c', last]]), isCalm }
    return checkBounds([count('ok'), count('ok'), count('info'), count('fail')], round)
  }

  it('hold no more than was added, no less than they did, and all of it while all is well', () => {
    expect([9, 10, 12, 13, 14].map(last => judged(last, false).violations.length)).toEqual([1, 0, 0, 0, 1])
    expect([11, 12, 13, 14].map(last => judged(last, true).violations.length)).toEqual([1, 0, 0, 1])
    expect(judged(11, false).lost).toBe(1)
  })
})

describe('the report of chaos on default tables', () => {
  const verdict = { checker: 'rows', violations: [], judged: 4, unjudged: 0 }
  const report: TableChaosReport = {
    ...{
      suite: 'default' as const,
      nodes: 3,
      seed: 7,
      seconds: 60,
      leftOut: '',
      folder: undefined,
      ok: true,
    },
    rounds: [{ kind: 'kill', what: 'node-1', wellMs: 300, equalMs: 40, lost: 2 }],
    ...{ operations: { ok: 10, fail: 2, info: 1 }, errors: {} },
    verdicts: [verdict],
  }

  it('says what was survived, how long it took, and how to do the same again', () => {
    const text = tableReportText(report)
    expect(text).toMatch(/^kill +1 +300 +300 +40 +40$/m)
    expect(text).toContain('0 anomalies')
    expect(text).toContain('2 acknowledged by one owner lost')
    const broken = { ...report, ok: false, verdicts: [{ ...verdict, violations: ['gone'] }] }
    expect(tableReportText(broken)).toContain('1 ANOMALIES')
    expect(tableReportText(broken)).toContain('--suite default --nodes 3 --seconds 60 --seed 7')
  })
})

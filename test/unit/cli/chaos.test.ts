import { describe, expect, it } from 'vitest'
import { SeededRandom } from '../../../src/cli/chaos/random.ts'
import { Recorder } from '../../../src/cli/chaos/recorder.ts'
import { type ChaosReport, reportText, spreadOf } from '../../../src/cli/chaos/report.ts'
import { MnemeshError } from '../../../src/index.ts'

const fault = { kind: 'kill leader', node: 'node-1', atMs: 0, gapMs: undefined, recoveryMs: 200 } as const
const report: ChaosReport = {
  ...{ suite: 'strong', nodes: 3, seed: 7, seconds: 60, leftOut: '', folder: undefined, ok: true },
  faults: [
    { ...fault, failoverMs: 1200 },
    { ...fault, failoverMs: 900 },
  ],
  operations: { ok: 10, fail: 2, info: 1 },
  errors: { 'ERR_TIMEOUT?': 1, ERR_NO_QUORUM: 2 },
  verdicts: [{ checker: 'bank', violations: [], judged: 4, unjudged: 0 }],
}

describe('the report of chaos', () => {
  it('says how often what was done, and how long nobody could write', () => {
    const text = reportText(report)
    expect(text).toMatch(/^kill leader +2 +200 +200 +200$/m)
    expect(text).toMatch(/leader killed +p50 900 ms, p99 1200 ms, max 1200 ms \(2 times\)/)
    expect(text).toContain('10 acknowledged, 2 refused, 1 of unknown outcome')
    expect(text).toMatch(/^bank +holds \(4 judged\)$/m)
    expect(text).toContain('every law holds')
    expect(text).not.toContain('NOT DONE')
  })

  it('names what could not be done, and what was broken, with the place of the history', () => {
    const violations = Array.from({ length: 7 }, (_, i) => `violation ${i}`)
    const text = reportText({
      ...{ ...report, ok: false, leftOut: 'network namespaces need root', folder: '/tmp/there' },
      verdicts: [{ checker: 'bank', violations, judged: 4, unjudged: 2 }],
    })
    expect(text).toContain('NOT DONE: no network was cut; network namespaces need root')
    expect(text).toMatch(/^bank +BROKEN \(4 judged, 2 given up\)$/m)
    expect(text).toContain('violation 4\n    and 2 more')
    expect(text).toContain('/tmp/there')
  })

  it('takes each number of a spread from what was measured', () => {
    expect(spreadOf([])).toBeUndefined()
    expect(spreadOf([5])).toEqual({ count: 1, p50: 5, p99: 5, max: 5 })
    const hundred = Array.from({ length: 100 }, (_, i) => 100 - i)
    expect(spreadOf(hundred)).toEqual({ count: 100, p50: 50, p99: 99, max: 100 })
  })
})

describe('the recorder of chaos', () => {
  const operation = { kind: 'counter', counter: 'c', by: 1 } as const

  it('tells what was refused from what nobody knows, and both from a defect', async () => {
    const recorder = new Recorder()
    const failing = (error: unknown) => recorder.record('a', operation, () => Promise.reject(error))
    await recorder.record('a', operation, async () => ({ value: 1 }))
    await failing(new MnemeshError('ERR_NO_QUORUM', ''))
    await failing(new MnemeshError('ERR_UNKNOWN_OUTCOME', '', { maybeApplied: true }))
    expect(recorder.counts).toEqual({ ok: 1, fail: 1, info: 1 })
    expect([...recorder.errors.keys()]).toEqual(['ERR_NO_QUORUM', 'ERR_UNKNOWN_OUTCOME?'])
    expect(recorder.defects).toEqual([])
    await failing(new TypeError('of ours'))
    expect(recorder.defects).toHaveLength(1)
    expect(recorder.counts.info).toBe(2)
    expect(recorder.lines).toHaveLength(8)
  })
})

describe('chance in chaos', () => {
  it('is the same for the same seed, and none for another', () => {
    const some = (seed: number) => {
      const random = new SeededRandom(seed)
      return [random.below(1000), random.pick([1, 2, 3]), random.shuffle([1, 2, 3, 4, 5]), random.unit()]
    }
    expect(some(1)).toEqual(some(1))
    expect(some(1)).not.toEqual(some(2))
  })
})

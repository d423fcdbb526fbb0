import { describe, expect, it } from 'vitest'
import type {
  Outcome,
  RegisterAction,
  RegisterAnswer,
  RegisterCall,
} from '../../../src/cli/chaos/checkers/history.ts'
import { checkLinearizability } from '../../../src/cli/chaos/checkers/linearizability.ts'
import { SeededRandom } from '../../simulation/support/world.ts'

interface Sketch {
  readonly value?: number
  readonly version?: number
  readonly by?: number
  readonly answer?: RegisterAnswer
  readonly outcome?: Outcome
  readonly key?: string
}

let calls = 0

function call(
  action: RegisterAction,
  [beganAt, endedAt]: [number, number],
  sketch: Sketch = {},
): RegisterCall {
  const { value, version, by, answer = {}, outcome = 'ok', key = 'k' } = sketch
  return {
    call: calls++,
    process: 'p',
    operation: { kind: 'register', key, action, value, version, by },
    outcome,
    answer: outcome === 'ok' ? answer : undefined,
    beganAt,
    endedAt: outcome === 'info' ? Number.POSITIVE_INFINITY : endedAt,
  }
}

function holds(...history: RegisterCall[]): boolean {
  return checkLinearizability(history).violations.length === 0
}

describe('linearizability of rows', () => {
  it('lets a read that overlaps a write see either side of it', () => {
    const set = call('set', [0, 10], { value: 1 })
    expect(holds(set, call('get', [5, 6]))).toBe(true)
    expect(holds(set, call('get', [5, 6], { answer: { value: 1 } }))).toBe(true)
  })

  it('refuses a read that is older than one before it', () => {
    const set = call('set', [0, 10], { value: 1 })
    const fresh = call('get', [2, 3], { answer: { value: 1 } })
    expect(holds(set, fresh, call('get', [4, 5]))).toBe(false)
    expect(holds(set, call('get', [11, 12]))).toBe(false)
  })

  it('refuses a value that nobody wrote, and one whose write certainly failed', () => {
    expect(holds(call('get', [0, 1], { answer: { value: 7 } }))).toBe(false)
    const failed = call('set', [0, 1], { value: 7, outcome: 'fail' })
    expect(holds(failed, call('get', [2, 3], { answer: { value: 7 } }))).toBe(false)
  })

  it('lets a write of unknown outcome happen late, or never, but not twice', () => {
    const unknown = call('set', [0, 0], { value: 1, outcome: 'info' })
    const other = call('set', [10, 11], { value: 2 })
    const one = (at: number) => call('get', [at, at + 1], { answer: { value: 1, version: 9 } })
    const two = (at: number) => call('get', [at, at + 1], { answer: { value: 2 } })
    expect(holds(unknown, other, two(20), one(30))).toBe(true)
    expect(holds(unknown, other, two(20))).toBe(true)
    expect(holds(unknown, one(5), other, two(20), one(30))).toBe(false)
  })

  it('holds conditions to what stood there', () => {
    const put = call('ifAbsent', [0, 1], { value: 1, answer: { applied: true, version: 3 } })
    const late = (applied: boolean) => call('ifAbsent', [2, 3], { value: 2, answer: { applied } })
    expect(holds(put, late(false))).toBe(true)
    expect(holds(put, late(true))).toBe(false)
    const swap = (version: number, applied: boolean) =>
      call('ifVersion', [4, 5], { value: 4, version, answer: { applied, version: applied ? 8 : undefined } })
    expect(holds(put, swap(3, true))).toBe(true)
    expect(holds(put, swap(3, false))).toBe(false)
    expect(holds(put, swap(2, true))).toBe(false)
    expect(holds(put, swap(2, false))).toBe(true)
  })

  it('refuses two increments with one answer, and a delete of nothing that says otherwise', () => {
    const add = (at: number, value: number) => call('increment', [at, at + 1], { by: 1, answer: { value } })
    expect(holds(add(0, 1), add(2, 2))).toBe(true)
    expect(holds(add(0, 1), add(0.5, 1))).toBe(false)
    expect(holds(call('delete', [0, 1], { answer: { applied: true } }))).toBe(false)
  })

  it('refuses versions that go back', () => {
    const set = (at: number, value: number, version: number) =>
      call('set', [at, at + 1], { value, answer: { version } })
    expect(holds(set(0, 1, 5), set(2, 2, 6))).toBe(true)
    expect(holds(set(0, 1, 6), set(2, 2, 5))).toBe(false)
    const read = call('get', [2, 3], { answer: { value: 1, version: 4 } })
    expect(holds(set(0, 1, 5), read)).toBe(false)
  })

  it('judges each key by itself and counts what it judged', () => {
    const other = call('get', [0, 1], { key: 'other' })
    expect(checkLinearizability([call('set', [0, 1], { value: 1 }), other])).toMatchObject({
      ...{ violations: [], judged: 2, unjudged: 0 },
    })
  })

  it('says that it does not know when the search takes too long', () => {
    const history = Array.from({ length: 30 }, (_, i) => call('set', [0, 10], { value: i }))
    const verdict = checkLinearizability([...history, call('get', [11, 12], { answer: { value: 99 } })], {
      maxSteps: 1000,
    })
    expect(verdict).toMatchObject({ violations: [], judged: 0, unjudged: 31 })
  })

  it.each([
    1, 2, 3, 4, 5,
  ])('holds for what one row did at one instant per call, and not once a read lies (%i)', seed => {
    const random = new SeededRandom(seed)
    const history = truth(random, 120)
    expect(checkLinearizability(history)).toMatchObject({ violations: [], unjudged: 0 })
    const reads = history.filter(({ operation, outcome }) => operation.action === 'get' && outcome === 'ok')
    const lie = reads[Math.floor(reads.length / 2)]
    const stale = { ...lie, answer: { value: -1 } }
    expect(holds(...history.map(each => (each === lie ? stale : each)))).toBe(false)
  })
})

// What ten clients see of one row: each call takes effect somewhere within its time, one in a hundred never answer.
function truth(random: SeededRandom, count: number): RegisterCall[] {
  const free = Array(10).fill(0)
  const spans = Array.from({ length: count }, () => {
    const client = random.below(free.length)
    const began = free[client] + random.unit() * 5
    const effect = began + random.unit() * 10
    free[client] = effect + random.unit() * 10
    return { began, effect, ended: free[client] as number }
  }).sort((a, b) => a.effect - b.effect)
  let row: RegisterAnswer = { version: 0 }
  return spans.map(({ began, ended }, i) => {
    const action = random.pick(['get', 'get', 'set', 'delete', 'ifAbsent', 'ifVersion'] as const)
    const version = action === 'ifVersion' ? random.pick([row.version ?? 0, 1]) : undefined
    const holdsNow =
      action === 'ifAbsent' ? row.value === undefined : version === undefined || row.version === version
    let answer: RegisterAnswer = { ...row }
    if (action === 'delete') {
      answer = { applied: row.value !== undefined }
      row = { version: 0 }
    } else if (action !== 'get') {
      if (holdsNow) row = { value: 1000 + i, version: i + 1 }
      answer = { applied: holdsNow, version: holdsNow ? i + 1 : undefined }
    }
    const outcome = random.chance(0.01) ? 'info' : 'ok'
    return call(action, [began, ended], { value: 1000 + i, version, answer, outcome })
  })
}

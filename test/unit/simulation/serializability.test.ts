import { describe, expect, it } from 'vitest'
import type { ListCall, Outcome } from '../../../src/cli/chaos/checkers/history.ts'
import { checkSerializability } from '../../../src/cli/chaos/checkers/serializability.ts'
import { SeededRandom } from '../../simulation/support/world.ts'

let calls = 0

interface Sketch {
  readonly reads?: Readonly<Record<string, readonly number[]>>
  readonly appends?: Readonly<Record<string, number | readonly number[]>>
  readonly outcome?: Outcome
}

function transaction(
  [beganAt, endedAt]: [number, number],
  { reads = {}, appends = {}, outcome = 'ok' }: Sketch,
): ListCall {
  return {
    call: calls++,
    process: 'p',
    operation: {
      kind: 'lists',
      reads: Object.keys(reads),
      appends: Object.entries(appends).flatMap(([list, values]) =>
        [values].flat().map(value => [list, value as number] as const),
      ),
    },
    outcome,
    answer: outcome === 'ok' ? { reads: Object.values(reads) } : undefined,
    beganAt,
    endedAt: outcome === 'info' ? Number.POSITIVE_INFINITY : endedAt,
  }
}

function judge(final: Readonly<Record<string, readonly number[]>>, ...history: ListCall[]): string[] {
  return [...checkSerializability(history, new Map(Object.entries(final))).violations]
}

describe('strict serializability of lists', () => {
  it('holds where an order in time explains everything', () => {
    const history = [
      transaction([0, 1], { appends: { x: 1, y: 2 } }),
      transaction([2, 3], { reads: { x: [1] }, appends: { y: 3 } }),
      transaction([4, 5], { reads: { x: [1], y: [2, 3] } }),
    ]
    expect(judge({ x: [1], y: [2, 3] }, ...history)).toEqual([])
  })

  it('finds an acknowledged append that is lost, a failed one that is there, and one that is there twice', () => {
    expect(judge({ x: [] }, transaction([0, 1], { appends: { x: 1 } }))[0]).toMatch('append lost: 1')
    const failed = transaction([0, 1], { appends: { x: 1 }, outcome: 'fail' })
    expect(judge({ x: [1] }, failed)[0]).toMatch('failed append visible: 1')
    expect(judge({ x: [1, 1] }, transaction([0, 1], { appends: { x: 1 } }))[0]).toMatch('a value twice')
    expect(judge({ x: [9] })[0]).toMatch('nobody appended')
  })

  it('lets what is unknown be there or not, but not by halves', () => {
    const unknown = transaction([0, 1], { appends: { x: 1, y: 2 }, outcome: 'info' })
    expect(judge({}, unknown)).toEqual([])
    expect(judge({ x: [1], y: [2] }, unknown)).toEqual([])
    expect(judge({ x: [1] }, unknown)[0]).toMatch('half of a transaction')
  })

  it('finds a read that no prefix explains, or that lies within one transaction', () => {
    const both = transaction([0, 9], { appends: { x: [1, 2] } })
    expect(judge({ x: [1, 2] }, both, transaction([0, 9], { reads: { x: [2] } }))[0]).toMatch('no prefix')
    expect(judge({ x: [1, 2] }, both, transaction([0, 9], { reads: { x: [1] } }))[0]).toMatch('amid')
  })

  it('finds write skew: each read what the other had not yet written', () => {
    const skew = [
      transaction([0, 9], { reads: { x: [], y: [] }, appends: { x: 1 } }),
      transaction([0, 9], { reads: { x: [], y: [] }, appends: { y: 2 } }),
    ]
    expect(judge({ x: [1], y: [2] }, ...skew)[0]).toMatch('no order')
  })

  it('finds a lost update', () => {
    const updates = [1, 2].map(value => transaction([0, 9], { reads: { x: [] }, appends: { x: value } }))
    expect(judge({ x: [1, 2] }, ...updates)[0]).toMatch('no order')
  })

  it('finds a stale read: what had been acknowledged before is not seen', () => {
    const write = transaction([0, 1], { appends: { x: 1 } })
    expect(judge({ x: [1] }, write, transaction([2, 3], { reads: { x: [] } }))[0]).toMatch('no order')
    expect(judge({ x: [1] }, write, transaction([0.5, 3], { reads: { x: [] } }))).toEqual([])
  })

  it('finds two readers who disagree on the order of two writers', () => {
    const writes = [transaction([0, 9], { appends: { x: 1 } }), transaction([0, 9], { appends: { y: 2 } })]
    const readers = [
      transaction([0, 9], { reads: { x: [1], y: [] } }),
      transaction([0, 9], { reads: { x: [], y: [2] } }),
    ]
    expect(judge({ x: [1], y: [2] }, ...writes, ...readers)[0]).toMatch('no order')
  })

  it.each([
    1, 2, 3, 4, 5,
  ])('holds for what was made one at a time, and not once a read is older (%i)', seed => {
    const random = new SeededRandom(seed)
    const state = new Map<string, number[]>()
    const history: ListCall[] = []
    for (let i = 0; i < 400; i++) {
      const list = random.pick(['x', 'y', 'z'])
      const values = state.get(list) ?? []
      const reads = { [list]: [...values] }
      const span: [number, number] = [i - random.unit() * 8, i + random.unit() * 8]
      history.push(transaction(span, { reads, appends: random.chance(0.5) ? { [list]: i } : {} }))
      if (history[i].operation.appends.length > 0) state.set(list, [...values, i])
    }
    expect(checkSerializability(history, state)).toMatchObject({ violations: [], judged: 400 })
    const last = history[399]
    const stale = { ...last, answer: { reads: last.answer?.reads.map(read => read.slice(0, -20)) ?? [] } }
    const broken = history.map(each => (each === last ? stale : each))
    expect(checkSerializability(broken, state).violations).toHaveLength(1)
  })
})

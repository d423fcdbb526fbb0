import { describe, expect, it } from 'vitest'
import { MnemeshError } from '../../../src/core/errors.ts'
import { encodeKey } from '../../../src/core/key.ts'
import { type SubmittedTransaction, type TransactionParts, transact } from '../../../src/rpc/transact.ts'

type Request = Parameters<typeof transact>[1]
type Operation = Request['operations'][number]

const empty: Request = { reads: [], ranges: [], guards: [], operations: [] }
const operation = (fields: Partial<Operation>): Operation => ({
  ...{ type: 'OPERATION_TYPE_DELETE', table: 'm', key: { kind: 'text', text: 'k' }, value: null },
  ...{ ttlMs: 0, keepTtl: false, ...fields },
})

function group(answer: () => Awaited<ReturnType<TransactionParts['submit']>>, ttlMs?: number) {
  const submitted: SubmittedTransaction[] = []
  const timeouts: unknown[] = []
  const parts: TransactionParts = {
    check: ({ operations, ranges }: SubmittedTransaction) => {
      if (operations.length > 2 || ranges.length > 2) throw new MnemeshError('ERR_LIMIT_EXCEEDED', 'too much')
    },
    majority: () => ({ codec: 'msgpack', ttlMs, maxValueBytes: 50 }),
    submit: async (transaction, { timeout }) => {
      submitted.push(transaction)
      timeouts.push(timeout)
      return answer()
    },
  }
  return { parts, submitted, timeouts }
}

describe('a transaction in one call', () => {
  it('has versions as indexes, and the other way round', async () => {
    const outcomes = [36, 0].map(version => ({ applied: true, version, number: undefined }))
    const { parts, submitted } = group(() => ({ index: 36, outcomes }))
    const key = { kind: 'text', text: 'k' } as const
    const reads = ['10@', ''].map(version => ({ table: 'm', key, version }))
    const operations = [operation({ condition: 'ifVersion', ifVersion: 'z@' }), operation({})]
    const answer = await transact(parts, { ...empty, reads, operations }, { timeout: 1000 })
    expect(submitted[0].reads.map(({ version }) => version)).toEqual([36, 0])
    expect(submitted[0].operations.map(({ condition }) => condition)).toEqual([35, 'none'])
    expect(submitted[0].operations[0].key).toEqual(encodeKey('k'))
    expect(answer).toEqual({
      index: 36,
      outcomes: [
        { applied: true, version: '10@' },
        { applied: true, version: '' },
      ],
    })
  })

  it.each([
    ['the given one', { ttlMs: 5 }, 5],
    ['the one of the table', {}, 60],
    ['the present one', { keepTtl: true }, 'keep'],
  ] as const)('gives what it sets a lifetime: %s', async (_, fields, lifetime) => {
    const { parts, submitted } = group(() => ({ index: 1, outcomes: [] }), 60)
    const value = { kind: 'json', json: Buffer.from('1') } as const
    const set = operation({ type: 'OPERATION_TYPE_SET', value, ...fields })
    await transact(parts, { ...empty, operations: [set] }, { timeout: 1000 })
    expect(submitted[0].operations[0]).toMatchObject({ kind: 'set', value: Buffer.of(1), lifetime })
  })

  it('is answered before the deadline of the caller, with what is known', async () => {
    const unknown = new MnemeshError('ERR_UNKNOWN_OUTCOME', 'nobody can say', { maybeApplied: true })
    const { parts, timeouts } = group(() => {
      throw unknown
    })
    for (const timeout of [100, 5000]) await expect(transact(parts, empty, { timeout })).rejects.toBe(unknown)
    expect(timeouts).toEqual([90, 4750])
  })

  it('is refused before it is submitted when it is too large', async () => {
    const { parts, submitted } = group(() => ({ index: 1, outcomes: [] }))
    const operations = Array.from({ length: 3 }, () => operation({}))
    const ranges = Array.from({ length: 3 }, () => ({ table: 'm', asOf: 1 }))
    for (const request of [
      { ...empty, operations },
      { ...empty, ranges },
    ])
      await expect(transact(parts, request, { timeout: 1 })).rejects.toMatchObject({
        code: 'ERR_LIMIT_EXCEEDED',
      })
    expect(submitted).toEqual([])
  })
})

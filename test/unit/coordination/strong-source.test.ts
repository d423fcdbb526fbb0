import { describe, expect } from 'vitest'
import { Locks } from '../../../src/coordination/locks/locks.ts'
import type { Plan, PlannedOperation } from '../../../src/coordination/transactions/source.ts'
import { StrongSource } from '../../../src/coordination/transactions/strong-source.ts'
import { MnemeshError } from '../../../src/core/errors.ts'
import { encodeKey } from '../../../src/core/key.ts'
import { it } from '../../support/coordination.ts'

const call = { deadline: Number.POSITIVE_INFINITY }

describe('a transaction that was planned elsewhere', () => {
  it('is refused beyond the limits, whatever its planner thought of them', async ({
    env,
    member,
    group,
    run,
  }) => {
    const locks = new Locks(env, member)
    const source = new StrongSource({ strong: member, locks, maxValueBytes: 2 ** 20, explain: () => {} })
    const set = (key: string, bytes: number): PlannedOperation => ({
      ...{ kind: 'set', table: 't', key: encodeKey(key), by: 0, lifetime: 'forever', condition: 'none' },
      value: { bytes: Buffer.alloc(bytes), codec: 'msgpack' },
    })
    const plan = (change: Partial<Plan>): Plan => ({
      reads: [],
      ranges: [],
      guards: [],
      operations: [],
      ...change,
    })
    const read = { table: 't', key: encodeKey('k'), version: 0 }
    const before = group.state.lastApplied
    for (const wrong of [
      plan({ operations: Array.from({ length: 129 }, (_, i) => set(`k${i}`, 1)) }),
      plan({ operations: [set('a', 600_000), set('b', 600_000)] }),
      plan({ reads: Array.from({ length: 10_001 }, () => read) }),
    ]) {
      const refused = await run(source.commit(wrong, call).catch(error => error))
      expect(MnemeshError.is(refused, 'ERR_LIMIT_EXCEEDED')).toBe(true)
    }
    expect(group.state.lastApplied).toBe(before)
  })
})

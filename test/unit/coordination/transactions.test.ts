import { describe, expect } from 'vitest'
import type { Command, Transaction } from '../../../src/coordination/state/commands.ts'
import { MnemeshError } from '../../../src/core/errors.ts'
import { encodeKey, type Key } from '../../../src/core/key.ts'
import type { Tx } from '../../../src/face/types.ts'
import { it } from '../../support/coordination.ts'
import { codeOf } from '../../support/nodes.ts'
import { set } from './state/machine.ts'

const isTransaction = (command: Command): command is Transaction => command.kind === 'transaction'

describe('a transaction', () => {
  it('writes all at once, in one entry of the log', async ({ group, node, run }) => {
    const before = group.log.length
    await run(
      node.transaction(async tx => {
        tx.table('t').set('a', 1)
        tx.table('t').set('b', { two: 2 })
        tx.table('u').delete('c')
      }),
    )
    expect(group.log.slice(before).map(({ kind }) => kind)).toEqual(['transaction'])
    expect([group.value('t', 'a'), group.value('t', 'b')]).toEqual([1, { two: 2 }])
  })

  it('reads its own writes over what is there', async ({ group, node, run }) => {
    group.set('t', 'a', 1)
    group.set('t', 'b', 2)
    const seen = await run(
      node.transaction(async tx => {
        const t = tx.table<string, number>('t')
        t.set('a', 10)
        t.delete('b')
        t.set('c', 30)
        const entries: [string, unknown][] = []
        for await (const entry of t.entries()) entries.push(entry)
        return [
          await t.get('a'),
          await t.get('b'),
          await t.has('b'),
          await t.has('c'),
          await t.getMany(['c', 'a', 'b', 'x']),
          entries.sort(),
        ]
      }),
    )
    expect(seen).toEqual([
      ...[10, undefined, false, true],
      [30, 10, undefined, undefined],
      [
        ['a', 10],
        ['c', 30],
      ],
    ])
  })

  it('runs again when what it has read was changed before its commit, and says why', async ({
    group,
    node,
    run,
  }) => {
    group.set('t', 'a', 1)
    group.once(isTransaction, () => group.set('t', 'a', 5))
    const attempts: unknown[] = []
    const sum = await run(
      node.transaction(async tx => {
        attempts.push([tx.attempt, tx.reason?.code, tx.reason?.details])
        return tx.table<string, number>('t').increment('a')
      }),
    )
    expect(sum).toBe(6)
    expect(group.value('t', 'a')).toBe(6)
    expect(attempts).toEqual([
      [1, undefined, undefined],
      [2, 'ERR_CONFLICT', { table: 't', key: 'a' }],
    ])
  })

  it('runs again when a key that it found absent was written', async ({ group, node, run }) => {
    group.once(isTransaction, () => group.set('t', 'a', 1))
    let runs = 0
    await run(
      node.transaction(async tx => {
        runs++
        const t = tx.table('t')
        if (!(await t.has('a'))) t.set('a', 'mine')
      }),
    )
    expect([runs, group.value('t', 'a')]).toEqual([2, 1])
  })

  it('runs again when a table that it has scanned was changed anywhere', async ({ group, node, run }) => {
    group.once(isTransaction, () => group.set('t', 'other', 1))
    let runs = 0
    await run(
      node.transaction(async tx => {
        runs++
        let count = 0
        for await (const _ of tx.table('t').keys({ prefix: 'a' })) count++
        tx.table('u').set('count', count)
      }),
    )
    expect(runs).toBe(2)
  })

  it('writes nothing and passes on what its closure throws', async ({ group, node, run }) => {
    const mine = new TypeError('mine')
    await expect(
      run(
        node.transaction(async tx => {
          tx.table('t').set('a', 1)
          throw mine
        }),
      ),
    ).rejects.toBe(mine)
    expect(group.value('t', 'a')).toBeUndefined()
  })

  it('is aborted with a reason', async ({ group, node, run }) => {
    const aborted = node.transaction(async tx => {
      tx.table('t').set('a', 1)
      tx.abort('no money')
    })
    const error = await run(aborted).catch(error => error)
    expect([error.code, error.cause, error.message]).toEqual([
      ...['ERR_TX_ABORTED', 'no money', 'the transaction was aborted: "no money"'],
    ])
    expect(group.value('t', 'a')).toBeUndefined()
  })

  it('gives up after so many attempts, and names what was in the way', async ({ group, node, run }) => {
    group.set('t', 'a', 0)
    let n = 0
    group.before = command => {
      if (isTransaction(command) && command.reads.length > 0) group.set('t', 'a', ++n)
    }
    let runs = 0
    const failed = node.transaction(
      async tx => {
        runs++
        await tx.table<string, number>('t').increment('a')
      },
      { maxAttempts: 3 },
    )
    const error = await run(failed).catch(error => error)
    expect([error.code, error.details, runs]).toEqual(['ERR_CONFLICT', { table: 't', key: 'a' }, 3])
  })

  it('does not try again what may have been done', async ({ group, node, member, run }) => {
    const unknown = new MnemeshError('ERR_UNKNOWN_OUTCOME', 'who knows', { maybeApplied: true })
    member.failures.push({ error: unknown, applied: true })
    let runs = 0
    const failed = node.transaction(async tx => {
      runs++
      tx.table('t').set('a', 1)
    })
    await expect(run(failed)).rejects.toBe(unknown)
    expect([runs, group.value('t', 'a')]).toEqual([1, 1])
  })

  it('is refused for a table that is no majority table, and says what to do', async ({ node, run }) => {
    const failed = node.transaction(async tx => tx.table('plain').get('a'))
    await expect(run(failed)).rejects.toThrow('create one with { majority: true }')
    expect(await codeOf(run(node.transaction(async tx => tx.table('plain').set('a', 1))))).toBe(
      'ERR_INVALID_ARGUMENT',
    )
  })

  it('passes on what the group refused it for', async ({ group, node, run }) => {
    group.table('small', { maxEntries: 1 })
    const failed = node.transaction(async tx => {
      tx.table('small').set('a', 1)
      tx.table('small').set('b', 1)
    })
    expect(await codeOf(run(failed))).toBe('ERR_TABLE_FULL')
  })

  it('is not begun without a quorum, and not made after its deadline', async ({
    group,
    node,
    member,
    world,
    env,
    run,
  }) => {
    member.hasQuorum = false
    expect(await codeOf(run(node.transaction(async tx => tx.table('t').set('a', 1))))).toBe('ERR_NO_QUORUM')
    member.hasQuorum = true
    const late = node.transaction(
      async tx => {
        tx.table('t').set('a', 1)
        await new Promise<void>(resolve => env.timers.after(300, resolve))
      },
      { timeout: 200 },
    )
    expect(await codeOf(run(late))).toBe('ERR_TIMEOUT')
    await world.run(1000)
    expect(group.value('t', 'a')).toBeUndefined()
  })

  it('takes part in no entry when it only reads, and still sees what was acknowledged', async ({
    group,
    node,
    member,
    run,
  }) => {
    group.set('t', 'a', 1)
    const before = group.log.length
    expect(await run(node.transaction(async tx => tx.table('t').get('a')))).toBe(1)
    expect([group.log.length, member.barriers]).toEqual([before, 1])
  })

  it('keeps and sets ends of life', async ({ group, node, run }) => {
    group.table('brief', { ttl: 60_000 })
    await run(
      node.transaction(async tx => {
        const brief = tx.table('brief')
        brief.set('usual', 1)
        brief.set('own', 1, { ttl: '5m' })
      }),
    )
    const ends = () =>
      ['usual', 'own'].map(key => (group.row('brief', key)?.expiresAt ?? 0) - group.state.clock)
    expect(ends()).toEqual([60_000, 300_000])
    const end = group.row('brief', 'own')?.expiresAt
    await run(
      node.transaction(async tx => {
        await tx.table<string, number>('brief').increment('own')
      }),
    )
    expect(group.row('brief', 'own')?.expiresAt).toBe(end)
  })

  it('is over when its closure has returned', async ({ node, run }) => {
    let leaked: Tx | undefined
    await run(
      node.transaction(async tx => {
        leaked = tx
      }),
    )
    expect(await codeOf(() => leaked?.table('t').get('a'))).toBe('ERR_INVALID_ARGUMENT')
    expect(await codeOf(() => leaked?.table('t').set('a', 1))).toBe('ERR_INVALID_ARGUMENT')
  })
})

describe('what a transaction reads', () => {
  const pair = async (tx: Tx, between: () => void) => {
    const t = tx.table<string, number>('t')
    const a = await t.get('a')
    between()
    return [a, await t.get('b')]
  }

  it('was there together: it runs again at once when an earlier read is old', async ({
    group,
    node,
    run,
  }) => {
    group.set('t', 'a', 1)
    group.set('t', 'b', 1)
    const seen: unknown[] = []
    let n = 1
    const result = await run(
      node.transaction(async tx => {
        const both = await pair(tx, () => {
          if (tx.attempt > 2) return
          n++
          group.apply(both2(n))
        })
        seen.push(both)
        return both
      }),
    )
    // The closure never goes on with one half of before and one of after.
    expect(seen).toEqual([[3, 3]])
    expect(result).toEqual([3, 3])
  })

  it('moves on with the others as long as that changes nothing of it', async ({ group, node, run }) => {
    group.set('t', 'a', 1)
    let runs = 0
    const seen = await run(
      node.transaction(async tx => {
        runs++
        return pair(tx, () => group.set('t', 'b', 2))
      }),
    )
    expect([runs, seen]).toEqual([1, [1, 2]])
  })

  it('is not mixed with what was deleted since', async ({ group, node, run }) => {
    group.set('t', 'a', 1)
    group.set('t', 'b', 1)
    const seen: unknown[] = []
    await run(
      node.transaction(async tx => {
        seen.push(
          await pair(tx, () => {
            if (tx.attempt > 1) return
            group.remove('t', 'b')
            group.set('t', 'a', 2)
          }),
        )
      }),
    )
    expect(seen).toEqual([[2, undefined]])
  })

  it('of a scan is one state of the table, over many pages', async ({ group, node, env, run }) => {
    for (let i = 0; i < 3000; i++) group.set('t', i, 0)
    const counts: number[] = []
    await run(
      node.transaction(async tx => {
        let count = 0
        for await (const _ of tx.table('t').keys()) {
          if (++count !== 10 || tx.attempt > 1) continue
          group.remove('t', 2999)
          group.remove('t', 0)
          await new Promise<void>(resolve => env.timers.soon(resolve))
        }
        counts.push(count)
      }),
    )
    expect(counts).toEqual([2998])
  })

  it('ends by the clock of the group: a row that has ended meanwhile is a conflict', async ({
    group,
    node,
    world,
    run,
  }) => {
    group.table('brief', { ttl: 50 })
    group.set('brief', 'a', 1, 50)
    let runs = 0
    await run(
      node.transaction(async tx => {
        runs++
        let count = 0
        for await (const _ of tx.table('brief').keys()) count++
        if (runs === 1) {
          await world.run(100)
          group.apply({ kind: 'tick' })
        }
        tx.table('t').set('count', count)
      }),
    )
    expect([runs, group.value('t', 'count')]).toEqual([2, 0])
  })
})

describe('a nested transaction', () => {
  it('adds its writes to the outer one, and sees those', async ({ group, node, run }) => {
    await run(
      node.transaction(async tx => {
        tx.table('t').set('a', 1)
        await tx.transaction(async inner => {
          await inner.table<string, number>('t').increment('a')
          inner.table('t').set('b', 1)
        })
        expect(await tx.table('t').get('a')).toBe(2)
      }),
    )
    expect([group.value('t', 'a'), group.value('t', 'b')]).toEqual([2, 1])
  })

  it('that is aborted leaves the outer one as it was', async ({ group, node, run }) => {
    await run(
      node.transaction(async tx => {
        tx.table('t').set('a', 1)
        const inner = tx.transaction(async inner => {
          inner.table('t').set('a', 2)
          inner.abort('not this')
        })
        expect(await codeOf(inner)).toBe('ERR_TX_ABORTED')
        expect(await tx.table('t').get('a')).toBe(1)
      }),
    )
    expect(group.value('t', 'a')).toBe(1)
  })

  it('that is aborted has read for the outer one', async ({ group, node, run }) => {
    group.set('t', 'a', 1)
    group.once(isTransaction, () => group.set('t', 'a', 2))
    let runs = 0
    await run(
      node.transaction(async tx => {
        runs++
        await tx.transaction(async inner => inner.abort(await inner.table('t').get('a'))).catch(() => {})
        tx.table('t').set('b', runs)
      }),
    )
    expect(runs).toBe(2)
  })
})

describe('a transaction that only reads', () => {
  it('waits once for what was acknowledged, and commits nothing', async ({ group, node, member, run }) => {
    group.set('t', 'a', 1)
    const before = group.log.length
    const read = node.transaction(async tx => tx.table('t').getMany(['a', 'b']), { readOnly: true })
    expect(await run(read)).toEqual([1, undefined])
    expect([group.log.length, member.barriers]).toEqual([before, 1])
  })

  it('refuses to write', async ({ node, run }) => {
    const failed = node.transaction(async tx => tx.table('t').set('a', 1), { readOnly: true })
    expect(await codeOf(run(failed))).toBe('ERR_READ_ONLY')
  })
})

describe('a transaction has limits', () => {
  it('of 128 keys written', async ({ node, run }) => {
    const write = (count: number) =>
      node.transaction(async tx => {
        for (let i = 0; i < count; i++) tx.table('t').set(i, i)
        tx.table('t').set(0, 'again')
      })
    expect(await codeOf(run(write(128)))).toBe('none')
    expect(await codeOf(run(write(129)))).toBe('ERR_LIMIT_EXCEEDED')
  })

  it('of 1 MiB', async ({ node, run }) => {
    const failed = node.transaction(async tx => {
      for (const key of ['a', 'b']) tx.table('t').set(key, 'x'.repeat(600_000))
    })
    expect(await codeOf(run(failed))).toBe('ERR_LIMIT_EXCEEDED')
  })

  it('of 10,000 keys read', async ({ node, run }) => {
    const keys = Array.from({ length: 10_001 }, (_, i) => i)
    const failed = node.transaction(async tx => tx.table<Key, number>('t').getMany(keys))
    expect(await codeOf(run(failed))).toBe('ERR_LIMIT_EXCEEDED')
  })
})

describe('a transaction that meets conflict after conflict', () => {
  it('waits for its turn, and while it has it all others queue behind it', async ({
    group,
    node,
    other,
    run,
  }) => {
    group.set('t', 'a', 0)
    // Somebody who is quicker, always: each of its transactions is made between the other's reads and its commit.
    let left = 8
    group.before = command => {
      const isSlow =
        isTransaction(command) && command.operations.some(({ key }) => key.equals(encodeKey('slow')))
      if (isSlow && left-- > 0) group.set('t', 'a', left)
    }
    let runs = 0
    const order: string[] = []
    const slow = node
      .transaction(async tx => {
        runs++
        await tx.table('t').get('a')
        tx.table('t').set('slow', runs)
      })
      .then(() => order.push('slow'))
    const quick = (async () => {
      while (!group.log.some(({ kind }) => kind === 'acquire'))
        await new Promise<void>(resolve => setImmediate(resolve))
      await other.transaction(async tx => tx.table('t').set('quick', 1))
      order.push('quick')
    })()
    await run(Promise.all([slow, quick]))
    expect(runs).toBe(9)
    expect(order).toEqual(['slow', 'quick'])
    await run(new Promise(resolve => setImmediate(resolve)))
    expect(group.state.locks.size).toBe(0)
  })
})

describe('a guard', () => {
  it('lets a transaction commit only while the lock is held', async ({ group, node, run }) => {
    const lock = await run(node.locks.acquire('l'))
    const guarded = () =>
      node.transaction(async tx => {
        tx.guard(lock)
        tx.table('t').set('a', 1)
      })
    await run(guarded())
    await run(lock.release())
    group.remove('t', 'a')
    expect(await codeOf(run(guarded()))).toBe('ERR_FENCED')
    expect(group.value('t', 'a')).toBeUndefined()
  })
})

function both2(n: number): Command {
  const [a, b] = ['a', 'b'].map(key => set(key, n).operations[0])
  return { kind: 'transaction', reads: [], ranges: [], guards: [], operations: [a, b] }
}

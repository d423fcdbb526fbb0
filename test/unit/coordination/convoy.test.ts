import { describe, expect } from 'vitest'
import type { Command, Transaction } from '../../../src/coordination/state/commands.ts'
import { MnemeshError } from '../../../src/core/errors.ts'
import type { TypedCoordination } from '../../../src/face/coordination.ts'
import type { Tx } from '../../../src/face/types.ts'
import { SeededRandom } from '../../simulation/support/world.ts'
import { it } from '../../support/coordination.ts'
import type { LocalGroup } from '../../support/local-strong.ts'
import { codeOf } from '../../support/nodes.ts'

const isTransaction = (command: Command): command is Transaction => command.kind === 'transaction'
const add = (by = 1, key = 'hot') => ({
  run: (tx: Tx) => tx.table<string, number>('t').increment(key, by),
})
const increment = (node: TypedCoordination, key = 'hot') => node.transaction(tx => add(1, key).run(tx))
const many = <T>(count: number, make: (i: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, i) => make(i)))
const madeBy = (group: LocalGroup) => group.log.filter(isTransaction).length

describe('transactions of one process that meet at a key', () => {
  it('are decided on together, and each has read what the one before has written', async ({
    group,
    node,
    run,
  }) => {
    const before = madeBy(group)
    const sums = await run(many(200, () => increment(node)))
    expect([...sums].sort((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, i) => i + 1))
    expect(group.value('t', 'hot')).toBe(200)
    // The first round of all, which met; then in a few lots.
    expect(madeBy(group) - before).toBeLessThan(200 + 10)
    const again = madeBy(group)
    await run(many(100, () => increment(node)))
    expect(group.value('t', 'hot')).toBe(300)
    expect(madeBy(group) - again).toBeLessThanOrEqual(4)
  })

  it('go on after others that wrote meanwhile, and are told nothing that did not come true', async ({
    group,
    node,
    run,
  }) => {
    await run(many(10, () => increment(node)))
    let rounds = 0
    group.before = command => {
      if (isTransaction(command) && command.operations.length > 0 && rounds++ < 3) group.set('t', 'hot', 1000)
    }
    // One finds an odd number on the way, which never was.
    const told = await run(
      many(10, i =>
        node.transaction(async tx => {
          const sum = await add(i === 0 ? 1 : 2).run(tx)
          if (i > 0 && sum < 1000) throw new Error(`saw ${sum}`)
          return sum
        }),
      ),
    )
    expect([...told].sort((a, b) => a - b)).toEqual([
      1001, 1003, 1005, 1007, 1009, 1011, 1013, 1015, 1017, 1019,
    ])
  })

  it('fail alone: what one has written that throws is not there for the next', async ({
    group,
    node,
    run,
  }) => {
    await run(many(10, () => increment(node)))
    const ended = await run(
      Promise.allSettled(
        Array.from({ length: 9 }, (_, i) =>
          node.transaction(async tx => {
            const sum = await add().run(tx)
            if (i % 3 === 0) tx.abort('no')
            return sum
          }),
        ),
      ),
    )
    expect(ended.filter(({ status }) => status === 'rejected')).toHaveLength(3)
    expect(group.value('t', 'hot')).toBe(16)
  })

  it('are not held up by one that takes long', async ({ env, group, node, run }) => {
    await run(many(10, () => increment(node)))
    const order: string[] = []
    const slow = node
      .transaction(async tx => {
        const sum = await add().run(tx)
        await new Promise<void>(resolve => env.timers.after(1000, resolve))
        return sum
      })
      .then(() => order.push('slow'))
    const quick = many(5, () => increment(node)).then(() => order.push('quick'))
    await run(Promise.all([slow, quick]))
    expect(order).toEqual(['quick', 'slow'])
    expect(group.value('t', 'hot')).toBe(16)
  })

  it('may wait for each other', async ({ group, node, run }) => {
    await run(many(10, () => increment(node)))
    let inner = 0
    const outer = node.transaction(async tx => {
      await add().run(tx)
      if (inner++ === 0) await increment(node)
    })
    await run(outer)
    expect(group.value('t', 'hot')).toBe(12)
  })

  it('are refused alone', async ({ group, node, run }) => {
    group.table('small', { maxEntries: 1 })
    await run(many(10, () => increment(node)))
    const codes = await run(
      many(6, i =>
        codeOf(
          node.transaction(async tx => {
            await add().run(tx)
            if (i === 2) for (const key of ['a', 'b']) tx.table('small').set(key, 1)
          }),
        ),
      ),
    )
    expect(codes).toEqual(['none', 'none', 'ERR_TABLE_FULL', 'none', 'none', 'none'])
    expect(group.value('t', 'hot')).toBe(15)
  })

  it('are all told that nobody knows, and none is made again', async ({ group, member, node, run }) => {
    await run(many(10, () => increment(node)))
    const unknown = new MnemeshError('ERR_UNKNOWN_OUTCOME', 'who knows', { maybeApplied: true })
    member.failures.push({ error: unknown, applied: true })
    expect(await run(many(5, () => codeOf(increment(node))))).toEqual(Array(5).fill('ERR_UNKNOWN_OUTCOME'))
    expect(group.value('t', 'hot')).toBe(15)
  })

  it('go by themselves where they do not fit together', async ({ group, node, run }) => {
    await run(many(10, () => increment(node)))
    await run(
      many(4, i =>
        node.transaction(async tx => {
          await add().run(tx)
          for (let n = 0; n < 100; n++) tx.table('u').set(`${i}:${n}`, n)
        }),
      ),
    )
    expect(group.value('t', 'hot')).toBe(14)
    expect(group.value('u', '3:99')).toBe(99)
  })

  it('keep their guards', async ({ group, node, run }) => {
    await run(many(10, () => increment(node)))
    const lock = await run(node.locks.acquire('l'))
    const guarded = () =>
      node.transaction(async tx => {
        await add().run(tx)
        tx.guard(lock)
      })
    await run(Promise.all([guarded(), increment(node)]))
    await run(lock.release())
    const [code] = await run(Promise.all([codeOf(guarded()), increment(node)]))
    expect(code).toBe('ERR_FENCED')
    expect(group.value('t', 'hot')).toBe(13)
  })

  it('wait no longer than they may', async ({ env, group, node, run }) => {
    await run(many(10, () => increment(node)))
    const controller = new AbortController()
    const slow = node.transaction(async tx => {
      await add().run(tx)
      await new Promise<void>(resolve => env.timers.after(30, resolve))
    })
    const late = codeOf(node.transaction(tx => add().run(tx), { timeout: 5 }))
    const aborted = codeOf(node.transaction(tx => add().run(tx), { signal: controller.signal }))
    env.timers.after(3, () => controller.abort())
    expect(await run(Promise.all([late, aborted]))).toEqual(['ERR_TIMEOUT', 'ERR_ABORTED'])
    await run(slow)
    expect(group.value('t', 'hot')).toBe(11)
  })

  it('of several processes get through, all of them', async ({ group, node, other, run }) => {
    await run(many(60, i => increment(i % 2 === 0 ? node : other)))
    expect(group.value('t', 'hot')).toBe(60)
  })

  it('may read something else first, and writes of their own stay', async ({ group, node, run }) => {
    await run(many(10, () => increment(node)))
    await run(
      many(10, i =>
        node.transaction(async tx => {
          tx.table('u').set(`first${i}`, i)
          if (i % 2 === 0) await tx.table('t').get('cold')
          await tx.transaction(async inner => {
            await add().run(inner)
          })
          expect(await tx.table('u').get(`first${i}`)).toBe(i)
        }),
      ),
    )
    expect(group.value('t', 'hot')).toBe(20)
    expect(group.value('u', 'first7')).toBe(7)
  })
})

describe('transactions of two processes on a few keys, of any kind', () => {
  for (let seed = 1; seed <= 40; seed++)
    it(`happen one after the other (seed ${seed})`, async ({ env, group, node, other, run }) => {
      const random = new SeededRandom(seed)
      const keys = ['a', 'b', 'c']
      for (const key of keys) group.set('t', key, [])
      const acknowledged: number[] = []
      const refused: number[] = []
      const history = new Map<number, Record<string, number[]>>()
      const one = async (id: number) => {
        const [by, count] = [random.chance(0.5) ? node : other, 1 + random.below(2)]
        const [fails, pauses, guards] = [random.chance(0.1), random.chance(0.1), random.chance(0.3)]
        const wanted = random.shuffle(keys).slice(0, count)
        await new Promise<void>(resolve => env.timers.after(random.below(30), resolve))
        try {
          await by.transaction(
            async tx => {
              const seen: Record<string, number[]> = {}
              for (const key of wanted) {
                const list = (await tx.table<string, number[]>('t').get(key)) as number[]
                seen[key] = list
                if (pauses) await new Promise<void>(resolve => env.timers.after(random.below(60), resolve))
                tx.table('t').set(key, [...list, id])
              }
              if (guards) await tx.table('t').has('d')
              history.set(id, seen)
              if (fails) tx.abort('no')
            },
            { timeout: 20_000, maxAttempts: 100 },
          )
          acknowledged.push(id)
        } catch (error) {
          if (!MnemeshError.is(error, 'ERR_TX_ABORTED')) throw error
          refused.push(id)
        }
      }
      await run(many(60, i => one(i + 1)))
      const final = Object.fromEntries(keys.map(key => [key, group.value('t', key) as number[]]))
      for (const id of refused) for (const key of keys) expect(final[key]).not.toContain(id)
      for (const id of acknowledged)
        for (const [key, list] of Object.entries(history.get(id) ?? {}))
          expect(final[key].slice(0, final[key].indexOf(id))).toEqual(list)
      expect(orderOf(Object.values(final))).toBe(true)
    })
})

// True when one order of all has each list in its order.
function orderOf(lists: readonly (readonly number[])[]): boolean {
  const left = lists.map(list => [...list])
  while (left.some(list => list.length > 0)) {
    const next = left.find(
      ([first]) => first !== undefined && left.every(list => list[0] === first || !list.includes(first)),
    )
    if (next === undefined) return false
    const [first] = next
    for (const list of left) if (list[0] === first) list.shift()
  }
  return true
}

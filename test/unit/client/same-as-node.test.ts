import { describe, expect } from 'vitest'
import { MnemeshError } from '../../../src/core/errors.ts'
import type { TypedCoordination } from '../../../src/face/coordination.ts'
import { it as base } from '../../support/coordination.ts'
import { codeOf } from '../../support/nodes.ts'
import { clientOf, LocalNodes } from '../../support/sessions.ts'

const sides = ['an embedded node', 'a client'] as const

const it = base.extend<{ of: (side: (typeof sides)[number]) => TypedCoordination }>({
  of: async ({ env, member, node }, use) => {
    const nodes = new LocalNodes(env)
    nodes.add('n1:1', member)
    const client = clientOf(env, nodes, 'n1:1')
    await use(side => (side === 'a client' ? client : node))
  },
})

describe.each(sides)('of %s, a transaction', side => {
  it('reads one moment with readOnly, commits nothing, and refuses to write', async ({ group, of, run }) => {
    group.set('t', 'a', 1)
    group.set('t', 'b', 1)
    const seen: unknown[] = []
    const commands = group.log.length
    await run(
      of(side).transaction(
        async tx => {
          const a = await tx.table('t').get('a')
          if (tx.attempt === 1) {
            group.set('t', 'a', 2)
            group.set('t', 'b', 2)
          }
          seen.push([a, await tx.table('t').get('b')])
        },
        { readOnly: true },
      ),
    )
    // The first attempt never comes as far as to see one key of before and one of after.
    expect(seen.every(pair => new Set(pair as unknown[]).size === 1)).toBe(true)
    expect(group.log.slice(commands).map(({ kind }) => kind)).toEqual(['transaction', 'transaction'])
    const writing = of(side).transaction(async tx => tx.table('t').set('a', 9), { readOnly: true })
    expect([await codeOf(run(writing)), group.value('t', 'a')]).toEqual(['ERR_READ_ONLY', 2])
  })

  it('has others in it, which are kept with it or undone by themselves', async ({ group, of, run }) => {
    const inside = await run(
      of(side).transaction(async tx => {
        const t = tx.table<string, number>('t')
        t.set('outer', 1)
        await tx.transaction(async inner => inner.table('t').set('kept', 2))
        const undone = tx.transaction(async inner => {
          inner.table('t').set('undone', 3)
          return inner.abort('thought better of it')
        })
        const reason = await undone.catch(error => error)
        return [reason.code, reason.message, await t.getMany(['outer', 'kept', 'undone'])]
      }),
    )
    expect(inside).toEqual([
      'ERR_TX_ABORTED',
      'the transaction was aborted: "thought better of it"',
      [1, 2, undefined],
    ])
    expect(['outer', 'kept', 'undone'].map(key => group.value('t', key))).toEqual([1, 2, undefined])
  })

  it('is aborted with a reason, which it carries, and writes nothing', async ({ group, of, run }) => {
    const why = new Error('too poor')
    const failure = await run(
      of(side).transaction(async tx => {
        tx.table('t').set('a', 1)
        return tx.abort(why)
      }),
    ).catch(error => error)
    expect([failure.code, failure.cause, failure.retryable]).toEqual(['ERR_TX_ABORTED', why, false])
    expect([failure.message, group.value('t', 'a')]).toEqual([
      'the transaction was aborted: too poor',
      undefined,
    ])
  })

  it('knows its attempt and what the one before met, and ends when they are used up', async ({
    group,
    of,
    run,
  }) => {
    const reasons: unknown[] = []
    const failure = await run(
      of(side).transaction(
        async tx => {
          reasons.push([tx.attempt, tx.reason?.code])
          const a = await tx.table<string, number>('t').get('a')
          group.set('t', 'a', (a ?? 0) + 1)
          tx.table('t').set('b', a ?? 0)
        },
        { maxAttempts: 3 },
      ),
    ).catch(error => error)
    expect(reasons).toEqual([
      [1, undefined],
      [2, 'ERR_CONFLICT'],
      [3, 'ERR_CONFLICT'],
    ])
    expect([failure.code, failure.retryable, failure.maybeApplied]).toEqual(['ERR_CONFLICT', true, false])
    expect(failure.message).toMatch(/^3 attempts met other writers, at last: .*"a" in table t/)
    expect(group.value('t', 'b')).toBeUndefined()
  })
})

describe.each(sides)('of %s, a lock', side => {
  it('is shared by readers, and by nobody else', async ({ of, node, run }) => {
    const first = await run(of(side).locks.acquire('l', { mode: 'shared' }))
    const second = await run(node.locks.acquire('l', { mode: 'shared' }))
    expect(second.token.index).toBeGreaterThan(first.token.index)
    expect(await codeOf(run(of(side).locks.acquire('l', { wait: false })))).toBe('ERR_CONFLICT')
    await run(Promise.all([first.release(), second.release()]))
    await run((await run(of(side).locks.acquire('l', { wait: false }))).release())
  })

  it('is given up while it is waited for by the signal, and leaves no place behind', async ({
    group,
    of,
    node,
    world,
    run,
  }) => {
    const held = await run(node.locks.acquire('l'))
    const over = new AbortController()
    const waiting = codeOf(of(side).locks.acquire('l', { wait: '1m', signal: over.signal }))
    await world.run(100)
    expect(group.state.locks.get('l')?.queue).toHaveLength(1)
    over.abort()
    expect(await run(waiting)).toBe('ERR_ABORTED')
    await world.run(100)
    expect(group.state.locks.get('l')?.queue).toEqual([])
    await run(held.release())
    expect(group.state.locks.size).toBe(0)
  })

  it('is renewed for as long as it is held', async ({ of, node, world, run }) => {
    const held = await run(of(side).locks.acquire('l', { ttl: '1s' }))
    const { expiresAt } = held
    await world.run(30_000)
    expect(held.signal.aborted).toBe(false)
    expect(held.expiresAt).toBeGreaterThan(expiresAt + 25_000)
    expect(await codeOf(run(node.locks.acquire('l', { wait: false })))).toBe('ERR_CONFLICT')
  })

  it('of a semaphore is had by so many, and by as many for all', async ({ of, node, run }) => {
    const pool = of(side).semaphore('pool', 2)
    const held = [await run(pool.acquire()), await run(node.semaphore('pool', 2).acquire())]
    expect(await codeOf(run(pool.acquire({ wait: false })))).toBe('ERR_CONFLICT')
    const failure = await run(of(side).semaphore('pool', 3).acquire({ wait: false })).catch(error => error)
    expect(MnemeshError.is(failure, 'ERR_INVALID_ARGUMENT')).toBe(true)
    expect(failure.message).toMatch(/pool.*2/)
    await run(held[0].release())
    await run(pool.acquire({ wait: false }))
  })
})

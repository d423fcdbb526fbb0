import { describe, expect } from 'vitest'
import { MnemeshError } from '../../../src/core/errors.ts'
import type { Leadership, Lock } from '../../../src/face/types.ts'
import { it } from '../../support/coordination.ts'
import { codeOf } from '../../support/nodes.ts'

describe('a lock', () => {
  it('is held by one at a time, first come first served, each with a higher token', async ({
    node,
    other,
    run,
  }) => {
    const first = await run(node.locks.acquire('l'))
    const order: string[] = []
    const waiting = [other.locks.acquire('l'), node.locks.acquire('l'), other.locks.acquire('l')].map(
      async (acquired, i) => {
        const lock = await acquired
        order.push(`${i}`)
        await lock.release()
        return lock
      },
    )
    await run(first.release())
    const locks = await run(Promise.all(waiting))
    expect(order).toEqual(['0', '1', '2'])
    const tokens = [first, ...locks].map(({ token }) => token.index)
    expect(tokens).toEqual([...tokens].sort((a, b) => a - b))
    expect(new Set(tokens).size).toBe(4)
    expect(first.token.generation).toBe(7)
  })

  it('that is not waited for is refused at once while others hold it', async ({
    group,
    node,
    other,
    run,
  }) => {
    await run(node.locks.acquire('l'))
    expect(await codeOf(run(other.locks.acquire('l', { wait: false })))).toBe('ERR_CONFLICT')
    expect(group.state.locks.get('l')?.queue).toEqual([])
  })

  it('is waited for as long as was said, and the place is given up', async ({
    group,
    node,
    other,
    world,
    run,
  }) => {
    await run(node.locks.acquire('l'))
    const from = world.now
    expect(await codeOf(run(other.locks.acquire('l', { wait: '7s' })))).toBe('ERR_TIMEOUT')
    expect(world.now - from).toBeGreaterThanOrEqual(7000)
    expect(await codeOf(run(other.locks.acquire('l', { timeout: 300 })))).toBe('ERR_TIMEOUT')
    const abort = new AbortController()
    const aborted = other.locks.acquire('l', { signal: abort.signal })
    await world.run(10)
    abort.abort('enough')
    expect(await codeOf(run(aborted))).toBe('ERR_ABORTED')
    await world.run(10)
    expect(group.state.locks.get('l')?.queue).toEqual([])
  })

  it('of which nobody knows whether it was acquired is given back', async ({
    group,
    node,
    member,
    world,
    run,
  }) => {
    const unknown = new MnemeshError('ERR_UNKNOWN_OUTCOME', 'who knows', { maybeApplied: true })
    member.failures.push({ error: unknown, applied: true })
    expect(await codeOf(run(node.locks.acquire('l')))).toBe('ERR_UNKNOWN_OUTCOME')
    await world.run(10)
    expect(group.state.locks.get('l')).toBeUndefined()
  })

  it('is shared by who asks for that, and not beside others', async ({ node, other, world, run }) => {
    const shared = await run(
      Promise.all([node, other].map(one => one.locks.acquire('l', { mode: 'shared' }))),
    )
    let exclusive: Lock | undefined
    const waiting = node.locks.acquire('l', { wait: '1m' }).then(lock => {
      exclusive = lock
    })
    await world.run(100)
    await run(shared[0].release())
    expect(exclusive).toBeUndefined()
    await run(shared[1].release())
    await run(waiting)
    expect(exclusive).toBeDefined()
  })

  it('is released after the work, also when it fails', async ({ group, node, run }) => {
    expect(await run(node.locks.request('l', async ({ token }) => token.index > 0))).toBe(true)
    const failed = node.locks.request('l', { mode: 'shared' }, async () => {
      throw new TypeError('mine')
    })
    await expect(run(failed)).rejects.toThrow(TypeError)
    await run(
      (async () => {
        await using lock = await node.locks.acquire('l')
        expect((await node.locks.query()).map(({ name }) => name)).toEqual([lock.name])
      })(),
    )
    expect(group.state.locks.size).toBe(0)
  })

  it('is told of, with who holds it', async ({ node, other, run }) => {
    const { token } = await run(node.locks.acquire('l'))
    await run(other.locks.acquire('m', { mode: 'shared' }))
    expect((await other.locks.query())[0]).toEqual({
      name: 'l',
      holders: [{ node: 'n1', mode: 'exclusive', token }],
    })
  })

  it('is lost when its process has left the group', async ({ group, node, member, other, world, run }) => {
    const lock = await run(node.locks.acquire('l'))
    group.expel(member)
    await world.run(100)
    expect(lock.signal.aborted).toBe(true)
    expect(MnemeshError.is(lock.signal.reason, 'ERR_LOCK_LOST')).toBe(true)
    await run(other.locks.acquire('l', { wait: false }))
    await world.run(100)
    await lock.release()
  })

  it('is lost when no leader was heard for almost as long as its lease lasts', async ({
    node,
    member,
    world,
    run,
  }) => {
    const lock = await run(node.locks.acquire('l', { ttl: '5s' }))
    member.leaderSilentMs = 4400
    await world.run(200)
    expect(lock.signal.aborted).toBe(false)
    expect(lock.expiresAt - world.environment().clock.wall()).toBe(600)
    member.leaderSilentMs = 4600
    await world.run(200)
    expect(MnemeshError.is(lock.signal.reason, 'ERR_LOCK_LOST')).toBe(true)
  })

  it('that is released is not lost, and is released until the group knows', async ({
    group,
    node,
    member,
    world,
    run,
  }) => {
    const lock = await run(node.locks.acquire('l'))
    member.hasQuorum = false
    await run(lock.release())
    await run(lock.release())
    expect(group.state.locks.get('l')?.holders.length).toBe(1)
    member.hasQuorum = true
    await world.run(1000)
    expect(group.state.locks.get('l')).toBeUndefined()
    expect(lock.signal.aborted).toBe(false)
  })

  it('is no place to wait in that was lost', async ({ group, node, member, other, run }) => {
    await run(other.locks.acquire('l'))
    const waiting = node.locks.acquire('l', { wait: '1m' })
    await run(Promise.resolve())
    group.apply({ kind: 'tick' })
    const queued = group.state.locks.get('l')?.queue.length
    group.expel(member)
    group.apply({ kind: 'tick' })
    expect([queued, await codeOf(run(waiting))]).toEqual([1, 'ERR_SESSION_EXPIRED'])
  })

  it.for([
    [{ ttl: 100 }, 'ERR_INVALID_ARGUMENT'],
    [{ ttl: '2h' }, 'ERR_INVALID_ARGUMENT'],
    [{ mode: 'both' }, 'ERR_INVALID_ARGUMENT'],
    [{ wait: -1 }, 'ERR_INVALID_ARGUMENT'],
  ])('is asked for with options that mean something: %o', async ([options, code], { node }) => {
    expect(await codeOf(node.locks.acquire('l', options as never))).toBe(code)
  })

  it('has a name of its own', async ({ node }) => {
    expect(await codeOf(() => node.locks.acquire(''))).toBe('ERR_INVALID_ARGUMENT')
    for (const name of ['tx-serial/t', 'mnemesh.', 'mnemesh.turn'])
      expect(await codeOf(() => node.locks.acquire(name))).toBe('ERR_INVALID_ARGUMENT')
    expect(() => node.semaphore('mnemesh.s', 2)).toThrow("'mnemesh.'")
  })
})

describe('a semaphore', () => {
  it('is held by so many at once', async ({ node, other, world, run }) => {
    const semaphores = [node.semaphore('s', 2), other.semaphore('s', 2)]
    const [first] = await run(Promise.all(semaphores.map(one => one.acquire())))
    expect(await codeOf(run(semaphores[1].acquire({ wait: false })))).toBe('ERR_CONFLICT')
    await run(first.release())
    await world.run(10)
    expect(await run(semaphores[1].request({ wait: false }, async () => 'in'))).toBe('in')
  })

  it('has the same number of permits for all', async ({ node, other, run }) => {
    await run(node.semaphore('s', 2).acquire())
    expect(await codeOf(run(other.semaphore('s', 3).acquire()))).toBe('ERR_INVALID_ARGUMENT')
    expect(await codeOf(() => node.semaphore('s', 0))).toBe('ERR_INVALID_ARGUMENT')
  })
})

describe('an election', () => {
  it('gives one leader at a time, and another one when that resigns', async ({ node, other, world, run }) => {
    const first = node.elect('e')
    const second = other.elect('e')
    const one = (await run(first.next())).value as Leadership
    let two: Leadership | undefined
    const waiting = second.next().then(({ value }) => {
      two = value
    })
    await world.run(20_000)
    expect(two).toBeUndefined()
    await run(one.resign())
    await run(waiting)
    expect(two?.token.index).toBeGreaterThan(one.token.index)
  })

  it('elects again who asks again, and lets the others in between', async ({ node, other, run }) => {
    const first = node.elect('e')
    const second = other.elect('e')
    await run(first.next())
    const waiting = second.next()
    const again = first.next()
    await run(waiting)
    await run(Promise.resolve(second.return?.()))
    expect((await run(again)).done).toBe(false)
  })

  it('ends with its signal, and the leadership too', async ({ group, node, other, world, run }) => {
    const abort = new AbortController()
    await run(node.elect('e', { signal: abort.signal }).next())
    const candidacy = other.elect('e', { signal: abort.signal })
    const waiting = candidacy.next()
    await world.run(100)
    abort.abort()
    expect(await run(waiting)).toEqual({ done: true, value: undefined })
    await world.run(100)
    expect(group.state.locks.size).toBe(0)
    expect(await run(candidacy.next())).toEqual({ done: true, value: undefined })
  })

  it('stands on while the group is out of reach', async ({ node, member, world, run }) => {
    member.hasQuorum = false
    const elected = node.elect('e').next()
    await world.run(3000)
    member.hasQuorum = true
    expect((await run(elected)).done).toBe(false)
  })
})

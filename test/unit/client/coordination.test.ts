import { describe, expect } from 'vitest'
import { MnemeshError } from '../../../src/core/errors.ts'
import type { TypedCoordination } from '../../../src/face/coordination.ts'
import type { Leadership } from '../../../src/face/types.ts'
import { it as base } from '../../support/coordination.ts'
import { LocalGroup, type LocalStrong } from '../../support/local-strong.ts'
import { codeOf } from '../../support/nodes.ts'
import { clientOf, LocalNodes } from '../../support/sessions.ts'

const it = base.extend<{ nodes: LocalNodes; client: TypedCoordination }>({
  nodes: async ({ env, group, member }, use) => {
    const nodes = new LocalNodes(env)
    nodes.add('n1:1', member)
    nodes.add('n2:1', group.member('n2'))
    await use(nodes)
  },
  client: async ({ env, nodes }, use) => use(clientOf(env, nodes, 'n1:1', 'n2:1')),
})

describe("a client's transaction", () => {
  it('reads and writes as that of a node does', async ({ group, client, run }) => {
    group.set('t', 'a', 1)
    const seen = await run(
      client.transaction(async tx => {
        const t = tx.table<string, number>('t')
        const before = await t.getMany(['a', 'b'])
        await t.increment('a')
        t.set('c', 3)
        const keys: string[] = []
        for await (const key of t.keys()) keys.push(key)
        return [before, await t.get('a'), keys.sort()]
      }),
    )
    expect(seen).toEqual([[1, undefined], 2, ['a', 'c']])
    expect([group.value('t', 'a'), group.value('t', 'c')]).toEqual([2, 3])
  })

  it('is committed behind those that queue at its table', async ({ group, client, member, env, run }) => {
    const session = group.state.sessionOf(member.self) ?? ''
    const lock = 'tx-serial/t'
    group.apply(
      { kind: 'acquire', lock, mode: 'exclusive', permits: 1, wait: true, ttlMs: 60_000 },
      session,
      900,
    )
    const made = client.transaction(async tx => tx.table('t').set('a', 1))
    const elsewhere = client.transaction(async tx => tx.table('u').set('a', 1))
    await run(elsewhere)
    await run(new Promise<void>(resolve => env.timers.after(500, resolve)))
    expect(group.value('t', 'a')).toBeUndefined()
    group.apply({ kind: 'release', lock, session, request: 900 })
    await run(made)
    expect(group.value('t', 'a')).toBe(1)
    await run(new Promise<void>(resolve => env.timers.after(100, resolve)))
    expect(group.state.locks.size).toBe(0)
  })

  it('does not wait for others once it has a turn of its own', async ({ group, client, run }) => {
    let others = 0
    group.before = command => {
      if (command.kind === 'transaction' && command.operations.length === 1 && others++ < 6)
        group.set('t', 'a', 100 * others)
    }
    // Five conflicts, then its turn, which its commit does not queue behind.
    const made = client.transaction(async tx => tx.table<string, number>('t').increment('a'), {
      timeout: 4000,
    })
    expect(await run(made)).toBe(group.value('t', 'a'))
    expect(others).toBeGreaterThan(6)
  })

  it('runs again when what it has read was changed, and never sees halves', async ({
    group,
    client,
    run,
  }) => {
    group.set('t', 'a', 1)
    group.set('t', 'b', 1)
    const seen: unknown[] = []
    await run(
      client.transaction(async tx => {
        const t = tx.table('t')
        const a = await t.get('a')
        if (tx.attempt === 1) {
          group.set('t', 'a', 2)
          group.set('t', 'b', 2)
        }
        seen.push([a, await t.get('b'), tx.attempt])
        if (tx.attempt === 2) group.set('t', 'a', 3)
        t.set('sum', [a])
      }),
    )
    expect(seen).toEqual([
      [2, 2, 2],
      [3, 2, 3],
    ])
    expect(group.value('t', 'sum')).toEqual([3])
  })

  it('reads keys side by side, still of one moment', async ({ group, client, run }) => {
    for (const key of ['a', 'b', 'c']) group.set('t', key, 0)
    let changes = 0
    const sums = await run(
      client.transaction(async tx => {
        const t = tx.table<string, number>('t')
        const first = await t.get('a')
        if (changes++ < 3) group.set('t', 'b', changes)
        const rest = await Promise.all([t.get('b'), t.get('c'), t.get('x')])
        return [first, ...rest]
      }),
    )
    expect(sums).toEqual([0, 1, 0, undefined])
  })

  it('keeps bytes as they are in a table of bytes', async ({ group, client, run }) => {
    group.table('raw', { codec: 'bytes' })
    await run(client.transaction(async tx => tx.table('raw').set('a', Uint8Array.of(1, 2))))
    const read = client.transaction(async tx => tx.table<string, Uint8Array>('raw').get('a'), {
      readOnly: true,
    })
    expect(Buffer.from((await run(read)) ?? []).toString('hex')).toBe('0102')
    const wrong = client.transaction(async tx => tx.table('raw').set('a', 'text'))
    expect(await codeOf(run(wrong))).toBe('ERR_BAD_TYPE')
  })

  it('goes on at another node when one is gone', async ({ group, nodes, client, run }) => {
    group.set('t', 'a', 1)
    const read = await run(
      client.transaction(async tx => {
        const a = await tx.table('t').get('a')
        nodes.stop('n1:1')
        await Promise.resolve()
        const b = await tx.table('t').get('b')
        tx.table('t').set('b', 2)
        return [a, b]
      }),
    )
    expect([read, group.value('t', 'b')]).toEqual([[1, undefined], 2])
  })

  // jetcd #1444: a retry on UNAVAILABLE of what had been done looked like a lost update.
  it('is not sent again when its node is gone with the answer: it may have been done, and was once', async ({
    group,
    nodes,
    client,
    run,
  }) => {
    const isCommit = ({ kind }: { readonly kind: string }) => kind === 'transaction'
    // Whichever it asked; both can be asked again at once.
    group.once(isCommit, () => {
      for (const [i, address] of ['n1:1', 'n2:1'].entries()) {
        nodes.stop(address)
        nodes.add(address, group.members[i] as LocalStrong)
      }
    })
    const error = await run(client.transaction(async tx => tx.table('t').increment('a'))).catch(
      error => error,
    )
    expect([MnemeshError.is(error), error.maybeApplied]).toEqual([true, true])
    expect(group.value('t', 'a')).toBe(1)
    expect(group.log.filter(isCommit)).toHaveLength(1)
    await run(client.transaction(async tx => tx.table('t').increment('a')))
    expect(group.value('t', 'a')).toBe(2)
  })

  it('passes on what became of it', async ({ member, nodes, env, run }) => {
    const client = clientOf(env, nodes, 'n1:1')
    const unknown = new MnemeshError('ERR_UNKNOWN_OUTCOME', 'who knows', { maybeApplied: true })
    member.failures.push({ error: unknown, applied: true })
    const error = await run(client.transaction(async tx => tx.table('t').set('a', 1))).catch(error => error)
    expect([error.code, error.maybeApplied]).toEqual(['ERR_UNKNOWN_OUTCOME', true])
    member.hasQuorum = false
    expect(await codeOf(run(client.transaction(async tx => tx.table('t').set('a', 1))))).toBe('ERR_NO_QUORUM')
  })
})

describe("a client's lock", () => {
  it('excludes those of nodes and of other clients', async ({ env, nodes, client, node, run }) => {
    const lock = await run(client.locks.acquire('l'))
    expect(await codeOf(run(node.locks.acquire('l', { wait: false })))).toBe('ERR_CONFLICT')
    const other = clientOf(env, nodes, 'n2:1')
    const waiting = other.locks.acquire('l', { wait: '1m' })
    expect((await run(client.locks.query())).map(({ name }) => name)).toEqual(['l'])
    await run(lock.release())
    expect((await run(waiting)).token.index).toBeGreaterThan(lock.token.index)
  })

  it('stands above every one that the client was granted, whichever cluster it asks then (D-11)', async ({
    env,
    group,
    nodes,
    run,
  }) => {
    const client = clientOf(env, nodes, 'n1:1')
    group.apply({ kind: 'generation', atLeast: 40 })
    const first = await run(client.locks.acquire('l'))
    expect(first.token.generation).toBe(40)
    // In its place: one that knows nothing of the other, nor of its tokens.
    nodes.stop('n1:1')
    nodes.add('n1:1', new LocalGroup(env).member('n1'))
    const second = await run(client.locks.acquire('l'))
    expect(second.token.generation).toBe(41)
    const third = await run(clientOf(env, nodes, 'n1:1').locks.acquire('m', { seenGeneration: 50 }))
    expect(third.token.generation).toBe(51)
  })

  it('guards its transactions', async ({ group, client, run }) => {
    const lock = await run(client.locks.acquire('l'))
    const guarded = () =>
      client.transaction(async tx => {
        tx.guard(lock)
        tx.table('t').set('a', 1)
      })
    await run(guarded())
    await run(lock.release())
    expect([await codeOf(run(guarded())), group.value('t', 'a')]).toEqual(['ERR_FENCED', 1])
  })

  it('is given back when its session ends, and the client is told', async ({
    env,
    group,
    nodes,
    world,
    run,
  }) => {
    const client = clientOf(env, nodes, 'n1:1')
    const lock = await run(client.locks.acquire('l'))
    nodes.stop('n1:1')
    await world.run(100)
    expect(MnemeshError.is(lock.signal.reason, 'ERR_LOCK_LOST')).toBe(true)
    expect(group.state.locks.size).toBe(0)
  })

  it('is lost with its lease at the node, and the client is told', async ({
    env,
    nodes,
    member,
    world,
    run,
  }) => {
    const lock = await run(clientOf(env, nodes, 'n1:1').locks.acquire('l'))
    member.leaderSilentMs = 9800
    await world.run(300)
    expect(MnemeshError.is(lock.signal.reason, 'ERR_LOCK_LOST')).toBe(true)
  })

  it('is not waited for any longer than was said', async ({ client, group, node, world, run }) => {
    await run(node.locks.acquire('l'))
    expect(await codeOf(run(client.locks.acquire('l', { timeout: 300 })))).toBe('ERR_TIMEOUT')
    await world.run(100)
    expect(group.state.locks.get('l')?.queue).toEqual([])
  })

  it('elects', async ({ client, node, group, world, run }) => {
    const first = node.elect('e')
    const { value: leader } = await run(first.next())
    const candidacy = client.elect('e')
    const waiting = candidacy.next()
    await world.run(20_000)
    await run((leader as Leadership).resign())
    expect((await run(waiting)).done).toBe(false)
    await run(Promise.resolve(candidacy.return?.()))
    await world.run(100)
    expect(group.state.locks.size).toBe(0)
  })
})

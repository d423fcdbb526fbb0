import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { status } from '@grpc/grpc-js'
import { afterEach, describe, expect } from 'vitest'
import type { ClusterStatus } from '../../src/index.ts'
import type { AcquireRequest } from '../../src/rpc/generated/mnemesh/v1/AcquireRequest.ts'
import type { AcquireResponse__Output as Acquired } from '../../src/rpc/generated/mnemesh/v1/AcquireResponse.ts'
import type { TransactOperation } from '../../src/rpc/generated/mnemesh/v1/TransactOperation.ts'
import type { TransactRequest } from '../../src/rpc/generated/mnemesh/v1/TransactRequest.ts'
import { ChildNodes } from '../support/child-nodes.ts'
import { asking, drain, type GrpcClient, grpcClient, refusal } from '../support/grpc-client.ts'
import { asJson, it as base, json, key, parsed } from '../support/grpc-node.ts'
import { eventually, seedOf, seeEachOther } from '../support/nodes.ts'

/** A test with the majority table `m` beside `t`, on two nodes; `other` is a client of the second one. */
const it = base.extend<{ other: GrpcClient }>({
  other: async ({ cluster, node, client }, use) => {
    const second = await cluster.start('second', { seeds: [seedOf(node)] })
    await seeEachOther([second, node])
    await asking(client.table)('CreateTable', { name: 'm', options: { majority: true } })
    await asking(client.cluster)('WaitForTables', { names: ['m'] })
    const other = grpcClient(second.ports.grpc)
    await asking(other.cluster)('WaitForTables', { names: ['m', 't'] })
    await use(other)
    other.close()
  },
})

const set = (name: string, value: unknown): TransactOperation => ({
  ...{ type: 'OPERATION_TYPE_SET', table: 'm', key: key(name), value: json(value) },
})

const get = async ({ cache }: GrpcClient, name: string) => {
  const consistency = 'CONSISTENCY_LINEARIZABLE'
  const request = { table: 'm', key: key(name), format: asJson, consistency } as const
  const { entry } = await asking(cache)('Get', request)
  return { value: entry === null ? undefined : parsed(entry.value), version: entry?.version ?? '' }
}

const transact = ({ cache }: GrpcClient, request: TransactRequest) => asking(cache)('Transact', request)
const versionOf = (index: number) => `${index.toString(36)}@`

/** A lock as its stream tells of it. */
function acquire({ lock }: GrpcClient, request: AcquireRequest, deadline = Number.POSITIVE_INFINITY) {
  const stream = lock.Acquire(request, { deadline })
  const ended = refusal(drain(stream))
  const events: Acquired[] = []
  stream.on('data', event => events.push(event))
  const granted = new Promise<{ name: string; token: { generation: number; index: number } }>(resolve =>
    stream.on('data', ({ granted: one }: Acquired) => one && resolve(one as never)),
  )
  return { granted, ended, events, cancel: () => stream.cancel() }
}

/** A port that leads to the other one, until both ends are cut off without a word of HTTP/2. */
async function breakableLine(to: number) {
  const sockets: Socket[] = []
  const server = createServer(near => {
    const far = connect(to, '127.0.0.1')
    near.pipe(far).pipe(near)
    sockets.push(near, far)
    for (const socket of [near, far]) socket.on('error', () => {})
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const cut = () => {
    server.close()
    for (const socket of sockets) socket.destroy()
  }
  return { port: (server.address() as AddressInfo).port, cut }
}

describe('consistency', () => {
  it('is linearizable on every node of a majority table, or local', async ({ client, other }) => {
    const format = 'VALUE_FORMAT_JSON' as const
    for (let i = 0; i < 10; i++) {
      const [one, two] = i % 2 === 0 ? [client, other] : [other, client]
      await asking(one.cache)('Set', { table: 'm', key: key('k'), value: json(i) })
      expect((await get(two, 'k')).value).toBe(i)
      const ask = { table: 'm', key: key('k'), keys: [key('k')], format }
      expect(parsed((await asking(two.cache)('Get', ask)).entry?.value)).toBe(i)
      const { results } = await asking(two.cache)('GetMany', ask)
      expect(results.map(({ entry }) => parsed(entry?.value))).toEqual([i])
    }
    for (const consistency of ['CONSISTENCY_LINEARIZABLE', 'CONSISTENCY_LOCAL'] as const) {
      const ask = { table: 'm', key: key('k'), keys: [key('k')], format, consistency }
      expect((await asking(client.cache)('Has', ask)).found).toBe(true)
      expect((await asking(client.cache)('GetMany', ask)).results).toHaveLength(1)
      expect(parsed((await asking(client.cache)('Get', ask)).entry?.value)).toBe(9)
      expect(await drain(client.cache.Scan({ table: 'm', consistency }))).toHaveLength(1)
    }
  })

  it('that a default table cannot have is refused, and so is one that does not exist', async ({ client }) => {
    const local = { table: 't', key: key('k'), consistency: 'CONSISTENCY_LOCAL' } as const
    expect(await asking(client.cache)('Has', local)).toEqual({ found: false })
    for (const consistency of ['CONSISTENCY_LINEARIZABLE', 99 as never] as const) {
      const asked = { table: 't', key: key('k'), keys: [key('k')], consistency }
      const refused = [
        ...(['Get', 'GetMany', 'Has'] as const).map(method => asking(client.cache)(method, asked)),
        drain(client.cache.Scan({ table: 't', consistency })),
      ]
      // All at once: one that nobody looks at yet would be an unhandled rejection.
      for (const one of await Promise.all(refused.map(refusal)))
        expect(one).toMatchObject({ status: status.INVALID_ARGUMENT, code: 'ERR_INVALID_ARGUMENT' })
    }
  })
})

describe('SetMany with atomic', () => {
  it('writes all or nothing, in majority tables and in others', async ({ client, other }) => {
    const entries = (count: number) =>
      Array.from({ length: count }, (_, i) => ({ key: key(`k${i}`), value: json(i) }))
    const ask = asking(client.cache)
    expect(await ask('SetMany', { table: 'm', entries: entries(128), atomic: true })).toEqual({ count: 128 })
    const [first, last] = await Promise.all(['k0', 'k127'].map(name => get(other, name)))
    expect(first.version).toBe(last.version)
    const tooMany = ask('SetMany', { table: 'm', entries: entries(129), atomic: true })
    expect(await refusal(tooMany)).toMatchObject({ code: 'ERR_LIMIT_EXCEEDED' })
    expect((await get(other, 'k128')).version).toBe('')
    const all = { table: 't', entries: entries(500), atomic: true, ack: 'ACK_ALL' } as const
    expect(await ask('SetMany', all)).toEqual({ count: 500 })
    const there = asking(other.cache)
    const [one, another] = await Promise.all(
      ['k0', 'k499'].map(async name => (await there('Get', { table: 't', key: key(name) })).entry),
    )
    expect(one?.version).toMatch(/@/)
    expect(another?.version).toBe(one?.version)
    const beyond = ask('SetMany', { table: 't', entries: entries(16_385), atomic: true })
    expect(await refusal(beyond)).toMatchObject({ code: 'ERR_LIMIT_EXCEEDED' })
  })
})

describe('Transact', () => {
  it('makes all operations at one moment, and says what each has done', async ({ client, other }) => {
    await transact(client, { operations: [set('old', 1), set('gone', 1)] })
    const { index, outcomes } = await transact(other, {
      operations: [
        set('new', { name: 'Ada' }),
        { type: 'OPERATION_TYPE_DELETE', table: 'm', key: key('gone') },
        { type: 'OPERATION_TYPE_DELETE', table: 'm', key: key('never') },
        { type: 'OPERATION_TYPE_INCREMENT', table: 'm', key: key('n') },
        { type: 'OPERATION_TYPE_INCREMENT', table: 'm', key: key('n'), by: 1.5 },
        { ...set('old', 2), ifAbsent: true },
      ],
    })
    const version = versionOf(index)
    expect(outcomes.map(({ applied, version, number }) => [applied, version, number])).toEqual([
      [true, version, undefined],
      [true, '', undefined],
      [false, '', undefined],
      [true, version, 1],
      [true, version, 2.5],
      [false, expect.stringMatching(/^[0-9a-z]+@$/), undefined],
    ])
    expect(await get(client, 'new')).toEqual({ value: { name: 'Ada' }, version })
    expect(await get(client, 'n')).toEqual({ value: 2.5, version })
    expect((await get(client, 'old')).value).toBe(1)
  })

  it('with versions that were read is a read-modify-write', async ({ client, other }) => {
    await transact(client, { operations: [set('a', 100), set('b', 0)] })
    const [a, b, none] = await Promise.all(['a', 'b', 'c'].map(name => get(other, name)))
    const reads = [
      { table: 'm', key: key('a'), version: a.version },
      { table: 'm', key: key('b'), version: b.version },
      { table: 'm', key: key('c'), version: none.version },
    ]
    const move = { reads, operations: [set('a', 93), set('b', 7)] }
    await asking(client.cache)('Set', { table: 'm', key: key('b'), value: json(50) })
    const refused = await refusal(transact(other, move))
    expect(refused).toMatchObject({ status: status.ABORTED, code: 'ERR_CONFLICT', maybeApplied: undefined })
    expect(refused.details).toMatch(/"b" in table m/)
    expect((await get(client, 'a')).value).toBe(100)
    reads[1] = { ...reads[1], version: (await get(other, 'b')).version }
    await transact(other, { reads, operations: [set('a', 93), set('b', 57)] })
    expect([(await get(client, 'a')).value, (await get(client, 'b')).value]).toEqual([93, 57])
    // Sent again it conflicts with itself.
    expect(await refusal(transact(other, { ...move, reads }))).toMatchObject({ code: 'ERR_CONFLICT' })
  })

  it('moves money without losing any, whoever does it', async ({ client, other }) => {
    await transact(client, { operations: ['a', 'b', 'c'].map(name => set(name, 100)) })
    let conflicts = 0
    const work = async (one: GrpcClient, offset: number) => {
      for (let done = 0; done < 10; ) {
        const [from, to] = [offset + done, offset + done + 1].map(i => 'abc'.charAt(i % 3))
        const [had, has] = await Promise.all([get(one, from), get(one, to)])
        const operations = [set(from, Number(had.value) - 7), set(to, Number(has.value) + 7)]
        const reads = [
          { table: 'm', key: key(from), version: had.version },
          { table: 'm', key: key(to), version: has.version },
        ]
        const { code } = await refusal(transact(one, { reads, operations }))
        if (code === undefined) done++
        else if (code === 'ERR_CONFLICT') conflicts++
        else throw new Error(String(code))
      }
    }
    await Promise.all([work(client, 0), work(other, 1), work(client, 2), work(other, 0)])
    const sums = await Promise.all(['a', 'b', 'c'].map(name => get(other, name)))
    expect(sums.reduce((sum, { value }) => sum + Number(value), 0)).toBe(300)
    expect(conflicts).toBeGreaterThan(0)
  })

  it('decides by what a scan has shown', async ({ client, other }) => {
    const { index } = await transact(other, {})
    expect(await drain(other.cache.Scan({ table: 'm' }))).toEqual([])
    const ranges = [{ table: 'm', asOf: index }]
    await transact(other, { ranges, operations: [set('first', 1)] })
    const refused = await refusal(transact(client, { ranges, operations: [set('second', 1)] }))
    expect(refused).toMatchObject({ status: status.ABORTED, code: 'ERR_CONFLICT' })
    expect(refused.details).toContain('table m')
    expect((await get(client, 'second')).version).toBe('')
  })

  it('has conditions that leave out one operation, and lifetimes', async ({ client, other }) => {
    const made = await transact(client, { operations: [{ ...set('k', 1), ttlMs: 60_000 }] })
    const entryOf = async () => (await asking(other.cache)('Get', { table: 'm', key: key('k') })).entry
    const { expiresAtMs = 0, version = '' } = (await entryOf()) ?? {}
    expect([version, expiresAtMs > Date.now()]).toEqual([made.outcomes[0].version, true])
    const { outcomes } = await transact(other, {
      operations: [
        { ...set('k', 2), ifVersion: versionOf(1) },
        { ...set('k', 3), ifVersion: '' },
        { ...set('k', 4), ifVersion: version, keepTtl: true },
        { ...set('x', 5), ifVersion: '' },
      ],
    })
    expect(outcomes.map(({ applied }) => applied)).toEqual([false, false, true, true])
    expect((await entryOf())?.expiresAtMs).toBe(expiresAtMs)
    expect((await get(client, 'k')).value).toBe(4)
  })
})

describe('Transact refuses', () => {
  const token = { generation: 0, index: 2 ** 54 }
  const blob = json('x'.repeat(300_000))
  const refused = [
    ['an unknown table', { operations: [{ ...set('k', 1), table: 'x' }] }, 'ERR_TABLE_UNKNOWN'],
    ['a read of one', { reads: [{ table: 'x', key: key('k') }] }, 'ERR_TABLE_UNKNOWN'],
    ['a range of one', { ranges: [{ table: 'x', asOf: 1 }] }, 'ERR_TABLE_UNKNOWN'],
    ['a default table', { operations: [{ ...set('k', 1), table: 't' }] }, 'ERR_INVALID_ARGUMENT'],
    ['a read of one', { reads: [{ table: 't', key: key('k') }] }, 'ERR_INVALID_ARGUMENT'],
    ['no operation', { operations: [{ table: 'm', key: key('k') }] }, 'ERR_INVALID_ARGUMENT'],
    ['an unknown one', { operations: [{ ...set('k', 1), type: 9 as never }] }, 'ERR_INVALID_ARGUMENT'],
    ['no key', { operations: [{ ...set('k', 1), key: null }] }, 'ERR_INVALID_ARGUMENT'],
    ['a long key', { operations: [set('k'.repeat(2000), 1)] }, 'ERR_KEY_TOO_LARGE'],
    ['no value', { operations: [{ ...set('k', 1), value: null }] }, 'ERR_INVALID_ARGUMENT'],
    [
      'a value to delete',
      { operations: [{ ...set('k', 1), type: 'OPERATION_TYPE_DELETE' }] },
      'ERR_INVALID_ARGUMENT',
    ],
    ['raw bytes', { operations: [{ ...set('k', 1), value: { raw: Buffer.of(1) } }] }, 'ERR_BAD_TYPE'],
    ['what is no JSON', { operations: [{ ...set('k', 1), value: { json: Buffer.of(1) } }] }, 'ERR_CODEC'],
    ['two lifetimes', { operations: [{ ...set('k', 1), ttlMs: 1, keepTtl: true }] }, 'ERR_INVALID_ARGUMENT'],
    ['a huge lifetime', { operations: [{ ...set('k', 1), ttlMs: 2 ** 60 }] }, 'ERR_INVALID_ARGUMENT'],
    [
      'a sum with no number',
      { operations: [{ type: 'OPERATION_TYPE_INCREMENT', table: 'm', key: key('k'), by: Number.NaN }] },
      'ERR_INVALID_ARGUMENT',
    ],
    [
      'a version of another table',
      { reads: [{ table: 'm', key: key('k'), version: '1a@n1' }] },
      'ERR_INVALID_ARGUMENT',
    ],
    [
      'a version of nothing',
      { reads: [{ table: 'm', key: key('k'), version: '0@' }] },
      'ERR_INVALID_ARGUMENT',
    ],
    [
      'a huge version',
      { reads: [{ table: 'm', key: key('k'), version: 'zzzzzzzzzzz@' }] },
      'ERR_INVALID_ARGUMENT',
    ],
    ['a version that is none', { operations: [{ ...set('k', 1), ifVersion: 'x' }] }, 'ERR_INVALID_ARGUMENT'],
    ['a huge index', { ranges: [{ table: 'm', asOf: 2 ** 60 }] }, 'ERR_INVALID_ARGUMENT'],
    ['a guard without a token', { guards: [{ lock: 'l' }] }, 'ERR_INVALID_ARGUMENT'],
    ['a guard with a huge one', { guards: [{ lock: 'l', token }] }, 'ERR_INVALID_ARGUMENT'],
    ['a guard without a lock', { guards: [{ token: { index: 1 } }] }, 'ERR_INVALID_ARGUMENT'],
    [
      '129 operations',
      { operations: Array.from({ length: 129 }, (_, i) => set(`k${i}`, i)) },
      'ERR_LIMIT_EXCEEDED',
    ],
    [
      'too much to read',
      { reads: Array.from({ length: 10_001 }, (_, i) => ({ table: 'm', key: { number: i } })) },
      'ERR_LIMIT_EXCEEDED',
    ],
    [
      'more than 1 MiB',
      { operations: [0, 1, 2, 3].map(i => ({ ...set(`k${i}`, 1), value: blob })) },
      'ERR_LIMIT_EXCEEDED',
    ],
  ] as const

  it('whatever cannot be made, and goes on', async ({ client, other }) => {
    for (const [what, request, code] of refused) {
      const one = await refusal(transact(client, request as TransactRequest))
      expect([what, one.code, one.maybeApplied, one.details === '']).toEqual([what, code, undefined, false])
    }
    // Nothing of it came into the log, and what comes after is made.
    await transact(other, { operations: [set('after', 1)] })
    const page = (await drain(client.cache.Scan({ table: 'm' }))).flatMap(({ entries }) => entries)
    expect(page.map(entry => entry.key?.text)).toEqual(['after'])
  })

  it('a sum with what is no number, and then nothing of it is done', async ({ client, other }) => {
    await transact(client, { operations: [set('text', 'abc')] })
    const operations: TransactOperation[] = [
      set('k', 1),
      { type: 'OPERATION_TYPE_INCREMENT', table: 'm', key: key('text') },
    ]
    expect(await refusal(transact(other, { operations }))).toMatchObject({ code: 'ERR_BAD_TYPE' })
    expect((await get(other, 'k')).version).toBe('')
  })
})

describe('LockService', () => {
  it('holds a lock as long as the stream lives; the next one gets it then', async ({ client, other }) => {
    const first = acquire(client, { name: 'l' })
    const { name, token } = await first.granted
    expect([name, token.index > 0]).toEqual(['l', true])
    const refused = await acquire(other, { name: 'l', waitMs: 0 }).ended
    expect(refused).toMatchObject({ status: status.ABORTED, code: 'ERR_CONFLICT' })
    const above = await acquire(other, { name: 'above', seenGeneration: token.generation + 5 }).granted
    expect(above.token.generation).toBe(token.generation + 6)
    await asking(other.lock)('Release', above)
    const second = acquire(other, { name: 'l' })
    const { locks } = await asking(other.lock)('Query', { name: 'l' })
    expect(locks).toEqual([{ name: 'l', holders: [{ node: 'solo', mode: 'LOCK_MODE_EXCLUSIVE', token }] }])
    first.cancel()
    const next = await second.granted
    expect(next.token.index).toBeGreaterThan(token.index)
    second.cancel()
    await eventually(async () => expect((await asking(client.lock)('Query', {})).locks).toEqual([]))
    expect((await second.ended).status).toBe(status.CANCELLED)
  })

  it('gives a lock back when the connection or the time of the call is over', async ({
    client,
    other,
    node,
  }) => {
    const line = await breakableLine(node.ports.grpc)
    const gone = grpcClient(line.port)
    const broken = acquire(gone, { name: 'l' })
    await broken.granted
    line.cut()
    expect((await broken.ended).status).toBe(status.UNAVAILABLE)
    gone.close()
    const short = acquire(other, { name: 'l' }, Date.now() + 1500)
    await short.granted
    const last = acquire(client, { name: 'l' })
    await last.granted
    expect((await short.ended).status).toBe(status.DEADLINE_EXCEEDED)
    last.cancel()
  })

  it('gives up a place in the queue with the call', async ({ client, other }) => {
    const holder = acquire(client, { name: 'l' })
    await holder.granted
    const gone = acquire(other, { name: 'l' })
    const late = acquire(other, { name: 'l', waitMs: 300 })
    gone.cancel()
    expect(await late.ended).toMatchObject({ status: status.DEADLINE_EXCEEDED, code: 'ERR_TIMEOUT' })
    const next = acquire(other, { name: 'l' })
    holder.cancel()
    await next.granted
    next.cancel()
  })

  it('is shared by those who share it, and has semaphores', async ({ client, other }) => {
    const shared = { name: 'l', mode: 'LOCK_MODE_SHARED' } as const
    const both = [acquire(client, shared), acquire(other, shared)]
    for (const { granted } of both) await granted
    expect(await acquire(client, { name: 'l', waitMs: 0 }).ended).toMatchObject({ code: 'ERR_CONFLICT' })
    const two = { name: 'l', permits: 2 }
    const seats = [acquire(client, two), acquire(other, two)]
    for (const { granted } of seats) expect((await granted).name).toBe('semaphore/l')
    expect(await acquire(client, { ...two, waitMs: 0 }).ended).toMatchObject({ code: 'ERR_CONFLICT' })
    expect(await acquire(client, { name: 'l', permits: 3 }).ended).toMatchObject({
      code: 'ERR_INVALID_ARGUMENT',
    })
    for (const one of [...both, ...seats]) one.cancel()
  })

  it('releases when it is told to, and says whether there was something', async ({ client, other }) => {
    const held = acquire(client, { name: 'l' })
    const granted = await held.granted
    expect(await asking(other.lock)('Release', granted)).toEqual({ released: false })
    expect(await asking(client.lock)('Release', granted)).toEqual({ released: true })
    expect((await held.ended).status).toBe(status.OK)
    const next = acquire(other, { name: 'l', waitMs: 0 })
    await next.granted
    expect(await asking(client.lock)('Release', granted)).toEqual({ released: false })
    next.cancel()
  })

  it('guards transactions', async ({ client, other }) => {
    const held = acquire(client, { name: 'l' })
    const { name: lock, token } = await held.granted
    const guarded = { guards: [{ lock, token }], operations: [set('k', 1)] }
    expect((await transact(other, guarded)).outcomes[0].applied).toBe(true)
    await asking(client.lock)('Release', { name: lock, token })
    const refused = await refusal(transact(other, { ...guarded, operations: [set('k', 2)] }))
    expect(refused).toMatchObject({ status: status.FAILED_PRECONDITION, code: 'ERR_FENCED' })
    expect(refused.details).toContain('lock l')
    expect((await get(client, 'k')).value).toBe(1)
  })

  it('refuses what cannot be asked for', async ({ client }) => {
    const refused = [
      ['no name', {}],
      ['a long name', { name: 'l'.repeat(201) }],
      ['a name of ours', { name: 'tx-serial/m' }],
      ['an unknown mode', { name: 'l', mode: 7 as never }],
      ['no permits', { name: 'l', permits: 0 }],
      ['too many permits', { name: 'l', permits: 5000 }],
      ['a shared semaphore', { name: 'l', permits: 2, mode: 'LOCK_MODE_SHARED' }],
      ['a short lease', { name: 'l', ttlMs: 10 }],
      ['a long lease', { name: 'l', ttlMs: 2 ** 60 }],
      ['an endless wait', { name: 'l', waitMs: 2 ** 60 }],
    ] as const
    for (const [what, request] of refused) {
      const { status: code, code: word } = await acquire(client, request).ended
      expect([what, code, word]).toEqual([what, status.INVALID_ARGUMENT, 'ERR_INVALID_ARGUMENT'])
    }
    expect(await refusal(asking(client.lock)('Release', { name: 'l' }))).toMatchObject({
      code: 'ERR_INVALID_ARGUMENT',
    })
  })

  it('tells holders of a node that is closed that their locks are lost', async ({
    cluster,
    client,
    node,
    other,
  }) => {
    const third = await cluster.start('third', { seeds: [seedOf(node)] })
    const far = grpcClient(third.ports.grpc)
    const held = acquire(far, { name: 'l' })
    await held.granted
    await third.close()
    expect(await held.ended).toMatchObject({ status: status.ABORTED, code: 'ERR_LOCK_LOST' })
    expect(held.events.map(({ event }) => event)).toEqual(['granted', 'lost'])
    const next = acquire(client, { name: 'l' })
    await next.granted
    expect((await asking(other.lock)('Query', { name: 'l' })).locks).toHaveLength(1)
    next.cancel()
    far.close()
  })
})

describe('a node without a majority', () => {
  let nodes = new ChildNodes()
  afterEach(async () => {
    await nodes.close()
    nodes = new ChildNodes()
  })

  it('says so, says where nobody can know, and that a lock may be lost', { timeout: 60_000 }, async () => {
    const first = await nodes.start('n1')
    const seeds = [`127.0.0.1:${first.ports.gossip}`]
    const rest = await Promise.all(['n2', 'n3'].map(name => nodes.start(name, { seeds })))
    await eventually(async () => {
      const { group } = await first.ask<ClusterStatus>({ kind: 'status' })
      expect([group.voters.length, group.hasQuorum]).toEqual([3, true])
    }, 20_000)
    const client = grpcClient(first.ports.grpc)
    await asking(client.table)('CreateTable', { name: 'm', options: { majority: true } })
    await transact(client, { operations: [set('k', 1)] })
    const held = acquire(client, { name: 'l', ttlMs: 1000 })
    await held.granted
    for (const { child } of rest) child.kill('SIGSTOP')
    const deadline = Date.now() + 3000
    const unknown = await refusal(
      asking(client.cache)('Transact', { operations: [set('k', 2)] }, { deadline }),
    )
    expect(unknown).toMatchObject({
      ...{ status: status.UNKNOWN, code: 'ERR_UNKNOWN_OUTCOME', maybeApplied: 'true' },
    })
    expect(await held.ended).toMatchObject({ status: status.ABORTED, code: 'ERR_LOCK_LOST' })
    expect(held.events.map(({ event }) => event)).toEqual(['granted', 'lost'])
    await eventually(async () => {
      const refused = await refusal(transact(client, { operations: [set('k', 3)] }))
      expect(refused).toMatchObject({
        ...{ status: status.UNAVAILABLE, code: 'ERR_NO_QUORUM', maybeApplied: undefined },
      })
    })
    expect(await acquire(client, { name: 'x' }).ended).toMatchObject({ code: 'ERR_NO_QUORUM' })
    const local = { table: 'm', key: key('k'), format: asJson, consistency: 'CONSISTENCY_LOCAL' } as const
    expect(parsed((await asking(client.cache)('Get', local)).entry?.value)).toBe(1)
    for (const { child } of rest) child.kill('SIGCONT')
    client.close()
  })
})

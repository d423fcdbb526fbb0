import { status } from '@grpc/grpc-js'
import { describe, expect } from 'vitest'
import { asking, drain, refusal } from '../support/grpc-client.ts'
import { asJson, it, json, key, parsed } from '../support/grpc-node.ts'
import { eventually } from '../support/nodes.ts'

// Every method of the three services, as a client in another language uses them.
describe('CacheService', () => {
  it('sets, gets, has and deletes', async ({ client }) => {
    const ask = asking(client.cache)
    expect(await ask('Set', { table: 't', key: key('ada'), value: json({ name: 'Ada' }) })).toEqual({
      applied: true,
    })
    const { entry } = await ask('Get', { table: 't', key: key('ada'), format: asJson })
    expect([parsed(entry?.value), entry?.node, entry?.key?.text]).toEqual([{ name: 'Ada' }, 'solo', 'ada'])
    expect(entry?.createdAtMs).toBeGreaterThan(Date.now() - 60_000)
    expect(entry?.expiresAtMs).toBeGreaterThan(Date.now() + 3_500_000)
    expect(await ask('Has', { table: 't', key: key('ada') })).toEqual({ found: true })
    expect(await ask('Delete', { table: 't', key: key('ada') })).toEqual({ deleted: true })
    expect(await ask('Delete', { table: 't', key: key('ada') })).toEqual({ deleted: false })
    expect(await ask('Get', { table: 't', key: key('ada') })).toEqual({ entry: null })
    expect(await ask('Has', { table: 't', key: key('ada') })).toEqual({ found: false })
  })

  it('takes keys of every kind, and gives MessagePack unless JSON is asked for', async ({ client }) => {
    const ask = asking(client.cache)
    const keys = [
      { number: -1.5 },
      { flag: true },
      { raw: Buffer.from([0, 255]) },
      { tuple: { elements: [{ text: 'tenant' }, { number: 7 }] } },
    ]
    for (const [i, one] of keys.entries()) {
      await ask('Set', { table: 't', key: one, value: { msgpack: Buffer.from([i]) } })
      const { entry } = await ask('Get', { table: 't', key: one })
      expect(entry?.value?.msgpack).toEqual(Buffer.from([i]))
      expect(entry?.key).toMatchObject(one)
    }
  })

  it('sets under a condition, with a lifetime, and keeps one', async ({ client }) => {
    const ask = asking(client.cache)
    const set = { table: 't', key: key('k') }
    expect(await ask('Set', { ...set, value: json(1), ifAbsent: true, ttlMs: 60_000 })).toEqual({
      applied: true,
    })
    expect(await ask('Set', { ...set, value: json(2), ifAbsent: true })).toEqual({ applied: false })
    const before = await ask('Get', { ...set, format: asJson })
    expect(await ask('Set', { ...set, value: json(3), keepTtl: true })).toEqual({ applied: true })
    const after = await ask('Get', { ...set, format: asJson })
    expect([parsed(before.entry?.value), parsed(after.entry?.value)]).toEqual([1, 3])
    expect(after.entry?.expiresAtMs).toBe(before.entry?.expiresAtMs)
  })

  it('sets and gets many, in the order of the keys', async ({ client }) => {
    const ask = asking(client.cache)
    const entries = ['a', 'b', 'c'].map((name, i) => ({ key: key(name), value: json(i) }))
    expect(await ask('SetMany', { table: 't', entries })).toEqual({ count: 3 })
    const { results } = await ask('GetMany', { table: 't', keys: ['c', 'x', 'a'].map(key), format: asJson })
    expect(results.map(({ entry }) => entry && parsed(entry.value))).toEqual([2, null, 0])
  })

  it('compares and sets, and says what is there otherwise', async ({ client }) => {
    const ask = asking(client.cache)
    const update = { table: 't', key: key('k'), format: asJson } as const
    const first = await ask('Update', { ...update, value: json('first') })
    expect(first.applied).toBe(true)
    const second = await ask('Update', { ...update, value: json('second'), ifVersion: first.entry?.version })
    expect(second.applied).toBe(true)
    const late = await ask('Update', { ...update, value: json('late'), ifVersion: first.entry?.version })
    expect([late.applied, parsed(late.entry?.value), late.entry?.version]).toEqual([
      false,
      'second',
      second.entry?.version,
    ])
    const stale = { table: 't', key: key('k'), ifVersion: first.entry?.version }
    expect(await ask('Delete', stale)).toEqual({ deleted: false })
    expect(await ask('Delete', { ...stale, ifVersion: second.entry?.version })).toEqual({ deleted: true })
  })

  it('increments by one, by a number given, and from nothing', async ({ client }) => {
    const ask = asking(client.cache)
    const request = { table: 't', key: key('n') }
    expect(await ask('Increment', request)).toEqual({ sum: 1 })
    expect(await ask('Increment', { ...request, by: 2.5 })).toEqual({ sum: 3.5 })
    expect(await ask('Increment', { ...request, by: 0 })).toEqual({ sum: 3.5 })
  })

  it('scans all, a prefix, or so many, in messages of some entries', async ({ client, node }) => {
    const table = await node.table('t')
    await table.setMany(Array.from({ length: 1000 }, (_, i) => [`k${i}`, i] as const))
    await table.set(['tuple', 1], 'x')
    const scan = async (request: object) =>
      (await drain(client.cache.Scan({ table: 't', format: asJson, ...request }))).flatMap(
        ({ entries }) => entries,
      )
    const everything = await scan({})
    expect(new Set(everything.map(({ key: one }) => one?.text)).size).toBe(1001)
    expect((await scan({ prefix: key('k99') })).map(({ key: one }) => one?.text).sort()).toEqual(
      ['k99', ...Array.from({ length: 10 }, (_, i) => `k99${i}`)].sort(),
    )
    expect(await scan({ prefix: { tuple: { elements: [key('tuple')] } } })).toHaveLength(1)
    expect(await scan({ limit: 17 })).toHaveLength(17)
  })

  it('clears', async ({ client }) => {
    const ask = asking(client.cache)
    await ask('Set', { table: 't', key: key('k'), value: json(1), ack: 'ACK_ALL' })
    expect(await ask('Clear', { table: 't' })).toEqual({})
    expect(await drain(client.cache.Scan({ table: 't' }))).toEqual([])
  })

  it('tells of changes as they happen, until it is cancelled', async ({ client, node }) => {
    const table = await node.table('t')
    const seen: unknown[] = []
    const watch = client.cache.Watch({ table: 't', prefix: key('a'), format: asJson })
    const ended = refusal(drain(watch))
    watch.on('data', ({ type, key: one, value }) => seen.push([type, one?.text, value && parsed(value)]))
    await eventually(() => expect(seen).toEqual([['CHANGE_TYPE_RESYNC', undefined, null]]))
    await table.set('ada', 1)
    await table.set('bob', 2)
    await table.delete('ada')
    await table.clear()
    await eventually(() =>
      expect(seen.slice(1)).toEqual([
        ['CHANGE_TYPE_SET', 'ada', 1],
        ['CHANGE_TYPE_DELETE', 'ada', null],
        ['CHANGE_TYPE_CLEAR', undefined, null],
      ]),
    )
    watch.cancel()
    expect((await ended).status).toBe(status.CANCELLED)
  })

  it('keeps a table of bytes raw', async ({ client }) => {
    await asking(client.table)('CreateTable', { name: 'blobs', options: { codec: 'bytes' } })
    const ask = asking(client.cache)
    const raw = Buffer.from([0, 1, 2, 255])
    await ask('Set', { table: 'blobs', key: key('k'), value: { raw } })
    const { entry } = await ask('Get', { table: 'blobs', key: key('k'), format: asJson })
    expect(entry?.value?.raw).toEqual(raw)
    const refused = await refusal(ask('Set', { table: 'blobs', key: key('k'), value: json(1) }))
    expect(refused).toMatchObject({ status: status.FAILED_PRECONDITION, code: 'ERR_BAD_TYPE' })
  })
})

describe('ClusterService', () => {
  it('says who is there, what they hold, and what they are', async ({ client, node }) => {
    const { status: answer } = await asking(client.cluster)('ClusterStatus', {})
    expect([answer?.cluster, answer?.self, answer?.healthy, answer?.differingViews]).toEqual([
      'mnemesh',
      'solo',
      true,
      [],
    ])
    expect(answer?.nodes).toMatchObject([
      {
        name: 'solo',
        state: 'NODE_STATE_UP',
        address: `127.0.0.1:${node.ports.grpc}`,
        gossip: `127.0.0.1:${node.ports.gossip}`,
        localTables: ['t'],
        owns: 1,
      },
    ])
    expect(answer?.tables.map(({ name, copies }) => [name, copies[0].state])).toEqual([
      ['t', 'COPY_STATE_ACTIVE'],
    ])
  })

  it('reports again and again, as often as it is asked to', async ({ client }) => {
    const watch = client.cluster.WatchStatus({ periodMs: 50 })
    watch.on('error', () => {})
    const names = []
    for await (const { status: answer } of watch) {
      names.push(answer?.self)
      if (names.length === 3) break
    }
    watch.cancel()
    expect(names).toEqual(['solo', 'solo', 'solo'])
  })

  it('waits for tables', async ({ client }) => {
    const ask = asking(client.cluster)
    expect(await ask('WaitForTables', { names: ['t'] })).toEqual({})
    const late = ask('WaitForTables', { names: ['later'] })
    await asking(client.table)('CreateTable', { name: 'later' })
    expect(await late).toEqual({})
  })

  it('joins islands', async ({ client, cluster }) => {
    const other = await cluster.start('other')
    await asking(client.cluster)('Join', { seeds: [`127.0.0.1:${other.ports.gossip}`] })
    await eventually(async () => {
      const { status: answer } = await asking(client.cluster)('ClusterStatus', {})
      expect(answer?.nodes.map(({ name }) => name)).toEqual(['other', 'solo'])
    })
    expect(await refusal(asking(client.cluster)('Join', { seeds: ['nowhere'] }))).toMatchObject({
      status: status.INVALID_ARGUMENT,
    })
  })

  it('has a node leave: it answers, and stops', async ({ client, node }) => {
    expect(await asking(client.cluster)('Leave', {})).toEqual({})
    expect(await node.closed).toBeUndefined()
    expect(
      await refusal(asking(client.cluster)('ClusterStatus', {}, { deadline: Date.now() + 500 })),
    ).not.toMatchObject({ status: 0 })
  })
})

describe('TableService', () => {
  it('creates, describes, lists and drops tables', async ({ client }) => {
    const ask = asking(client.table)
    const options = { maxEntries: 10, l1: { off: true }, ack: 'ACK_ALL' } as const
    const { table } = await ask('CreateTable', { name: 'users', options })
    expect(table).toMatchObject({
      name: 'users',
      entries: 0,
      options: { ...options, type: 'set', codec: 'msgpack' },
    })
    expect((await ask('CreateTable', { name: 'users', options })).table?.id).toBe(table?.id)
    expect((await ask('TableInfo', { name: 'users' })).table?.id).toBe(table?.id)
    expect((await ask('ListTables', {})).tables.map(({ name }) => name).sort()).toEqual(['t', 'users'])
    expect(await ask('DropTable', { name: 'users' })).toEqual({})
    expect(await refusal(ask('TableInfo', { name: 'users' }))).toMatchObject({
      status: status.NOT_FOUND,
      code: 'ERR_TABLE_UNKNOWN',
    })
  })

  it('adds copies to nodes and takes them away', async ({ client, node, cluster }) => {
    const other = await cluster.start('other', { seeds: [`127.0.0.1:${node.ports.gossip}`] })
    await asking(client.table)('CreateTable', { name: 'one', options: { copies: ['solo'] } })
    await (await node.table('one')).set('k', 'v')
    const copies = async () => {
      const { table } = await asking(client.table)('TableInfo', { name: 'one' })
      return table?.copies.map(copy => `${copy.node} ${copy.state}`)
    }
    expect(await copies()).toEqual(['solo COPY_STATE_ACTIVE'])
    await asking(client.table)('AddTableCopy', { name: 'one', node: 'other' })
    await eventually(async () =>
      expect(await copies()).toEqual(['other COPY_STATE_ACTIVE', 'solo COPY_STATE_ACTIVE']),
    )
    expect((await other.table('one')).peek('k')).toBe('v')
    await asking(client.table)('RemoveTableCopy', { name: 'one', node: 'other' })
    await eventually(async () => expect(await copies()).toEqual(['solo COPY_STATE_ACTIVE']))
    await asking(client.table)('MoveTableCopy', { name: 'one', from: 'solo', to: 'other' })
    await eventually(async () => expect(await copies()).toEqual(['other COPY_STATE_ACTIVE']))
    expect(await other.table('one').then(table => table.get('k'))).toBe('v')
  })

  it('changes options of a table, and refuses by name what cannot change', async ({ client }) => {
    const change = (options: object, unset: string[] = []) =>
      asking(client.table)('ChangeTable', { name: 't', options, unset })
    const { table } = await change({ maxEntries: 5, l1: { off: true } }, ['ttl'])
    expect(table?.options).toMatchObject({ maxEntries: 5, l1: { off: true } })
    expect(table?.options?.ttlMs).toBeUndefined()
    for (const [wrong, unset, named] of [
      [{ codec: 'bytes' }, [], 'codec'],
      [{ majority: true }, [], 'majority'],
      [{}, ['codec'], 'codec'],
      [{}, ['colour'], 'colour'],
      [{}, [], 'no option'],
    ] as const) {
      const refused = await refusal(change(wrong, [...unset]))
      expect(refused).toMatchObject({ status: status.INVALID_ARGUMENT, code: 'ERR_INVALID_OPTION' })
      expect(refused.details).toContain(named)
    }
  })

  it('refuses options of later versions by name', async ({ client }) => {
    const ask = asking(client.table)
    const later = { copyCount: 2, durability: 'disc', indexes: ['age'] }
    for (const [name, value] of Object.entries(later)) {
      const refused = await refusal(ask('CreateTable', { name: 'x', options: { [name]: value } }))
      expect(refused).toMatchObject({ status: status.INVALID_ARGUMENT, code: 'ERR_INVALID_OPTION' })
      expect(refused.details).toContain(name === 'copyCount' ? 'copies' : name)
    }
  })
})

import { describe, expect } from 'vitest'
import { asking, drain, refusal } from '../support/grpc-client.ts'
import { asJson, it as grpcIt, json, key, parsed } from '../support/grpc-node.ts'
import { all, allActive, codeOf, eventually, it } from '../support/nodes.ts'

const counters = { type: 'counter' } as const

describe('a counter table', () => {
  it('counts at once on every node, and in what a client asks for', async ({ cluster }) => {
    const nodes = await cluster.startMany(3)
    const [a, b, c] = await Promise.all(nodes.map(node => node.table<string, number>('hits', counters)))
    await allActive(nodes, 'hits')
    expect(await a.increment('k')).toBe(1)
    expect(a.peek('k')).toBe(1)
    await Promise.all([a, b, c].map(table => table.increment('k', 10)))
    const client = cluster.client(nodes[1])
    const far = await client.table<string, number>('hits', counters)
    expect((await far.info()).definition).toMatchObject({ type: 'counter', ack: 'local' })
    const before = await far.increment('k', -1, { ack: 'all' })
    expect(before).toBeLessThanOrEqual(30)
    for (const table of [a, b, c, far]) await eventually(async () => expect(await table.get('k')).toBe(30))
    expect(await far.increment('k', 5)).toBe(35)
    expect([await far.has('k'), await far.has('nobody'), await far.get('nobody')]).toEqual([
      true,
      false,
      undefined,
    ])
    expect((await far.entry('k'))?.value).toBe(35)
    await eventually(async () => expect(await a.getMany(['k', 'nobody'])).toEqual([35, undefined]))
  })

  it('loses none of many increments made everywhere at once', async ({ cluster }) => {
    const nodes = await cluster.startMany(3)
    const tables = await Promise.all(nodes.map(node => node.table<number, number>('hits', counters)))
    await allActive(nodes, 'hits')
    const counting = tables.map(async table => {
      for (let i = 0; i < 3000; i++) await table.increment(i % 10)
    })
    await Promise.all(counting)
    for (const table of tables)
      await eventually(async () => expect(await table.getMany([0, 9])).toEqual([900, 900]))
  })

  it('shows each counter once, and tells who watches of the sums', async ({ cluster }) => {
    const [a, b] = await cluster.startMany(2)
    const [here, there] = await Promise.all([a, b].map(node => node.table<string, number>('hits', counters)))
    await allActive([a, b], 'hits')
    const client = cluster.client(a)
    const far = await client.table<string, number>('hits')
    const changes = far.watch({ prefix: 'k' })
    await far.get('k1')
    const keys = Array.from({ length: 500 }, (_, i) => `k${i}`)
    for (const key of keys) await here.increment(key, 1)
    for (const key of keys) await there.increment(key, 2, { ack: 'all' })
    for (const table of [here, there, far]) {
      const entries = await all(table.entries({ prefix: 'k' }))
      expect(entries.map(([key]) => key).sort()).toEqual([...keys].sort())
      expect(new Set(entries.map(([, sum]) => sum))).toEqual(new Set([3]))
    }
    expect(await all(far.entries({ prefix: 'k49' }))).toHaveLength(11)
    const last = new Map<string, unknown>()
    for await (const change of changes) {
      if (change.type === 'set') last.set(change.key, change.value)
      if ([...last.values()].filter(sum => sum === 3).length === keys.length) break
    }
  })

  it('starts again when it is deleted, and is empty when it is cleared', async ({ cluster }) => {
    const [a, b] = await cluster.startMany(2)
    const [here, there] = await Promise.all([a, b].map(node => node.table<string, number>('hits', counters)))
    await allActive([a, b], 'hits')
    await here.increment('k', 7, { ack: 'all' })
    expect([await there.delete('k', { ack: 'all' }), await there.delete('k')]).toEqual([true, false])
    expect([await here.get('k'), await there.get('k')]).toEqual([undefined, undefined])
    expect(await here.increment('k', 2, { ack: 'all' })).toBe(2)
    expect(await there.get('k')).toBe(2)
    await there.clear({ ack: 'all' })
    expect(await all(here.keys())).toEqual([])
    expect(await here.increment('k')).toBe(1)
  })

  it('is counted for by a node without a copy', async ({ cluster }) => {
    const [a, b] = await cluster.startMany(2)
    const only = await a.table<string, number>('hits', { ...counters, copies: ['n1'] })
    const far = await b.table<string, number>('hits')
    expect(await far.increment('k', 3)).toBe(3)
    expect([await only.increment('k', 4), await far.get('k')]).toEqual([7, 7])
    expect(await only.increment('k')).toBe(8)
    await eventually(async () => expect(await far.get('k')).toBe(8))
    expect(await all(far.entries())).toEqual([['k', 8]])
    expect(await far.delete('k')).toBe(true)
  })

  it('refuses what would overwrite a sum, and says what to do', async ({ cluster }) => {
    const node = await cluster.start('solo')
    const table = await node.table<string, number>('hits', counters)
    await table.increment('k', 5)
    const client = await cluster.client(node).table<string, number>('hits')
    for (const each of [table, client]) {
      await expect(each.set('k', 1)).rejects.toThrow(/takes? increment and delete, not set/)
      expect(await codeOf(each.set('k', 1))).toBe('ERR_BAD_TYPE')
      expect(await codeOf(each.set('k', 1, { ifAbsent: true }))).toBe('ERR_BAD_TYPE')
      expect(await codeOf(each.setMany([['k', 1]]))).toBe('ERR_BAD_TYPE')
      expect(await codeOf(each.setMany([['k', 1]], { atomic: true }))).toBe('ERR_BAD_TYPE')
      expect(await codeOf(each.update('k', () => 1))).toBe('ERR_BAD_TYPE')
      expect(await codeOf(each.touch('k', '1s'))).toBe('ERR_BAD_TYPE')
      expect(await codeOf(each.increment('k', 1, { ttl: '1s' }))).toBe('ERR_BAD_TYPE')
      expect(await codeOf(each.increment('k', 0.5))).toBe('ERR_LIMIT_EXCEEDED')
      expect(await codeOf(each.increment('k', Number.MAX_SAFE_INTEGER))).toBe('ERR_LIMIT_EXCEEDED')
      expect(await codeOf(each.increment('x'.repeat(1000)))).toBe('ERR_KEY_TOO_LARGE')
      expect(await each.get('k')).toBe(5)
    }
    expect(await codeOf(node.table('hits', { type: 'set' }))).toBe('ERR_TABLE_MISMATCH')
    expect(await codeOf(node.transaction(async tx => tx.table('hits').get('k')))).toBe('ERR_INVALID_ARGUMENT')
  })
})

describe('a counter table over gRPC', () => {
  grpcIt('is created, counts, and refuses to be set', async ({ client }) => {
    const ask = asking(client.cache)
    const { table } = await asking(client.table)('CreateTable', {
      name: 'hits',
      options: { type: 'counter' },
    })
    expect([table?.options?.type, table?.options?.ack]).toEqual(['counter', 'ACK_LOCAL'])
    const request = { table: 'hits', key: key('k') }
    expect(await ask('Increment', { ...request, by: 4 })).toEqual({ sum: 4 })
    expect(await ask('Increment', request)).toEqual({ sum: 5 })
    expect(parsed((await ask('Get', { ...request, format: asJson })).entry?.value)).toBe(5)
    const scanned = await drain(client.cache.Scan({ table: 'hits', format: asJson }))
    expect(scanned.flatMap(({ entries }) => entries.map(entry => parsed(entry.value)))).toEqual([5])
    expect(await refusal(ask('Set', { ...request, value: json(1) }))).toMatchObject({ code: 'ERR_BAD_TYPE' })
    expect(await ask('Delete', request)).toEqual({ deleted: true })
    expect(await ask('Get', request)).toEqual({ entry: null })
  })
})

import { describe, expect } from 'vitest'
import type { Admin, Change, ClusterNode, Key } from '../../src/index.ts'
import { allActive, codeOf, eventually, it } from '../support/nodes.ts'

const failureOf = (promise: Promise<unknown>) => promise.then(() => undefined).catch(error => error)
const holders = async (node: ClusterNode, table = 't') =>
  (await node.admin.tableInfo(table)).copies.filter(({ state }) => state === 'active').map(({ node }) => node)
/** Counts the changes of each kind as they come. */
function tally(watch: AsyncIterable<Change>): Partial<Record<Change['type'], number>> {
  const counts: Partial<Record<Change['type'], number>> = {}
  const count = async () => {
    for await (const { type } of watch) counts[type] = (counts[type] ?? 0) + 1
  }
  count().catch(() => {})
  return counts
}

describe('the options of a table', () => {
  it('change on all nodes while it is used, through a node and through a client', async ({ cluster }) => {
    const [a, b] = await cluster.startMany(2)
    const client = cluster.client(b)
    const [ta, tb] = await Promise.all([a.table<string, number>('t'), b.table<string, number>('t')])
    await allActive([a, b], 't')
    await ta.set('before', 1, { ack: 'all' })
    const changed = await a.admin.changeTable('t', { ttl: '1h', maxEntries: 2 })
    expect(changed.definition).toMatchObject({ ttlMs: 3_600_000, maxEntries: 2, ack: 'one' })
    expect((await ta.entry('before'))?.expiresAt).toBeUndefined()
    await ta.set('after', 2, { ack: 'all' })
    expect((await ta.entry('after'))?.expiresAt).toBeGreaterThan(Date.now() + 3_000_000)
    await eventually(async () => expect(await codeOf(tb.set('more', 3))).toBe('ERR_TABLE_FULL'))
    const freed = await client.admin.changeTable('t', {
      maxEntries: false,
      ttl: false,
      ack: 'all',
      l1: false,
    })
    expect(freed.definition).toEqual({
      ...changed.definition,
      ttlMs: undefined,
      maxEntries: undefined,
      ack: 'all',
      l1: false,
    })
    await eventually(async () => expect(await codeOf(ta.set('more', 3))).toBe('none'))
    expect([(await ta.entry('more'))?.expiresAt, (await ta.entry('more'))?.hit]).toEqual([undefined, 'local'])
    expect(await tb.get('more')).toBe(3)
    expect((await client.admin.changeTable('t', { l1: { maxEntries: 5 } })).definition.l1).toMatchObject({
      maxEntries: 5,
    })
    expect([(await ta.entry('more'))?.hit, (await ta.entry('more'))?.hit]).toEqual(['local', 'l1'])
    await tb.set('more', 4)
    expect(await ta.get('more')).toBe(4)
  })

  it('change on majority tables, too', async ({ cluster }) => {
    const [a, b] = await cluster.startMany(2)
    const table = await a.table<string, number>('m', { majority: true })
    await b.admin.changeTable('m', { maxEntries: 1, ttl: '1h' })
    await table.set('one', 1)
    expect((await table.entry('one'))?.expiresAt).toBeGreaterThan(Date.now() + 3_000_000)
    expect(await codeOf(table.set('two', 2))).toBe('ERR_TABLE_FULL')
    expect(await codeOf(a.admin.changeTable('m', { ack: 'all' }))).toBe('ERR_INVALID_OPTION')
  })

  it('have a table make room, which watchers are told and the status counts', async ({ cluster }) => {
    const nodes = await cluster.startMany(2)
    const client = cluster.client(nodes[1])
    const tables = await Promise.all(nodes.map(node => node.table<Key, string>('t')))
    await allActive(nodes, 't')
    const told = [await client.table<Key, string>('t'), ...tables].map(table => tally(table.watch()))
    await eventually(() => expect(told.map(counts => counts.resync)).toEqual([1, 1, 1]))
    await client.admin.changeTable('t', { maxEntries: 20, eviction: 'lru' })
    await eventually(async () => expect((await tables[1].info()).definition.maxEntries).toBe(20))
    for (let i = 0; i < 200; i++) await tables[i % 2].set(i, 'v', { ack: 'all' })
    await eventually(async () => expect((await tables[0].info()).entries).toBeLessThanOrEqual(20))
    for await (const key of tables[0].keys()) await tables[0].delete(key, { ack: 'all' })
    const { evicted } = await tables[0].info()
    expect(evicted).toBeGreaterThanOrEqual(180)
    const counts = { resync: 1, set: 200, evict: evicted, delete: 200 - evicted }
    await eventually(() => expect(told).toEqual([counts, counts, counts]))
    const { nodes: seen } = await client.admin.status()
    expect(seen.reduce((sum, node) => sum + node.evicted, 0)).toBe(evicted)
  })

  it('undo nothing of each other when two are changed at the same time', async ({ cluster }) => {
    const [a, b] = await cluster.startMany(2)
    await a.table('t')
    await b.waitForTables(['t'])
    const changes = [a.admin.changeTable('t', { ttl: '1h' }), b.admin.changeTable('t', { maxEntries: 7 })]
    await Promise.all([
      ...changes,
      a.admin.changeTable('t', { maxBytes: '1mb' }),
      b.admin.changeTable('t', { ack: 'all' }),
    ])
    const definition = { ttlMs: 3_600_000, maxEntries: 7, maxBytes: 1024 ** 2, ack: 'all' }
    await eventually(async () => expect((await a.admin.tableInfo('t')).definition).toMatchObject(definition))
  })

  it('that make it another table are refused by name, with the way out', async ({ cluster }) => {
    const [a] = await cluster.startMany(1)
    await a.table('t')
    const client = cluster.client(a)
    const refusals = async (admin: Admin) => {
      const changes: object[] = [
        { codec: 'bytes' },
        { majority: true },
        { copies: ['n1'] },
        {},
        { colour: 1 },
        { ttl: -1 },
      ]
      const refused = await Promise.all(changes.map(change => failureOf(admin.changeTable('t', change))))
      return refused.map(({ code, message }) => `${code} ${message}`)
    }
    for (const admin of [a.admin, client.admin]) {
      expect(await refusals(admin)).toEqual([
        expect.stringMatching(
          /^ERR_INVALID_OPTION option codec of table t cannot change: create another table/,
        ),
        expect.stringMatching(
          /^ERR_INVALID_OPTION option majority of table t cannot change: create another table/,
        ),
        expect.stringMatching(
          /^ERR_INVALID_OPTION option copies of table t cannot change: addCopy, moveCopy/,
        ),
        expect.stringMatching(/^ERR_INVALID_OPTION no option of table t to change was given; these can: ttl/),
        expect.stringMatching(/^ERR_INVALID_OPTION unknown table option "colour"/),
        expect.stringMatching(/^ERR_INVALID_OPTION .*ttl must be a positive/),
      ])
      expect(await codeOf(admin.changeTable('nothing', { ttl: 1 }))).toBe('ERR_TABLE_UNKNOWN')
    }
  })
})

describe('copies', () => {
  it('move from node to node while all write, and nothing is lost', async ({ cluster }) => {
    const nodes = await cluster.startMany(3)
    const [a, b, c] = nodes
    const copies = ['n1', 'n2']
    const tables = await Promise.all(nodes.map(node => node.table<string, number>('t', { copies })))
    await Promise.all(Array.from({ length: 2000 }, (_, i) => tables[0].set(`old ${i}`, i)))
    const acknowledged: string[] = []
    let writing = true
    const writers = tables.map(async (table, w) => {
      for (let i = 0; writing; i++) {
        // Between two views a holder may have given up its copy already: refused is not lost.
        await table
          .set(`new ${w} ${i}`, i)
          .then(() => acknowledged.push(`new ${w} ${i}`))
          .catch(() => {})
      }
    })
    await b.admin.moveCopy('t', { from: 'n1', to: 'n3' })
    expect(await holders(b)).toEqual(['n2', 'n3'])
    await cluster.client(a).admin.moveCopy('t', { from: 'n2', to: 'n1' })
    await eventually(async () => expect(await holders(c)).toEqual(['n1', 'n3']))
    writing = false
    await Promise.all(writers)
    expect(acknowledged.length).toBeGreaterThan(100)
    for (const table of [tables[0], tables[2]]) {
      expect(await table.get('old 1999')).toBe(1999)
      const missing = async () => {
        const found = await table.getMany(acknowledged)
        return acknowledged.filter((_, i) => found[i] === undefined)
      }
      await eventually(async () => expect(await missing()).toEqual([]))
    }
  })

  it('that were left half moved are finished by the same call, which does nothing once it is done', async ({
    cluster,
  }) => {
    const [a, b] = await cluster.startMany(3)
    const table = await a.table<string, number>('t', { copies: ['n1', 'n2'] })
    await table.set('k', 1, { ack: 'all' })
    // What a crash of the asked node in between leaves, and status shows: both hold one.
    await a.admin.addCopy('t', 'n3')
    await eventually(async () => expect(await holders(b)).toEqual(['n1', 'n2', 'n3']))
    await b.admin.moveCopy('t', { from: 'n1', to: 'n3' })
    await b.admin.moveCopy('t', { from: 'n1', to: 'n3' })
    await eventually(async () => expect(await holders(a)).toEqual(['n2', 'n3']))
    expect(await table.get('k')).toBe(1)
  })

  it('do not go when nobody waits for the move any more', async ({ cluster }) => {
    const [a] = await cluster.startMany(2)
    const table = await a.table<string, number>('t', { copies: ['n1'] })
    await table.set('k', 1)
    const over = new AbortController()
    const moved = failureOf(a.admin.moveCopy('t', { from: 'n1', to: 'n2' }, { signal: over.signal }))
    over.abort()
    expect((await moved).code).toBe('ERR_ABORTED')
    await eventually(async () => expect(await holders(a)).toEqual(['n1', 'n2']))
    await a.admin.moveCopy('t', { from: 'n1', to: 'n2' })
    await eventually(async () => expect(await holders(a)).toEqual(['n2']))
    expect(await table.get('k')).toBe(1)
  })

  it('are not to be had on nodes that nobody knows, nor to be given up by them', async ({ cluster }) => {
    const [a, b] = await cluster.startMany(2)
    const client = cluster.client(b)
    await a.table('t', { copies: ['n1'] })
    for (const admin of [a.admin, client.admin]) {
      const refused = await Promise.all(
        [
          admin.createTable('other', { copies: ['n1', 'ghost'] }),
          admin.addCopy('t', 'ghost'),
          admin.removeCopy('t', 'ghost'),
          admin.moveCopy('t', { from: 'n1', to: 'ghost' }),
        ].map(failureOf),
      )
      for (const { code, message } of refused) {
        expect(code).toBe('ERR_INVALID_OPTION')
        expect(message).toBe('there is no node "ghost" in this cluster to hold a copy; its nodes are n1, n2')
      }
      expect(await codeOf(admin.tableInfo('other'))).toBe('ERR_TABLE_UNKNOWN')
      const nothing = await failureOf(admin.moveCopy('t', { from: 'n2', to: 'n1' }))
      expect(nothing).toBeUndefined()
      expect(await codeOf(admin.moveCopy('t', { from: 'n1', to: 'n1' }))).toBe('ERR_INVALID_OPTION')
    }
    expect(await holders(a)).toEqual(['n1'])
  })

  it('do not all go when two are given up at the same time', async ({ cluster }) => {
    const [a, b] = await cluster.startMany(2)
    const table = await a.table<string, number>('t')
    await allActive([a, b], 't')
    await table.set('k', 1, { ack: 'all' })
    const codes = await Promise.all([
      codeOf(a.admin.removeCopy('t', 'n1')),
      codeOf(b.admin.removeCopy('t', 'n2')),
    ])
    expect(codes.sort()).toEqual(['ERR_CONFLICT', 'none'])
    expect(await table.get('k')).toBe(1)
    const last = (await holders(a))[0]
    const refused = await failureOf(a.admin.removeCopy('t', last))
    expect(refused.message).toMatch(
      /holds the last active copy of table t.*add a copy elsewhere first, or drop/,
    )
  })

  it('of majority tables are on every member, which the refusal says', async ({ cluster }) => {
    const [a] = await cluster.startMany(2)
    await a.table('m', { majority: true })
    const refused = [
      a.admin.addCopy('m', 'n2'),
      a.admin.removeCopy('m', 'n1'),
      a.admin.moveCopy('m', { from: 'n1', to: 'n2' }),
    ].map(failureOf)
    for (const failure of await Promise.all(refused))
      expect(failure.message).toMatch(/majority table m has a copy on every member/)
  })
})

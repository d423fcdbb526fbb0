import { describe, expect } from 'vitest'
import { createNode } from '../../src/index.ts'
import { all, allActive, codeOf, eventually, it, seedOf, seeEachOther } from '../support/nodes.ts'

describe('a node alone', () => {
  it('keeps entries as a Map would, with every verb of a table', async ({ cluster }) => {
    const node = await cluster.start('solo')
    const users = await node.table<string, { name: string; age?: number }>('users')
    expect(await users.set('ada', { name: 'Ada' })).toBe(true)
    expect(await users.get('ada')).toEqual({ name: 'Ada' })
    expect(users.peek('ada')).toEqual({ name: 'Ada' })
    expect(await users.has('ada')).toBe(true)
    expect(await users.get('bob')).toBeUndefined()
    await users.setMany([
      ['bob', { name: 'Bob' }],
      ['eve', { name: 'Eve' }],
    ])
    expect(await users.getMany(['eve', 'nobody', 'bob'])).toEqual([
      { name: 'Eve' },
      undefined,
      { name: 'Bob' },
    ])
    expect(await users.update('ada', ada => ({ ...ada, name: 'Ada', age: 36 }))).toEqual({
      name: 'Ada',
      age: 36,
    })
    expect((await all(users.keys())).sort()).toEqual(['ada', 'bob', 'eve'])
    expect(await all(users.entries({ prefix: 'a' }))).toEqual([['ada', { name: 'Ada', age: 36 }]])
    expect(await users.delete('bob')).toBe(true)
    expect(await users.delete('bob')).toBe(false)
    const { entries, copies } = await users.info()
    expect([entries, copies.map(({ state }) => state)]).toEqual([2, ['active']])
    await users.clear()
    expect(await all(users.keys())).toEqual([])
  })

  it('tells where an entry comes from, who wrote it and when it ends', async ({ cluster }) => {
    const node = await cluster.start('solo')
    const table = await node.table<string, string>('t', { ttl: '1h' })
    const before = Date.now()
    await table.set('k', 'v')
    const first = await table.entry('k')
    const again = await table.entry('k')
    expect([first?.hit, again?.hit, first?.node, first?.key, first?.value]).toEqual([
      'local',
      'l1',
      'solo',
      'k',
      'v',
    ])
    expect(first?.createdAt).toBeGreaterThanOrEqual(before)
    expect((first?.expiresAt ?? 0) - Date.now()).toBeGreaterThan(3_590_000)
    expect(first?.version).toBe(again?.version)
  })

  it('takes keys and values of every type, and gives back equal ones', async ({ cluster }) => {
    const node = await cluster.start('solo')
    const table = await node.table('t')
    const keys = [
      '',
      'text',
      '__proto__',
      'é😀',
      0,
      -1.5,
      true,
      false,
      new Uint8Array([0, 255]),
      ['tenant-1', 42],
      [[1], 'x'],
    ]
    const values = [
      null,
      true,
      1.5,
      -7,
      'text',
      '',
      'x'.repeat(70_000),
      new Uint8Array([1, 2]),
      [1, [2]],
      { a: { b: ['c'] } },
    ]
    for (const key of keys) {
      for (const value of values) {
        await table.set(key, value)
        const got = await table.get(key)
        expect(got instanceof Uint8Array ? [...got] : got).toEqual(
          value instanceof Uint8Array ? [...value] : value,
        )
      }
    }
    expect(await all(table.keys())).toHaveLength(keys.length)
  })

  it('decides conditions, counts and updates', async ({ cluster }) => {
    const node = await cluster.start('solo')
    const table = await node.table<string, number>('t')
    expect(await table.set('k', 1, { ifAbsent: true })).toBe(true)
    expect(await table.set('k', 2, { ifAbsent: true })).toBe(false)
    const version = (await table.entry('k'))?.version ?? ''
    expect(await table.set('k', 3, { ifVersion: version })).toBe(true)
    expect(await table.set('k', 4, { ifVersion: version })).toBe(false)
    expect(await table.delete('k', { ifVersion: version })).toBe(false)
    expect(await table.get('k')).toBe(3)
    expect(await table.increment('n')).toBe(1)
    expect(await table.increment('n', 41.5)).toBe(42.5)
    expect(await table.update('missing', () => undefined)).toBeUndefined()
    expect(await table.has('missing')).toBe(false)
  })

  it('keeps a counter its end of life, and an entry with keepTtl', async ({ cluster }) => {
    const node = await cluster.start('solo')
    const table = await node.table<string, number>('t')
    await table.increment('n', 1, { ttl: '10s' })
    const end = (await table.entry('n'))?.expiresAt
    await table.increment('n', 1, { ttl: '1h' })
    expect((await table.entry('n'))?.expiresAt).toBe(end)
    await table.set('n', 9, { keepTtl: true })
    expect((await table.entry('n'))?.expiresAt).toBe(end)
    await table.set('n', 9)
    expect((await table.entry('n'))?.expiresAt).toBeUndefined()
  })

  it('lets an entry end at its instant and frees it unread', async ({ cluster }) => {
    const node = await cluster.start('solo')
    const table = await node.table<string, string>('t')
    await table.set('short', 'v', { ttl: 80 })
    await table.set('long', 'v')
    expect(await table.get('short')).toBe('v')
    await eventually(async () => expect(await table.get('short')).toBeUndefined())
    await eventually(async () => expect((await table.info()).entries).toBe(1))
  })

  it('refuses every write after it was closed, and closes again without a word', async ({ cluster }) => {
    const node = await cluster.start('solo')
    const table = await node.table('t')
    await node.close()
    await node.close()
    expect(await codeOf(table.set('k', 1))).toBe('ERR_CLOSED')
    expect(await codeOf(table.get('k'))).toBe('ERR_CLOSED')
    expect(await codeOf(node.table('u'))).toBe('ERR_CLOSED')
    expect(await node.closed).toBeUndefined()
  })
})

describe('nodes together', () => {
  it('share tables: what one writes the others have in their own memory', async ({ cluster }) => {
    const [a, b, c] = await cluster.startMany(3)
    const [ta, tb, tc] = await Promise.all([a, b, c].map(node => node.table<string, number>('t')))
    await ta.set('k', 1, { ack: 'all' })
    expect([tb.peek('k'), tc.peek('k')]).toEqual([1, 1])
    expect((await tb.entry('k'))?.hit).toBe('l1')
    await tb.set('k', 2, { ack: 'all' })
    expect([ta.peek('k'), tc.peek('k')]).toEqual([2, 2])
    await tc.delete('k', { ack: 'all' })
    expect([ta.peek('k'), tb.peek('k')]).toEqual([undefined, undefined])
  })

  it('make one table of what all of them create as they start at once', async ({ cluster }) => {
    const first = await cluster.start('n1', { tables: [{ name: 'users', options: { ttl: '1h' } }] })
    const options = { seeds: [seedOf(first)], tables: [{ name: 'users', options: { ttl: '1h' } }] } as const
    const rest = await Promise.all(['n2', 'n3', 'n4'].map(name => cluster.start(name, options)))
    const nodes = [first, ...rest]
    const ids = await Promise.all(nodes.map(async node => (await node.admin.tableInfo('users')).id))
    expect(new Set(ids).size).toBe(1)
    const tables = await Promise.all(nodes.map(node => node.table<string, number>('users')))
    await Promise.all(tables.map((table, i) => table.set(`k${i}`, i, { ack: 'all' })))
    for (const table of tables) expect((await all(table.keys())).sort()).toEqual(['k0', 'k1', 'k2', 'k3'])
  })

  it('start at once from one list of seeds and find each other, whoever is first', async ({ cluster }) => {
    const ports = await freePorts(3)
    const seeds = ports.map(port => `127.0.0.1:${port}`)
    const nodes = await Promise.all(
      ports.map((port, i) =>
        cluster.start(`n${i}`, {
          gossip: `127.0.0.1:${port}`,
          seeds,
          tables: [{ name: 't', options: undefined }],
        }),
      ),
    )
    await seeEachOther(nodes)
    const [ta, tb] = await Promise.all([
      nodes[0].table<string, number>('t'),
      nodes[2].table<string, number>('t'),
    ])
    await ta.set('k', 5, { ack: 'all' })
    expect(await tb.get('k')).toBe(5)
  })

  it('give a newcomer its copies before it counts as started', async ({ cluster }) => {
    const [a] = await cluster.startMany(2)
    const table = await a.table<string, string>('big')
    await table.setMany(Array.from({ length: 20_000 }, (_, i) => [`k${i}`, 'v'.repeat(100)] as const))
    const late = await cluster.start('late', { seeds: [seedOf(a)] })
    const copy = await late.table<string, string>('big')
    expect(copy.peek('k19999')).toBe('v'.repeat(100))
    expect(
      (await late.admin.status()).tables[0]?.copies.map(({ node, state, entries }) => [node, state, entries]),
    ).toEqual([
      ['late', 'active', 20_000],
      ['n1', 'active', 20_000],
      ['n2', 'active', 20_000],
    ])
  })

  it('count exactly and let one of many win, from all nodes at once', async ({ cluster }) => {
    const nodes = await cluster.startMany(3)
    const tables = await Promise.all(nodes.map(node => node.table<string, number>('t')))
    await allActive(nodes, 't')
    const sums = await Promise.all(
      tables.flatMap(table => Array.from({ length: 50 }, () => table.increment('n'))),
    )
    expect(sums.sort((x, y) => x - y)).toEqual(Array.from({ length: 150 }, (_, i) => i + 1))
    const wins = await Promise.all(tables.map((table, i) => table.set('lock', i, { ifAbsent: true })))
    expect(wins.filter(won => won)).toHaveLength(1)
    await Promise.all(
      tables.flatMap(table => Array.from({ length: 3 }, () => table.update('u', n => (n ?? 0) + 1))),
    )
    expect(await tables[0].get('u')).toBe(9)
  })

  it('see their own conditional writes at once, wherever they were decided', async ({ cluster }) => {
    const nodes = await cluster.startMany(3)
    const [ta, tb] = await Promise.all([
      nodes[0].table<number, number>('t'),
      nodes[1].table<number, number>('t'),
    ])
    await allActive(nodes, 't')
    for (let key = 0; key < 60; key++) {
      await ta.set(key, 1, { ack: 'local' })
      // The owner applies what the caller wrote before it decides.
      expect(await ta.set(key, 2, { ifAbsent: true })).toBe(false)
      expect(await tb.increment(key + 1000)).toBe(1)
      expect(tb.peek(key + 1000)).toBe(1)
    }
  })

  it('clear everywhere', async ({ cluster }) => {
    const [a, b] = await cluster.startMany(2)
    const [ta, tb] = await Promise.all([a.table<number, number>('t'), b.table<number, number>('t')])
    await ta.setMany(
      Array.from({ length: 1000 }, (_, i) => [i, i] as const),
      { ack: 'all' },
    )
    await tb.clear({ ack: 'all' })
    expect(await all(ta.keys())).toEqual([])
    await ta.set(1, 1, { ack: 'all' })
    expect(tb.peek(1)).toBe(1)
  })

  it('drop a table everywhere; its name is free again, and nothing of it comes back', async ({ cluster }) => {
    const [a, b] = await cluster.startMany(2)
    const [ta, tb] = await Promise.all([a.table<string, number>('t'), b.table<string, number>('t')])
    await ta.set('k', 1, { ack: 'all' })
    await b.admin.dropTable('t')
    await eventually(async () => expect(await codeOf(ta.get('k'))).toBe('ERR_TABLE_UNKNOWN'))
    expect(await codeOf(tb.set('k', 2))).toBe('ERR_TABLE_UNKNOWN')
    const again = await a.table<string, number>('t', { ttl: '1m' })
    expect(await again.get('k')).toBeUndefined()
    await b.waitForTables(['t'])
    expect(await all(tb.keys())).toEqual([])
  })

  it('refuse another definition of a table by naming what differs', async ({ cluster }) => {
    const [a, b] = await cluster.startMany(2)
    await a.table('t', { ttl: '1h', maxEntries: 10 })
    const failure = await b.table('t', { ttl: '2h', maxEntries: 10 }).catch(error => error)
    expect(failure.code).toBe('ERR_TABLE_MISMATCH')
    expect(failure.message).toContain('ttlMs is 3600000, asked for 7200000')
    expect(await codeOf(b.table('t', { ttl: '1h', maxEntries: 10 }))).toBe('none')
    expect(await codeOf(b.table('t'))).toBe('none')
  })

  it('hold copies where they are wanted, add one and remove one while all go on', async ({ cluster }) => {
    const nodes = await cluster.startMany(3)
    const [a, b, c] = nodes
    const ta = await a.table<string, number>('t', { copies: ['n1', 'n2'] })
    const tc = await c.table<string, number>('t', { copies: ['n1', 'n2'] })
    await ta.set('k', 1, { ack: 'all' })
    const copies = async () =>
      (await a.admin.tableInfo('t')).copies.filter(({ state }) => state === 'active').map(({ node }) => node)
    await eventually(async () => expect(await copies()).toEqual(['n1', 'n2']))
    expect([(await tc.entry('k'))?.hit, tc.peek('k')]).toEqual(['remote', 1])
    await b.admin.addCopy('t', 'n3')
    await eventually(async () => expect(await copies()).toEqual(['n1', 'n2', 'n3']))
    await eventually(async () => expect((await tc.entry('k'))?.hit).not.toBe('remote'))
    await a.admin.removeCopy('t', 'n1')
    await eventually(async () => expect(await copies()).toEqual(['n2', 'n3']))
    expect(await ta.get('k')).toBe(1)
    await ta.set('k', 2, { ack: 'all' })
    expect(await tc.get('k')).toBe(2)
    await a.admin.removeCopy('t', 'n2')
    await eventually(async () => expect(await copies()).toEqual(['n3']))
    expect(await codeOf(a.admin.removeCopy('t', 'n3'))).toBe('ERR_CONFLICT')
  })

  it('wait for the copies that were asked for, and say at once when there are too few', async ({
    cluster,
  }) => {
    const [a, b] = await cluster.startMany(2)
    const table = await a.table<string, number>('t')
    expect(await table.set('k', 1, { ack: 'majority' })).toBe(true)
    await b.close()
    await eventually(async () => expect((await a.admin.status()).nodes).toHaveLength(1))
    for (const ack of ['one', 'majority'] as const) {
      const failure = await table.set('k', 2, { ack }).catch(error => error)
      expect([failure.code, failure.maybeApplied, failure.retryable]).toEqual(['ERR_NO_QUORUM', false, true])
    }
    expect(table.peek('k')).toBe(1)
    expect(await table.set('k', 3, { ack: 'local' })).toBe(true)
    expect(await table.set('k', 4, { ack: 'all' })).toBe(true)
  })

  it('say who sees whom, who holds what and who is behind', async ({ cluster }) => {
    const [a] = await cluster.startMany(3, { zone: 'z1' })
    const table = await a.table<string, string>('t', { ttl: '1h' })
    await table.set('k', 'v', { ack: 'all' })
    await table.get('k')
    await table.get('k')
    const status = await eventually(async () => {
      const seen = await a.admin.status()
      expect(seen.healthy).toBe(true)
      expect(seen.tables[0]?.copies.every(({ entries }) => entries === 1)).toBe(true)
      return seen
    })
    expect([status.cluster, status.self, status.differingViews]).toEqual(['mnemesh', 'n1', []])
    expect(
      status.nodes.map(({ name, state, zone, localTables }) => [name, state, zone, localTables]),
    ).toEqual([
      ['n1', 'up', 'z1', ['t']],
      ['n2', 'up', 'z1', ['t']],
      ['n3', 'up', 'z1', ['t']],
    ])
    expect(status.nodes.reduce((sum, { owns }) => sum + owns, 0)).toBeCloseTo(1)
    const [n1] = status.nodes
    expect([
      n1.entries,
      n1.l1Hits,
      n1.lag.map(({ node, connected, operations }) => [node, connected, operations]),
    ]).toEqual([
      1,
      1,
      [
        ['n2', true, 0],
        ['n3', true, 0],
      ],
    ])
    expect(n1.memoryBytes).toBeGreaterThan(0)
    expect(n1.version).toMatch(/^\d+\.\d+\.\d+/)
  })
})

describe('a table on some nodes', () => {
  it('is cached elsewhere, and every change of it is told there', async ({ cluster }) => {
    const [a, b, c] = await cluster.startMany(3)
    const options = { copies: ['n1', 'n2'] } as const
    const [ta, tb, tc] = await Promise.all([a, b, c].map(node => node.table<string, number>('t', options)))
    await ta.set('k', 1, { ack: 'all' })
    expect([(await tc.entry('k'))?.hit, (await tc.entry('k'))?.hit]).toEqual(['remote', 'l1'])
    expect(await tc.get('absent')).toBeUndefined()
    await tb.set('k', 2, { ack: 'all' })
    await ta.set('absent', 3, { ack: 'all' })
    await eventually(() => expect(tc.peek('k')).toBeUndefined())
    await eventually(async () => expect([await tc.get('k'), await tc.get('absent')]).toEqual([2, 3]))
    await tc.set('k', 4)
    expect(await tc.get('k')).toBe(4)
    await tb.clear({ ack: 'all' })
    await eventually(async () => expect(await tc.get('k')).toBeUndefined())
  })

  it('is read from another holder when the one that served is gone', async ({ cluster }) => {
    const [a, b, c] = await cluster.startMany(3)
    const options = { copies: ['n1', 'n2'] } as const
    const [ta, , tc] = await Promise.all([a, b, c].map(node => node.table<number, number>('t', options)))
    await ta.setMany(
      Array.from({ length: 50 }, (_, i) => [i, i] as const),
      { ack: 'all' },
    )
    await tc.getMany(Array.from({ length: 50 }, (_, i) => i))
    await b.close()
    await eventually(async () => {
      for (let i = 0; i < 50; i++) expect(await tc.get(i)).toBe(i)
    })
    await ta.set(7, 70, { ack: 'local' })
    await eventually(async () => expect(await tc.get(7)).toBe(70))
  })
})

describe('a watch', () => {
  it('tells of every change from when it stands, wherever it was made', async ({ cluster }) => {
    const [a, b] = await cluster.startMany(2)
    const [ta, tb] = await Promise.all([a.table<string, number>('t'), b.table<string, number>('t')])
    const changes = tb.watch({ prefix: 'user:' })
    expect((await changes.next()).value).toEqual({ type: 'resync' })
    await ta.set('other', 1, { ack: 'all' })
    await ta.set('user:1', 1, { ack: 'all' })
    await ta.delete('user:1', { ack: 'all' })
    await ta.set('user:2', 2, { ack: 'all', ttl: 60 })
    await ta.clear({ ack: 'all' })
    const seen = []
    for (let i = 0; i < 4; i++) seen.push((await changes.next()).value)
    expect(seen.map(({ type, key, value }) => [type, key, value])).toEqual([
      ['set', 'user:1', 1],
      ['delete', 'user:1', undefined],
      ['set', 'user:2', 2],
      ['clear', undefined, undefined],
    ])
    await changes.return?.()
    expect((await changes.next()).done).toBe(true)
  })

  it('says that it missed something when its reader is too slow', async ({ cluster }) => {
    const node = await cluster.start('solo')
    const table = await node.table<number, number>('t')
    const changes = table.watch({ buffer: 10 })
    await changes.next()
    for (let i = 0; i < 25; i++) await table.set(i, i)
    const first = (await changes.next()).value
    expect(first.type).toBe('resync')
  })

  it('ends with its signal', async ({ cluster }) => {
    const node = await cluster.start('solo')
    const table = await node.table('t')
    const controller = new AbortController()
    const seen: unknown[] = []
    const reading = (async () => {
      for await (const change of table.watch({ signal: controller.signal })) seen.push(change)
    })()
    await eventually(() => expect(seen).toHaveLength(1))
    controller.abort()
    await reading
  })
})

describe('a node that cannot start', () => {
  it('says that its port is taken, and leaves nothing running', async ({ cluster }) => {
    const node = await cluster.start('a')
    expect(await codeOf(cluster.start('b', { listen: `127.0.0.1:${node.ports.grpc}` }))).toBe(
      'ERR_ADDRESS_IN_USE',
    )
    expect(await codeOf(cluster.start('b', { gossip: `127.0.0.1:${node.ports.gossip}` }))).toBe(
      'ERR_ADDRESS_IN_USE',
    )
  })

  it('says that its name is taken by a live node', async ({ cluster }) => {
    const node = await cluster.start('a')
    const failure = await cluster.start('a', { seeds: [seedOf(node)] }).catch(error => error)
    expect(failure.code).toBe('ERR_NAME_IN_USE')
    expect(node.closed).toBeInstanceOf(Promise)
    expect((await node.admin.status()).nodes).toHaveLength(1)
  })

  it('says that its cluster or its secret is another one', async ({ cluster }) => {
    const node = await cluster.start('a')
    const options = { seeds: [seedOf(node)], bootstrapTimeout: 800 } as const
    expect(await codeOf(cluster.start('b', { ...options, cluster: 'other' }))).toBe('ERR_CLUSTER_MISMATCH')
    expect(await codeOf(cluster.start('c', { ...options, secret: 'another secret of 20' }))).toBe(
      'ERR_UNAUTHENTICATED',
    )
    expect((await node.admin.status()).nodes).toHaveLength(1)
  })

  it('waits for seeds that do not answer, then starts alone with a warning, or not at all', async ({
    cluster,
  }) => {
    const [port] = await freePorts(1)
    const options = { seeds: [`127.0.0.1:${port}`], bootstrapTimeout: 300 } as const
    expect(await codeOf(cluster.start('a', { ...options, bootstrap: 'manual' }))).toBe('ERR_UNAVAILABLE')
    const alone = await cluster.start('a', options)
    expect((await alone.admin.status()).nodes).toHaveLength(1)
    expect(
      cluster.log.lines.some(({ level, message }) => level === 'warn' && message.includes('started alone')),
    ).toBe(true)
    // It goes on asking, so a seed that comes late is found.
    const late = await cluster.start('late', { gossip: `127.0.0.1:${port}` })
    await seeEachOther([alone, late])
  })

  it.for([
    ['name', { name: 'with space' }],
    ['listen', { listen: 'nowhere' }],
    ['listen', { listen: '127.0.0.1:70000' }],
    ['seed', { seeds: ['no port'] }],
    ['secret', { secret: 'short' }],
    ['secret', { secret: undefined, listen: '0.0.0.0:0', insecure: true }],
    ['insecure', { listen: '0.0.0.0:0' }],
    ['profile', { profile: 'moon' }],
    ['bootstrapTimeout', { bootstrapTimeout: 'soon' }],
    ['tombstoneGrace', { tombstoneGrace: 'never' }],
    ['maxValueBytes', { maxValueBytes: '4mb' }],
    ['logger', { logger: {} }],
    ['colour', { colour: 'red' }],
    ['tls', { tls: {} }],
    ['dataDir', { dataDir: '/tmp' }],
    ['http', { http: false }],
    ['maxBytes', { maxBytes: 1 }],
    ['durability', { tables: [{ name: 't', options: { durability: 'disc' } }] }],
    ['copies', { tables: [{ name: 't', options: { copies: 2 } }] }],
  ])('names the option %s when it is wrong', async ([name, options], { cluster }) => {
    const failure = await cluster.start('a', options as never).catch(error => error)
    expect(failure.code).toBe('ERR_INVALID_OPTION')
    expect(failure.message).toContain(name)
  })

  it('forgets deletes as early as tombstoneGrace allows', async ({ cluster }) => {
    // Strangers to each other: one as it is, one with the option.
    const nodes = [await cluster.start('a'), await cluster.start('b', { tombstoneGrace: 100 })]
    const tables = await Promise.all(nodes.map(node => node.table<string, number>('rows')))
    for (const table of tables) {
      await table.set('k', 1)
      await table.delete('k')
    }
    await eventually(async () => expect((await tables[1].info()).tombstones).toBe(0))
    expect((await tables[0].info()).tombstones).toBe(1)
  })

  it('needs no options at all on loopback', async () => {
    const node = await createNode({ listen: '127.0.0.1:0', gossip: '127.0.0.1:0' })
    expect(node.self.name).toMatch(/^[\w.-]+:\d+$/)
    await node.close()
  })
})

describe('bad input to a table', () => {
  it.for([
    ['ERR_INVALID_ARGUMENT', 'NaN', 1, {}],
    ['ERR_KEY_TOO_LARGE', 'x'.repeat(1025), 1, {}],
    ['ERR_VALUE_TOO_LARGE', 'k', 'x'.repeat(1024 * 1024 + 1), {}],
    ['ERR_CODEC', 'k', undefined, {}],
    ['ERR_CODEC', 'k', { f: () => 1 }, {}],
    ['ERR_CODEC', 'k', new Date(), {}],
    ['ERR_CODEC', 'k', { deep: [new Map()] }, {}],
    ['ERR_CODEC', 'k', 1n, {}],
    ['ERR_INVALID_ARGUMENT', 'k', 1, { ttl: 0 }],
    ['ERR_INVALID_ARGUMENT', 'k', 1, { ttl: -5 }],
    ['ERR_INVALID_ARGUMENT', 'k', 1, { ttl: 'soon' }],
    ['ERR_INVALID_ARGUMENT', 'k', 1, { ttl: '1h', keepTtl: true }],
    ['ERR_INVALID_ARGUMENT', 'k', 1, { ifAbsent: true, ifVersion: 'x@y' }],
    ['ERR_INVALID_ARGUMENT', 'k', 1, { ifVersion: 'none' }],
    ['ERR_INVALID_ARGUMENT', 'k', 1, { ack: 'most' }],
    ['ERR_INVALID_ARGUMENT', 'k', 1, { timeout: 'now' }],
  ])('is %s, and nothing is written', async ([code, key, value, options], { cluster }) => {
    const node = await cluster.start('solo')
    const table = await node.table('t')
    expect(
      await codeOf(table.set(key === 'NaN' ? Number.NaN : (key as string), value, options as never)),
    ).toBe(code)
    expect(await all(table.keys())).toEqual([])
  })

  it('is the wrong type for a table of bytes, or of numbers', async ({ cluster }) => {
    const node = await cluster.start('solo')
    const bytes = await node.table('bytes', { codec: 'bytes' })
    expect(await codeOf(bytes.set('k', 'text'))).toBe('ERR_BAD_TYPE')
    expect(await codeOf(bytes.increment('k'))).toBe('ERR_BAD_TYPE')
    await bytes.set('k', new Uint8Array([1]))
    expect([...((await bytes.get('k')) as Uint8Array)]).toEqual([1])
    const plain = await node.table('plain')
    await plain.set('k', 'text')
    expect(await codeOf(plain.increment('k'))).toBe('ERR_BAD_TYPE')
    expect(await codeOf(plain.increment('k', Number.POSITIVE_INFINITY))).toBe('ERR_INVALID_ARGUMENT')
    expect(await plain.get('k')).toBe('text')
  })

  it('is more than the table may hold: writes are refused, the rest goes on', async ({ cluster }) => {
    const [a, b] = await cluster.startMany(2)
    const [ta, tb] = await Promise.all([a, b].map(node => node.table<string, number>('t', { maxEntries: 2 })))
    await ta.set('x', 1, { ack: 'all' })
    await tb.set('y', 2, { ack: 'all' })
    expect(await codeOf(ta.set('z', 3))).toBe('ERR_TABLE_FULL')
    expect(await ta.set('x', 4)).toBe(true)
    expect(await ta.delete('x', { ack: 'all' })).toBe(true)
    expect(await tb.set('z', 3)).toBe(true)
  })
})

async function freePorts(count: number): Promise<number[]> {
  const { createSocket } = await import('node:dgram')
  const sockets = Array.from({ length: count }, () => createSocket('udp4'))
  await Promise.all(sockets.map(socket => new Promise<void>(resolve => socket.bind(0, '127.0.0.1', resolve))))
  const ports = sockets.map(socket => socket.address().port)
  await Promise.all(sockets.map(socket => new Promise<void>(resolve => socket.close(() => resolve()))))
  return ports
}

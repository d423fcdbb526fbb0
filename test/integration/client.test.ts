import { createServer, type Socket } from 'node:net'
import { describe, expect } from 'vitest'
import { createClient } from '../../src/index.ts'
import { all, allActive, codeOf, eventually, it, seedOf } from '../support/nodes.ts'

describe('a client', () => {
  it('has the same table as an embedded node', async ({ cluster }) => {
    const nodes = await cluster.startMany(3)
    const client = cluster.client(nodes[1])
    await client.ready()
    const table = await client.table<string, unknown>('t', { ttl: '1h' })
    await allActive(nodes, 't')
    expect(await table.set('k', { n: 1 })).toBe(true)
    expect(await table.get('k')).toEqual({ n: 1 })
    expect(table.peek('k')).toBeUndefined()
    const entry = await table.entry('k')
    expect([entry?.hit, entry?.value, (entry?.expiresAt ?? 0) > Date.now()]).toEqual([
      'remote',
      { n: 1 },
      true,
    ])
    expect(await table.set('k', 2, { ifVersion: entry?.version })).toBe(true)
    expect(await table.set('k', 3, { ifVersion: entry?.version })).toBe(false)
    expect(await table.set('k', 4, { ifAbsent: true })).toBe(false)
    expect(await table.update('k', n => (n as number) * 10)).toBe(20)
    expect([await table.increment('n'), await table.increment('n', 4)]).toEqual([1, 5])
    expect([await table.has('k'), await table.has('nobody')]).toEqual([true, false])
    await table.setMany(Array.from({ length: 3000 }, (_, i) => [`m${i}`, i] as const))
    expect(await table.getMany(['m1', 'nobody', 'm2999'])).toEqual([1, undefined, 2999])
    expect(await all(table.keys({ prefix: 'm' }))).toHaveLength(3000)
    expect(await all(table.entries({ prefix: 'm', limit: 7 }))).toHaveLength(7)
    expect([await table.delete('k'), await table.delete('k')]).toEqual([true, false])
    await table.clear()
    expect(await all(table.keys())).toEqual([])
    expect((await table.info()).name).toBe('t')
  })

  it('learns the members from the one it was given, and goes on when that one is gone', async ({
    cluster,
  }) => {
    const nodes = await cluster.startMany(3)
    const [a, b, c] = nodes
    const client = cluster.client(a)
    const table = await client.table<number, number>('t')
    await allActive(nodes, 't')
    for (let i = 0; i < 100; i++) await table.set(i, i, { ack: 'all' })
    await a.close()
    for (let i = 0; i < 100; i++) expect(await table.get(i)).toBe(i)
    for (let i = 0; i < 100; i++) await eventually(() => table.set(i, i + 1000))
    await b.close()
    for (let i = 0; i < 100; i++) expect(await table.get(i)).toBe(i + 1000)
    expect((await client.admin.status()).nodes.map(({ name }) => name)).toContain(c.self.name)
  })

  it('asks holders only', async ({ cluster }) => {
    const [a] = await cluster.startMany(3)
    const options = { copies: ['n2'] } as const
    await a.table('t', options)
    const client = cluster.client(a)
    const table = await client.table<number, number>('t', options)
    await table.set(1, 1, { ack: 'local' })
    const entry = await table.entry(1)
    expect(entry?.node).toBe('n2')
    for (let i = 0; i < 200; i++) await table.set(i, i, { ack: 'local' })
    // Had another node been asked, it would have asked in its turn and kept what it got.
    const { nodes } = await a.admin.status()
    expect(nodes.filter(({ name }) => name !== 'n2').map(({ l1Misses }) => l1Misses)).toEqual([0, 0])
  })

  it('reads where it wrote', async ({ cluster }) => {
    const nodes = await cluster.startMany(3)
    const table = await cluster.client(...nodes).table<number, number>('t')
    await allActive(nodes, 't')
    for (let i = 0; i < 500; i++) {
      await table.set(i % 50, i, { ack: 'local' })
      expect(await table.get(i % 50)).toBe(i)
    }
  })

  it('keeps thousands of calls in flight', async ({ cluster }) => {
    const nodes = await cluster.startMany(2)
    const table = await cluster.client(...nodes).table<number, number>('t')
    await Promise.all(Array.from({ length: 5000 }, (_, i) => table.set(i, i)))
    const values = await Promise.all(Array.from({ length: 5000 }, (_, i) => table.get(i)))
    expect(values).toEqual(Array.from({ length: 5000 }, (_, i) => i))
  })

  it('watches, and says resync when the node that told it is gone', async ({ cluster }) => {
    const nodes = await cluster.startMany(2)
    const [a, b] = nodes
    const table = await cluster.client(...nodes).table<string, number>('t')
    await allActive(nodes, 't')
    const changes = table.watch({ key: 'k' })
    expect((await changes.next()).value).toEqual({ type: 'resync' })
    const onA = await a.table<string, number>('t')
    const onB = await b.table<string, number>('t')
    await onA.set('other', 1)
    await onA.set('k', 1)
    expect((await changes.next()).value).toMatchObject({ type: 'set', key: 'k', value: 1 })
    const stays = changes.next()
    await a.close()
    await onB.set('unheard', 1, { ack: 'local' })
    // Whichever of the two it was told by: either it is told of the change, or that it may have missed some.
    const told = async () => {
      await onB.set('k', 2, { ack: 'local' })
      return Promise.race([
        stays,
        new Promise<undefined>(resolve => setTimeout(() => resolve(undefined), 50)),
      ])
    }
    const next = await eventually(async () => {
      const got = await told()
      expect(got).toBeDefined()
      return got
    })
    expect(['resync', 'set']).toContain(next?.value.type)
    await changes.return?.()
  })

  it('says what is wrong in the words of the node', async ({ cluster }) => {
    const [a] = await cluster.startMany(1)
    const client = cluster.client(a)
    const table = await client.table('t', { maxEntries: 1 })
    await table.set('k', 'text')
    expect(await codeOf(table.set('l', 1))).toBe('ERR_TABLE_FULL')
    expect(await codeOf(table.increment('k'))).toBe('ERR_BAD_TYPE')
    expect(await codeOf(table.set('k', 'x'.repeat(1024 * 1024 + 1)))).toBe('ERR_VALUE_TOO_LARGE')
    expect(await codeOf(table.set('k', () => 1))).toBe('ERR_CODEC')
    expect(await codeOf(client.table('t', { ttl: '1h' }))).toBe('ERR_TABLE_MISMATCH')
    expect(await codeOf(client.table('t', { indexes: ['age'] } as never))).toBe('ERR_INVALID_OPTION')
    expect(await codeOf(client.admin.dropTable('nope'))).toBe('ERR_TABLE_UNKNOWN')
    await client.admin.dropTable('t')
    await eventually(async () => expect(await codeOf(table.get('k'))).toBe('ERR_TABLE_UNKNOWN'))
  })

  it('ends a call with its signal and its deadline', async ({ cluster }) => {
    const [a] = await cluster.startMany(1)
    const table = await cluster.client(a).table<string, number>('t')
    const controller = new AbortController()
    const aborted = table.get('k', { signal: controller.signal })
    controller.abort()
    expect(await codeOf(aborted)).toBe('ERR_ABORTED')
    expect(await codeOf(table.get('k', { signal: controller.signal }))).toBe('ERR_ABORTED')
    expect(await codeOf(() => createClient([]))).toBe('ERR_INVALID_OPTION')
    expect(await codeOf(() => createClient('no port'))).toBe('ERR_INVALID_OPTION')
  })

  it('refuses everything once it is closed', async ({ cluster }) => {
    const [a] = await cluster.startMany(1)
    const client = cluster.client(a)
    const table = await client.table<string, number>('t')
    await client.close()
    expect(await codeOf(table.get('k'))).toBe('ERR_CLOSED')
    expect(await codeOf(table.set('k', 1))).toBe('ERR_CLOSED')
  })

  it('says within its deadline that nobody is there', async () => {
    const client = createClient('127.0.0.1:1')
    expect(await codeOf(client.ready({ timeout: 300 }))).toBe('ERR_UNAVAILABLE')
    expect(await codeOf(client.admin.status({ timeout: 300 }))).toBe('ERR_UNAVAILABLE')
    await client.close()
  })
})

describe('a process that accepts connections and never answers', () => {
  it('does not keep a client waiting beyond its deadline', async ({ cluster }) => {
    const mute = await muteServer()
    const client = createClient(`127.0.0.1:${mute.port}`)
    expect(await codeOf(client.ready({ timeout: 400 }))).toMatch(/ERR_(TIMEOUT|UNAVAILABLE)/)
    expect(await codeOf(client.admin.status({ timeout: 400 }))).toMatch(/ERR_(TIMEOUT|UNAVAILABLE)/)
    await client.close()
    // Beside a node that answers, it costs an attempt.
    const [a] = await cluster.startMany(1)
    const both = createClient([`127.0.0.1:${mute.port}`, `127.0.0.1:${a.ports.grpc}`])
    await both.ready({ timeout: 8000 })
    await both.close()
    mute.close()
  })

  it('does not keep a node from starting beside it', async ({ cluster }) => {
    const mute = await muteServer()
    const a = await cluster.start('a')
    // A member whose gRPC address leads to the mute process: it gossips, and never answers.
    const { startSwim } = await import('../../src/membership/swim.ts')
    const { createKeyring } = await import('../../src/membership/keyring.ts')
    const { profiles } = await import('../../src/membership/timings.ts')
    const { clusterSecret } = await import('../support/nodes.ts')
    const { systemRandom } = await import('../support/swim-random.ts')
    const ghost = await startSwim({
      name: 'ghost',
      cluster: 'mnemesh',
      incarnation: a.self.incarnation + 1,
      version: '0.0.0',
      zone: '',
      address: `127.0.0.1:${mute.port}`,
      bind: { host: '127.0.0.1', port: 0 },
      advertiseHost: '127.0.0.1',
      sealer: createKeyring([clusterSecret]),
      seeds: [seedOf(a)],
      timings: profiles.test,
      random: systemRandom,
      log: cluster.log,
    })
    await eventually(async () => expect((await a.admin.status()).nodes).toHaveLength(2))
    const b = await cluster.start('b', { seeds: [seedOf(a)] })
    const [ta, tb] = await Promise.all([a, b].map(node => node.table<string, number>('t')))
    await eventually(() => ta.set('k', 1))
    await eventually(async () => expect(await tb.get('k')).toBe(1))
    const status = await b.admin.status()
    expect(status.nodes.find(({ name }) => name === 'ghost')?.state).toBe('unreachable')
    await ghost.leave()
    mute.close()
  })
})

async function muteServer(): Promise<{ port: number; close: () => void }> {
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket)
    socket.on('error', () => {})
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    close: () => {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

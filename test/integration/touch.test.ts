import { describe, expect } from 'vitest'
import { run } from '../support/command-line.ts'
import { asking } from '../support/grpc-client.ts'
import { key, it as onGrpc } from '../support/grpc-node.ts'
import { codeOf, it } from '../support/nodes.ts'

const minute = 60_000

describe('touch', () => {
  it('moves the end of an entry from a node, a client and the command line, in tables of both kinds', async ({
    cluster,
  }) => {
    const [one, two] = await cluster.startMany(2)
    const client = cluster.client(two)
    for (const [name, majority] of [
      ['plain', false],
      ['agreed', true],
    ] as const) {
      const table = await one.table<string, string>(name, { majority })
      const far = await client.table<string, string>(name)
      const leftMs = async () => ((await far.entry('k'))?.expiresAt ?? 0) - Date.now()
      expect([await table.touch('k', '1m'), await far.touch('k', '1m')]).toEqual([false, false])
      await table.set('k', 'v', { ttl: '5m' })
      expect(await table.touch('k', '10m')).toBe(true)
      expect(Math.abs((await leftMs()) - 10 * minute)).toBeLessThan(minute)
      expect(await far.touch('k', '20m')).toBe(true)
      expect(Math.abs((await leftMs()) - 20 * minute)).toBeLessThan(minute)
      expect((await far.entry('k'))?.value).toBe('v')
      expect(await codeOf(far.touch('k', 0))).toBe('ERR_INVALID_ARGUMENT')
      const address = ['--endpoint', `127.0.0.1:${one.ports.grpc}`]
      expect(await run(['touch', name, 'k', '30m', ...address])).toMatchObject({
        code: 0,
        stdout: 'touched\n',
      })
      expect(Math.abs((await leftMs()) - 30 * minute)).toBeLessThan(minute)
      expect(await run(['touch', name, 'none', '30m', ...address])).toMatchObject({ code: 1 })
    }
  })

  it('is not for what it cannot mean', async ({ cluster }) => {
    const node = await cluster.start('solo')
    const code = (options: object) => codeOf(node.admin.createTable('t', options))
    expect(await code({ idle: '1m', ttl: '1m' })).toBe('ERR_INVALID_OPTION')
    expect(await code({ idle: '1m', majority: true })).toBe('ERR_INVALID_OPTION')
    expect(await code({ idle: 'soon' })).toBe('ERR_INVALID_OPTION')
    const { definition } = await node.admin.createTable('t', { idle: '1m' })
    expect([definition.ttlMs, definition.idle]).toEqual([minute, true])
    const client = cluster.client(node)
    expect((await client.admin.tableInfo('t')).definition).toEqual(definition)
  })

  onGrpc('is said in any language', async ({ client }) => {
    const ask = asking(client.cache)
    expect(await ask('Touch', { table: 't', key: key('k'), ttlMs: minute })).toEqual({ touched: false })
    await ask('Set', { table: 't', key: key('k'), value: { msgpack: Buffer.from([1]) } })
    expect(await ask('Touch', { table: 't', key: key('k'), ttlMs: 90 * minute })).toEqual({ touched: true })
    const { entry } = await ask('Get', { table: 't', key: key('k') })
    expect(entry?.expiresAtMs).toBeGreaterThan(Date.now() + 80 * minute)
  })
})

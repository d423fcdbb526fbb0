import { Metadata, status } from '@grpc/grpc-js'
import { describe, expect } from 'vitest'
import { asking, drain, refusal } from '../support/grpc-client.ts'
import { it, json, key } from '../support/grpc-node.ts'
import { all } from '../support/nodes.ts'

describe('an error', () => {
  it.for([
    ['an unknown table', 'Get', { table: 'x', key: key('k') }, status.NOT_FOUND, 'ERR_TABLE_UNKNOWN'],
    ['no table', 'Get', { key: key('k') }, status.NOT_FOUND, 'ERR_TABLE_UNKNOWN'],
    ['no key', 'Get', { table: 't' }, status.INVALID_ARGUMENT, 'ERR_INVALID_ARGUMENT'],
    [
      'a key that is too long',
      'Get',
      { table: 't', key: key('k'.repeat(2000)) },
      status.INVALID_ARGUMENT,
      'ERR_KEY_TOO_LARGE',
    ],
    [
      'a number that is none',
      'Get',
      { table: 't', key: { number: Number.NaN } },
      status.INVALID_ARGUMENT,
      'ERR_INVALID_ARGUMENT',
    ],
    ['no value', 'Set', { table: 't', key: key('k') }, status.INVALID_ARGUMENT, 'ERR_INVALID_ARGUMENT'],
    [
      'a value that is too large',
      'Set',
      { table: 't', key: key('k'), value: json('v'.repeat(1_100_000)) },
      status.INVALID_ARGUMENT,
      'ERR_VALUE_TOO_LARGE',
    ],
    [
      'a value that cannot be read',
      'Set',
      { table: 't', key: key('k'), value: { msgpack: Buffer.from([0xc1]) } },
      status.INVALID_ARGUMENT,
      'ERR_CODEC',
    ],
    [
      'conditions that exclude each other',
      'Set',
      { table: 't', key: key('k'), value: json(1), ttlMs: 5, keepTtl: true, ifAbsent: true },
      status.INVALID_ARGUMENT,
      'ERR_INVALID_ARGUMENT',
    ],
    [
      'a version that is none',
      'Update',
      { table: 't', key: key('k'), value: json(1), ifVersion: 'x' },
      status.INVALID_ARGUMENT,
      'ERR_INVALID_ARGUMENT',
    ],
    [
      'no finite number to add',
      'Increment',
      { table: 't', key: key('k'), by: Number.POSITIVE_INFINITY },
      status.INVALID_ARGUMENT,
      'ERR_INVALID_ARGUMENT',
    ],
  ] as const)('for %s is one status, with our code in the trailers', async ([
    ,
    method,
    request,
    wanted,
    code,
  ], { client }) => {
    const refused = await refusal(asking(client.cache)(method as 'Get', request as object))
    expect(refused).toMatchObject({ status: wanted, code, maybeApplied: undefined })
    expect(refused.details).not.toBe('')
  })

  it('comes at the end of a stream, too', async ({ client }) => {
    const refused = await refusal(drain(client.cache.Scan({ table: 'x' })))
    expect(refused).toMatchObject({ status: status.NOT_FOUND, code: 'ERR_TABLE_UNKNOWN' })
    const watched = await refusal(drain(client.cache.Watch({ table: 'x' })))
    expect(watched).toMatchObject({ status: status.NOT_FOUND, code: 'ERR_TABLE_UNKNOWN' })
  })

  it('of a counter on what is no number is ERR_BAD_TYPE', async ({ client, node }) => {
    await (await node.table('t')).set('text', 'abc')
    const refused = await refusal(asking(client.cache)('Increment', { table: 't', key: key('text') }))
    expect(refused).toMatchObject({ status: status.FAILED_PRECONDITION, code: 'ERR_BAD_TYPE' })
  })

  it('of a full table says so', async ({ client }) => {
    await asking(client.table)('CreateTable', { name: 'small', options: { maxEntries: 1 } })
    const set = (text: string) =>
      asking(client.cache)('Set', { table: 'small', key: key(text), value: json(1) })
    await set('one')
    expect(await refusal(set('two'))).toMatchObject({
      status: status.RESOURCE_EXHAUSTED,
      code: 'ERR_TABLE_FULL',
    })
    await set('one')
  })
})

describe('a caller that goes away', () => {
  it('at its deadline is told so, and the node has stopped waiting, too', async ({ client, node }) => {
    const began = Date.now()
    const late = asking(client.cluster)('WaitForTables', { names: ['never'] }, { deadline: began + 200 })
    expect(await refusal(late)).toMatchObject({ status: status.DEADLINE_EXCEEDED })
    expect(Date.now() - began).toBeLessThan(2000)
    expect(await all((await node.table('t')).keys())).toEqual([])
  })

  it('in the middle of a scan or a watch leaves nothing that disturbs', async ({ client, node }) => {
    const table = await node.table('t')
    await table.setMany(Array.from({ length: 5000 }, (_, i) => [`k${i}`, 'x'.repeat(1000)] as const))
    for (let i = 0; i < 20; i++) {
      const scan = client.cache.Scan({ table: 't' })
      const watch = client.cache.Watch({ table: 't' })
      scan.on('error', () => {})
      watch.on('error', () => {})
      await new Promise(resolve => scan.once('data', resolve))
      scan.cancel()
      watch.cancel()
    }
    await table.set('k0', 'new')
    expect(await asking(client.cache)('Has', { table: 't', key: key('k0') })).toEqual({ found: true })
  })

  it('before its call began does not reach the table', async ({ client }) => {
    const call = client.cache.Get({ table: 't', key: key('k') }, new Metadata(), () => {})
    call.cancel()
    expect(await asking(client.cache)('Has', { table: 't', key: key('k') })).toEqual({ found: false })
  })
})

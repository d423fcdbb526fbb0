import { status } from '@grpc/grpc-js'
import { afterEach, describe, expect } from 'vitest'
import { type Client, MnemeshError } from '../../src/index.ts'
import { ChildNodes } from '../support/child-nodes.ts'
import { run } from '../support/command-line.ts'
import { asking, grpcClient, refusal } from '../support/grpc-client.ts'
import { json, key } from '../support/grpc-node.ts'
import { all, eventually, it, seedOf } from '../support/nodes.ts'

/** Far beyond what an answer that is given at once takes, and far below the time that each call is given. */
const atOnceMs = 2000
const timeout = '20s'

const refusedAtOnce = async (use: () => Promise<unknown>) => {
  const began = performance.now()
  const error = await use().catch((error: unknown) => error)
  const isQuick = performance.now() - began < atOnceMs
  if (!MnemeshError.is(error)) return `not refused: ${String(error)}`
  return `${error.code} ${isQuick ? 'at once' : 'late'}${error.retryable ? ', retryable' : ''}${error.maybeApplied ? ', maybe applied' : ''}`
}

function needsMajority(client: Client): Record<string, () => Promise<unknown>> {
  const table = () => client.table<string, number>('m', undefined, { timeout })
  return {
    set: async () => (await table()).set('k', 2, { timeout }),
    setMany: async () => (await table()).setMany([['k', 2]], { timeout, atomic: true }),
    delete: async () => (await table()).delete('k', { timeout }),
    increment: async () => (await table()).increment('n', 1, { timeout }),
    update: async () => (await table()).update('k', () => 2, { timeout }),
    clear: async () => (await table()).clear({ timeout }),
    get: async () => (await table()).get('k', { timeout }),
    getMany: async () => (await table()).getMany(['k'], { timeout }),
    scan: async () => all((await table()).entries({ timeout })),
    transaction: () => client.transaction(async tx => tx.table('m').set('k', 2), { timeout }),
    snapshot: () => client.transaction(async tx => tx.table('m').get('k'), { timeout, readOnly: true }),
    lock: () => client.locks.acquire('l', { timeout }),
    'lock that waits': () => client.locks.acquire('l', { wait: '20s' }),
    semaphore: () => client.semaphore('s', 2).acquire({ timeout }),
  }
}

describe('a node that is left of three', () => {
  const children = new ChildNodes()
  afterEach(() => children.close())

  it('refuses at once whatever a majority has to agree on, whoever asks, and reads what it has', async ({
    cluster,
  }) => {
    const node = await cluster.start('n1')
    const seeds = [seedOf(node)]
    const others = await Promise.all(['n2', 'n3'].map(name => children.start(name, { seeds })))
    await eventually(async () => expect((await node.admin.status()).group.voters).toHaveLength(3), 20_000)
    const table = await node.table<string, number>('m', { majority: true })
    await table.set('k', 1)
    await Promise.all(others.map(other => other.kill('SIGKILL')))
    await eventually(async () => expect((await node.admin.status()).group.hasQuorum).toBe(false))
    for (const client of [node, cluster.client(node)])
      for (const [what, use] of Object.entries(needsMajority(client)))
        expect(`${what}: ${await refusedAtOnce(use)}`).toBe(`${what}: ERR_NO_QUORUM at once, retryable`)
    expect(await table.get('k', { consistency: 'local' })).toBe(1)

    const grpc = grpcClient(node.ports.grpc)
    const refused = { status: status.UNAVAILABLE, code: 'ERR_NO_QUORUM' }
    const deadline = Date.now() + 20_000
    const k = { table: 'm', key: key('k') }
    expect(await refusal(asking(grpc.cache)('Get', k, { deadline }))).toMatchObject(refused)
    expect(await refusal(asking(grpc.cache)('Set', { ...k, value: json(1) }, { deadline }))).toMatchObject(
      refused,
    )
    expect(Date.now()).toBeLessThan(deadline - 20_000 + atOnceMs)
    grpc.close()

    const endpoint = ['--endpoint', `127.0.0.1:${node.ports.grpc}`, '--timeout', '60s']
    for (const words of [
      ['get', 'm', 'k'],
      ['set', 'm', 'k', '2'],
      ['scan', 'm'],
      ['lock', 'l', '--', 'true'],
    ]) {
      const [verb = '', ...rest] = words
      const ran = await run([verb, ...endpoint, ...rest])
      expect({ ...ran, verb }).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('ERR_NO_QUORUM'),
        verb,
      })
    }
    expect(await run(['get', ...endpoint, 'm', 'k', '--local'])).toMatchObject({ code: 0, stdout: '1\n' })
  }, 120_000)
})

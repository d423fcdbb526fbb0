import { describe, expect } from 'vitest'
import { type Client, createClient, type Lock, MnemeshError, type Table, type Tx } from '../../src/index.ts'
import { it } from '../support/nodes.ts'

type Wrong = readonly [what: string, use: () => unknown, expected: string]

/** What callers without types get wrong, with the code and the words that the error has to have. */
function wrongUses(client: Client, plain: Table, agreed: Table): Wrong[] {
  const any = (value: unknown) => value as never
  const cyclic: Record<string, unknown> = {}
  cyclic.self = cyclic
  const tx = (work: unknown, options?: object) => () => client.transaction(work as never, options)
  const agreedTx = (use: (table: ReturnType<Tx['table']>, tx: Tx) => unknown) =>
    tx(async (tx: Tx) => use(tx.table('agreed'), tx))
  const tables = [plain, agreed].flatMap((table): Wrong[] => [
    [
      `getMany of ${table.name}`,
      () => table.getMany(any(5)),
      'ERR_INVALID_ARGUMENT keys must be a list, got 5',
    ],
    [
      'options null',
      () => table.set('k', 1, any(null)),
      'ERR_INVALID_ARGUMENT the options of a call must be an object, got null',
    ],
    [
      'signal',
      () => table.set('k', 1, any({ signal: {} })),
      'ERR_INVALID_ARGUMENT signal must be an AbortSignal, got an object',
    ],
    ['update', () => table.update('k', any(5)), 'ERR_INVALID_ARGUMENT change must be a function, got 5'],
    [
      'setMany',
      () => table.setMany(any(5)),
      'ERR_INVALID_ARGUMENT entries must be pairs of key and value, got 5',
    ],
    [
      'setMany with options that are none',
      () => table.setMany([], any(null)),
      'ERR_INVALID_ARGUMENT the options of setMany must be an object, got null',
    ],
    [
      'update with options that are none',
      () => table.update('k', () => 1, any(null)),
      'ERR_INVALID_ARGUMENT the options of update must be an object, got null',
    ],
    [
      'increment with options that are none',
      () => table.increment('k', 1, any(null)),
      'ERR_INVALID_ARGUMENT the options of a call must be an object, got null',
    ],
    [
      'setMany of no pairs',
      () => table.setMany(any(['key'])),
      'ERR_INVALID_ARGUMENT entries must be pairs of key and value, got "key"',
    ],
    [
      'a cyclic value',
      () => table.set('k', cyclic),
      'ERR_CODEC the value at self.self.self.self.self.self.… is nested deeper than 64, or contains itself',
    ],
    ['watch of no key', () => table.watch({ prefix: any({}) }).next(), 'ERR_INVALID_ARGUMENT a key is'],
    [
      'watch of two',
      () => table.watch({ key: 'a', prefix: 'b' }).next(),
      'ERR_INVALID_ARGUMENT key and prefix of a watch exclude',
    ],
    ['a long key', () => table.set('x'.repeat(5000), 1), 'ERR_KEY_TOO_LARGE a key takes at most 1024 bytes'],
    ['a large value', () => table.set('k', 'x'.repeat(20_000_000)), 'ERR_VALUE_TOO_LARGE the value takes'],
    ['a negative ttl', () => table.set('k', 1, { ttl: -1 }), 'ERR_INVALID_ARGUMENT ttl must be a positive'],
    [
      'a ttl that is no number',
      () => table.set('k', 1, { ttl: Number.NaN }),
      'ERR_INVALID_ARGUMENT ttl must be a positive',
    ],
    ['no value', () => table.set('k', undefined), 'ERR_CODEC the value is undefined'],
  ])
  return [
    ...tables,
    ['no table', () => client.table(any(null)), "ERR_INVALID_ARGUMENT a table's name is"],
    [
      'waiting for no names',
      () => client.waitForTables(any(5)),
      'ERR_INVALID_ARGUMENT names must be a list, got 5',
    ],
    [
      'waiting for a table that never comes',
      () => client.waitForTables(['never'], { timeout: 300 }),
      'ERR_TIMEOUT reading table never did not happen in time',
    ],
    [
      'a move of nothing',
      () => client.admin.moveCopy('plain', any(undefined)),
      'ERR_INVALID_ARGUMENT a move must be an object',
    ],
    [
      'a change of nothing',
      () => client.admin.changeTable('plain', any(null)),
      'must be an object|is an object of options',
    ],
    [
      'joining nothing',
      () => client.admin.join(any(null)),
      'ERR_INVALID_ARGUMENT seeds must be a list, got null',
    ],
    [
      'a transaction of nothing',
      tx(5),
      'ERR_INVALID_ARGUMENT what a transaction does must be a function, got 5',
    ],
    [
      'a transaction that never ends',
      tx(() => new Promise(() => {}), { timeout: 200 }),
      'ERR_TIMEOUT the transaction was not ready before its deadline; nothing was done',
    ],
    [
      'a transaction that is aborted while it waits',
      () => client.transaction(() => new Promise(() => {}), { signal: AbortSignal.timeout(100) }),
      'ERR_ABORTED the transaction was aborted by its signal',
    ],
    [
      'a default table in one',
      tx(async (tx: Tx) => tx.table('plain').get('k')),
      'ERR_INVALID_ARGUMENT transactions are for majority tables, and table plain is none; create one with',
    ],
    [
      'no table in one',
      tx(async (tx: Tx) => tx.table(any(undefined))),
      "ERR_INVALID_ARGUMENT a table's name is",
    ],
    [
      '129 changes in one',
      agreedTx(table => {
        for (let i = 0; i < 129; i++) table.set(`${i}`, i)
      }),
      'ERR_LIMIT_EXCEEDED a transaction changes at most 128 keys; make several of it',
    ],
    [
      'a guard that is none',
      agreedTx((_, tx) => tx.guard(any({}))),
      'ERR_INVALID_ARGUMENT a guard is a lock that was acquired',
    ],
    [
      'no guard',
      agreedTx((_, tx) => tx.guard(any(undefined))),
      'ERR_INVALID_ARGUMENT a guard is a lock that was acquired',
    ],
    ['getMany in one', agreedTx(table => table.getMany(any(5))), 'ERR_INVALID_ARGUMENT keys must be a list'],
    [
      'update in one',
      agreedTx(table => table.update('k', any(5))),
      'ERR_INVALID_ARGUMENT change must be a function',
    ],
    [
      'a lock without a name',
      () => client.locks.acquire(''),
      "ERR_INVALID_ARGUMENT a lock's name is 1 to 200 characters",
    ],
    [
      'a lock with options that are none',
      () => client.locks.acquire('l', any(null)),
      'ERR_INVALID_ARGUMENT the options of a lock must be an object',
    ],
    [
      'a lease that is too short',
      () => client.locks.acquire('l', { ttl: 1 }),
      'ERR_INVALID_ARGUMENT the ttl of a lock is 1 s to 1 h, got 1',
    ],
    [
      'nothing to do under a lock',
      () => client.locks.request('l', {}, any(5)),
      'ERR_INVALID_ARGUMENT what to do under the lock must be a function',
    ],
    [
      'an election without a name',
      async () => client.elect('').next(),
      "ERR_INVALID_ARGUMENT a lock's name is",
    ],
    [
      'a semaphore for nobody',
      async () => client.semaphore('s', 0),
      'ERR_INVALID_ARGUMENT permits must be a whole number from 1 to 1024, got 0',
    ],
  ]
}

const told = async (use: () => unknown) => {
  try {
    await use()
  } catch (error) {
    return MnemeshError.is(error) ? `${error.code} ${error.message}` : `not ours: ${String(error)}`
  }
  return 'nothing'
}

describe('wrong use', () => {
  it('is answered by our own errors, which say what is wrong, on a node and on a client', async ({
    cluster,
  }) => {
    const [node] = await cluster.startMany(1)
    for (const client of [node, cluster.client(node)] as Client[]) {
      const [plain, agreed] = [await client.table('plain'), await client.table('agreed', { majority: true })]
      for (const [what, use, expected] of wrongUses(client, plain, agreed))
        expect(`${what}: ${await told(use)}`).toMatch(
          new RegExp(`^.*: .*(${expected.replace(/[.*+?^${}()[\]\\]/g, '\\$&')})`),
        )
    }
  })

  it('of a semaphore with another size is refused while it is in use', async ({ cluster }) => {
    const [node] = await cluster.startMany(1)
    for (const client of [node, cluster.client(node)] as Client[]) {
      const held: Lock = await client.semaphore('pool', 2).acquire()
      expect(await told(() => client.semaphore('pool', 3).acquire({ wait: false }))).toMatch(
        /pool.*2.*3|pool.*3.*2/,
      )
      await held.release()
      const other = await client.semaphore('pool', 3).acquire({ wait: 0 })
      await other.release()
    }
  })

  it('of the endpoints of a client is told by createClient', () => {
    for (const endpoints of [null, undefined, [], 'nowhere', {}, 5])
      expect(() => createClient(endpoints as never)).toThrow(MnemeshError)
  })
})

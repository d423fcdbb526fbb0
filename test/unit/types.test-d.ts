import {
  type Change,
  type Client,
  type Coordination,
  createClient,
  createNode,
  defineTable,
  type ErrorCode,
  type Lock,
  MnemeshError,
  type Table,
} from '../../src/index.ts'

// Checked by `npm run types`, never run: what must not compile carries a line that fails when it does.

interface User {
  name: string
  tags: string[]
  address: { city: string }
}
type Tenant = [tenant: string, id: number]

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
/** Compiles only for types that are the same. */
function same<A, B>(_: Equal<A, B>): void {}

const users = defineTable<string, User>()('users', { ttl: '1h', maxBytes: '500mb', l1: { maxEntries: 10 } })
const perTenant = defineTable<Tenant, number>()('per-tenant')
const ada: User = { name: 'Ada', tags: [], address: { city: 'London' } }

export function definitions(): void {
  // @ts-expect-error a duration has a unit
  defineTable<string, User>()('users', { ttl: '1 hour' })
  // @ts-expect-error an hour is no number of bytes
  defineTable<string, User>()('users', { maxBytes: '1h' })
  // @ts-expect-error no such option
  defineTable<string, User>()('users', { timeToLive: '1h' })
  // @ts-expect-error sets only, until ordered sets are built
  defineTable<string, User>()('users', { type: 'bag' })
  // @ts-expect-error not an acknowledgement level
  defineTable<string, User>()('users', { ack: 'quorum' })
  defineTable<string, User>()('users', { majority: true })
  // @ts-expect-error a number of copies is of a later version
  defineTable<string, User>()('users', { copies: 2 })
  // @ts-expect-error a date is no key
  defineTable<Date, User>()('users')
  // @ts-expect-error an object is no key
  defineTable<{ id: string }, User>()('users')
  // @ts-expect-error a tuple of objects is no key
  defineTable<[string, Date], User>()('users')
}

export async function tables(client: Client): Promise<void> {
  const table = await client.table(users)
  same<typeof table, Table<string, User>>(true)
  same<Awaited<ReturnType<typeof client.table<Tenant, number>>>, Table<Tenant, number>>(true)
  await client.table<string, User>('users', { ttl: 1000 })
  // @ts-expect-error a wrong option
  await client.table<string, User>('users', { ttl: 'soon' })
  // @ts-expect-error options of a definition are part of it
  await client.table(users, { ttl: '1h' })
}

export async function reads(table: Table<string, User>, tenants: Table<Tenant, number>): Promise<void> {
  const user = await table.get('ada', { timeout: '250ms' })
  same<typeof user, ReturnType<typeof table.peek>>(true)
  // @ts-expect-error there may be none
  user.name
  if (user === undefined) return
  same<string, typeof user.name>(true)
  // @ts-expect-error values are shared: look, do not change
  user.name = 'Bob'
  // @ts-expect-error all the way down
  user.address.city = 'Paris'
  // @ts-expect-error lists, too
  user.tags.push('x')
  // @ts-expect-error keys of this table are strings
  await table.get(42)
  // @ts-expect-error the tenant's number is missing
  await tenants.get(['tenant'])
  // @ts-expect-error in the wrong order
  await tenants.get([1, 'tenant'])
  await tenants.get(['tenant', 1])
  // @ts-expect-error a timeout has a unit
  await table.get('ada', { timeout: '5sec' })
  // @ts-expect-error no such option
  await table.get('ada', { deadline: 5 })
  const entry = await table.entry('ada')
  same<'l1' | 'local' | 'remote', NonNullable<typeof entry>['hit']>(true)
  for await (const [key, value] of tenants.entries({ prefix: ['tenant'], limit: 5 })) {
    same<Tenant, typeof key>(true)
    same<number, typeof value>(true)
  }
}

export async function writes(table: Table<string, User>, counters: Table<string, number>): Promise<void> {
  const written = await table.set('ada', ada, { ttl: '1h', ifAbsent: true, ack: 'majority' })
  same<boolean, typeof written>(true)
  // @ts-expect-error a field is missing
  await table.set('ada', { name: 'Ada' })
  // @ts-expect-error not a user
  await table.set('ada', 42)
  // @ts-expect-error a lifetime has a unit
  await table.set('ada', ada, { ttl: '1hour' })
  // @ts-expect-error not an acknowledgement level
  await table.set('ada', ada, { ack: 'two' })
  // @ts-expect-error versions are opaque text
  await table.set('ada', ada, { ifVersion: 7 })
  // @ts-expect-error entries of other types
  await table.setMany([[1, ada]])
  await table.setMany([['ada', ada]])
  await table.update('ada', user => (user === undefined ? ada : { ...ada, name: `${user.name}!` }))
  // @ts-expect-error what comes back must be a user
  await table.update('ada', () => 'Ada')
  const sum = await counters.increment('n', 2, { ttl: 100 })
  same<number, typeof sum>(true)
  // @ts-expect-error by a number
  await counters.increment('n', '2')
  // @ts-expect-error deleting knows no lifetime
  await table.delete('ada', { ttl: '1h' })
}

export function changes(change: Change<string, User>): string {
  if (change.type === 'set') return change.value.name
  // @ts-expect-error a clear has no key
  if (change.type === 'clear') return change.key
  // @ts-expect-error nor has a deletion a value
  if (change.type === 'delete') return change.value
  return change.type === 'expire' ? change.key : change.type
}

export async function transactions(cluster: Coordination, table: Table<Tenant, number>): Promise<void> {
  const sum = await cluster.transaction(
    async tx => {
      const tenants = tx.table(table)
      const people = tx.table(users)
      const ada = await people.get('ada')
      // @ts-expect-error values are shared in a transaction, too
      if (ada !== undefined) ada.name = 'Bob'
      // @ts-expect-error a key of this table is a tenant and a number
      await tenants.get('ada')
      // @ts-expect-error not a user
      people.set('ada', 42)
      // @ts-expect-error nothing is acknowledged before the commit
      people.set('ada', await people.get('ada'), { ack: 'one' })
      for await (const [key, value] of tenants.entries({ prefix: ['a'] })) {
        same<Tenant, typeof key>(true)
        same<number, typeof value>(true)
      }
      return tx.transaction(async inner => inner.table(table).increment(['a', 1]))
    },
    { maxAttempts: 3, timeout: '1s' },
  )
  same<number, typeof sum>(true)
  // @ts-expect-error a transaction is a function of it
  await cluster.transaction([])
  // @ts-expect-error not a way to read
  await table.get(['a', 1], { consistency: 'eventual' })
  await table.get(['a', 1], { consistency: 'local' })
  await table.setMany([[['a', 1], 1]], { atomic: true })
  // @ts-expect-error one write is atomic anyway
  await table.set(['a', 1], 1, { atomic: true })
}

export async function locks(cluster: Coordination): Promise<void> {
  const lock = await cluster.locks.acquire('l', { ttl: '5s', wait: false, mode: 'shared' })
  same<Lock, typeof lock>(true)
  // @ts-expect-error a lock is exclusive or shared
  await cluster.locks.acquire('l', { mode: 'both' })
  // @ts-expect-error a semaphore has one mode
  await cluster.semaphore('s', 2).acquire({ mode: 'shared' })
  same<string, Awaited<ReturnType<typeof cluster.locks.request<string>>>>(true)
  for await (const leadership of cluster.elect('e')) {
    await leadership.resign()
    await cluster.transaction(async tx => tx.guard(leadership))
  }
}

export function errors(error: unknown): ErrorCode | undefined {
  // @ts-expect-error no such code
  MnemeshError.is(error, 'ERR_OOPS')
  if (!MnemeshError.is(error, 'ERR_TIMEOUT')) return undefined
  same<boolean, typeof error.retryable>(true)
  return error.code
}

export async function doors(): Promise<void> {
  await using node = await createNode({
    seeds: ['10.0.0.1:7946'],
    tables: [users, perTenant],
    bootstrapTimeout: '5s',
  })
  same<{ readonly grpc: number; readonly gossip: number }, typeof node.ports>(true)
  // @ts-expect-error no such option
  await createNode({ seed: '10.0.0.1:7946' })
  // @ts-expect-error not a profile
  await createNode({ profile: 'fast' })
  // @ts-expect-error no such unit
  await createNode({ bootstrapTimeout: '5 seconds' })
  createClient('127.0.0.1:7947')
  createClient(['127.0.0.1:7947'])
  createClient({ endpoints: ['127.0.0.1:7947'] })
  // @ts-expect-error at least somewhere to ask
  createClient()
  // @ts-expect-error as host:port
  createClient(7947)
}

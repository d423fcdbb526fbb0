import { afterEach, describe, expect, it } from 'vitest'
import { decodeValue, ValueWriter } from '../../src/core/codec.ts'
import { Row } from '../../src/core/entry.ts'
import { encodeKey, type Key } from '../../src/core/key.ts'
import type { Operation } from '../../src/core/operation.ts'
import { partitionOf, scanEnd } from '../../src/core/partition.ts'
import { RowBatch } from '../../src/core/rows.ts'
import type { Engine } from '../../src/node/engine.ts'
import type { Replica } from '../../src/replication/replica.ts'
import { SimCluster } from '../simulation/support/sim-cluster.ts'
import { World } from '../simulation/support/world.ts'
import { allActive, TestNodes } from '../support/nodes.ts'
import { rowOf } from '../support/rows.ts'

/** A replica of the node that holds the tables, however it is reached. */
interface Subject {
  readonly replica: Replica
  /** The node that holds. */
  readonly holder: Engine
  /** Lets whatever carries calls do its work until the promise has settled. */
  readonly settled: <T>(promise: Promise<T>) => Promise<T>
}

const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

async function simulated(from: 'holder' | 'other'): Promise<Subject> {
  const sim = new SimCluster(new World(1))
  await sim.boot(['holder', 'other'], {
    t: { copies: ['holder'] },
    b: { copies: ['holder'], codec: 'bytes' },
    both: {},
  })
  const engines = { holder: sim.nodes.get('holder')?.engine, other: sim.nodes.get('other')?.engine }
  const settled = async <T>(promise: Promise<T>): Promise<T> => {
    let over = false
    const end = () => {
      over = true
    }
    promise.then(end, end)
    await sim.world.until(() => over, 20_000, 'the call ends')
    return promise
  }
  return { replica: engines[from]!.replicas('holder'), holder: engines.holder!, settled }
}

async function overGrpc(): Promise<Subject> {
  const nodes = new TestNodes()
  closers.push(() => nodes.close())
  const [holder, other] = await nodes.startMany(2)
  await holder.table('t', { copies: ['n1'] })
  await holder.table('b', { copies: ['n1'], codec: 'bytes' })
  await holder.table('both', {})
  await allActive([holder], 't')
  return { replica: other.engine.replicas('n1'), holder: holder.engine, settled: promise => promise }
}

const values = new ValueWriter()
const call = (holder: Engine) => ({ deadline: holder === undefined ? 0 : Number.MAX_SAFE_INTEGER })

function set(key: Key, value: unknown, more: Partial<Operation> = {}): Operation {
  const length = values.write(value, 'msgpack')
  const bytes = Buffer.from(values.bytes.subarray(0, length))
  return {
    kind: 'set',
    key: encodeKey(key),
    value: bytes,
    by: 0,
    lifetime: 'default',
    condition: 'none',
    ack: 'local',
    ...more,
  }
}

describe.each([
  ['in this process', () => simulated('holder')],
  ['over a simulated wire', () => simulated('other')],
  ['over gRPC', overGrpc],
])('a replica %s', (_, make) => {
  async function open() {
    const subject = await make()
    const id = subject.holder.catalog.get('t')?.id ?? ''
    const ask = <T>(run: (replica: Replica) => Promise<T>) => subject.settled(run(subject.replica))
    const limit = call(subject.holder)
    const put = (key: Key, value: unknown) => ask(replica => replica.issue(id, set(key, value), 0, limit))
    return { ...subject, id, ask, limit, put }
  }

  it('reads rows in the order of the keys, tombstones included', async () => {
    const { ask, put, id, limit } = await open()
    await put('a', 1)
    await put('b', 2)
    await ask(replica => replica.issue(id, set('b', 0, { kind: 'delete' }), 0, limit))
    const rows = await ask(replica =>
      replica.read(
        id,
        ['b', 'none', 'a'].map(key => encodeKey(key)),
        limit,
      ),
    )
    expect(rows.map(row => row?.isDead)).toEqual([true, undefined, false])
    const row = rows[2]
    expect(
      row && decodeValue(row.valueBytes, row.valueStart, row.valueStart + row.valueLength, 'msgpack'),
    ).toBe(1)
  })

  it('makes operations in its own name and says what became of them', async () => {
    const { ask, put, id, limit, holder } = await open()
    const outcome = await put('k', 'v')
    expect([outcome.applied, outcome.row?.valueLength]).toEqual([true, 2])
    const gone = await ask(replica => replica.issue(id, set('k', 0, { kind: 'delete' }), 0, limit))
    const again = await ask(replica => replica.issue(id, set('k', 0, { kind: 'delete' }), 0, limit))
    expect([gone.applied, again.applied]).toEqual([true, false])
    const copy = holder.copies.get(id)?.copy
    expect([copy?.size, copy?.tombstones]).toEqual([0, 1])
  })

  it('makes sets that are one, all of them or none', async () => {
    const { ask, id, limit, holder } = await open()
    const sets = [set('a', 1), set('b', 2), set('a', 3)]
    await ask(replica => replica.issueAll(id, sets, 0, limit))
    const copy = holder.copies.get(id)?.copy
    expect([copy?.size, holder.outbox.head]).toEqual([2, 1])
    const [a, b] = await ask(replica =>
      replica.read(
        id,
        ['a', 'b'].map(key => encodeKey(key)),
        limit,
      ),
    )
    expect(a && decodeValue(a.valueBytes, a.valueStart, a.valueStart + a.valueLength, 'msgpack')).toBe(3)
    expect(a?.h).toBe(b?.h)
    const unknown = ask(replica => replica.issueAll('0'.repeat(32), sets, 0, limit))
    await expect(unknown).rejects.toMatchObject({ code: 'ERR_NOT_READY' })
  })

  it('decides conditions as the owner', async () => {
    const { ask, id, limit } = await open()
    const decide = (operation: Operation) => ask(replica => replica.decide(id, operation, 0, limit))
    expect((await decide(set('k', 1, { condition: 'absent' }))).applied).toBe(true)
    const refused = await decide(set('k', 2, { condition: 'absent' }))
    expect([refused.applied, refused.row?.valueLength]).toEqual([false, 1])
    const counted = await decide(set('n', 0, { kind: 'increment', by: 5 }))
    expect(
      counted.row &&
        decodeValue(
          counted.row.valueBytes,
          counted.row.valueStart,
          counted.row.valueStart + counted.row.valueLength,
          'msgpack',
        ),
    ).toBe(5)
    await expect(decide(set('k', 0, { kind: 'increment', by: 5, condition: 'none' }))).resolves.toMatchObject(
      { applied: true },
    )
    await ask(replica => replica.issue(id, set('text', 'abc'), 0, limit))
    await expect(decide(set('text', 0, { kind: 'increment', by: 1 }))).rejects.toMatchObject({
      code: 'ERR_BAD_TYPE',
    })
  })

  it('gives its rows in pages, all of them once, however large', async () => {
    const { ask, put, id, limit } = await open()
    for (let i = 0; i < 300; i++) await put(i, i % 50 === 0 ? 'x'.repeat(200_000) : i)
    const seen = new Map<number, number>()
    let cursor = 0
    let pages = 0
    while (cursor < scanEnd) {
      const request = { cursor, end: scanEnd, maxBytes: 20_000, prefix: Buffer.alloc(0) }
      const page = await ask(replica => replica.page(id, request, limit))
      page.rows.each(row => seen.set(row.hash, (seen.get(row.hash) ?? 0) + 1))
      cursor = page.next
      pages++
      expect(pages).toBeLessThan(2000)
    }
    expect(seen.size).toBe(300)
    expect(new Set(seen.values())).toEqual(new Set([1]))
  })

  it('gives rows of one prefix only, deleted ones not', async () => {
    const { ask, put, id, limit } = await open()
    for (const key of [['t', 1], ['t', 2], ['u', 1], 't'] as Key[]) await put(key, 1)
    await ask(replica => replica.issue(id, set(['t', 2], 0, { kind: 'delete' }), 0, limit))
    let count = 0
    let cursor = 0
    while (cursor < scanEnd) {
      const page = await ask(replica =>
        replica.page(id, { cursor, end: scanEnd, maxBytes: 1e5, prefix: encodeKey(['t']) }, limit),
      )
      count += page.rows.count
      cursor = page.next
    }
    expect(count).toBe(1)
  })

  it('shows its digests and versions, gives the rows asked for, and merges what it is given', async () => {
    const { ask, limit, holder } = await open()
    const id = holder.catalog.get('both')!.id
    await ask(replica => replica.issue(id, set('a', 1), 0, limit))
    const copy = holder.copies.get(id)!.copy
    const never = { h: 0, origin: 0 }
    const asked = [id, 'f'.repeat(32)].map(table => ({ table, clear: never }))
    const [root] = (await ask(replica => replica.roots(asked, holder.catalog.epoch, limit))).roots
    expect([root.table, [...root.words]]).toEqual([id, [...copy.digest.root()]])
    const groups = await ask(replica => replica.groups(id, limit))
    expect([...groups]).toEqual([...copy.digest.groups()])
    const key = encodeKey('a')
    const hash = copy.hashOf(key, 0, key.length)
    const bucket = hash >>> 20
    expect([...(await ask(replica => replica.buckets(id, bucket >>> 6, limit)))]).toEqual([
      ...copy.digest.buckets(bucket >>> 6),
    ])
    const versions = await ask(replica => replica.versions(root, [bucket], limit))
    expect(versions.map(version => version.hash)).toEqual([hash])
    const page = await ask(replica => replica.rows(root, [hash, 5], limit))
    expect([page.rows.count, page.next]).toEqual([1, scanEnd])
    const batch = new RowBatch(holder.origins)
    const incoming = rowOf('merged', {
      h: holder.hybrid.issue(),
      origin: holder.origins.indexOf('x#00000000005'),
      value: '\x05',
    })
    incoming.hash = copy.hashOf(incoming.keyBytes, 0, incoming.keyLength)
    batch.add(incoming)
    await ask(replica => replica.merge(root, batch, holder.catalog.epoch, limit))
    expect(copy.size).toBe(2)
    const before = { table: id, life: root.life + 1 }
    await expect(ask(replica => replica.rows(before, [hash], limit))).rejects.toMatchObject({
      code: 'ERR_NOT_READY',
    })
  })

  it('tells of every change in a partition, and when nothing told so far holds any longer', async () => {
    const { ask, put, id, limit, holder } = await open()
    const copy = holder.copies.get(id)!.copy
    const key = encodeKey('k')
    const partition = partitionOf(copy.hashOf(key, 0, key.length))
    const told: string[] = []
    const stop = await ask(replica =>
      replica.subscribe(id, partition, limit, {
        changed: (bytes, start, length) => told.push(bytes.toString('latin1', start + 1, start + length)),
        lost: () => told.push('lost'),
      }),
    )
    for (const other of ['k', 'x1', 'x2', 'x3', 'k']) await put(other, 1)
    await ask(replica => replica.read(id, [key], limit))
    expect(told.filter(name => name === 'k')).toHaveLength(2)
    await ask(replica => replica.clear(id, 'local', 0, limit))
    await ask(replica => replica.read(id, [key], limit))
    expect(told.at(-1)).toBe('lost')
    stop()
  })

  it('lets its changes be watched under a prefix', async () => {
    const { ask, put, id, limit, holder } = await open()
    const seen: string[] = []
    const stop = await ask(replica =>
      replica.watch(id, encodeKey('u'), limit, {
        changed: (kind, row) =>
          seen.push(
            `${kind} ${row.keyBytes.toString('latin1', row.keyStart + 1, row.keyStart + row.keyLength)}`,
          ),
        event: kind => seen.push(kind),
        ended: () => seen.push('ended'),
      }),
    )
    await put('u1', 1)
    await put('v', 1)
    await ask(replica => replica.issue(id, set('u1', 0, { kind: 'delete' }), 0, limit))
    await put('u3', 1)
    const { copy } = holder.copies.get(id)!
    const kill = rowOf('u3', { h: 0, kill: true, stamp: holder.hybrid.issue() })
    kill.hash = copy.hashOf(kill.keyBytes, 0, kill.keyLength)
    const found = new Row()
    copy.read(kill.hash, kill.keyBytes, 0, kill.keyLength, found)
    kill.h = found.h
    kill.origin = found.origin
    copy.merge(kill)
    await ask(replica => replica.clear(id, 'local', 0, limit))
    await ask(replica => replica.read(id, [], limit))
    expect(seen).toEqual(['set u1', 'delete u1', 'set u3', 'evict u3', 'clear'])
    stop()
    await ask(replica => replica.read(id, [], limit))
    await put('u2', 1)
    await ask(replica => replica.read(id, [], limit))
    expect(seen).toHaveLength(5)
  })

  it('says of a table that it does not hold', async () => {
    const { ask, limit } = await open()
    const none = 'e'.repeat(32)
    const calls: ((replica: Replica) => Promise<unknown>)[] = [
      replica => replica.read(none, [encodeKey('k')], limit),
      replica => replica.issue(none, set('k', 1), 0, limit),
      replica => replica.decide(none, set('k', 1), 0, limit),
      replica => replica.clear(none, 'local', 0, limit),
      replica =>
        replica.page(none, { cursor: 0, end: scanEnd, maxBytes: 100, prefix: Buffer.alloc(0) }, limit),
      replica => replica.groups(none, limit),
      replica => replica.subscribe(none, 0, limit, { changed() {}, lost() {} }),
      replica => replica.watch(none, Buffer.alloc(0), limit, { changed() {}, event() {}, ended() {} }),
    ]
    for (const run of calls) await expect(ask(run)).rejects.toMatchObject({ code: 'ERR_NOT_READY' })
  })

  it('reports its status', async () => {
    const { ask, limit } = await open()
    expect(await ask(replica => replica.status(limit))).toMatchObject({
      ready: true,
      tables: expect.any(Array),
    })
  })
})

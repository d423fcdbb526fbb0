import { describe, expect, it } from 'vitest'
import type { Command, Result, RowOperation } from '../../../src/coordination/state/commands.ts'
import { ValueWriter } from '../../../src/core/codec.ts'
import { encodeKey } from '../../../src/core/key.ts'
import { LocalReplica, type LocalReplicaParts } from '../../../src/replication/local-replica.ts'
import { World } from '../support/world.ts'
import { transaction } from './client-calls.ts'
import { within } from './recovery.ts'
import { majority } from './row-calls.ts'
import { StrongCluster } from './strong-cluster.ts'
import type { StrongNode } from './strong-node.ts'

const constants = {
  ...{ electionMs: 300, heartbeatMs: 50, maxEntries: 64, maxInFlight: 256 },
  ...{ maxLogEntries: 200, chunkBytes: 4096, settledAfterMs: 30_000 },
}
const values = new ValueWriter()

class Scene {
  readonly world = new World(1)
  readonly cluster = new StrongCluster(
    this.world,
    { nodes: 3, voters: 3, constants, clocks: [] },
    { model: false },
  )

  /** Three members, with a table `rows`. */
  static async begin(): Promise<Scene> {
    const scene = new Scene()
    await scene.cluster.boot()
    await scene.done(scene.leader, { kind: 'createTable', name: 'rows', definition: majority, generation: 0 })
    return scene
  }

  get leader(): StrongNode {
    return this.cluster.leader as StrongNode
  }

  get others(): StrongNode[] {
    return this.cluster.living.filter(node => node !== this.leader)
  }

  done(node: StrongNode, command: Command): Promise<Result> {
    return within(this.world, node.submit(command, 15_000), command.kind)
  }

  cut(from: StrongNode, to: StrongNode): void {
    this.cluster.network.cut(from.name, to.name)
  }

  isolate(node: StrongNode): void {
    for (const other of this.cluster.living)
      if (other !== node) {
        this.cut(node, other)
        this.cut(other, node)
      }
  }

  async untilAll(value: unknown): Promise<void> {
    const isThere = () => this.cluster.living.every(node => node.read('rows', 'k').value === value)
    await this.world.until(isThere, 10_000, `${value} on all members`)
  }
}

function write(kind: 'set' | 'increment', value: number, condition: RowOperation['condition'] = 'none') {
  const bytes = Buffer.from(values.bytes.subarray(0, values.write(value, 'msgpack')))
  const row = { table: 'rows', key: encodeKey('k'), value: bytes, by: value, lifetime: 'forever' } as const
  return { ...row, kind, condition }
}

const add = transaction([], [write('increment', 1)])

describe('an error reported for a committed write (Redis-Raft #23)', () => {
  it('says that it may have been done, by a leader that hears no answer any more', async () => {
    const scene = await Scene.begin()
    const { leader, others, world, cluster } = scene
    for (const other of others) scene.cut(other, leader)
    const told = leader.submit(add, 3000).catch(error => error)
    const isDone = () => others.every(node => node.read('rows', 'k').value === 1)
    await world.until(isDone, 2500, 'the others decide it')
    expect(leader.read('rows', 'k').value).toBeUndefined()
    scene.isolate(leader)
    expect(await within(world, told, 'an answer')).toMatchObject({
      ...{ code: 'ERR_UNKNOWN_OUTCOME', maybeApplied: true },
    })
    cluster.network.heal()
    await scene.untilAll(1)
  })

  it('is none where the deadline lets the process learn of it, and it is done once', async () => {
    const scene = await Scene.begin()
    const { leader, others, world, cluster } = scene
    for (const other of others) scene.cut(other, leader)
    const told = leader.submit(add, 15_000)
    await world.until(() => others.every(node => node.read('rows', 'k').value === 1), 2500, 'it is decided')
    cluster.network.heal()
    expect(await within(world, told, 'an answer')).toMatchObject({ status: 'done' })
    await scene.untilAll(1)
  })

  it('is none for who had asked a leader that died with the answer, and it is done once', async () => {
    const scene = await Scene.begin()
    const { leader, world, cluster } = scene
    const [asker, other] = scene.others
    // The asker learns nothing of its own entry: the other one has it, and leads next.
    scene.cut(leader, asker)
    const told = asker.submit(add, 15_000)
    const has = () => other.read('rows', 'k').value === 1
    await world.until(has, 2500, 'the other one has applied it')
    cluster.crash(leader.name)
    expect(await within(world, told, 'an answer')).toMatchObject({ status: 'done' })
    cluster.start(leader.name)
    await scene.untilAll(1)
    expect(asker.read('rows', 'k').value).toBe(1)
  })
})

describe('a lock holder that is paused past its lease and then writes (etcd, Hazelcast)', () => {
  it('is fenced: what the next holder has written stays', async () => {
    const scene = await Scene.begin()
    const { world } = scene
    const [holder, next] = scene.others
    const acquire = {
      kind: 'acquire',
      lock: 'l',
      mode: 'exclusive',
      permits: 1,
      wait: true,
      ttlMs: 600,
    } as const
    const granted = await scene.done(holder, acquire)
    if (granted.status !== 'granted') throw new Error(granted.status)
    const guarded = (token: typeof granted.token, value: number): Command => ({
      ...transaction([], [write('set', value)]),
      guards: [{ lock: 'l', token }],
    })
    expect((await scene.done(holder, guarded(granted.token, 1))).status).toBe('done')
    expect((await scene.done(next, acquire)).status).toBe('queued')
    holder.process.pause()
    const heldBy = () => next.state.locks.get('l')?.holders[0]
    await world.until(() => heldBy()?.session === next.state.sessionOf(next.id), 10_000, 'the lease ends')
    const token = heldBy()?.token
    if (token === undefined) throw new Error('nobody holds it')
    expect(token.index).toBeGreaterThan(granted.token.index)
    expect((await scene.done(next, guarded(token, 2))).status).toBe('done')
    holder.process.resume()
    // It writes without a look at what became of its lock.
    const late = await within(world, holder.submit(guarded(granted.token, 3), 15_000), 'the late write')
    expect(late.status).toBe('fenced')
    await scene.untilAll(2)
    expect((await scene.done(next, guarded(token, 4))).status).toBe('done')
    await scene.untilAll(4)
  })
})

describe('a watch across a change of leader (etcd #15220, #17529, #18089)', () => {
  it.each(['dies', 'makes way', 'is cut off'])('has no gap, double or disorder when it %s', async how => {
    const scene = await Scene.begin()
    const { leader, world, cluster } = scene
    const [watcher, writer] = scene.others
    const told: number[] = []
    const resyncs: string[] = []
    const { process, copies, origins } = watcher
    const parts = { node: watcher.name, copies, origins } as LocalReplicaParts
    new LocalReplica(process.env, parts).watchNow(
      watcher.state.table('rows')?.entry.id ?? '',
      Buffer.alloc(0),
      {
        changed: (_, { h }) => void told.push(h),
        event: kind => void resyncs.push(kind),
        ended: () => void resyncs.push('ended'),
      },
    )
    const done: number[] = []
    let open = 0
    for (let i = 0; i < 120; i++) {
      open++
      writer.submit(add, 15_000).then(({ index }) => {
        open--
        done.push(index)
      })
      if (i === 30 && how === 'dies') cluster.crash(leader.name)
      if (i === 30 && how === 'makes way') cluster.transfer(watcher.name)
      if (i === 30 && how === 'is cut off') scene.isolate(leader)
      await world.run(5)
    }
    await world.until(() => open === 0, 15_000, 'all are done')
    expect(scene.leader).not.toBe(leader)
    await world.until(() => told.length >= 120, 5000, 'all are told')
    await world.run(2000)
    expect(told).toEqual(done.sort((a, b) => a - b))
    expect(resyncs).toEqual([])
  })
})

describe('a write whose condition does not hold (Scylla #6299)', () => {
  it('is answered by the log: never from a state that is not decided, or not any more', async () => {
    const scene = await Scene.begin()
    const { leader, world, cluster } = scene
    const { index } = await scene.done(leader, transaction([], [write('set', 1)]))
    await scene.untilAll(1)
    scene.isolate(leader)
    const stale = leader.submit(transaction([], [write('set', 2, index)]), 600).catch(error => error)
    await world.until(
      () => scene.others.some(({ isLeader }) => isLeader) || scene.leader !== leader,
      5000,
      'another leads',
    )
    expect((await scene.done(scene.leader, transaction([], [write('set', 3)]))).status).toBe('done')
    expect(await within(world, stale, 'an answer')).toMatchObject({ maybeApplied: true })
    cluster.network.heal()
    const again = await scene.done(leader, transaction([], [write('set', 4, index)]))
    expect(again).toMatchObject({ status: 'done', outcomes: [{ applied: false }] })
    await scene.untilAll(3)
  })
})

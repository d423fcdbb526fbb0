import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ChaosCluster } from '../../src/cli/chaos/chaos-cluster.ts'
import type { ChaosNode } from '../../src/cli/chaos/chaos-node.ts'
import { checkCounters } from '../../src/cli/chaos/checkers/counters.ts'
import { callsOf } from '../../src/cli/chaos/checkers/history.ts'
import { type FaultKind, Faults } from '../../src/cli/chaos/faults.ts'
import { judge } from '../../src/cli/chaos/judge.ts'
import { type ChaosNetwork, chooseNetwork, Loopback } from '../../src/cli/chaos/network.ts'
import { SeededRandom } from '../../src/cli/chaos/random.ts'
import { Recorder } from '../../src/cli/chaos/recorder.ts'
import { Workload } from '../../src/cli/chaos/workload.ts'
import { createClient, type MeshClient } from '../../src/index.ts'
import { codeOf, eventually } from '../support/nodes.ts'
import { program } from '../support/program.ts'

const healthyMs = 30_000

interface Processes {
  /** Starts so many nodes as processes, on loopback if nothing else is said; resolves when they are one healthy cluster. */
  readonly start: (count: number, network?: ChaosNetwork) => Promise<ChaosCluster>
  readonly client: (cluster: ChaosCluster) => MeshClient
}

const it = test.extend<{ processes: Processes }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the fixtures that one depends on from the pattern
  processes: async ({}, use) => {
    const folder = mkdtempSync(join(tmpdir(), 'mnemesh-test-'))
    const clusters: ChaosCluster[] = []
    const clients: MeshClient[] = []
    await use({
      start: async (count, network = new Loopback('')) => {
        const cluster = new ChaosCluster({ count, network, folder, program })
        clusters.push(cluster)
        await cluster.start()
        return cluster
      },
      client: cluster => {
        const client = createClient(cluster.endpoints)
        clients.push(client)
        return client
      },
    })
    await Promise.all(clients.map(client => client.close()))
    await Promise.all(clusters.map(cluster => cluster.stop()))
    const logs = clusters.flatMap(({ nodes }) => nodes.map(({ name }) => `${folder}/${name}.log`))
    const errors = logs.flatMap(log => readFileSync(log, 'utf8').match(/^.*"level":"error".*$/gm) ?? [])
    rmSync(folder, { recursive: true })
    expect(errors).toEqual([])
    expect(clusters.flatMap(({ lost }) => lost)).toEqual([])
  },
})

async function leaderOf(cluster: ChaosCluster): Promise<ChaosNode> {
  return eventually(async () => {
    const leader = await cluster.leader()
    expect(leader).toBeDefined()
    return leader!
  }, healthyMs)
}

// Each through a client of its own, one after another, until it is told to end.
async function count(client: MeshClient, recorder: Recorder, signal: AbortSignal): Promise<void> {
  const table = client.existing<string, number>('counters')
  while (!signal.aborted)
    await recorder.record('counter', { kind: 'counter', counter: 'c', by: 1 }, async () => ({
      value: await table.increment('c'),
    }))
}

describe('the process of the leader', () => {
  it('is killed: writes go on, nothing acknowledged is lost, nothing is counted twice', async ({
    processes,
  }) => {
    const cluster = await processes.start(3)
    const clients = [1, 2, 3].map(() => processes.client(cluster))
    const table = await clients[0].table<string, number>('counters', { majority: true })
    const recorder = new Recorder()
    const ending = new AbortController()
    const counting = clients.map(client => count(client, recorder, ending.signal))
    for (let i = 0; i < 2; i++) {
      const leader = await leaderOf(cluster)
      const before = recorder.counts.ok
      await eventually(() => expect(recorder.counts.ok).toBeGreaterThan(before + 50))
      await leader.end('SIGKILL')
      const killed = recorder.counts.ok
      // More than can have been on its way: these are acknowledged by who is left.
      await eventually(() => expect(recorder.counts.ok).toBeGreaterThan(killed + 50), healthyMs)
      await cluster.restart(leader)
      await cluster.untilHealthy(healthyMs)
    }
    ending.abort()
    await Promise.all(counting)
    const last = (await table.get('c')) ?? 0
    expect(checkCounters(callsOf(recorder.events).counters, new Map([['c', last]])).violations).toEqual([])
    expect(recorder.defects).toEqual([])
    for (const { client } of cluster.nodes) expect(await client.existing('counters').get('c')).toBe(last)
  }, 60_000)

  it('is paused: others elect another; when it goes on it serves nothing old, and follows', async ({
    processes,
  }) => {
    const cluster = await processes.start(3)
    const table = await processes.client(cluster).table<string, string>('rows', { majority: true })
    await table.set('k', 'old')
    const leader = await leaderOf(cluster)
    const own = leader.client.existing<string, string>('rows')
    expect(await own.get('k')).toBe('old')
    leader.pause()
    const other = await eventually(async () => {
      const next = await cluster.leader()
      expect([undefined, leader]).not.toContain(next)
      return next!
    }, healthyMs)
    expect(await other.client.existing('rows').set('k', 'new')).toBe(true)
    // It waits at the door of the process that still believes to lead, and is the first thing that it sees.
    const stale = own.get('k', { timeout: '20s' }).catch(error => error.code)
    leader.resume()
    expect(['new', 'ERR_NO_QUORUM', 'ERR_UNAVAILABLE']).toContain(await stale)
    await cluster.untilHealthy(healthyMs)
    expect(await cluster.leader()).not.toBe(leader)
    expect(await own.get('k')).toBe('new')
  }, 60_000)
})

/** Counts, moves money, appends to lists and holds locks meanwhile; what was answered must hold, on every node. */
async function harm(
  cluster: ChaosCluster,
  clients: readonly MeshClient[],
  kinds: readonly FaultKind[],
): Promise<void> {
  const recorder = new Recorder()
  const workload = new Workload(clients, recorder, 1)
  await workload.prepare()
  workload.start()
  const faults = new Faults(cluster, workload, new SeededRandom(1))
  for (const kind of kinds) {
    const { node } = await faults.inflict(kind)
    // It did harm: others elected another one.
    expect((await cluster.leader())?.name).not.toBe(node)
  }
  await workload.end()
  const verdicts = await judge(cluster, recorder)
  expect(verdicts.filter(({ violations }) => violations.length > 0)).toEqual([])
  expect(recorder.defects).toEqual([])
  // After each of them somebody was told that a write is done.
  for (const { failoverMs } of faults.records) expect(failoverMs).toBeGreaterThan(0)
  expect(recorder.counts.ok).toBeGreaterThan(300)
}

describe('processes that count, move money, append to lists and hold locks', () => {
  it('hold what they answer while leaders of five are killed, paused for 5 s and cut off for 5 s', async ({
    processes,
    skip,
  }) => {
    const network = await chooseNetwork(5)
    const cluster = await processes.start(5, network)
    const clients = [1, 2, 3].map(() => processes.client(cluster))
    const canCut = network.cut !== undefined
    await harm(cluster, clients, ['kill leader', 'pause leader', ...(canCut ? ['cut leader' as const] : [])])
    if (!canCut) skip(`cuts are NOT RUN, the rest is: ${network.why}`)
  }, 120_000)
})

describe('two processes', () => {
  it('go on with their majority rows whichever of them is killed and started again', async ({
    processes,
  }) => {
    const cluster = await processes.start(2)
    const table = await processes.client(cluster).table<string, number>('rows', { majority: true })
    await table.set('first', 1)
    for (const [i, node] of cluster.nodes.entries()) {
      await node.end('SIGKILL')
      await cluster.restart(node)
      await cluster.untilHealthy(healthyMs)
      for (const { client } of cluster.nodes) expect(await client.existing('rows').get('first')).toBe(1)
      await table.set(`after ${i}`, i)
    }
    expect(await table.getMany(['first', 'after 0', 'after 1'])).toEqual([1, 0, 1])
  }, 60_000)
})

describe('a process that is left of three', () => {
  it('answers ERR_NO_QUORUM at once, and still reads what it has', async ({ processes }) => {
    const cluster = await processes.start(3)
    const [first, ...others] = cluster.nodes
    await processes.client(cluster).table('rows', { majority: true })
    const table = first.client.existing<string, number>('rows')
    await table.set('k', 1)
    await Promise.all(others.map(node => node.end('SIGKILL')))
    await eventually(async () => {
      const began = performance.now()
      expect(await codeOf(table.set('k', 2, { timeout: '1s' }))).toBe('ERR_NO_QUORUM')
      expect(performance.now() - began).toBeLessThan(500)
    }, healthyMs)
    const asked = [table.get('k'), first.client.transaction(async tx => tx.table('rows').set('k', 3))]
    expect(await Promise.all(asked.map(codeOf))).toEqual(['ERR_NO_QUORUM', 'ERR_NO_QUORUM'])
    expect(await codeOf(first.client.locks.acquire('l'))).toBe('ERR_NO_QUORUM')
    expect(await table.get('k', { consistency: 'local' })).toBe(1)
  }, 60_000)
})

import { join } from 'node:path'
import { GenericContainer } from 'testcontainers'
import { beforeAll, describe, expect, test } from 'vitest'
import { Faults } from '../../src/cli/chaos/faults.ts'
import { judge } from '../../src/cli/chaos/judge.ts'
import { SeededRandom } from '../../src/cli/chaos/random.ts'
import { Recorder } from '../../src/cli/chaos/recorder.ts'
import { Workload } from '../../src/cli/chaos/workload.ts'
import { createClient, type MeshClient } from '../../src/client/index.ts'
import { ContainerCluster } from '../support/container-cluster.ts'

const image = 'mnemesh:test'
const clientCount = 3

interface Containers {
  readonly start: (count: number) => Promise<{
    readonly cluster: ContainerCluster
    readonly clients: readonly MeshClient[]
  }>
}

const it = test.extend<{ containers: Containers }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the fixtures that one depends on from the pattern
  containers: async ({}, use) => {
    const clusters: ContainerCluster[] = []
    const clients: MeshClient[] = []
    await use({
      start: async count => {
        const name = `mnemesh-chaos-${process.pid}-${clusters.length}`
        const cluster = await ContainerCluster.start(image, name, count)
        clusters.push(cluster)
        for (let i = 0; i < clientCount; i++) clients.push(createClient(cluster.endpoints))
        return { cluster, clients }
      },
    })
    for (const client of clients) await client.close()
    for (const cluster of clusters) await cluster.stop()
  },
})

beforeAll(async () => {
  const root = join(import.meta.dirname, '../..')
  await GenericContainer.fromDockerfile(root, 'cluster/Dockerfile').build(image, { deleteOnExit: false })
})

describe('the leader of containers that count, move money, append to lists and hold locks', () => {
  it.for([3, 5])('is killed, paused for 5 s and cut off, and every answer of %i nodes holds', async (count, {
    containers,
  }) => {
    const { cluster, clients } = await containers.start(count)
    const recorder = new Recorder()
    const workload = new Workload(clients, recorder, count)
    await workload.prepare()
    workload.start()
    const faults = new Faults(cluster, workload, new SeededRandom(count))
    for (const kind of ['kill leader', 'pause leader', 'cut leader'] as const) {
      const { node } = await faults.inflict(kind)
      // It did harm: others elected another one.
      expect((await cluster.leader())?.name).not.toBe(node)
    }
    await workload.end()
    const verdicts = await judge(cluster, recorder)
    expect(
      verdicts.flatMap(({ checker, violations }) => violations.map(one => `${checker}: ${one}`)),
    ).toEqual([])
    expect(recorder.defects).toEqual([])
    for (const { failoverMs } of faults.records) expect(failoverMs).toBeGreaterThan(0)
    expect(recorder.counts.ok).toBeGreaterThan(300)
    expect((await Promise.all(cluster.nodes.map(node => node.errors()))).flat()).toEqual([])
  })
})

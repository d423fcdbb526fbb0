import { describe, it } from 'vitest'
import { World } from '../support/world.ts'
import { StrongCluster } from './strong-cluster.ts'

const steady = {
  ...{ nodes: 3, voters: 3, clocks: [] },
  constants: {
    ...{ electionMs: 120, heartbeatMs: 30, maxEntries: 64 },
    ...{ maxInFlight: 256, maxLogEntries: 200, chunkBytes: 4096, settledAfterMs: 30_000 },
  },
}

async function booted(seed: number): Promise<StrongCluster> {
  const cluster = new StrongCluster(new World(seed), steady)
  await cluster.boot()
  return cluster
}

/** All of the present lives vote. */
async function untilAllVote(cluster: StrongCluster): Promise<void> {
  const { world, names, nodes } = cluster
  const ids = () => names.map(name => nodes.get(name)?.id)
  const voters = () => cluster.leader?.group.consensus.state.configuration
  await world.until(
    () => voters()?.old === undefined && ids().every(id => voters()?.voters.includes(id ?? '') === true),
    10_000,
    'all vote',
  )
}

describe('a group that has a quorum', () => {
  // Seed 5013 of before: what a newcomer had said of itself counted after it had been taken in.
  it('is not formed anew by one who heard of a voter before it was taken in', async () => {
    const cluster = await booted(1)
    const { world, network } = cluster
    const leader = cluster.leader?.name ?? ''
    const [one, other] = cluster.names.filter(name => name !== leader)
    cluster.crash(other)
    cluster.start(other)
    await untilAllVote(cluster)
    // Now it votes; what it said when it had no group is not old yet.
    network.cut(one, other)
    network.cut(other, one)
    cluster.crash(leader)
    cluster.start(leader)
    // Giving up the group is a violation there, and thrown.
    await world.run(3000)
    network.heal()
    await untilAllVote(cluster)
  })
})

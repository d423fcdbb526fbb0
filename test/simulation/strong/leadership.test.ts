import { describe, expect, it } from 'vitest'
import { preferredLeader } from '../../../src/coordination/group/leadership.ts'
import { World } from '../support/world.ts'
import { StrongCluster, type StrongClusterOptions } from './strong-cluster.ts'
import type { StrongNode } from './strong-node.ts'

const constants = {
  ...{ electionMs: 1000, heartbeatMs: 150, maxEntries: 64, maxInFlight: 256 },
  ...{ maxLogEntries: 200, chunkBytes: 4096, settledAfterMs: 30_000 },
}

async function booted(
  seed: number,
  changed: Partial<typeof constants> = {},
  options: StrongClusterOptions = {},
): Promise<StrongCluster> {
  const clocks = Array.from({ length: 3 }, () => ({ offsetMs: 0, rate: 1 }))
  const plan = { nodes: 3, voters: 3, constants: { ...constants, ...changed }, clocks }
  const cluster = new StrongCluster(new World(seed), plan, options)
  await cluster.boot()
  return cluster
}

const leaderOf = (cluster: StrongCluster) => cluster.leader as StrongNode

function preferredOf(cluster: StrongCluster): StrongNode {
  const { group } = leaderOf(cluster)
  const preferred = preferredLeader(group.id, group.consensus.state.configuration?.voters ?? [])
  return cluster.living.find(({ id }) => id === preferred) as StrongNode
}

/** A cluster that is led by another one than the ring prefers. */
async function ledByAnother(changed: Partial<typeof constants>): Promise<StrongCluster> {
  for (let seed = 1; ; seed++) {
    const cluster = await booted(seed, changed)
    if (leaderOf(cluster) !== preferredOf(cluster)) return cluster
  }
}

async function write(cluster: StrongCluster, node: StrongNode): Promise<number> {
  const before = cluster.world.now
  let done = false
  const written = node.submit({ kind: 'tick' }, 5000).then(() => {
    done = true
  })
  await cluster.world.until(() => done, 6000, 'a write')
  await written
  return cluster.world.now - before
}

describe('a leader that leads in peace', () => {
  it('makes way for the voter that the ring prefers, and no write waits long for it (S16)', async () => {
    // What overtakes on this network is told again with the next heartbeat.
    const cluster = await ledByAnother({ settledAfterMs: 2000, heartbeatMs: 30 })
    const [before, preferred] = [leaderOf(cluster), preferredOf(cluster)]
    const term = before.group.consensus.state.term
    const waits: number[] = []
    while (leaderOf(cluster) !== preferred && cluster.world.now < 20_000)
      waits.push(await write(cluster, before))
    expect(leaderOf(cluster)).toBe(preferred)
    expect(preferred.group.consensus.state.term).toBe(term + 1)
    for (let i = 0; i < 20; i++) waits.push(await write(cluster, before))
    expect(Math.max(...waits)).toBeLessThan(100)
    await cluster.world.run(20_000)
    expect(preferred.group.consensus.state.term).toBe(term + 1)
  })

  // Seed 60045 of before: it asked when it had last heard another leader, and refused until the next one spoke.
  it('refuses nothing when it has made way, however long it led', async () => {
    const cluster = await ledByAnother({ settledAfterMs: 10_000, heartbeatMs: 30 })
    const [before, preferred] = [leaderOf(cluster), preferredOf(cluster)]
    await cluster.world.until(() => !before.group.consensus.takesProposals, 20_000, 'the hand-over')
    const told: unknown[] = []
    let [asked, ended, silentMs] = [0, 0, 0]
    const end = () => void ended++
    const failed = (error: unknown) => void told.push(error)
    while (leaderOf(cluster) !== preferred || before.group.leader !== preferred.id) {
      for (const call of [before.submit({ kind: 'tick' }, 5000), before.barrier(5000)]) {
        asked++
        call.catch(failed).then(end)
      }
      silentMs = Math.max(silentMs, before.strong.leaderSilentMs)
      await cluster.world.run(0.5)
    }
    await cluster.world.until(() => ended === asked, 6000, 'an end of every call')
    expect(asked).toBeGreaterThan(4)
    expect(told).toEqual([])
    // By this a holder of a lock knows whether its lease may be over.
    expect(silentMs).toBeLessThan(50)
  })

  it('refuses what is asked of it 3T after a quorum last answered', async () => {
    const cluster = await booted(1)
    const leader = leaderOf(cluster)
    await cluster.world.run(10_000)
    for (const { name } of cluster.living.filter(node => node !== leader)) {
      cluster.network.cut(leader.name, name)
      cluster.network.cut(name, leader.name)
    }
    await cluster.world.run(3 * constants.electionMs + 50)
    const refused: unknown[] = []
    const call = { deadline: Number.POSITIVE_INFINITY, mutates: true }
    leader.group.ask({ kind: 'tick' }, call, { done: () => {}, failed: error => refused.push(error) })
    expect(refused).toMatchObject([{ code: 'ERR_NO_QUORUM', maybeApplied: false }])
    expect(leader.isLeader).toBe(false)
  })

  it('does so after 30 s', async () => {
    const cluster = await ledByAnother({})
    const before = leaderOf(cluster)
    await cluster.world.run(29_000)
    expect(leaderOf(cluster)).toBe(before)
    await cluster.world.run(2000)
    expect(leaderOf(cluster)).toBe(preferredOf(cluster))
  })

  it('leads on while the preferred one does not answer', async () => {
    const cluster = await ledByAnother({ settledAfterMs: 2000 })
    const [before, preferred] = [leaderOf(cluster), preferredOf(cluster)]
    cluster.network.cut(before.name, preferred.name)
    cluster.network.cut(preferred.name, before.name)
    const { term } = before.group.consensus.state
    for (let i = 0; i < 50; i++) {
      expect(await write(cluster, before)).toBeLessThan(100)
      await cluster.world.run(200)
    }
    expect(leaderOf(cluster)).toBe(before)
    expect(before.group.consensus.state.term).toBe(term)
  })

  it('takes proposals again after T when the preferred one did not take over', async () => {
    const cluster = await ledByAnother({ settledAfterMs: 2000 })
    const [before, preferred] = [leaderOf(cluster), preferredOf(cluster)]
    let asked = 0
    preferred.group.consensus.election.timeoutNow = () => {
      asked++
    }
    await cluster.world.until(() => asked > 0, 10_000, 'the hand-over')
    expect(before.group.consensus.takesProposals).toBe(false)
    const took = await write(cluster, before)
    expect(took).toBeGreaterThan(500)
    expect(took).toBeLessThan(1500)
    expect(leaderOf(cluster)).toBe(before)
  })
})

describe('a leader that is said to be dead', () => {
  const unheard = (node: StrongNode) => {
    const step = node.group.step.bind(node.group)
    node.group.step = input => step(input.kind === 'suspect' ? { kind: 'tick' } : input)
  }

  async function failover(seed: number, options: StrongClusterOptions): Promise<number> {
    const cluster = await booted(seed, {}, options)
    const dead = leaderOf(cluster)
    await cluster.world.run(500)
    const from = cluster.world.now
    cluster.crash(dead.name)
    await cluster.world.until(() => cluster.leader !== undefined, 20_000, 'another leader')
    return cluster.world.now - from
  }

  it('is followed sooner by another one when that is true', async () => {
    const seeds = Array.from({ length: 20 }, (_, i) => i + 1)
    const mean = async (options: StrongClusterOptions) => {
      let sum = 0
      for (const seed of seeds) sum += await failover(seed, options)
      return sum / seeds.length
    }
    const [hinted, unhinted] = [await mean({}), await mean({ sabotage: unheard })]
    expect(hinted).toBeLessThan(1150)
    expect(unhinted).toBeGreaterThan(hinted + 100)
  })

  it('goes on in its term when it is not, whoever says so and however often', async () => {
    const cluster = await booted(1)
    const leader = leaderOf(cluster)
    const { term } = leader.group.consensus.state
    for (let i = 0; i < 200; i++) {
      for (const { group } of cluster.living) group.step({ kind: 'suspect', member: leader.id })
      await cluster.world.run(50)
    }
    expect(leaderOf(cluster)).toBe(leader)
    expect(leader.group.consensus.state.term).toBe(term)
  })

  it('goes on in its term when one member hears nothing of it and believes it', async () => {
    const cluster = await booted(2)
    const leader = leaderOf(cluster)
    const { term } = leader.group.consensus.state
    const deaf = cluster.living.find(node => node !== leader) as StrongNode
    cluster.network.cut(leader.name, deaf.name)
    let asked = 0
    const other = cluster.living.find(node => node !== leader && node !== deaf) as StrongNode
    const preVote = other.group.consensus.election.preVote.bind(other.group.consensus.election)
    other.group.consensus.election.preVote = (from, message, nowMs) => {
      asked++
      preVote(from, message, nowMs)
    }
    for (let i = 0; i < 100; i++) {
      deaf.group.step({ kind: 'suspect', member: leader.id })
      await cluster.world.run(50)
    }
    expect(asked).toBeGreaterThan(0)
    expect(leaderOf(cluster)).toBe(leader)
    expect(leader.group.consensus.state.term).toBe(term)
  })
})

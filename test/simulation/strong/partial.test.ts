import { describe, expect, it } from 'vitest'
import { World } from '../support/world.ts'
import { Bench } from './bench.ts'
import { StrongCluster } from './strong-cluster.ts'
import type { StrongNode } from './strong-node.ts'

const constants = {
  ...{ electionMs: 1000, heartbeatMs: 150, maxEntries: 64, maxInFlight: 256, maxLogEntries: 2000 },
  ...{ chunkBytes: 4096, settledAfterMs: 3_600_000 },
}

/** Three voters and a learner; the leader and one of the others do not hear each other. */
async function parted(role: 'voter' | 'learner', sabotage?: (node: StrongNode) => void) {
  const clocks = Array.from({ length: 4 }, () => ({ offsetMs: 0, rate: 1 }))
  const options = sabotage === undefined ? {} : { sabotage }
  const cluster = new StrongCluster(new World(3), { nodes: 4, voters: 3, constants, clocks }, options)
  await cluster.boot()
  const leader = cluster.leader as StrongNode
  const voters = () => leader.group.consensus.state.configuration?.voters ?? []
  const other = cluster.living.find(
    node => node !== leader && voters().includes(node.id) === (role === 'voter'),
  ) as StrongNode
  cluster.network.cut(leader.name, other.name)
  cluster.network.cut(other.name, leader.name)
  return { cluster, leader, other, voters }
}

/** Writes at the leader for so long, and gives the most entries that the other was behind, after the first seconds. */
async function writeFor(parts: Awaited<ReturnType<typeof parted>>, ms: number): Promise<number> {
  const { cluster, leader, other } = parts
  const [from, until] = [cluster.world.now, cluster.world.now + ms]
  let behind = 0
  while (cluster.world.now < until) {
    const written = leader.submit({ kind: 'tick' }, 5000)
    await cluster.world.run(250)
    await written
    if (cluster.world.now - from > 5000)
      behind = Math.max(behind, leader.strong.applied - other.strong.applied)
  }
  return behind
}

describe('a member that only the leader does not hear (D-16)', () => {
  it.each(['voter', 'learner'] as const)('stays a %s, and gets what is decided', async role => {
    const parts = await parted(role)
    const { leader, other, voters, cluster } = parts
    const { term } = leader.group.consensus.state
    // Longer than any silence for which the leader would replace or remove it.
    expect(await writeFor(parts, 620_000)).toBeLessThan(10)
    expect(voters().includes(other.id)).toBe(role === 'voter')
    expect(leader.group.consensus.state.configuration?.learners.includes(other.id)).toBe(role === 'learner')
    expect(leader.group.consensus.state.term).toBe(term)
    cluster.heal()
    await cluster.world.run(3000)
    expect(other.group.leader).toBe(leader.id)
    expect(other.strong.applied).toBe(leader.strong.applied)
  })

  it('would be replaced if nobody spoke for it', async () => {
    const parts = await parted('voter', ({ group }) => {
      const send = group.send.bind(group)
      group.send = (to, message) => message.type !== 'heard' && send(to, message)
    })
    await writeFor(parts, 40_000)
    expect(parts.voters()).toHaveLength(3)
    expect(parts.voters()).not.toContain(parts.other.id)
  })
})

describe('what a member gets from one that does not lead', () => {
  const three = ['a#1', 'b#1', 'c#1']
  const [a, b, c] = three

  /** c hears no leader; b has so many entries more, and knows those before the last one to be decided. */
  function behind(before: (bench: Bench) => void = () => {}): Bench {
    const bench = new Bench(three)
    before(bench)
    bench.elect(a, b)
    bench.among(a, b)
    for (let i = 0; i < 5; i++) {
      bench.propose(a, `decided ${i}`)
      bench.among(a, b)
    }
    bench.pass(200, a)
    bench.among(a, b)
    bench.propose(a, 'open')
    bench.deliver(({ to }) => to === b)
    bench.waiting = []
    bench.pass(2100, c)
    return bench
  }

  it('is decided, and says nothing of who leads or what is confirmed', () => {
    const bench = behind()
    expect(bench.at(b).state.log.lastIndex).toBeGreaterThan(bench.commitOf(b))
    const { lastContact, leader, votedFor } = bench.at(c).state
    const answered = bench.at(a).replication.progress.get(c)?.match
    for (let i = 0; i < 3; i++) {
      bench.pass(200, c)
      bench.deliver(({ message }) => message.type.startsWith('fetch'))
    }
    expect(bench.textsOf(c)).toEqual(Array.from({ length: 5 }, (_, i) => `decided ${i}`))
    expect(bench.at(c).state.log.lastIndex).toBe(bench.commitOf(b))
    expect(bench.at(c).state).toMatchObject({ lastContact, leader, votedFor })
    expect(bench.at(a).replication.progress.get(c)?.match).toBe(answered)
  })

  it('takes the place of what it had that was never decided', () => {
    const bench = behind(bench => {
      bench.elect(c, b)
      bench.among(...three)
      for (const text of ['lost 1', 'lost 2']) bench.propose(c, text)
      bench.waiting = []
      bench.stepDown(c)
    })
    expect(bench.at(c).state.log.lastIndex).toBeGreaterThan(bench.commitOf(c))
    bench.pass(200, c)
    bench.pass(200, c)
    bench.deliver(({ message }) => message.type.startsWith('fetch'))
    expect(bench.textsOf(c)).toEqual(bench.textsOf(b))
  })

  it('is nothing for who is no member', () => {
    const bench = behind()
    bench.waiting = []
    bench.step(b, { kind: 'message', from: 'd#1', message: { type: 'fetch', term: 1, index: 1 } })
    expect(bench.waiting).toEqual([])
  })
})

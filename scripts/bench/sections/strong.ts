import { BenchCluster, type NodeName } from '../cluster.ts'
import { type Concurrent, latency, type Row, row, type Scale } from '../measure.ts'
import { Mnesia } from '../peers/mnesia.ts'
import type { LocalReads, StrongWork } from '../strong-work.ts'
import { failover } from './failover.ts'

const table = 'm'

/** What is decided by the group: majority tables and transactions, on three nodes. */
export async function strong(scale: Scale): Promise<Row[]> {
  const cluster = await BenchCluster.start()
  await cluster.table(table, { majority: true })
  await cluster.table('t', { ack: 'local' })
  const { leader } = await cluster.roles()
  await cluster.strong(leader, { what: 'fill', table })
  await cluster.first({ do: 'fill', name: 't', count: 100_000, bytes: 100 })
  await cluster.all({ do: 'untilSize', name: 't', size: 100_000 })
  const mnesia = await Mnesia.start()
  const out = [
    ...(await writes(cluster, mnesia, scale)),
    ...(await transactions(cluster, mnesia, scale)),
    ...(await linearizableReads(cluster, scale)),
    ...(await localReads(cluster, scale)),
  ]
  mnesia?.stop()
  cluster.stop()
  return [...out, ...(await failover(scale))]
}

async function writes(cluster: BenchCluster, mnesia: Mnesia | undefined, scale: Scale): Promise<Row[]> {
  const cases = [
    ['leader', 64],
    ['follower', 64],
    ['leader', 1],
    ['follower', 1],
  ] as const
  const out: Row[] = []
  for (const [from, inFlight] of cases) {
    const [ours, theirs] = await inTurn(cluster, scale, {
      from,
      work: { what: 'set', table, inFlight, ms: scale.ms },
      theirs: async () => mnesia?.ask(`sync_transaction ${inFlight} ${scale.ms}`),
    })
    const peerName = `Mnesia sync_transaction, ${inFlight === 1 ? '1 process' : `${inFlight} processes`}`
    const what = `majority set from the ${from}'s node, ${inFlight} in flight`
    out.push(beside({ what, ours, theirs, peerName, ...(inFlight === 64 ? { bar: 3 } : {}) }))
  }
  return out
}

async function transactions(cluster: BenchCluster, mnesia: Mnesia | undefined, scale: Scale): Promise<Row[]> {
  const cases = [
    ['leader', false],
    ['follower', false],
    ['leader', true],
    ['follower', true],
  ] as const
  const out: Row[] = []
  for (const [from, hot] of cases) {
    const asked = hot ? 'read_modify_write_hot' : 'read_modify_write'
    const [ours, theirs] = await inTurn(cluster, scale, {
      from,
      work: { what: 'transact', table, hot, inFlight: 64, ms: scale.ms },
      theirs: async () => mnesia?.ask(`${asked} 64 ${scale.ms}`),
    })
    const which = hot ? 'one of them the same for all' : 'all different'
    const what = `transaction that reads and writes two keys, ${which}, from the ${from}'s node, 64 in flight`
    out.push(beside({ what, ours, theirs, peerName: 'Mnesia transaction, 64 processes', bar: hot ? 4 : 3 }))
  }
  return out
}

async function linearizableReads(cluster: BenchCluster, scale: Scale): Promise<Row[]> {
  const out: Row[] = []
  for (const inFlight of [1, 64, 512]) {
    const [ours] = await inTurn(cluster, scale, {
      from: 'follower',
      work: { what: 'get', table, consistency: 'linearizable', inFlight, ms: scale.ms },
    })
    const what = `linearizable get from a follower, ${inFlight} in flight`
    out.push(beside({ what, ours, theirs: [], peerName: '', ...(inFlight === 1 ? {} : { bar: 30_000 }) }))
  }
  return out
}

async function localReads(cluster: BenchCluster, { runs, ms }: Scale): Promise<Row[]> {
  const found: LocalReads[] = []
  for (let i = 0; i < runs; i++) {
    const { followers } = await cluster.roles()
    found.push(await cluster.strong(followers[0], { what: 'localReads', majority: table, plain: 't', ms }))
  }
  return (['get', 'peek'] as const).map(verb =>
    row({
      what:
        verb === 'get'
          ? "local get of a majority table, awaited one by one ('local')"
          : 'peek of a majority table',
      ours: found.map(reads => reads[verb].majority),
      peer: found.map(reads => reads[verb].plain),
      peerName: 'a default table in the same process',
      bar: 0.9,
    }),
  )
}

interface InTurn {
  readonly from: 'leader' | 'follower'
  readonly work: StrongWork
  readonly theirs?: () => Promise<Record<string, number> | undefined>
}

type Theirs = Record<string, number>

// Leadership may move in the meantime: each run asks who leads.
async function inTurn(
  cluster: BenchCluster,
  { runs }: Scale,
  { from, work, theirs }: InTurn,
): Promise<[Concurrent[], Theirs[]]> {
  const ours: Concurrent[] = []
  const peer: Theirs[] = []
  for (let i = 0; i < runs; i++) {
    const { leader, followers } = await cluster.roles()
    const node: NodeName = from === 'leader' ? leader : followers[0]
    ours.push(await cluster.strong(node, work))
    const answer = await theirs?.()
    if (answer !== undefined) peer.push(answer)
  }
  return [ours, peer]
}

interface Beside {
  readonly what: string
  readonly ours: readonly Concurrent[]
  readonly theirs: readonly Theirs[]
  readonly peerName: string
  readonly bar?: number
}

function beside({ what, ours, theirs, peerName, ...bar }: Beside): Row {
  const peerTimes = theirs.map(r => ({ perSecond: r.ops_s, p50Us: r.p50_us, p99Us: r.p99_us }))
  const note = theirs.length === 0 ? latency(ours) : `${latency(ours)}; theirs ${latency(peerTimes)}`
  const rates = { ours: ours.map(r => r.perSecond), peer: theirs.map(r => r.ops_s) }
  return row({ what, ...rates, peerName, note, ...bar })
}

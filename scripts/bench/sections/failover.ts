import { BenchCluster } from '../cluster.ts'
import { median, type Row, row, type Scale } from '../measure.ts'
import { type Paced, unixMs } from '../paced-writes.ts'

const table = 'm'
const everyMs = 5
const settleMs = 500

/** How long writes stand still when the leader's process is killed, and when it closes. */
export async function failover({ failovers }: Scale): Promise<Row[]> {
  const cluster = await BenchCluster.start()
  await cluster.table(table, { majority: true })
  const kills: number[] = []
  for (let i = 0; i < failovers; i++) kills.push(...(await afterKill(cluster)))
  const closes: Paced[] = []
  for (let i = 0; i < Math.max(3, failovers / 3); i++) closes.push(...(await duringClose(cluster)))
  cluster.stop()
  const failed = closes.reduce((sum, close) => sum + close.failed, 0)
  const worst = closes.map(({ worstMs }) => worstMs)
  const kill = 'kill -9 of the leader to the next acknowledged write'
  const close = 'close() of the leader: longest time that a write elsewhere took'
  return [
    row({
      what: `${kill}, on either other node, median of ${kills.length}`,
      unit: 'ms',
      ours: kills,
      lower: true,
    }),
    row({ what: `${kill}, the longest`, unit: 'ms', ours: [Math.max(...kills)], bar: 2500, lower: true }),
    row({ what: `${close}, median of ${worst.length}`, unit: 'ms', ours: worst, lower: true }),
    row({
      what: `${close}, the longest`,
      unit: 'ms',
      ours: [Math.max(...worst)],
      bar: 100,
      lower: true,
      note: `${failed} writes failed; median ${median(worst).toFixed(0)} ms`,
    }),
  ]
}

// On each of the two that are left: from the kill to the first acknowledgement of a write begun after it.
async function afterKill(cluster: BenchCluster): Promise<number[]> {
  const { leader, followers } = await cluster.roles()
  for (const node of followers) await cluster.strong(node, { what: 'beginPaced', table, everyMs })
  await settle()
  const at = unixMs()
  cluster.kill(leader)
  const firsts = await Promise.all(
    followers.map(node => cluster.strong<number>(node, { what: 'firstSince', at })),
  )
  for (const node of followers) await cluster.strong(node, { what: 'endPaced' })
  await cluster.restart(leader)
  await cluster.roles()
  await settle()
  return firsts.map(first => first - at)
}

async function duringClose(cluster: BenchCluster): Promise<Paced[]> {
  const { leader, followers } = await cluster.roles()
  for (const node of followers) await cluster.strong(node, { what: 'beginPaced', table, everyMs })
  await settle()
  await cluster.close(leader)
  await settle()
  const out: Paced[] = []
  for (const node of followers) out.push(await cluster.strong<Paced>(node, { what: 'endPaced' }))
  await cluster.restart(leader)
  await cluster.roles()
  await settle()
  return out
}

function settle(): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, settleMs))
}

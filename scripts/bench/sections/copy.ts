import { BenchCluster } from '../cluster.ts'
import { type Row, row, type Scale } from '../measure.ts'
import type { Stalls } from '../node-worker.ts'
import { Mnesia } from '../peers/mnesia.ts'

export async function copy({ runs, copied }: Scale): Promise<Row[]> {
  const mnesia = await Mnesia.start()
  const rates: number[] = []
  const stalls: Stalls[] = []
  const theirs: Record<string, number>[] = []
  for (let i = 0; i < Math.min(runs, 3); i++) {
    const cluster = await BenchCluster.start()
    await cluster.table('c', { copies: ['n1', 'n2'], ack: 'local' })
    const { seconds, ...stall } = await cluster.addCopy('c', copied)
    rates.push(copied / seconds)
    stalls.push(stall)
    cluster.stop()
    if (mnesia !== undefined) theirs.push(await mnesia.ask(`copy ${copied} 100`))
  }
  mnesia?.stop()
  const worst = stalls.map(({ worstMs }) => worstMs)
  const what = `add-copy of ${copied.toLocaleString('en')} entries of 100 B under write load`
  return [
    row({
      what,
      unit: 'records/s',
      ours: rates,
      peer: theirs.map(r => r.records_s),
      peerName: 'Mnesia add_table_copy',
    }),
    row({ what: 'longest time that a write took meanwhile', unit: 'ms', ours: worst, bar: 10, lower: true }),
    row({
      what: 'the same beside Mnesia',
      unit: 'ms',
      ours: worst,
      peer: theirs.map(r => r.stall_ms),
      peerName: 'Mnesia dirty_write',
      lower: true,
    }),
    row({
      what: 'the same from when the write was due, one a ms',
      unit: 'ms',
      ours: stalls.map(({ latestMs }) => latestMs),
      lower: true,
    }),
  ]
}

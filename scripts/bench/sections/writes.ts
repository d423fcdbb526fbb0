import { BenchCluster } from '../cluster.ts'
import { type Concurrent, latency, type Row, row, type Scale } from '../measure.ts'
import { Mnesia } from '../peers/mnesia.ts'

export async function writes({ runs, ms, writes }: Scale): Promise<Row[]> {
  const cluster = await BenchCluster.start()
  const mnesia = await Mnesia.start()
  await cluster.table('t')
  const applied: number[] = []
  const theirApplied: number[] = []
  for (let run = 0; run < runs; run++) {
    applied.push(await cluster.writeAll('t', run, writes))
    await cluster.clear('t')
    if (mnesia !== undefined) theirApplied.push((await mnesia.ask(`write_applied ${writes} ${run}`)).ops_s)
  }
  const out = [
    row({
      what: `set ack local, ${writes.toLocaleString('en')} keys until all three have applied the last`,
      ours: applied,
      peer: theirApplied,
      peerName: 'Mnesia dirty_write',
      bar: 1,
    }),
  ]
  for (const [ack, inFlight] of [
    ['local', 1],
    ['one', 64],
    ['one', 512],
    ['all', 64],
    ['all', 512],
  ] as const) {
    const ours: Concurrent[] = []
    const theirs: number[] = []
    for (let i = 0; i < Math.min(runs, 3); i++) {
      ours.push(await cluster.first<Concurrent>({ do: 'set', name: 't', ack, inFlight, ms }))
      if (mnesia !== undefined && ack === 'all') theirs.push((await mnesia.ask(`sync_dirty 64 ${ms}`)).ops_s)
    }
    const peerName = ack === 'all' ? 'Mnesia sync_dirty, 64 processes' : ''
    out.push(
      row({
        what: `set ack ${ack}, ${inFlight} in flight`,
        ours: ours.map(r => r.perSecond),
        peer: theirs,
        peerName,
        note: latency(ours),
      }),
    )
  }
  mnesia?.stop()
  cluster.stop()
  return out
}

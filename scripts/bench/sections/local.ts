import type { LocalCommand } from '../local-worker.ts'
import { type Row, row, type Scale } from '../measure.ts'
import { Mnesia } from '../peers/mnesia.ts'
import { Worker } from '../workers.ts'

const onLocal =
  (worker: Worker) =>
  <T>(command: LocalCommand) =>
    worker.ask<T>(command)

export async function local({ runs, ms }: Scale): Promise<Row[]> {
  const l1: { ours: number; bare: number }[] = []
  const reads: number[] = []
  const theirs: number[] = []
  const mnesia = await Mnesia.start()
  for (let i = 0; i < runs; i++) {
    const worker = await Worker.start('local-worker')
    l1.push(await onLocal(worker)({ do: 'l1', ms }))
    reads.push(await onLocal(worker)<number>({ do: 'get', ms }))
    worker.stop()
    if (mnesia !== undefined) theirs.push((await mnesia.ask(`dirty_read ${ms}`)).ops_s)
  }
  mnesia?.stop()
  return [
    row({
      what: 'peek, L1 hit, 10,000 decoded objects',
      ours: l1.map(r => r.ours),
      peer: l1.map(r => r.bare),
      peerName: 'bare lru-cache get',
      bar: 0.5,
    }),
    row({
      what: 'local get without L1, 100 B, 100,000 keys',
      ours: reads,
      peer: theirs,
      peerName: 'Mnesia dirty_read, 1 process',
      bar: 1,
    }),
  ]
}

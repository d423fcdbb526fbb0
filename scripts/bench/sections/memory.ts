import type { LocalCommand, Memory } from '../local-worker.ts'
import { type Row, row, type Scale } from '../measure.ts'
import { Mnesia } from '../peers/mnesia.ts'
import { Worker } from '../workers.ts'

const onLocal =
  (worker: Worker) =>
  <T>(command: LocalCommand) =>
    worker.ask<T>(command)

export async function memory({ runs, entries }: Scale): Promise<Row[]> {
  const ours: Memory[] = []
  const map: Memory[] = []
  const mnesia = await Mnesia.start()
  const theirs = mnesia === undefined ? [] : [(await mnesia.ask(`memory ${entries}`)).bytes]
  mnesia?.stop()
  for (let i = 0; i < Math.min(runs, 3); i++) {
    for (const [of, into] of [
      ['table', ours],
      ['map', map],
    ] as const) {
      const worker = await Worker.start('local-worker')
      into.push(await onLocal(worker)<Memory>({ do: 'memory', count: entries, of }))
      worker.stop()
    }
  }
  const count = entries.toLocaleString('en')
  return [
    row({
      what: `resident bytes per entry of 100 B, ${count} entries`,
      unit: 'B',
      ours: ours.map(m => m.bytesPerEntry),
      bar: 220,
      lower: true,
    }),
    row({
      what: 'the same beside Mnesia',
      unit: 'B',
      ours: ours.map(m => m.bytesPerEntry),
      peer: theirs,
      peerName: 'Mnesia (ets), same records',
      lower: true,
    }),
    row({
      what: `full garbage collection with ${count} entries`,
      unit: 'ms',
      ours: ours.map(m => m.gcMs),
      bar: 30,
      lower: true,
    }),
    row({
      what: 'the same beside a Map of Buffers',
      unit: 'ms',
      ours: ours.map(m => m.gcMs),
      peer: map.map(m => m.gcMs),
      peerName: 'Map of objects with Buffers',
      lower: true,
    }),
  ]
}

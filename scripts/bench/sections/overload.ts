import type { ClientCommand } from '../client-worker.ts'
import { BenchCluster } from '../cluster.ts'
import { type Concurrent, full, type Row, row, type Scale } from '../measure.ts'
import type { Offered } from '../offered.ts'
import { Worker } from '../workers.ts'

/** A short run is for CI, where who asks shares two cores with who answers. */
const timesOf = ({ runs }: Scale) => (runs < full.runs ? 5 : 10)
const quickest = 20

/**
 * The most gets of large values that three nodes answer, and what they answer of ten times as many. Large, so that the
 * work is in the answers and one process can ask for ten times too many.
 */
export async function overload(scale: Scale): Promise<Row[]> {
  const { runs, ms } = scale
  const times = timesOf(scale)
  const cluster = await BenchCluster.start()
  await cluster.table('t')
  const worker = await Worker.start('client-worker')
  const ask = <T = void>(command: ClientCommand) => worker.ask<T>(command)
  await ask({ do: 'connect', to: 'mnemesh', endpoints: cluster.endpoints })
  await ask({ do: 'fillLarge' })
  const peaks: number[] = []
  const offers: Offered[] = []
  const recoveries: number[] = []
  await ask({ do: 'getLarge', inFlight: 64, ms })
  for (let i = 0; i < runs; i++) {
    const peak = await ask<Concurrent>({ do: 'getLarge', inFlight: 64, ms: 2 * ms })
    const alone = await ask<Concurrent>({ do: 'getLarge', inFlight: 1, ms })
    peaks.push(peak.perSecond)
    offers.push(await ask<Offered>({ do: 'offer', perSecond: times * peak.perSecond, ms: 4 * ms }))
    const quickMs = Math.max(quickest, (2 * alone.p99Us) / 1000)
    recoveries.push(await ask<number>({ do: 'untilQuick', quickMs }))
  }
  worker.stop()
  cluster.stop()
  const offered = offers.map(({ perSecond }, i) => (perSecond / peaks[i]).toFixed(1))
  const others = offers.map(({ otherCodes }) => Object.keys(otherCodes).join()).filter(codes => codes !== '')
  return [
    row({
      what: `answered of ${times} times too many gets of 100 kB`,
      ours: offers.map(({ answeredPerSecond }) => answeredPerSecond),
      peer: peaks,
      peerName: 'the most that is answered, same run',
      bar: 0.8,
      note: `${offered.join(', ')} x offered`,
    }),
    row({
      what: 'share of the refused with ERR_OVERLOADED, not applied, and when to ask again',
      unit: '',
      ours: offers.map(({ refused, asPromised }) => (refused === 0 ? 0 : asPromised / refused)),
      bar: 1,
      note: others.join('; '),
    }),
    row({
      what: 'from the end of that load until ten calls in a row are as quick as before',
      unit: 'ms',
      ours: recoveries,
      lower: true,
      bar: 5000,
    }),
  ]
}

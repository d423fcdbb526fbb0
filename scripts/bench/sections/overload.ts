import type { ClientCommand, Load } from '../client-worker.ts'
import { BenchCluster } from '../cluster.ts'
import { type Concurrent, full, type Row, row, type Scale } from '../measure.ts'
import type { Offered } from '../offered.ts'
import { Worker } from '../workers.ts'

/** A short run is for CI, where who asks shares two cores with who answers. */
const timesOf = ({ runs }: Scale) => (runs < full.runs ? 5 : 10)
const quickest = 20
const scanned = 20_000

/** The most that is answered, what is answered of several times as many, and what that took of the processors. */
interface Run extends Offered {
  readonly peak: number
  readonly recoveryMs: number
  /** Answers for a second of the nodes' processors, at the peak and beyond it. */
  readonly perNodeSecond: { readonly peak: number; readonly offered: number }
  /** Who asked took so much of what who asked and the nodes took together. */
  readonly askingShare: number
}

/**
 * What is answered of ten times too many calls. First scans that find nothing, so that one process can ask for ten times
 * too many and leave the processors to the node; through our client and without its restraint. Then gets of large values:
 * to receive one costs as much as to send one, so that whoever asks for too many takes processors from who answers.
 */
export async function overload(scale: Scale): Promise<Row[]> {
  const bench = await Bench.start(scale)
  const scans = await bench.runs('scan')
  const raw = await bench.runs('scanRaw')
  const gets = await bench.runs('getLarge')
  bench.stop()
  const times = timesOf(scale)
  return [
    goodput(
      `answered of ${times} times too many scans of ${scanned.toLocaleString('en')} entries`,
      scans,
      0.8,
    ),
    goodput('the same, asked without the restraint of our client', raw, 0.8),
    goodput(`answered of ${times} times too many gets of 100 kB`, gets, undefined),
    row({
      what: "the same for a second of the nodes' processors",
      ours: gets.map(({ perNodeSecond }) => perNodeSecond.offered),
      peer: gets.map(({ perNodeSecond }) => perNodeSecond.peak),
      peerName: 'at the peak, same run',
      bar: 0.8,
    }),
    promised([...scans, ...raw, ...gets]),
    row({
      what: 'from the end of such loads until ten calls in a row are as quick as before',
      unit: 'ms',
      ours: [...scans, ...raw, ...gets].map(({ recoveryMs }) => recoveryMs),
      lower: true,
      bar: 5000,
    }),
  ]
}

class Bench {
  readonly #scale: Scale
  readonly #cluster: BenchCluster
  readonly #client: Worker

  private constructor(scale: Scale, cluster: BenchCluster, client: Worker) {
    this.#scale = scale
    this.#cluster = cluster
    this.#client = client
  }

  static async start(scale: Scale): Promise<Bench> {
    const cluster = await BenchCluster.start()
    await cluster.table('t')
    await cluster.first({ do: 'fill', name: 't', count: scanned, bytes: 100 })
    const bench = new Bench(scale, cluster, await Worker.start('client-worker'))
    await bench.#ask({ do: 'connect', to: 'mnemesh', endpoints: cluster.endpoints })
    await bench.#ask({ do: 'fillLarge' })
    return bench
  }

  async runs(load: Load): Promise<Run[]> {
    const { runs, ms } = this.#scale
    const out: Run[] = []
    await this.#ask({ do: load, inFlight: 64, ms })
    for (let i = 0; i < runs; i++) out.push(await this.#run(load))
    return out
  }

  stop(): void {
    this.#client.stop()
    this.#cluster.stop()
  }

  async #run(load: Load): Promise<Run> {
    const { ms } = this.#scale
    const alone = await this.#ask<Concurrent>({ do: load, inFlight: 1, ms: ms / 2 })
    const atFirst = await this.#cpu()
    const peak = await this.#ask<Concurrent>({ do: load, inFlight: 64, ms })
    const before = await this.#cpu()
    const perSecond = timesOf(this.#scale) * peak.perSecond
    const offered = await this.#ask<Offered>({ do: 'offer', load, perSecond, ms: 3 * ms })
    const after = await this.#cpu()
    const quickMs = Math.max(quickest, (2 * alone.p99Us) / 1000)
    const recoveryMs = await this.#ask<number>({ do: 'untilQuick', load, quickMs })
    const taken = { nodes: after.nodes - before.nodes, client: after.client - before.client }
    const perNodeSecond = {
      peak: (peak.perSecond * ms) / (before.nodes - atFirst.nodes),
      offered: (offered.answered / taken.nodes) * 1000,
    }
    const askingShare = taken.client / (taken.client + taken.nodes)
    return { ...offered, peak: peak.perSecond, recoveryMs, perNodeSecond, askingShare }
  }

  async #cpu(): Promise<{ readonly client: number; readonly nodes: number }> {
    const nodes = await this.#cluster.all<number>({ do: 'cpu' })
    return { client: await this.#ask<number>({ do: 'cpu' }), nodes: nodes.reduce((sum, ms) => sum + ms, 0) }
  }

  #ask<T = void>(command: ClientCommand): Promise<T> {
    return this.#client.ask<T>(command)
  }
}

function goodput(what: string, runs: readonly Run[], bar: number | undefined): Row {
  const offered = runs.map(({ perSecond, peak }) => (perSecond / peak).toFixed(1))
  const asking = runs.map(({ askingShare }) => `${Math.round(askingShare * 100)} %`)
  const worth = runs.map(({ perNodeSecond: { offered, peak } }) => (offered / peak).toFixed(2))
  return row({
    what,
    ours: runs.map(({ answeredPerSecond }) => answeredPerSecond),
    peer: runs.map(({ peak }) => peak),
    peerName: 'the most that is answered, same run',
    ...(bar === undefined ? {} : { bar }),
    note: `${offered.join(', ')} x offered; asking took ${asking.join(', ')} of the processors' time; for a second of the nodes' ${worth.join(', ')} x`,
  })
}

function promised(runs: readonly Run[]): Row {
  const others = runs.map(({ otherCodes }) => Object.keys(otherCodes).join()).filter(codes => codes !== '')
  return row({
    what: 'share of the refused with ERR_OVERLOADED, not applied, and when to ask again',
    unit: '',
    ours: runs.map(({ refused, asPromised }) => (refused === 0 ? 1 : asPromised / refused)),
    bar: 1,
    note: others.join('; '),
  })
}

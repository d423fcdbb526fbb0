import type { ClientCommand } from './client-worker.ts'
import type { LocalCommand, Memory } from './local-worker.ts'
import { type Concurrent, type Row, row } from './measure.ts'
import type { NodeCommand, NodePorts } from './node-worker.ts'
import { Mnesia } from './peers/mnesia.ts'
import { RedisServer } from './peers/redis.ts'
import { Worker } from './workers.ts'

/** How thorough a run is. */
export interface Scale {
  readonly runs: number
  readonly ms: number
  readonly writes: number
  readonly copied: number
  readonly entries: number
}

export const full: Scale = { runs: 5, ms: 2000, writes: 200_000, copied: 500_000, entries: 1_000_000 }
export const short: Scale = { runs: 3, ms: 700, writes: 100_000, copied: 100_000, entries: 300_000 }

type Section = (scale: Scale) => Promise<Row[]>

const onNode =
  (worker: Worker) =>
  <T = void>(command: NodeCommand) =>
    worker.ask<T>(command)
const onClient =
  (worker: Worker) =>
  <T = void>(command: ClientCommand) =>
    worker.ask<T>(command)
const onLocal =
  (worker: Worker) =>
  <T>(command: LocalCommand) =>
    worker.ask<T>(command)

/** Each figure beside its peer, both taken in turn in the same minutes. */
export const sections: Readonly<Record<string, Section>> = {
  async local({ runs, ms }) {
    const l1: { ours: number; bare: number }[] = []
    const reads: number[] = []
    const theirs: number[] = []
    const mnesia = await Mnesia.start()
    for (let i = 0; i < runs; i++) {
      const worker = await Worker.start('./local-worker.ts')
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
  },

  async memory({ runs, entries }) {
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
        const worker = await Worker.start('./local-worker.ts')
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
  },

  async writes({ runs, ms, writes }) {
    const cluster = await Cluster.start()
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
        if (mnesia !== undefined && ack === 'all')
          theirs.push((await mnesia.ask(`sync_dirty 64 ${ms}`)).ops_s)
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
  },

  async client({ runs, ms }) {
    const cluster = await Cluster.start()
    await cluster.table('t')
    const redis = await RedisServer.start()
    const ours = await Worker.start('./client-worker.ts')
    await onClient(ours)({ do: 'connect', to: 'mnemesh', endpoints: cluster.endpoints })
    await onClient(ours)({ do: 'fill' })
    const theirs = redis === undefined ? undefined : await Worker.start('./client-worker.ts')
    if (redis !== undefined && theirs !== undefined) {
      await onClient(theirs)({ do: 'connect', to: 'redis', endpoints: [`127.0.0.1:${redis.port}`] })
      await onClient(theirs)({ do: 'fill' })
    }
    const out: Row[] = []
    for (const verb of ['get', 'set'] as const) {
      for (const inFlight of [1, 64, 512]) {
        const mine: Concurrent[] = []
        const peer: Concurrent[] = []
        for (let i = 0; i < runs; i++) {
          mine.push(await onClient(ours)<Concurrent>({ do: verb, inFlight, ms }))
          if (theirs !== undefined) peer.push(await onClient(theirs)<Concurrent>({ do: verb, inFlight, ms }))
        }
        const bar = verb === 'get' && inFlight === 64 ? { bar: 0.7 } : {}
        const note = peer.length === 0 ? latency(mine) : `${latency(mine)}; theirs ${latency(peer)}`
        const what = `client ${verb}${verb === 'set' ? ' ack one' : ''}, ${inFlight} in flight`
        out.push(
          row({
            what,
            ours: mine.map(r => r.perSecond),
            peer: peer.map(r => r.perSecond),
            peerName: 'ioredis, auto-pipelining',
            note,
            ...bar,
          }),
        )
      }
    }
    ours.stop()
    theirs?.stop()
    redis?.stop()
    cluster.stop()
    return out
  },

  async copy({ runs, copied }) {
    const mnesia = await Mnesia.start()
    const rates: number[] = []
    const stalls: number[] = []
    const theirs: Record<string, number>[] = []
    for (let i = 0; i < Math.min(runs, 3); i++) {
      const cluster = await Cluster.start()
      await cluster.table('c', { copies: ['n1', 'n2'], ack: 'local' })
      const { seconds, stallMs } = await cluster.addCopy('c', copied)
      rates.push(copied / seconds)
      stalls.push(stallMs)
      cluster.stop()
      if (mnesia !== undefined) theirs.push(await mnesia.ask(`copy ${copied} 100`))
    }
    mnesia?.stop()
    const what = `add-copy of ${copied.toLocaleString('en')} entries of 100 B under write load`
    return [
      row({
        what,
        unit: 'records/s',
        ours: rates,
        peer: theirs.map(r => r.records_s),
        peerName: 'Mnesia add_table_copy',
      }),
      row({
        what: 'longest time that a write took meanwhile',
        unit: 'ms',
        ours: stalls,
        peer: theirs.map(r => r.stall_ms),
        peerName: 'Mnesia dirty_write',
        lower: true,
      }),
    ]
  },
}

function latency(runs: readonly Concurrent[]): string {
  const best = [...runs].sort((a, b) => a.p50Us - b.p50Us)[runs.length >> 1]
  return `p50 ${time(best.p50Us)}, p99 ${time(best.p99Us)}`
}

function time(us: number): string {
  return us < 1000 ? `${us.toFixed(us < 10 ? 1 : 0)} us` : `${(us / 1000).toFixed(1)} ms`
}

/** Three of our nodes as three processes. */
class Cluster {
  readonly #workers: readonly Worker[]
  readonly endpoints: readonly string[]

  private constructor(workers: readonly Worker[], ports: readonly NodePorts[]) {
    this.#workers = workers
    this.endpoints = ports.map(({ grpc }) => `127.0.0.1:${grpc}`)
  }

  static async start(): Promise<Cluster> {
    const workers = await Promise.all([1, 2, 3].map(() => Worker.start('./node-worker.ts')))
    const first = await onNode(workers[0])<NodePorts>({ do: 'start', name: 'n1', seeds: [] })
    const seeds = [`127.0.0.1:${first.gossip}`]
    const rest = await Promise.all(
      [2, 3].map(i => onNode(workers[i - 1])<NodePorts>({ do: 'start', name: `n${i}`, seeds })),
    )
    return new Cluster(workers, [first, ...rest])
  }

  first<T = void>(command: NodeCommand): Promise<T> {
    return onNode(this.#workers[0])<T>(command)
  }

  all<T = void>(command: NodeCommand): Promise<T[]> {
    return Promise.all(this.#workers.map(worker => onNode(worker)<T>(command)))
  }

  async table(name: string, options = {}): Promise<void> {
    await this.all({ do: 'table', name, options })
  }

  async clear(name: string): Promise<void> {
    await this.first({ do: 'clear', name })
  }

  /** Writes per second, from the first write until every node has applied the last. */
  async writeAll(name: string, run: number, count: number): Promise<number> {
    const [size] = await this.all<number>({ do: 'size', name })
    const others = this.#workers
      .slice(1)
      .map(worker => onNode(worker)<number>({ do: 'untilSize', name, size: size + count }))
    const began = await this.first<number>({ do: 'writeAll', name, run, count })
    const ends = await Promise.all([
      ...others,
      this.first<number>({ do: 'untilSize', name, size: size + count }),
    ])
    return (count / (Math.max(...ends) - began)) * 1000
  }

  /** The third node is given a copy while the first goes on writing. */
  async addCopy(name: string, count: number): Promise<{ seconds: number; stallMs: number }> {
    await this.first({ do: 'fill', name, count, bytes: 100 })
    await onNode(this.#workers[1])({ do: 'untilSize', name, size: count })
    await this.first({ do: 'pacedWriter', name })
    const ms = await onNode(this.#workers[1])<number>({ do: 'addCopy', name, node: 'n3', count })
    return { seconds: ms / 1000, stallMs: await this.first<number>({ do: 'stopWriter' }) }
  }

  stop(): void {
    for (const worker of this.#workers) worker.stop()
  }
}

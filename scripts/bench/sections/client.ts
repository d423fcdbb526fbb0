import type { ClientCommand } from '../client-worker.ts'
import { BenchCluster } from '../cluster.ts'
import { type Concurrent, latency, type Row, row, type Scale } from '../measure.ts'
import { RedisServer } from '../peers/redis.ts'
import { Worker } from '../workers.ts'

const onClient =
  (worker: Worker) =>
  <T = void>(command: ClientCommand) =>
    worker.ask<T>(command)

export async function client({ runs, ms }: Scale): Promise<Row[]> {
  const cluster = await BenchCluster.start()
  await cluster.table('t')
  const redis = await RedisServer.start()
  const ours = await Worker.start('client-worker')
  await onClient(ours)({ do: 'connect', to: 'mnemesh', endpoints: cluster.endpoints })
  await onClient(ours)({ do: 'fill' })
  const theirs = redis === undefined ? undefined : await Worker.start('client-worker')
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
}

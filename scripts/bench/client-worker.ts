import { Redis } from 'ioredis'
import { createClient, type Table } from '../../src/client/index.ts'
import { concurrent, indexes } from './measure.ts'
import { offer, untilQuick } from './offered.ts'
import { serve } from './serve.ts'

/** A client of the bench in a process of its own: ours, or ioredis with auto-pipelining. */
export type ClientCommand =
  | { readonly do: 'connect'; readonly to: 'mnemesh' | 'redis'; readonly endpoints: readonly string[] }
  | { readonly do: 'fill' }
  | { readonly do: 'fillLarge' }
  | { readonly do: 'get' | 'set' | 'getLarge'; readonly inFlight: number; readonly ms: number }
  /** Gets of large values, so many a second whatever becomes of them. */
  | { readonly do: 'offer'; readonly perSecond: number; readonly ms: number }
  | { readonly do: 'untilQuick'; readonly quickMs: number }

interface Store {
  get(key: string): Promise<unknown>
  set(key: string, value: string): Promise<unknown>
}

const keys = Array.from({ length: 100_000 }, (_, i) => `k${i}`)
const value = 'v'.repeat(97)
const largeKeys = 64
const largeValue = 'v'.repeat(100_000)
let store: Store

serve<ClientCommand>(async command => {
  if (command.do === 'connect') {
    store = command.to === 'redis' ? redis(command.endpoints[0]) : await ours(command.endpoints)
    return undefined
  }
  if (command.do === 'fill') {
    for (let i = 0; i < keys.length; i += 1000)
      await Promise.all(keys.slice(i, i + 1000).map(key => store.set(key, value)))
    return undefined
  }
  const next = indexes(keys.length)
  const getLarge = () => store.get(`large${next() % largeKeys}`)
  if (command.do === 'fillLarge') {
    for (let i = 0; i < largeKeys; i++) await store.set(`large${i}`, largeValue)
    return undefined
  }
  if (command.do === 'offer') return offer(getLarge, command.perSecond, command.ms)
  if (command.do === 'untilQuick') return untilQuick(getLarge, command.quickMs)
  if (command.do === 'getLarge') return concurrent(getLarge, command.inFlight, command.ms)
  const call = command.do === 'get' ? () => store.get(keys[next()]) : () => store.set(keys[next()], value)
  return concurrent(call, command.inFlight, command.ms)
})

function redis(endpoint: string): Store {
  const [host, port] = endpoint.split(':')
  const client = new Redis({ host, port: Number(port), enableAutoPipelining: true })
  return { get: key => client.get(key), set: (key, text) => client.set(key, text) }
}

async function ours(endpoints: readonly string[]): Promise<Store> {
  const table: Table<string, string> = await createClient(endpoints).table('t')
  return { get: key => table.get(key), set: (key, text) => table.set(key, text) }
}

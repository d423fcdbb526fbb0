import { Redis } from 'ioredis'
import { createClient, type Table } from '../../src/client/index.ts'
import { concurrent, cpuMs, indexes } from './measure.ts'
import { offer, untilQuick } from './offered.ts'
import { absent, rawScan } from './raw-scan.ts'
import { serve } from './serve.ts'

/** A client of the bench in a process of its own: ours, or ioredis with auto-pipelining. */
export type ClientCommand =
  | { readonly do: 'connect'; readonly to: 'mnemesh' | 'redis'; readonly endpoints: readonly string[] }
  | { readonly do: 'fill' }
  | { readonly do: 'fillLarge' }
  | { readonly do: 'get' | 'set' | Load; readonly inFlight: number; readonly ms: number }
  /** So many a second, whatever becomes of them. */
  | { readonly do: 'offer'; readonly load: Load; readonly perSecond: number; readonly ms: number }
  | { readonly do: 'untilQuick'; readonly load: Load; readonly quickMs: number }
  | { readonly do: 'cpu' }

/**
 * Gets of large values; scans that find nothing, so that the work is all the node's; and the same asked by who neither
 * holds back nor asks again.
 */
export type Load = 'getLarge' | 'scan' | 'scanRaw'

interface Store {
  get(key: string): Promise<unknown>
  set(key: string, value: string): Promise<unknown>
  readonly scans?: Readonly<Record<'scan' | 'scanRaw', () => Promise<unknown>>>
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
  if (command.do === 'cpu') return cpuMs()
  const next = indexes(keys.length)
  const getLarge = () => store.get(`large${next() % largeKeys}`)
  if (command.do === 'fillLarge') {
    for (let i = 0; i < largeKeys; i++) await store.set(`large${i}`, largeValue)
    return undefined
  }
  const loads = { getLarge, ...store.scans }
  if (command.do === 'offer') return offer(callOf(loads, command.load), command.perSecond, command.ms)
  if (command.do === 'untilQuick') return untilQuick(callOf(loads, command.load), command.quickMs)
  if (command.do !== 'get' && command.do !== 'set')
    return concurrent(callOf(loads, command.do), command.inFlight, command.ms)
  const call = command.do === 'get' ? () => store.get(keys[next()]) : () => store.set(keys[next()], value)
  return concurrent(call, command.inFlight, command.ms)
})

type Loads = Readonly<Partial<Record<Load, () => Promise<unknown>>>>

function callOf(loads: Loads, load: Load): () => Promise<unknown> {
  const call = loads[load]
  if (call === undefined) throw new Error(`the bench knows no ${load} there`)
  return call
}

function redis(endpoint: string): Store {
  const [host, port] = endpoint.split(':')
  const client = new Redis({ host, port: Number(port), enableAutoPipelining: true })
  return { get: key => client.get(key), set: (key, text) => client.set(key, text) }
}

async function ours(endpoints: readonly string[]): Promise<Store> {
  const client = createClient(endpoints)
  const table: Table<string, string> = await client.table('t')
  const scanRaw = await rawScan(endpoints[0], 't')
  const scan = () => table.keys({ prefix: absent }).next()
  return { get: key => table.get(key), set: (key, text) => table.set(key, text), scans: { scan, scanRaw } }
}

import { setTimeout as sleep } from 'node:timers/promises'
import type { ClusterNode, Consistency, Table, Tx } from '../../src/index.ts'
import { concurrent, indexes, loop } from './measure.ts'
import { PacedWrites } from './paced-writes.ts'

/** What a node of the bench does with majority tables. */
export type StrongWork =
  /** Fills the keys; resolves when they are written. */
  | { readonly what: 'fill'; readonly table: string }
  /** Resolves with the leader's name once it leads a group of so many voters that all keep up. */
  | { readonly what: 'leader'; readonly voters: number }
  | { readonly what: 'set'; readonly table: string; readonly inFlight: number; readonly ms: number }
  /** Reads two keys and writes both back; `hot`: one of them is the same for all. */
  | {
      readonly what: 'transact'
      readonly table: string
      readonly hot: boolean
      readonly inFlight: number
      readonly ms: number
    }
  | {
      readonly what: 'get'
      readonly table: string
      readonly consistency: Consistency
      readonly inFlight: number
      readonly ms: number
    }
  /** Reads of this process's copies, of a majority table and of a default one in turn. */
  | { readonly what: 'localReads'; readonly majority: string; readonly plain: string; readonly ms: number }
  | { readonly what: 'beginPaced'; readonly table: string; readonly everyMs: number }
  /** Of the paced writes begun since that time (Unix ms): when the first one was acknowledged. */
  | { readonly what: 'firstSince'; readonly at: number }
  /** Of all paced writes: the longest time that one took, and how many failed. */
  | { readonly what: 'endPaced' }

export interface LocalReads {
  readonly get: { readonly majority: number; readonly plain: number }
  readonly peek: { readonly majority: number; readonly plain: number }
}

const keys = Array.from({ length: 100_000 }, (_, i) => `k${i}`)
const value = 'v'.repeat(97)
let paced: PacedWrites | undefined
let sink = 0

/** Runs the work on this process's node. */
export async function runStrong(node: ClusterNode, work: StrongWork): Promise<unknown> {
  if (work.what === 'leader') return untilLeader(node, work.voters)
  if (work.what === 'firstSince') return begun(paced).firstSince(work.at)
  if (work.what === 'endPaced') return begun(paced).end()
  if (work.what === 'localReads') {
    const plain = await node.table<string, string>(work.plain)
    return localReads({ majority: await node.table<string, string>(work.majority), plain }, work.ms)
  }
  const table = await node.table<string, string>(work.table)
  const next = indexes(keys.length)
  switch (work.what) {
    case 'fill':
      for (let i = 0; i < keys.length; i += 1000)
        await Promise.all(keys.slice(i, i + 1000).map(key => table.set(key, value)))
      return undefined
    case 'set':
      return concurrent(() => table.set(keys[next()], value), work.inFlight, work.ms)
    case 'get': {
      const { consistency } = work
      return concurrent(() => table.get(keys[next()], { consistency }), work.inFlight, work.ms)
    }
    case 'transact': {
      const first = work.hot ? () => 'hot' : () => keys[next()]
      const call = () => node.transaction(tx => readModifyWrite(tx, table, [first(), keys[next()]]))
      return concurrent(call, work.inFlight, work.ms)
    }
    case 'beginPaced':
      paced = new PacedWrites(key => table.set(key, value), work.everyMs)
      return undefined
  }
}

async function readModifyWrite(tx: Tx, table: Table<string, string>, pair: [string, string]): Promise<void> {
  const on = tx.table(table)
  const found = await on.getMany(pair)
  for (const [i, key] of pair.entries()) on.set(key, found[i] ?? value)
}

function begun(writes: PacedWrites | undefined): PacedWrites {
  if (writes === undefined) throw new Error('the bench began no paced writes')
  return writes
}

async function untilLeader(node: ClusterNode, voters: number): Promise<string> {
  const { strong } = node.engine
  for (const until = performance.now() + 60_000; performance.now() < until; await sleep(10)) {
    const { status } = strong
    const isWhole = status.voters.length === voters && status.learners.length === 0
    if (isWhole && status.hasQuorum && strong.isMember && status.leader !== undefined) return status.leader
  }
  throw new Error(`no group of ${voters} voters: ${JSON.stringify(strong.status)}`)
}

// In turn and in parts, so that what else the machine does befalls both.
async function localReads(
  { majority, plain }: { majority: Table<string, string>; plain: Table<string, string> },
  ms: number,
): Promise<LocalReads> {
  const order = Array.from({ length: 1 << 16 }, indexes(keys.length))
  const peek = (table: Table<string, string>) => (i: number) => {
    sink += (table.peek(keys[order[i & 0xffff]]) as string).length
  }
  const get = async (table: Table<string, string>, consistency?: Consistency) => {
    const options = consistency === undefined ? undefined : { consistency }
    const began = performance.now()
    let count = 0
    for (; performance.now() - began < ms / 4; count += 1000)
      for (let i = 0; i < 1000; i++)
        sink += ((await table.get(keys[order[(count + i) & 0xffff]], options)) as string).length
    return (count / (performance.now() - began)) * 1000
  }
  const sum = { get: { majority: 0, plain: 0 }, peek: { majority: 0, plain: 0 } }
  for (let round = -1; round < 4; round++) {
    const peeks = { majority: loop(peek(majority), ms / 4), plain: loop(peek(plain), ms / 4) }
    const gets = { majority: await get(majority, 'local'), plain: await get(plain) }
    // The first round warms up.
    for (const which of round < 0 ? [] : (['majority', 'plain'] as const)) {
      sum.peek[which] += peeks[which] / 4
      sum.get[which] += gets[which] / 4
    }
  }
  return sum
}

process.on('exit', () => {
  if (sink === -1) process.stdout.write('never')
})

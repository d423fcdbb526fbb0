import { setTimeout as sleep } from 'node:timers/promises'
import { type ClusterNode, createNode, MnemeshError, type Table, type TableOptions } from '../../src/index.ts'
import { type Concurrent, concurrent, cpuMs, indexes } from './measure.ts'
import { serve } from './serve.ts'
import { runStrong, type StrongWork } from './strong-work.ts'

/** A node of the bench in a process of its own. */
export type NodeCommand =
  | { readonly do: 'start'; readonly name: string; readonly seeds: readonly string[] }
  | { readonly do: 'table'; readonly name: string; readonly options: TableOptions }
  | { readonly do: 'fill'; readonly name: string; readonly count: number; readonly bytes: number }
  | { readonly do: 'writeAll'; readonly name: string; readonly run: number; readonly count: number }
  | { readonly do: 'untilSize'; readonly name: string; readonly size: number }
  | { readonly do: 'size' | 'clear'; readonly name: string }
  | {
      readonly do: 'set'
      readonly name: string
      readonly ack: 'local' | 'one' | 'all'
      readonly inFlight: number
      readonly ms: number
    }
  | { readonly do: 'addCopy'; readonly name: string; readonly node: string; readonly count: number }
  | { readonly do: 'pacedWriter'; readonly name: string }
  | { readonly do: 'stopWriter' }
  | { readonly do: 'strong'; readonly work: StrongWork }
  | { readonly do: 'cpu' }
  | { readonly do: 'stop' }

/** How long a paced writer was kept waiting, at most. */
export interface Stalls {
  /** From the beginning of a write to its end. */
  readonly worstMs: number
  /** From when a write was due to its end. */
  readonly latestMs: number
}

export interface NodePorts {
  readonly grpc: number
  readonly gossip: number
}

let node: ClusterNode
const tables = new Map<string, Table<string, string>>()
const keys = Array.from({ length: 100_000 }, (_, i) => `k${i}`)
const value = 'v'.repeat(97)
let writer: (Stalls & { stopped: boolean; ended: Promise<void> }) | undefined

serve<NodeCommand>(async command => {
  if (command.do === 'start') {
    const { name, seeds } = command
    node = await createNode({
      name,
      seeds,
      listen: '127.0.0.1:0',
      gossip: '127.0.0.1:0',
      secret: 'the secret of the bench',
    })
    return node.ports
  }
  if (command.do === 'stop') return node.close()
  if (command.do === 'cpu') return cpuMs()
  if (command.do === 'stopWriter') return endWriter()
  if (command.do === 'strong') return runStrong(node, command.work)
  if (command.do === 'table') {
    tables.set(command.name, await node.table(command.name, command.options))
    return undefined
  }
  return onTable(command, table(command.name))
})

function table(name: string): Table<string, string> {
  const found = tables.get(name)
  if (found === undefined) throw new Error(`the bench did not open table ${name}`)
  return found
}

type TableCommand = Exclude<NodeCommand, { do: 'start' | 'stop' | 'cpu' | 'stopWriter' | 'table' | 'strong' }>

async function onTable(command: TableCommand, on: Table<string, string>): Promise<unknown> {
  switch (command.do) {
    case 'fill': {
      const text = 'v'.repeat(command.bytes - 3)
      for (let i = 0; i < command.count; i++) await untilTaken(() => on.set(`k${i}`, text, { ack: 'local' }))
      return undefined
    }
    case 'writeAll': {
      const began = performance.timeOrigin + performance.now()
      for (let i = 0; i < command.count; i++)
        await untilTaken(() => on.set(`w${command.run}:${i}`, value, { ack: 'local' }))
      return began
    }
    case 'untilSize':
      while (held(command.name) < command.size) await sleep(1)
      return performance.timeOrigin + performance.now()
    case 'size':
      return held(command.name)
    case 'clear':
      return on.clear({ ack: 'all' })
    case 'set':
      return sets(on, command.ack, command.inFlight, command.ms)
    case 'addCopy':
      return addCopy(command)
    case 'pacedWriter':
      writer = pacedWriter(on)
      return undefined
  }
  return undefined
}

// Where the others cannot take them as fast as they are made a node says when to go on. The wait is a part of the time.
async function untilTaken(write: () => Promise<unknown>): Promise<void> {
  for (;;)
    try {
      await write()
      return
    } catch (error) {
      if (!MnemeshError.is(error, 'ERR_OVERLOADED')) throw error
      await sleep(Number(error.details?.retryAfterMs))
    }
}

function held(name: string): number {
  const id = node.engine.catalog.get(name)?.id ?? ''
  return node.engine.copies.get(id)?.copy.size ?? 0
}

function sets(
  on: Table<string, string>,
  ack: 'local' | 'one' | 'all',
  inFlight: number,
  ms: number,
): Promise<Concurrent> {
  const next = indexes(keys.length)
  const write = () => on.set(keys[next()], value, { ack })
  return concurrent(() => untilTaken(write), inFlight, ms)
}

// Until the node that was given a copy says that it is loaded.
async function addCopy({ name, node: target }: { name: string; node: string }): Promise<number> {
  const began = performance.now()
  await node.admin.addCopy(name, target)
  for (;;) {
    const id = node.engine.catalog.get(name)?.id ?? ''
    if (node.engine.holders.of(id)?.active.has(target)) return performance.now() - began
    await sleep(1)
  }
}

// One write a ms. Late is also what had to wait until it could begin.
function pacedWriter(on: Table<string, string>): NonNullable<typeof writer> {
  const state = { stopped: false, worstMs: 0, latestMs: 0, ended: Promise.resolve() }
  state.ended = (async () => {
    for (let i = 0, due = performance.now(); !state.stopped; i++) {
      const began = performance.now()
      await on.set(`paced${i % 1000}`, 'x', { ack: 'local' })
      const ended = performance.now()
      state.worstMs = Math.max(state.worstMs, ended - began)
      state.latestMs = Math.max(state.latestMs, ended - due)
      due = ended + 1
      await sleep(1)
    }
  })()
  return state
}

async function endWriter(): Promise<Stalls> {
  if (writer === undefined) return { worstMs: 0, latestMs: 0 }
  writer.stopped = true
  await writer.ended
  const { worstMs, latestMs } = writer
  return { worstMs, latestMs }
}

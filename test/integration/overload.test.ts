import { status } from '@grpc/grpc-js'
import { describe, expect } from 'vitest'
import { retryAfterOf } from '../../src/core/overload.ts'
import { MnemeshError, type Table } from '../../src/index.ts'
import { asking, refusal } from '../support/grpc-client.ts'
import { it, json, key } from '../support/grpc-node.ts'
import { eventually } from '../support/nodes.ts'

const inFlight = 2000
const most = 50_000
const rows = 20_000

/**
 * Clients that set keys of their own, beside scans that take the node a thousand times longer than asking for them takes;
 * tells what became of each set.
 */
class Flood {
  readonly applied: string[] = []
  readonly refused: { readonly key: string; readonly error: MnemeshError }[] = []
  readonly others: unknown[] = []
  #going = true
  readonly #ended: Promise<unknown>

  constructor(tables: readonly Table<string, number>[]) {
    this.#ended = Promise.all(tables.map((table, i) => this.#round(table, `c${i}`)))
  }

  end(): Promise<unknown> {
    this.#going = false
    return this.#ended
  }

  async #round(table: Table<string, number>, name: string): Promise<void> {
    for (let round = 0; this.#going && this.refused.length < most; round++) {
      const keys = Array.from({ length: inFlight }, (_, i) => `${name}:${round}:${i}`)
      const scans = keys.map(() => this.#scan(table))
      await Promise.all([...scans, ...keys.map(each => this.#set(table, each))])
      // What stayed in this process took no time at all.
      await new Promise(resolve => setTimeout(resolve, 50))
    }
  }

  async #scan(table: Table<string, number>): Promise<void> {
    try {
      await table.keys({ prefix: 'none', timeout: 60_000 }).next()
    } catch (error) {
      if (!MnemeshError.is(error, 'ERR_OVERLOADED')) this.others.push(error)
    }
  }

  async #set(table: Table<string, number>, name: string): Promise<void> {
    try {
      await table.set(name, 1, { timeout: 60_000 })
      this.applied.push(name)
    } catch (error) {
      if (MnemeshError.is(error, 'ERR_OVERLOADED')) this.refused.push({ key: name, error })
      else this.others.push(error)
    }
  }
}

describe('a node with many times more calls than it can handle', () => {
  it('refuses some, not applied and with a hint, over sessions and gRPC, and takes all again afterwards', {
    timeout: 120_000,
  }, async ({ node, cluster, client }) => {
    const own = await node.table<string, number>('t')
    const clients = Array.from({ length: 4 }, () => cluster.client(node))
    const tables = await Promise.all(clients.map(each => each.table<string, number>('t')))
    for (let i = 0; i < rows; i += 1000)
      await own.setMany(Array.from({ length: 1000 }, (_, j) => [`row${i + j}`, 0] as const))
    const flood = new Flood(tables)
    const ask = asking(client.cache)
    await eventually(() => expect(flood.refused.length).toBeGreaterThan(200), 60_000)
    let over: Awaited<ReturnType<typeof refusal>> | undefined
    while (over?.status !== status.RESOURCE_EXHAUSTED)
      over = await refusal(ask('Set', { table: 't', key: key('g'), value: json(1) }))
    await flood.end()
    expect(over).toMatchObject({ code: 'ERR_OVERLOADED', maybeApplied: undefined })
    expect(Number(over.retryAfterMs)).toBeGreaterThanOrEqual(50)
    expect(flood.others).toEqual([])
    expect(flood.applied.length).toBeGreaterThan(0)
    for (const { key: refused, error } of flood.refused) {
      expect([error.retryable, error.maybeApplied, own.peek(refused)]).toEqual([true, false, undefined])
      expect(retryAfterOf(error)).toBeGreaterThanOrEqual(50)
    }
    expect(flood.applied.every(each => own.peek(each) === 1)).toBe(true)
    await eventually(async () => {
      for (const table of tables) expect(await table.set('after', 2)).toBe(true)
    })
  })
})

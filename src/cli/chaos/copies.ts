import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { MnemeshError } from '../../client/index.ts'
import type { Contents } from './checkers/rows.ts'
import type { HarmedNode } from './harmed.ts'

const pollMs = 100
const timeoutMs = 10_000

/** Every row of these tables, as the node's own copies have it. */
export async function contentsOf({ client }: HarmedNode, tables: readonly string[]): Promise<Contents> {
  const contents = new Map<string, Map<string, unknown>>()
  for (const name of tables) {
    const rows = new Map<string, unknown>()
    const options = { consistency: 'local', timeout: timeoutMs } as const
    for await (const [key, value] of client.existing<string>(name).entries(options)) rows.set(key, value)
    contents.set(name, rows)
  }
  return contents
}

/**
 * Resolves with what all copies hold, when they hold the same, and the same once more when they are read again. Nobody
 * may write meanwhile. Rejects with ERR_TIMEOUT naming a row that differs.
 */
export async function untilEqual(
  nodes: readonly HarmedNode[],
  tables: readonly string[],
  limitMs: number,
): Promise<Contents> {
  const began = performance.now()
  let before: Contents | undefined
  for (;;) {
    const all = await Promise.all(nodes.map(node => contentsOf(node, tables)))
    const [first = new Map()] = all
    const difference = differenceOf(nodes, all)
    if (difference === undefined && isDeepStrictEqual(first, before)) return first
    before = difference === undefined ? first : undefined
    if (performance.now() - began > limitMs)
      throw new MnemeshError(
        'ERR_TIMEOUT',
        `copies are not equal within ${limitMs} ms: ${difference ?? 'they change'}`,
      )
    await sleep(pollMs)
  }
}

function differenceOf(nodes: readonly HarmedNode[], all: readonly Contents[]): string | undefined {
  const [first] = all
  if (first === undefined) return undefined
  for (const [i, other] of all.entries())
    for (const [table, rows] of first) {
      const there = other.get(table) ?? new Map()
      const key = [...new Set([...rows.keys(), ...there.keys()])].find(
        one => rows.get(one) !== there.get(one),
      )
      if (key === undefined) continue
      return `${table} ${key} is ${rows.get(key)} on ${nodes[0]?.name} and ${there.get(key)} on ${nodes[i]?.name}`
    }
  return undefined
}

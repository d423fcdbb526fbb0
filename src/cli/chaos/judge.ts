import { isDeepStrictEqual } from 'node:util'
import type { Consistency, MeshClient } from '../../client/index.ts'
import { checkBank } from './checkers/bank.ts'
import { checkCounters } from './checkers/counters.ts'
import { callsOf, type Verdict } from './checkers/history.ts'
import { checkLinearizability } from './checkers/linearizability.ts'
import { checkLockCalls } from './checkers/locks.ts'
import { checkSerializability } from './checkers/serializability.ts'
import type { HarmedCluster } from './harmed.ts'
import type { Recorder } from './recorder.ts'
import { accounts, startBalance, tables } from './workload.ts'

const timeoutMs = 30_000

type Rows = ReadonlyMap<string, unknown>
/** What one node answered, by table. */
type Contents = Readonly<Record<keyof typeof tables, Rows>>

/** Reads everything from every node, when all is well again, and judges what clients were told by it. */
export async function judge(cluster: Pick<HarmedCluster, 'nodes'>, recorder: Recorder): Promise<Verdict[]> {
  const finals: Contents[] = []
  for (const { client } of cluster.nodes) finals.push(await contentsOf(client, 'linearizable'))
  const locals = await Promise.all(cluster.nodes.map(({ client }) => contentsOf(client, 'local')))
  const [final] = finals
  if (final === undefined) return []
  await readRows(cluster, recorder, final)
  const calls = callsOf(recorder.events)
  const total = startBalance * accounts.length
  const numbers = final.counters as ReadonlyMap<string, number>
  return [
    checkCounters(calls.counters, numbers),
    withTotal(checkBank(calls.bank, { total, accounts }), final.bank, total),
    checkSerializability(calls.lists, final.lists as ReadonlyMap<string, readonly number[]>),
    checkLinearizability(calls.registers),
    checkLockCalls(calls.locks, calls.lists),
    compare(cluster, finals, 'linearizable reads of all nodes'),
    compare(cluster, locals, 'copies of all nodes'),
  ]
}

async function contentsOf(client: MeshClient, consistency: Consistency): Promise<Contents> {
  const read = async (name: string): Promise<Rows> => {
    const rows = new Map<string, unknown>()
    const options = { consistency, timeout: timeoutMs }
    for await (const [key, value] of client.existing<string>(name).entries(options)) rows.set(key, value)
    return new Map([...rows].sort(([a], [b]) => (a < b ? -1 : 1)))
  }
  const [counters, bank] = [await read(tables.counters), await read(tables.bank)]
  return { counters, bank, lists: await read(tables.lists), rows: await read(tables.rows) }
}

// As part of the history: what was written last of all must be what is there.
async function readRows(
  cluster: Pick<HarmedCluster, 'nodes'>,
  recorder: Recorder,
  { rows }: Contents,
): Promise<void> {
  const written = callsOf(recorder.events).registers.map(({ operation }) => operation.key)
  const keys = [...new Set([...written, ...rows.keys()])]
  for (const [i, { name, client }] of cluster.nodes.entries()) {
    const table = client.existing<string, number>(tables.rows)
    const own = keys.filter((_, at) => at % cluster.nodes.length === i)
    await Promise.all(
      own.map(key =>
        recorder.record(`at the end of ${name}`, { kind: 'register', key, action: 'get' }, async () => ({
          value: await table.get(key, { timeout: timeoutMs }),
        })),
      ),
    )
  }
}

function withTotal(verdict: Verdict, bank: Rows, total: number): Verdict {
  const sum = [...bank.values()].reduce<number>((all, balance) => all + Number(balance), 0)
  if (sum === total) return verdict
  return { ...verdict, violations: [...verdict.violations, `${sum} at the end instead of ${total}`] }
}

function compare(
  { nodes }: Pick<HarmedCluster, 'nodes'>,
  contents: readonly Contents[],
  checker: string,
): Verdict {
  const [first] = contents
  const violations = contents.flatMap((other, i) =>
    Object.values(tables).flatMap(name => {
      const [here, there] = [first?.[name] ?? new Map(), other[name]]
      if (isDeepStrictEqual(here, there)) return []
      const keys = [...new Set([...here.keys(), ...there.keys()])]
      const key: string = keys.find(one => !isDeepStrictEqual(here.get(one), there.get(one))) ?? ''
      return [
        `${name} differ under ${key}: ${JSON.stringify(here.get(key))} on ${nodes[0]?.name}, ` +
          `${JSON.stringify(there.get(key))} on ${nodes[i]?.name}`,
      ]
    }),
  )
  const judged = contents.reduce(
    (sum, one) => sum + Object.values(one).reduce((n, { size }) => n + size, 0),
    0,
  )
  return { checker, violations, judged, unjudged: 0 }
}

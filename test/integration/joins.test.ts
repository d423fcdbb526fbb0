import { afterAll, describe, expect } from 'vitest'
import type { ClusterNode, LoadStatus } from '../../src/index.ts'
import { killAll, run, Terminal } from '../support/command-line.ts'
import { asking, grpcClient } from '../support/grpc-client.ts'
import { allActive, codeOf, eventually, it } from '../support/nodes.ts'

afterAll(() => killAll())

const rows = 30_000

/** Two nodes, the first with a table that the second does not hold. */
async function filled(nodes: readonly ClusterNode[]): Promise<void> {
  const [a] = nodes
  const table = await a.table<number, string>('t', { copies: ['n1'] })
  await table.setMany(Array.from({ length: rows }, (_, i) => [i, 'x'.repeat(100)] as const))
}

/** From now on the node asks for a page of rows only when it may. */
function gatePages(node: ClusterNode): (count: number) => void {
  const waiting: (() => void)[] = []
  let free = 0
  const pass = (count: number) => {
    free += count
    while (free > 0 && waiting.length > 0) {
      free--
      waiting.shift()?.()
    }
  }
  const { peers } = node.engine
  const { replica } = peers
  Object.assign(peers, {
    replica: (name: string) =>
      new Proxy(replica(name), {
        get(target, field) {
          const value = Reflect.get(target, field)
          if (typeof value !== 'function') return value
          if (field !== 'page') return value.bind(target)
          return async (...given: unknown[]) => {
            await new Promise<void>(resolve => {
              waiting.push(resolve)
              pass(0)
            })
            return value.apply(target, given)
          }
        },
      }),
  })
  return pass
}

describe('a join', () => {
  it('is watched in the status, over gRPC, until it is over', async ({ cluster }) => {
    const nodes = await cluster.startMany(2)
    const [a, b] = nodes
    await filled(nodes)
    const pass = gatePages(b)
    const client = cluster.client(a)
    const seen: LoadStatus[] = []
    const waited = client.admin.addCopy('t', 'n2', { wait: true })
    let isOver = false
    void waited.finally(() => {
      isOver = true
    })
    while (!isOver) {
      const { tables } = await client.admin.status()
      const copy = tables[0].copies.find(({ node }) => node === 'n2')
      if (copy?.load !== undefined) seen.push(copy.load)
      pass(1)
    }
    await waited
    expect((await a.admin.tableInfo('t')).copies).toMatchObject([
      { state: 'active' },
      { state: 'active', entries: rows },
    ])
    const shares = seen.map(({ share }) => share)
    expect(shares.length).toBeGreaterThan(2)
    expect(shares).toEqual(shares.toSorted((x, y) => x - y))
    const part = seen.find(({ share, etaMs }) => share > 0 && share < 1 && etaMs !== undefined)
    expect(part).toMatchObject({ expectedRows: rows })
    expect(part?.rows).toBeGreaterThan(0)
    expect(part?.bytesPerSecond).toBeGreaterThan(0)
    expect(part?.etaMs).toBeGreaterThan(0)
    expect(a.engine.copies.get(a.engine.catalog.get('t')?.id ?? '')?.copy.bytes).toBe(part?.expectedBytes)
  })

  it('is drawn on a terminal, and ends with what came', async ({ cluster }) => {
    const nodes = await cluster.startMany(2)
    const [a, b] = nodes
    await filled(nodes)
    const pass = gatePages(b)
    pass(6)
    const endpoint = `127.0.0.1:${a.ports.grpc}`
    const terminal = new Terminal(['table', 'add-copy', 't', 'n2', '--wait', '--endpoint', endpoint])
    await eventually(() => expect(terminal.shown).toMatch(/\[.*=.*>.*\].*% {2}[\d,]+ of 30,000 rows/), 30_000)
    const { stdout } = await run(['status', '--endpoint', endpoint])
    expect(stdout).toMatch(/1 of 2 ram_copies .*loading on n2 \d+%/)
    pass(1000)
    expect(await terminal.ended).toBe(0)
    expect(terminal.shown).toMatch(/n2 holds a copy of table t: 30,000 rows in \d/)
  })

  it('says plainly where nobody looks how it ended, and waits over gRPC', async ({ cluster }) => {
    const nodes = await cluster.startMany(2)
    const [a] = nodes
    await filled(nodes)
    const endpoint = `127.0.0.1:${a.ports.grpc}`
    const waited = await run(['--json', 'table', 'add-copy', 't', 'n2', '--wait', '--endpoint', endpoint])
    expect(waited).toMatchObject({ code: 0, stderr: '' })
    expect(JSON.parse(waited.stdout)).toMatchObject({ done: 'n2 holds a copy of table t', rows })
    await a.admin.removeCopy('t', 'n2')
    const grpc = grpcClient(a.ports.grpc)
    const ask = asking(grpc.table)
    await ask('AddTableCopy', { name: 't', node: 'n2', wait: true })
    await allActive(nodes, 't')
    grpc.close()
    expect(await codeOf(a.admin.addCopy('none', 'n2', { wait: true }))).toBe('ERR_TABLE_UNKNOWN')
  })
})

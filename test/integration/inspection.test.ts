import { afterAll, describe, expect } from 'vitest'
import { Row } from '../../src/core/entry.ts'
import { encodeKey } from '../../src/core/key.ts'
import type { ClusterNode } from '../../src/index.ts'
import { killAll, run } from '../support/command-line.ts'
import { allActive, codeOf, it } from '../support/nodes.ts'

afterAll(() => killAll())

const environmentOf = (node: ClusterNode) => ({ MNEMESH_ENDPOINT: `127.0.0.1:${node.ports.grpc}` })

/** That node's copy loses the row, as by a defect. */
function lose(node: ClusterNode, table: string, key: string): void {
  const { catalog, copies } = node.engine
  const copy = copies.get(catalog.get(table)?.id ?? '')?.copy
  const bytes = encodeKey(key)
  const found = new Row()
  if (!copy?.read(copy.hashOf(bytes, 0, bytes.length), bytes, 0, bytes.length, found))
    throw new Error('no row to lose')
  const { hash } = found
  const row = Object.assign(new Row(), { hash, keyBytes: bytes, keyStart: 0, keyLength: bytes.length })
  copy.erase(row, 'deleted')
}

describe('explain and verify', () => {
  it('say the same on a node, on a client and on the command line', async ({ cluster }) => {
    const [a, b] = await cluster.startMany(2)
    const client = cluster.client(b)
    const table = await a.table<string, number>('t')
    await allActive([a, b], 't')
    await table.set('k', 1, { ack: 'all', ttl: '1h' })
    await table.get('k')
    const explained = await a.admin.explain('t', 'k')
    expect(explained.nodes).toMatchObject([
      {
        node: 'n1',
        copy: 'active',
        l1: 'cached',
        row: { state: 'live', version: (await table.entry('k'))?.version },
      },
      { node: 'n2', copy: 'active', l1: 'empty', row: { state: 'live' } },
    ])
    const { nodes: seen, ...facts } = await client.admin.explain('t', 'k')
    const { nodes: _, ...same } = explained
    expect(facts).toEqual(same)
    expect(seen.map(({ node, row }) => [node, row?.version, row?.writer])).toEqual(
      explained.nodes.map(({ node, row }) => [node, row?.version, row?.writer]),
    )
    const equal = await a.admin.verify('t')
    expect(equal).toEqual({
      table: 't',
      equal: true,
      complete: true,
      differences: [],
      nodes: [
        { node: 'n1', state: 'compared', rows: 1 },
        { node: 'n2', state: 'compared', rows: 1 },
      ],
    })
    expect(await client.admin.verify('t')).toEqual(equal)
    lose(b, 't', 'k')
    // Which rule decides is told by whether all had it already, which is no matter of this test.
    const differs = await client.admin.verify('t', { limit: 5 })
    expect(differs).toMatchObject({ equal: false, differences: [{ key: 'k' }] })
    expect(differs.differences[0]?.nodes).toMatchObject([
      { node: 'n1', row: { state: 'live' } },
      { node: 'n2' },
    ])
    const environment = environmentOf(a)
    const shown = await run(['explain', 't', 'k'], { environment })
    expect([shown.code, shown.stdout]).toEqual([
      0,
      expect.stringMatching(/^table t {3}key k {3}partition \d+ {3}owner n\d/),
    ])
    expect(shown.stdout).toMatch(/the copies differ: n2 not with the newest/)
    const found = await run(['table', 'verify', 't', '--json'], { environment })
    expect([found.code, JSON.parse(found.stdout)]).toMatchObject([
      1,
      { equal: false, differences: [{ key: 'k' }] },
    ])
    const told = await run(['table', 'verify', 't'], { environment })
    expect(told.stdout).toMatch(
      /2 of 2 copies compared, 1 row: differ in 1 key\n {2}k: n1 .* \| n2 nothing: (the newest wins|deleted before|lost by a defect)/,
    )
  })

  it('refuse a table that nobody knows, a key that is none and a limit that is none', async ({ cluster }) => {
    const [a] = await cluster.startMany(1)
    const client = cluster.client(a)
    await a.table('t')
    for (const { admin } of [a, client]) {
      expect(await codeOf(admin.explain('nobody', 'k'))).toBe('ERR_TABLE_UNKNOWN')
      expect(await codeOf(admin.verify('nobody'))).toBe('ERR_TABLE_UNKNOWN')
      expect(await codeOf(admin.explain('t', {} as never))).toBe('ERR_INVALID_ARGUMENT')
      expect(await codeOf(admin.verify('t', { limit: 0 }))).toBe('ERR_INVALID_ARGUMENT')
    }
  })

  it('come with what became of keys that differed, on a node, a client and the command line', async ({
    cluster,
  }) => {
    const [a, b] = await cluster.startMany(2)
    const client = cluster.client(b)
    const table = await a.table<string, number>('t')
    await allActive([a, b], 't')
    await table.set('k', 1, { ack: 'all' })
    // A row that one side lacks, below no floor yet: the other gives it when they meet.
    const { copies, catalog, repairer, origins } = a.engine
    const copy = copies.get(catalog.get('t')?.id ?? '')?.copy
    if (copy === undefined) throw new Error('no copy')
    const key = encodeKey('met')
    const row = Object.assign(new Row(), { keyBytes: key, keyLength: key.length, h: a.engine.hybrid.issue() })
    const origin = origins.indexOf('n9#00000000001')
    repairer.receipts.pulled({ copy, node: 'n2' }, Object.assign(row, { origin }), { ...row, h: row.h - 5 })
    const told = await a.admin.receipts()
    expect(told).toMatchObject([
      { node: 'n1', state: 'answered' },
      { node: 'n2', state: 'answered' },
    ])
    expect(told[0]?.receipts[0]).toMatchObject({
      ...{ table: 't', key: 'met', node: 'n2', rule: 'newest', wins: 'there' },
      there: { writer: 'n9#00000000001', state: 'live' },
    })
    expect(told[0]?.counts.overwrittenHere).toBe(1)
    expect(await client.admin.receipts()).toEqual(told)
    expect(await codeOf(client.admin.receipts({ limit: 0 }))).toBe('ERR_INVALID_ARGUMENT')
    const environment = environmentOf(a)
    const shown = await run(['heal'], { environment })
    expect([shown.code, shown.stdout]).toEqual([
      0,
      expect.stringMatching(/ t met: n1 .* \| n2 .*: the newest wins \(n2\)/),
    ])
    const dry = await run(['heal', '--dry-run', '--json'], { environment })
    expect([dry.code, JSON.parse(dry.stdout)]).toMatchObject([0, [{ table: 't', equal: true }]])
  })

  it('look at a majority table, too', async ({ cluster }) => {
    const [a, b] = await cluster.startMany(2)
    const table = await a.table<string, number>('m', { majority: true })
    await b.waitForTables(['m'])
    await table.set('k', 1)
    const { nodes } = await a.admin.explain('m', 'k')
    expect(nodes.map(({ row }) => [row?.state, row?.writer])).toEqual([
      ['live', ''],
      ['live', ''],
    ])
    expect(Math.abs((nodes[0]?.row?.writtenAt ?? 0) - Date.now())).toBeLessThan(60_000)
    expect(await a.admin.verify('m')).toMatchObject({ equal: true, nodes: [{ rows: 1 }, { rows: 1 }] })
  })
})

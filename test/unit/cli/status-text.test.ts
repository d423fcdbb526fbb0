import { describe, expect, it } from 'vitest'
import { copyState, downNodes, shapeOf, statusText } from '../../../src/cli/status-text.ts'
import { tableText } from '../../../src/cli/table-text.ts'
import type { ClusterStatus, TableInfo } from '../../../src/client/index.ts'
import type { CopyStatus, NodeStatus } from '../../../src/index.ts'

const load = {
  ...{
    rows: 610_000,
    expectedRows: 1_000_000,
    bytes: 60 * 2 ** 20,
    expectedBytes: 98 * 2 ** 20,
    share: 0.619,
  },
  ...{ rowsPerSecond: 52_000, bytesPerSecond: 5 * 2 ** 20, elapsedMs: 12_000, etaMs: 12_400 },
}

const node = (name: string, fields: Partial<NodeStatus> = {}): NodeStatus => ({
  name,
  state: 'up',
  address: '127.0.0.1:7947',
  gossip: '127.0.0.1:7946',
  incarnation: 1,
  version: '0.1.0',
  zone: '',
  uptimeMs: 12 * 60_000,
  localTables: ['users'],
  owns: 0.338,
  entries: 120_412,
  memoryBytes: 41 * 1024 ** 2,
  maxBytes: 0,
  evicted: 0,
  l1Hits: 971,
  l1Misses: 29,
  lag: [],
  view: [],
  events: {},
  ...{ queueLength: 0, queueAgeMs: 0, refused: 0, healthScore: 0 },
  ...fields,
})

const copy = (name: string, fields: Partial<CopyStatus> = {}): CopyStatus => ({
  node: name,
  state: 'active',
  loaded: 0,
  expected: 0,
  entries: 118_000,
  memoryBytes: 39 * 1024 ** 2,
  ...fields,
})

const table = (copies: readonly CopyStatus[], ttlMs: number | undefined = 3_600_000): TableInfo => ({
  name: 'users',
  id: '1',
  definition: {
    type: 'set',
    copies: 'all',
    majority: false,
    codec: 'msgpack',
    ttlMs,
    idle: false,
    maxEntries: undefined,
    maxBytes: undefined,
    eviction: 'none',
    l1: { maxEntries: 10_000, maxBytes: 32 * 1024 ** 2, ttlMs: undefined },
    ack: 'one',
    onMinority: 'serve',
    onMerge: 'newest',
  },
  entries: 118_000,
  bytes: 1000,
  memoryBytes: 39 * 1024 ** 2,
  tombstones: 2,
  evicted: 0,
  copies,
})

const status = (
  nodes: readonly NodeStatus[],
  tables: readonly TableInfo[],
  healthy = true,
): ClusterStatus => ({
  cluster: 'demo',
  self: 'node-1',
  healthy,
  nodes,
  tables,
  differingViews: [],
  group: {
    ...{ id: 'f00', generation: 1, provisional: false, term: 2, leader: 'node-1', applied: 12, schema: 7 },
    ...{ voters: ['node-1', 'node-2', 'node-3'], learners: [], hasQuorum: true },
  },
})

const lagging = [{ node: 'node-1', connected: true, operations: 2, ms: 3 }]

describe('the status of a group', () => {
  const headOf = (change: Partial<ClusterStatus['group']>) => {
    const plain = status([], [])
    return statusText({ ...plain, group: { ...plain.group, ...change } }).split('\n')[0]
  }

  it('says who leads, or why nobody does', () => {
    expect(headOf({})).toContain('   leader node-1   ')
    expect(headOf({ leader: undefined })).toContain('   no leader   ')
    expect(headOf({ hasQuorum: false })).toContain('   no quorum   ')
    expect(headOf({ provisional: true })).toContain('   leader node-1 (provisional)   ')
  })
})

describe('the status of a cluster', () => {
  it('is the table that the documentation shows', () => {
    const three = status(
      [node('node-1'), node('node-2', { lag: lagging }), node('node-3', { l1Hits: 0, l1Misses: 0 })],
      [table([copy('node-1'), copy('node-2'), copy('node-3')])],
    )
    expect(statusText(three).split('\n')).toEqual([
      'cluster demo   3 nodes up   leader node-1   schema 7   healthy',
      'NODE     STATE  ADDRESS         UP   OWNS   LAG    L1 HIT  ENTRIES  MEMORY',
      'node-1*  up     127.0.0.1:7947  12m  33.8%  0      97.1%   120,412  41 MB',
      'node-2   up     127.0.0.1:7947  12m  33.8%  2 ops  97.1%   120,412  41 MB',
      'node-3   up     127.0.0.1:7947  12m  33.8%  0      -       120,412  41 MB',
      'TABLE  TYPE  COPIES        ENTRIES  MEMORY  TTL  STATE',
      'users  set   3 ram_copies  118,000   39 MB  1h   active',
    ])
  })

  it('says of what limit memory is, and makes a short one conspicuous', () => {
    const megabyte = 1024 ** 2
    const memory = (share: number) => {
      const nodes = [node('node-1', { memoryBytes: share * 100 * megabyte, maxBytes: 100 * megabyte })]
      const text = statusText(status(nodes, []), (colour, painted) => `<${colour} ${painted}>`)
      return text
        .split('\n')[2]
        ?.replace(/.*120,412 +/, '')
        .trim()
    }
    expect([memory(0.79), memory(0.8), memory(0.95)]).toEqual([
      '79 MB of 100 MB',
      '<yellow 80 MB of 100 MB>',
      '<red 95 MB of 100 MB>',
    ])
  })

  it('says how the nodes keep up when one does not, or when it is asked', () => {
    const busy = { queueLength: 1312, queueAgeMs: 240, refused: 40_817, healthScore: 2 }
    const gone = node('node-3', { state: 'unreachable' })
    const block = [
      'NODE    QUEUE  OLDEST  REFUSED  HEARS',
      'node-1      0    0 ms        0  well',
      'node-2  1,312  240 ms   40,817  badly, 2 of 8',
      'node-3      -       -        -  -',
    ].join('\n')
    expect(statusText(status([node('node-1'), node('node-2', busy), gone], []))).toContain(block)
    const calm = status([node('node-1', { queueLength: 3, queueAgeMs: 2, refused: 17 })], [])
    expect(statusText(calm)).not.toContain('QUEUE')
    expect(statusText(calm, undefined, { verbose: true })).toContain('node-1      3    2 ms       17  well')
  })

  it('names nodes that hold copies and are gone, and says how far loading is', () => {
    const copies = [
      copy('node-1'),
      copy('node-2', { state: 'loading', load }),
      copy('node-3', { state: 'unreachable' }),
    ]
    const seen = status([node('node-1'), node('node-2', { state: 'starting' })], [table(copies)], false)
    expect(downNodes(seen)).toEqual(['node-3'])
    const lines = statusText(seen).split('\n')
    expect(lines[0]).toBe('cluster demo   1 of 3 nodes up   leader node-1   schema 7   degraded')
    expect(lines[4]).toMatch(/^node-3 +down +- /)
    expect(lines[6]).toMatch(
      /1 of 3 ram_copies .* active on 1, loading on node-2 61% \(12s left\), unreachable on node-3$/,
    )
  })

  it('draws a bar of each copy that loads, for who looks at a terminal', () => {
    const seen = status(
      [node('node-1')],
      [table([copy('node-1'), copy('node-2', { state: 'loading', load })])],
    )
    expect(statusText(seen)).not.toContain('====')
    const [line] = statusText(seen, undefined, { bars: true }).split('\n').slice(-1)
    expect(line).toBe(
      'users on node-2  [==============>         ]   61%  610,000 of 1,000,000 rows  60 MB of 98 MB  5.0 MB/s  12s left',
    )
    expect(copyState(copy('node-2', { state: 'loading', load: { ...load, share: 1, etaMs: 0 } }))).toBe(
      'loading 100% (comparing)',
    )
    const { etaMs: _, ...still } = load
    expect(copyState(copy('node-2', { state: 'loading', load: still }))).toBe('loading 61%')
  })

  it('shows nothing of a node that does not report but where it is', () => {
    const seen = status([node('node-1', { state: 'unreachable' })], [], false)
    expect(statusText(seen).split('\n').slice(2)).toEqual([
      'node-1*  unreachable  127.0.0.1:7947  12m  -     -    -       -        -',
      'no tables',
    ])
  })

  it('says whose view differs', () => {
    const seen = { ...status([node('node-1'), node('node-2')], [], false), differingViews: ['node-2'] }
    expect(statusText(seen)).toContain('other members than node-1 are seen by node-2')
  })

  it('changes its shape with what happens, not with what is counted', () => {
    const before = status([node('node-1'), node('node-2')], [table([copy('node-1')])])
    const busier = status(
      [node('node-1', { entries: 5, uptimeMs: 1 }), node('node-2')],
      [table([copy('node-1')])],
    )
    const lost = status([node('node-1')], [table([copy('node-1')])])
    expect(shapeOf(busier)).toBe(shapeOf(before))
    expect(shapeOf(lost)).not.toBe(shapeOf(before))
  })
})

describe('one table', () => {
  it('is shown with its options and its copies', () => {
    const text = tableText(
      table([copy('node-1'), copy('node-2', { state: 'wanted', entries: 0, memoryBytes: 0 })]),
    )
    expect(text.split('\n')).toEqual([
      'table users',
      '  type     set of plain data',
      '  copies   on every node',
      '  ack      one',
      '  ttl      1h',
      '  limits   none',
      '  l1       at most 10,000 entries and 32 MB',
      '  entries  118,000, and 2 deleted ones still remembered',
      '  memory   39 MB on each node',
      'COPY ON  STATE   ENTRIES  MEMORY',
      'node-1   active  118,000   39 MB',
      'node-2   wanted        0     0 B',
    ])
  })

  it('that evicts says how much it has evicted', () => {
    const full = table([copy('node-1')])
    const definition = { ...full.definition, maxEntries: 1000, eviction: 'lru' } as const
    const text = tableText({ ...full, definition: { ...definition, onMerge: 'reload' }, evicted: 12_345 })
    expect(text).toContain('  merge    what the smaller side of a split wrote is deleted, to be loaded anew')
    expect(text).toContain('\n  limits   at most 1,000 entries, then lru: 12,345 evicted\n')
  })
})

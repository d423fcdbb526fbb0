import { EventEmitter } from 'node:events'
import { describe, expect, it } from 'vitest'
import { cacheService } from '../../../src/rpc/cache-service.ts'
import { clusterService, tableService } from '../../../src/rpc/cluster-service.ts'
import { lockService } from '../../../src/rpc/lock-service.ts'
import { protos } from '../../../src/rpc/protos.ts'

/** A call that asks for nothing, and takes whatever comes. */
class EmptyCall extends EventEmitter {
  readonly request = { keys: [], entries: [], seeds: [], names: [] }
  getDeadline(): number {
    return Number.POSITIVE_INFINITY
  }
  write(): boolean {
    return true
  }
  end(): void {}
}

type Handler = (call: unknown, answered: () => void) => void

// Section C of the protocol: what is let in how, and what always is.
const expected = {
  CacheService: {
    tables: [
      ...['Get', 'GetMany', 'Has', 'Scan', 'Watch', 'Set', 'SetMany', 'Update', 'Increment', 'Touch'],
      ...['Delete', 'Clear'],
    ],
    group: ['Transact'],
    // Its calls are let in one by one.
    always: ['Session'],
  },
  ClusterService: {
    tables: ['ReadDump'],
    group: [],
    always: [
      ...['ClusterStatus', 'WatchStatus', 'Join', 'Leave', 'WaitForTables', 'Recover', 'ListDumps'],
      ...['Receipts', 'WatchEvents'],
    ],
  },
  TableService: {
    tables: ['Verify'],
    group: [
      ...['CreateTable', 'ChangeTable', 'DropTable', 'AddTableCopy', 'MoveTableCopy', 'RemoveTableCopy'],
      ...['Explain'],
    ],
    always: ['TableInfo', 'ListTables'],
  },
  LockService: { tables: [], group: ['Acquire', 'Query'], always: ['Release'] },
} as const

/** The services, and which door the method asked at last. */
function services() {
  const asked: string[] = []
  const admit = (door: string) => () => {
    asked.push(door)
    return new Promise<never>(() => {})
  }
  const gone = () => {
    throw new Error('not asked for here')
  }
  const parts = {
    ...{ table: gone, transactions: gone, session: gone, coordination: gone, admin: gone, events: gone },
    ...{ waitForTables: gone, leave: () => {}, admit: { tables: admit('tables'), group: admit('group') } },
  } as never
  const handlers: Record<string, Record<string, unknown>> = {
    CacheService: cacheService(parts),
    ClusterService: clusterService(parts),
    TableService: tableService(parts),
    LockService: lockService(parts),
  }
  const doorOf = (service: string, method: string) => {
    asked.length = 0
    const call = new EmptyCall().on('error', () => {})
    ;(handlers[service][method] as Handler)(call, () => {})
    return asked[0] ?? 'always'
  }
  return { doorOf }
}

describe.each(Object.keys(expected) as (keyof typeof expected)[])('when much waits, %s', service => {
  const methods = Object.keys(protos()[service].service)

  it('has each of its methods refused first, last or never', () => {
    const { doorOf } = services()
    const doors: Record<string, string[]> = { tables: [], group: [], always: [] }
    for (const method of methods)
      doors[method === 'Session' ? 'always' : doorOf(service, method)].push(method)
    for (const [door, wanted] of Object.entries(expected[service]))
      expect([door, ...doors[door].sort()]).toEqual([door, ...[...wanted].sort()])
  })
})

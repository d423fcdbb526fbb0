import type { Admin, CallOptions } from '../face/types.ts'
import { fromStatusInfo, fromTableInfo, toKey, toOptions } from './convert.ts'
import { type EventSource, eventHandlers } from './events.ts'
import type { ClusterServiceHandlers } from './generated/mnemesh/v1/ClusterService.ts'
import type { TableServiceHandlers } from './generated/mnemesh/v1/TableService.ts'
import { type Admits, streaming, unary } from './handlers.ts'
import { fromExplanation, fromReceipts, fromVerification } from './inspection.ts'
import { recoveryHandlers } from './recovery-handlers.ts'
import { toChange } from './table-change.ts'

const defaultPeriodMs = 1000
const leastPeriodMs = 50

/** What the services need of the node that they speak for. */
export interface ClusterServiceParts {
  /** Throws ERR_NOT_READY while the node starts. */
  readonly admin: () => Admin
  readonly waitForTables: (names: readonly string[], options: CallOptions) => Promise<void>
  /** Begins to leave; the answer goes out before the node stops. */
  readonly leave: () => void
  /** Throws ERR_NOT_READY while the node starts. */
  readonly events: () => EventSource
  readonly admit: Admits
}

type Open<Handlers> = Handlers & Record<string, unknown>

export function clusterService({
  admin,
  waitForTables,
  leave,
  events,
  admit,
}: ClusterServiceParts): Open<ClusterServiceHandlers> {
  return {
    ClusterStatus: unary(async (_, options) => ({ status: fromStatusInfo(await admin().status(options)) })),
    WatchStatus: streaming(async function* ({ periodMs }, { signal }) {
      const pauseMs = Math.max(leastPeriodMs, periodMs === 0 ? defaultPeriodMs : periodMs)
      while (!signal.aborted) {
        yield { status: fromStatusInfo(await admin().status({ signal })) }
        await pause(pauseMs, signal)
      }
    }),
    Join: unary(async ({ seeds }, options) => {
      await admin().join(seeds, options)
      return {}
    }),
    Leave: unary(async () => {
      leave()
      return {}
    }),
    Receipts: unary(async ({ limit }, options) => ({
      nodes: (await admin().receipts(limit === 0 ? options : { ...options, limit })).map(fromReceipts),
    })),
    WaitForTables: unary(async ({ names }, options) => {
      await waitForTables(names, options)
      return {}
    }),
    ...recoveryHandlers({ admin, admit }),
    ...eventHandlers(events),
  }
}

export function tableService({
  admin,
  admit,
}: Pick<ClusterServiceParts, 'admin' | 'admit'>): Open<TableServiceHandlers> {
  return {
    CreateTable: unary(
      async ({ name, options }, call) => ({
        table: fromTableInfo(await admin().createTable(name, toOptions(options), call)),
      }),
      admit.group,
    ),
    ChangeTable: unary(
      async (request, call) => ({
        table: fromTableInfo(await admin().changeTable(request.name, toChange(request), call)),
      }),
      admit.group,
    ),
    DropTable: unary(async ({ name }, call) => {
      await admin().dropTable(name, call)
      return {}
    }, admit.group),
    AddTableCopy: unary(async ({ name, node, wait }, call) => {
      await admin().addCopy(name, node, { ...call, wait })
      return {}
    }, admit.group),
    MoveTableCopy: unary(async ({ name, from, to }, call) => {
      await admin().moveCopy(name, { from, to }, call)
      return {}
    }, admit.group),
    RemoveTableCopy: unary(async ({ name, node }, call) => {
      await admin().removeCopy(name, node, call)
      return {}
    }, admit.group),
    TableInfo: unary(async ({ name }, call) => ({
      table: fromTableInfo(await admin().tableInfo(name, call)),
    })),
    Explain: unary(
      async ({ table, key }, call) => fromExplanation(await admin().explain(table, toKey(key), call)),
      admit.group,
    ),
    Verify: unary(
      async ({ table, limit }, call) =>
        fromVerification(await admin().verify(table, limit === 0 ? call : { ...call, limit })),
      admit.tables,
    ),
    ListTables: unary(async (_, call) => ({ tables: (await admin().tables(call)).map(fromTableInfo) })),
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const timer = setTimeout(done, ms)
    function done() {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    signal.addEventListener('abort', done)
  })
}

import type { ServiceError } from '@grpc/grpc-js'
import type { Environment } from '../core/environment.ts'
import { MnemeshError } from '../core/errors.ts'
import type { KeyExplanation, NodeReceipts, TableVerification } from '../core/inspection.ts'
import { encodeKey, type Key } from '../core/key.ts'
import { defineOptions, type TableOptions } from '../core/schema.ts'
import type { ClusterStatus, DumpInfo, GroupStatus, TableInfo } from '../core/status.ts'
import type { TableChange } from '../core/table-change.ts'
import { checkLimit, checkList, checkOptions, checkRecovery, mostListed } from '../face/arguments.ts'
import { callFrom, defaultTimeoutMs, moveTimeoutMs, verifyTimeoutMs } from '../face/calls.ts'
import type {
  Admin,
  AdminOptions,
  CallOptions,
  CopyMove,
  ReceiptsOptions,
  VerifyOptions,
} from '../face/types.ts'
import { fromKey, fromOptions, toGroup, toStatusInfo, toTableInfo } from '../rpc/convert.ts'
import type { ChangeTableResponse__Output as ChangeTableResponse } from '../rpc/generated/mnemesh/v1/ChangeTableResponse.ts'
import type { ClusterStatusResponse__Output as ClusterStatusResponse } from '../rpc/generated/mnemesh/v1/ClusterStatusResponse.ts'
import type { CreateTableResponse__Output as CreateTableResponse } from '../rpc/generated/mnemesh/v1/CreateTableResponse.ts'
import type { ExplainResponse__Output as ExplainResponse } from '../rpc/generated/mnemesh/v1/ExplainResponse.ts'
import type { ListDumpsResponse__Output as ListDumpsResponse } from '../rpc/generated/mnemesh/v1/ListDumpsResponse.ts'
import type { ListTablesResponse__Output as ListTablesResponse } from '../rpc/generated/mnemesh/v1/ListTablesResponse.ts'
import type { ReceiptsResponse__Output as ReceiptsResponse } from '../rpc/generated/mnemesh/v1/ReceiptsResponse.ts'
import type { RecoverResponse__Output as RecoverResponse } from '../rpc/generated/mnemesh/v1/RecoverResponse.ts'
import type { TableInfoResponse__Output as TableInfoResponse } from '../rpc/generated/mnemesh/v1/TableInfoResponse.ts'
import type { VerifyResponse__Output as VerifyResponse } from '../rpc/generated/mnemesh/v1/VerifyResponse.ts'
import { toExplanation, toReceipts, toVerification } from '../rpc/inspection.ts'
import { fromStatus } from '../rpc/status.ts'
import { fromChange } from '../rpc/table-change.ts'
import type { Call } from '../wire/caller.ts'
import { dumpLines } from './dump-lines.ts'
import type { Nodes } from './nodes.ts'
import type { NodeStubs, Stubs } from './stubs.ts'

type Callback<T> = (error: ServiceError | null, response?: T) => void

/** What operators do, asked of any node that answers, over plain gRPC. */
export class ClientAdmin implements Admin {
  readonly #env: Environment
  readonly #nodes: Nodes
  readonly #stubs: Stubs

  /** @internal */
  constructor(env: Environment, nodes: Nodes, stubs: Stubs) {
    this.#env = env
    this.#nodes = nodes
    this.#stubs = stubs
  }

  async status(options?: AdminOptions): Promise<ClusterStatus> {
    const { status } = await this.#ask<ClusterStatusResponse>(options, ({ cluster }, deadline, done) =>
      cluster.ClusterStatus({}, { deadline }, done),
    )
    if (!status) throw incomplete()
    return toStatusInfo(status)
  }

  async tables(options?: AdminOptions): Promise<TableInfo[]> {
    const { tables } = await this.#ask<ListTablesResponse>(options, ({ table }, deadline, done) =>
      table.ListTables({}, { deadline }, done),
    )
    return tables.map(toTableInfo)
  }

  async tableInfo(name: string, options?: AdminOptions): Promise<TableInfo> {
    const response = await this.#ask<TableInfoResponse>(options, ({ table }, deadline, done) =>
      table.TableInfo({ name }, { deadline }, done),
    )
    if (!response.table) throw incomplete()
    return toTableInfo(response.table)
  }

  async createTable(name: string, tableOptions?: TableOptions, options?: AdminOptions): Promise<TableInfo> {
    const request = { name, options: fromOptions(defineOptions(tableOptions)) }
    const response = await this.#ask<CreateTableResponse>(options, ({ table }, deadline, done) =>
      table.CreateTable(request, { deadline }, done),
    )
    if (!response.table) throw incomplete()
    return toTableInfo(response.table)
  }

  async changeTable(name: string, change: TableChange, options?: AdminOptions): Promise<TableInfo> {
    checkOptions('a change of a table', change ?? null)
    const request = { name, ...fromChange(change) }
    const response = await this.#ask<ChangeTableResponse>(options, ({ table }, deadline, done) =>
      table.ChangeTable(request, { deadline }, done),
    )
    if (!response.table) throw incomplete()
    return toTableInfo(response.table)
  }

  async dropTable(name: string, options?: AdminOptions): Promise<void> {
    await this.#ask(options, ({ table }, deadline, done) => table.DropTable({ name }, { deadline }, done))
  }

  async addCopy(name: string, node: string, options?: AdminOptions & { wait?: boolean }): Promise<void> {
    const wait = options?.wait === true
    await this.#ask(
      options,
      ({ table }, deadline, done) => table.AddTableCopy({ name, node, wait }, { deadline }, done),
      wait ? moveTimeoutMs : undefined,
    )
  }

  async moveCopy(name: string, move: CopyMove, options?: AdminOptions): Promise<void> {
    checkOptions('a move', move ?? null)
    const { from, to } = move
    await this.#ask(
      options,
      ({ table }, deadline, done) => table.MoveTableCopy({ name, from, to }, { deadline }, done),
      moveTimeoutMs,
    )
  }

  async removeCopy(name: string, node: string, options?: AdminOptions): Promise<void> {
    await this.#ask(options, ({ table }, deadline, done) =>
      table.RemoveTableCopy({ name, node }, { deadline }, done),
    )
  }

  async explain(table: string, key: Key, options?: AdminOptions): Promise<KeyExplanation> {
    encodeKey(key)
    const request = { table, key: fromKey(key) }
    const explained = await this.#ask<ExplainResponse>(options, ({ table: stub }, deadline, done) =>
      stub.Explain(request, { deadline }, done),
    )
    return toExplanation(explained)
  }

  async verify(table: string, options?: VerifyOptions): Promise<TableVerification> {
    const request = { table, limit: checkLimit(options?.limit, mostListed.differences) }
    const verified = await this.#ask<VerifyResponse>(
      options,
      ({ table: stub }, deadline, done) => stub.Verify(request, { deadline }, done),
      verifyTimeoutMs,
    )
    return toVerification(verified)
  }

  async receipts(options?: ReceiptsOptions): Promise<readonly NodeReceipts[]> {
    const request = { limit: checkLimit(options?.limit, mostListed.receipts) }
    const { nodes } = await this.#ask<ReceiptsResponse>(options, ({ cluster }, deadline, done) =>
      cluster.Receipts(request, { deadline }, done),
    )
    return nodes.map(toReceipts)
  }

  async join(seeds: readonly string[], options?: AdminOptions): Promise<void> {
    checkList('seeds', seeds)
    await this.#ask(options, ({ cluster }, deadline, done) =>
      cluster.Join({ seeds: [...seeds] }, { deadline }, done),
    )
  }

  /** Has the node that answers first leave the cluster and stop. */
  async leave(options?: AdminOptions): Promise<void> {
    await this.#ask(options, ({ cluster }, deadline, done) => cluster.Leave({}, { deadline }, done))
  }

  async recover(how: 'force' | 'accept', options?: AdminOptions): Promise<GroupStatus> {
    checkRecovery(how)
    const mode = how === 'force' ? 'RECOVER_MODE_FORCE' : 'RECOVER_MODE_ACCEPT'
    const { group } = await this.#ask<RecoverResponse>(options, ({ cluster }, deadline, done) =>
      cluster.Recover({ mode }, { deadline }, done),
    )
    return toGroup(group)
  }

  async dumps(options?: AdminOptions): Promise<DumpInfo[]> {
    const { dumps } = await this.#ask<ListDumpsResponse>(options, ({ cluster }, deadline, done) =>
      cluster.ListDumps({}, { deadline }, done),
    )
    return dumps
  }

  async *dump(name: string, options?: AdminOptions): AsyncIterableIterator<string> {
    const call = callFrom(this.#env.clock, options, moveTimeoutMs)
    const [address] = this.#nodes.addresses()
    if (address === undefined) throw nobody()
    const { cluster } = this.#stubs.of(address)
    yield* dumpLines(cluster.ReadDump({ name }, { deadline: this.#deadlineOf(call) }), call.signal)
  }

  /** @internal */
  async waitForTables(
    names: readonly string[],
    options: CallOptions | undefined,
    timeoutMs: number,
  ): Promise<void> {
    checkList('names', names)
    const wanted = { names: [...names] }
    await this.#ask(
      options,
      ({ cluster }, deadline, done) => cluster.WaitForTables(wanted, { deadline }, done),
      timeoutMs,
    )
  }

  // Another node only where nothing can have been done: a status from the server itself is an answer.
  async #ask<T>(
    options: CallOptions | undefined,
    send: (stubs: NodeStubs, deadline: number, done: Callback<T>) => { cancel(): void },
    timeoutMs = defaultTimeoutMs,
  ): Promise<T> {
    const call = callFrom(this.#env.clock, options, timeoutMs)
    const deadline = this.#deadlineOf(call)
    let last: unknown
    for (const address of this.#nodes.addresses()) {
      try {
        return await this.#call(call.signal, done => send(this.#stubs.of(address), deadline, done))
      } catch (error) {
        if (!MnemeshError.is(error, 'ERR_UNAVAILABLE') && !MnemeshError.is(error, 'ERR_NOT_READY'))
          throw error
        last = error
      }
    }
    throw last ?? nobody()
  }

  #deadlineOf({ deadline }: Call): number {
    return this.#env.clock.wall() + deadline - this.#env.clock.monotonic()
  }

  #call<T>(signal: AbortSignal | undefined, send: (done: Callback<T>) => { cancel(): void }): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const sent = send((error, response) => {
        signal?.removeEventListener('abort', cancel)
        if (error !== null) reject(fromStatus(error))
        else if (response === undefined) reject(incomplete())
        else resolve(response)
      })
      const cancel = () => sent.cancel()
      signal?.addEventListener('abort', cancel)
    })
  }
}

function nobody(): MnemeshError {
  return new MnemeshError('ERR_UNAVAILABLE', 'this client knows no node; give it endpoints')
}

function incomplete(): MnemeshError {
  return new MnemeshError('ERR_INTERNAL', 'the node answered without what was asked for')
}

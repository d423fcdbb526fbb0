import { BytesReader, type BytesWriter } from '../core/bytes.ts'
import type { Epoch } from '../core/epoch.ts'
import { readError, readPlain, writePlain } from '../core/failure.ts'
import type { Question } from '../core/inspection.ts'
import {
  type Operation,
  type Outcome,
  ownRow,
  readOutcome,
  readRow,
  writeOperation,
  writeOperations,
} from '../core/operation.ts'
import type { RowBatch } from '../core/rows.ts'
import type { Ack } from '../core/schema.ts'
import type { Origins } from '../core/version.ts'
import type { Call, Caller } from '../wire/caller.ts'
import {
  peerCalls,
  pushKinds,
  readPage,
  readRoots,
  readVersions,
  readWords,
  writeAck,
  writeBounds,
  writeClears,
  writeEpoch,
  writeKeys,
  writeLife,
  writeNumbers,
  writePageRequest,
  writeTable,
  writeVectors,
} from './calls.ts'
import type { Compared, CopyLife } from './coverage.ts'
import type { Invalidations, Page, PageRequest, Replica, TableClear, WatchListener } from './replica.ts'

const none = () => undefined
const changes = new Map(
  (['set', 'delete', 'expire', 'evict'] as const).map(change => [pushKinds[change] as number, change]),
)

/** The open connections to one node by what they are for. Each throws ERR_UNAVAILABLE while there is none. */
export interface Callers {
  readonly main: () => Caller
  /** Has a connection of its own, so that snapshots never delay a write. */
  readonly bulk: () => Caller
  /** Of calls that have to be answered however much the node has to do. */
  readonly urgent: () => Caller
}

/** The copies of a node that is reached over a wire. */
export class RemoteReplica implements Replica {
  readonly node: string
  readonly #origins: Origins
  readonly #main: () => Caller
  readonly #bulk: () => Caller
  readonly #urgent: () => Caller

  constructor(node: string, origins: Origins, { main, bulk, urgent }: Callers) {
    this.node = node
    this.#origins = origins
    this.#main = main
    this.#bulk = bulk
    this.#urgent = urgent
  }

  async read(table: string, keys: readonly Buffer[], call: Call) {
    const write = (body: BytesWriter) => {
      writeTable(body, table)
      writeKeys(body, keys)
    }
    const read = (reply: BytesReader) =>
      keys.map(() => (reply.u8() === 0 ? undefined : ownRow(readRow(reply, this.#origins))))
    return this.#main().call(peerCalls.read, write, read, call)
  }

  async issue(table: string, operation: Operation, after: number, call: Call) {
    return this.#operate(peerCalls.issue, table, operation, after, call)
  }

  async issueAll(table: string, operations: readonly Operation[], after: number, call: Call) {
    const write = (body: BytesWriter) => {
      writeTable(body, table)
      body.f64(after)
      writeOperations(body, operations)
    }
    return this.#main().call(peerCalls.issueAll, write, none, { ...call, mutates: true })
  }

  async decide(table: string, operation: Operation, after: number, call: Call) {
    return this.#operate(peerCalls.decide, table, operation, after, call)
  }

  #operate(kind: number, table: string, operation: Operation, after: number, call: Call): Promise<Outcome> {
    const write = (body: BytesWriter) => {
      writeTable(body, table)
      body.f64(after)
      writeOperation(body, operation)
    }
    const read = (reply: BytesReader): Outcome => {
      const { applied, row } = readOutcome(reply, this.#origins)
      return { applied, row: row === undefined ? undefined : ownRow(row) }
    }
    return this.#main().call(kind, write, read, { ...call, mutates: true })
  }

  async clear(table: string, ack: Ack, after: number, call: Call) {
    const write = (body: BytesWriter) => {
      writeTable(body, table)
      body.f64(after)
      writeAck(body, ack)
    }
    return this.#main().call(peerCalls.clear, write, none, { ...call, mutates: true })
  }

  async open(table: string, call: Call) {
    return this.#main().call(
      peerCalls.open,
      body => writeTable(body, table),
      reply => reply.count(),
      call,
    )
  }

  async page(table: string, request: PageRequest, call: Call) {
    return this.#pageOf(peerCalls.page, table, request, call)
  }

  async sums(table: string, request: PageRequest, call: Call) {
    return this.#pageOf(peerCalls.sums, table, request, call)
  }

  #pageOf(kind: number, table: string, request: PageRequest, call: Call): Promise<Page> {
    const write = (body: BytesWriter) => {
      writeTable(body, table)
      writePageRequest(body, request)
    }
    return this.#bulk().call(kind, write, reply => this.#page(reply), call)
  }

  async roots(tables: readonly TableClear[], epoch: Epoch, call: Call) {
    const write = (body: BytesWriter) => {
      writeEpoch(body, epoch)
      writeClears(body, tables, this.#origins)
    }
    return this.#bulk().call(peerCalls.roots, write, reply => readRoots(reply, this.#origins), call)
  }

  async groups(table: string, call: Call) {
    return this.#bulk().call(
      peerCalls.groups,
      body => writeTable(body, table),
      reply => readWords(reply, 256),
      call,
    )
  }

  async buckets(table: string, group: number, call: Call) {
    const write = (body: BytesWriter) => {
      writeTable(body, table)
      body.u8(group)
    }
    return this.#bulk().call(peerCalls.buckets, write, reply => readWords(reply, 256), call)
  }

  async versions(of: CopyLife, buckets: readonly number[], call: Call) {
    const write = (body: BytesWriter) => {
      writeLife(body, of)
      writeNumbers(body, buckets)
    }
    return this.#bulk().call(peerCalls.versions, write, reply => readVersions(reply, this.#origins), call)
  }

  async rows(of: CopyLife, hashes: readonly number[], call: Call) {
    const write = (body: BytesWriter) => {
      writeLife(body, of)
      writeNumbers(body, hashes)
    }
    return this.#bulk().call(peerCalls.rows, write, reply => this.#page(reply), call)
  }

  async merge(of: CopyLife, rows: RowBatch, epoch: Epoch, call: Call) {
    const write = (body: BytesWriter) => {
      writeLife(body, of)
      writeEpoch(body, epoch)
      rows.writeTo(body)
    }
    return this.#bulk().call(peerCalls.merge, write, none, call)
  }

  async touched(table: string, hashes: readonly number[], call: Call) {
    const write = (body: BytesWriter) => {
      writeTable(body, table)
      writeNumbers(body, hashes)
    }
    return this.#main().call(peerCalls.touched, write, none, call)
  }

  async bounded(_: string, maxBytes: ReadonlyMap<string, number>, call: Call) {
    return this.#main().call(peerCalls.bounded, body => writeBounds(body, maxBytes), none, call)
  }

  async compared(tables: readonly Compared[], epoch: Epoch, call: Call) {
    return this.#bulk().call(peerCalls.compared, body => writeVectors(body, tables, epoch), none, call)
  }

  async subscribe(table: string, partition: number, call: Call, listener: Invalidations) {
    const caller = this.#main()
    const write = (body: BytesWriter) => {
      writeTable(body, table)
      body.u8(partition)
    }
    const onPush = (push: BytesReader) => {
      if (push.u8() !== pushKinds.changed) {
        listener.lost()
        return
      }
      const row = readRow(push, this.#origins)
      listener.changed(row.keyBytes, row.keyStart, row.keyLength, row)
    }
    const { id, answer } = caller.subscribe(peerCalls.subscribe, write, none, call, onPush, () =>
      listener.lost(),
    )
    await answer
    return () => caller.unsubscribe(id)
  }

  async watch(table: string, prefix: Buffer, call: Call, listener: WatchListener) {
    const caller = this.#main()
    const write = (body: BytesWriter) => {
      writeTable(body, table)
      body.window(prefix, 0, prefix.length)
    }
    const onPush = (push: BytesReader) => {
      const kind = push.u8()
      if (kind === pushKinds.clear) listener.event('clear')
      else if (kind === pushKinds.resync) listener.event('resync')
      else if (kind === pushKinds.lost) listener.ended(readError(push))
      else {
        const change = changes.get(kind)
        if (change !== undefined) listener.changed(change, readRow(push, this.#origins))
      }
    }
    const { id, answer } = caller.subscribe(peerCalls.watch, write, none, call, onPush, error =>
      listener.ended(error),
    )
    await answer
    return () => caller.unsubscribe(id)
  }

  async status(call: Call) {
    return this.#urgent().call(peerCalls.status, none, readPlain, call)
  }

  async inspect(question: Question, call: Call) {
    return this.#main().call(peerCalls.inspect, body => writePlain(body, question), readPlain, call)
  }

  // The rows outlive the frame that they came in.
  #page(reply: BytesReader): Page {
    const bytes = Buffer.from(reply.bytes.subarray(reply.at, reply.end))
    return readPage(new BytesReader(bytes), this.#origins)
  }
}

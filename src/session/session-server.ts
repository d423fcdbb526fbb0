import type { BytesReader } from '../core/bytes.ts'
import { maxValueBytes as defaultMaxValueBytes } from '../core/codec.ts'
import { isVisible, Row } from '../core/entry.ts'
import type { Cancel, Environment } from '../core/environment.ts'
import { MnemeshError, toMnemeshError } from '../core/errors.ts'
import { writeError, writePlain } from '../core/failure.ts'
import { bodyOf, frameKinds } from '../core/frame.ts'
import { type Operation, ownRow, writeOutcome } from '../core/operation.ts'
import { RowBatch } from '../core/rows.ts'
import { freshnessOf } from '../replication/agreed-table.ts'
import type { OpenTable } from '../replication/open-tables.ts'
import type { Admission } from '../wire/admission.ts'
import { Answerer, type Incoming } from '../wire/answerer.ts'
import type { Call } from '../wire/caller.ts'
import { FrameReceiver } from '../wire/frame-receiver.ts'
import { FrameSender, noStamps } from '../wire/frame-sender.ts'
import { ItemWork, type ItemWorkParts } from '../wire/item-work.ts'
import type { Wire, WireEvents } from '../wire/wire.ts'
import {
  readAckOption,
  readConsistency,
  readOperate,
  readSetAll,
  sessionCalls,
  type Topology,
} from './calls.ts'
import { checkOperation, checkTtl, readKey, readValue, readWindow } from './checks.ts'
import { CoordinationServer, type SessionCoordination } from './coordination-server.ts'
import { writeFound } from './found.ts'
import { sessionRules } from './rules.ts'
import { watchTable } from './table-watch.ts'

const maxPageBytes = 256 * 1024
const maxKeysPerCall = 65_536
const maxTables = 4096

export interface SessionServerParts {
  /** The table as this node uses it. Throws ERR_TABLE_UNKNOWN, and ERR_NOT_READY while the node starts. */
  readonly open: (name: string) => OpenTable
  readonly topology: () => Topology
  /** Calls the listener when the topology has changed. */
  readonly onTopology: (listener: () => void) => Cancel
  /** Transactions and locks in this node's name. */
  readonly coordination?: SessionCoordination
  readonly maxValueBytes?: number
  /** Through it go all calls of clients, whatever session they come from. */
  readonly admission: Admission
}

/** One client's session with this node: many calls at once in binary frames, answered in turn-batched frames. */
export class SessionServer implements WireEvents {
  readonly #env: Environment
  readonly #parts: SessionServerParts
  readonly #wire: Wire
  readonly #ended: () => void
  readonly #sender: FrameSender
  readonly #answerer: Answerer
  readonly #receiver = new FrameReceiver()
  readonly #coordination: CoordinationServer | undefined
  // A table's name under the handle that the session's `open` gave it.
  readonly #tables: string[] = []
  readonly #row = new Row()
  readonly #work: ItemWorkParts
  #closed = false

  constructor(env: Environment, parts: SessionServerParts, wire: Wire, ended: () => void = () => {}) {
    this.#env = env
    this.#parts = parts
    this.#wire = wire
    this.#ended = ended
    this.#sender = new FrameSender(env.timers, wire, noStamps)
    this.#answerer = new Answerer(this.#sender, call => this.#handle(call))
    const { coordination, maxValueBytes = defaultMaxValueBytes, admission } = parts
    this.#work = {
      ...{ clock: env.clock, admission, answerer: this.#answerer, rules: sessionRules, rank: 'mixed' },
      guard: run => this.#guard(run),
      isClosed: () => this.#closed,
      // Who does not read the answers gets no more of them.
      isBlocked: () => this.#sender.isFull,
    }
    this.#coordination = coordination && new CoordinationServer(env, { coordination, maxValueBytes })
  }

  frame(bytes: Buffer): void {
    this.#guard(() => {
      const head = this.#receiver.accept(bytes)
      if (head === undefined) return
      if (head.kind !== frameKinds.items)
        throw new MnemeshError('ERR_FRAME_INVALID', 'a session is made of items only')
      this.#parts.admission.take(new ItemWork(this.#work, bodyOf(bytes)))
    })
  }

  #guard(run: () => void): void {
    try {
      run()
    } catch (error) {
      const reason = toMnemeshError(error)
      this.#sender.control(frameKinds.refuse, body => writeError(body, reason))
      this.#wire.close(reason)
    }
  }

  drained(): void {
    this.#sender.drained()
    this.#parts.admission.unblocked(this.#work)
  }

  closed(): void {
    this.#closed = true
    this.#parts.admission.unblocked(this.#work)
    this.#answerer.close()
    this.#sender.close()
    this.#ended()
  }

  /** Tells the client that this node leaves, so that it turns to another one at once. */
  close(): void {
    this.#sender.flush()
    this.#wire.close()
  }

  #handle(call: Incoming): void {
    const { kind, body } = call
    if (kind === sessionCalls.get) this.#get(call, body, false)
    else if (kind === sessionCalls.entry) this.#get(call, body, true)
    else if (kind === sessionCalls.set) this.#set(call, body)
    else if (kind === sessionCalls.delete) this.#delete(call, body)
    else if (kind === sessionCalls.operate) this.#operate(call, body)
    else if (kind === sessionCalls.setAll) this.#setAll(call, body)
    else if (kind === sessionCalls.getMany) this.#getMany(call, body)
    else if (kind === sessionCalls.open) this.#open(call, body)
    else if (kind === sessionCalls.clear) this.#clear(call, body)
    else if (kind === sessionCalls.page) this.#page(call, body)
    else if (kind === sessionCalls.watch) this.#watch(call, body)
    else if (kind === sessionCalls.topology) this.#topology(call)
    else if (this.#coordination?.handle(call) !== true)
      throw new MnemeshError('ERR_FRAME_INVALID', `unknown session call ${kind}`)
  }

  #open(call: Incoming, body: BytesReader): void {
    const name = body.text()
    const { entry } = this.#parts.open(name)
    let handle = this.#tables.indexOf(name)
    if (handle < 0) {
      if (this.#tables.length >= maxTables)
        throw new MnemeshError('ERR_LIMIT_EXCEEDED', `a session opens at most ${maxTables} tables`)
      handle = this.#tables.push(name) - 1
    }
    const { codec } = entry.definition
    call.reply(reply => writePlain(reply, { handle, codec }))
  }

  #get(call: Incoming, body: BytesReader, whole: boolean): void {
    const table = this.#table(body.u16())
    const timeoutMs = body.u32()
    // A key that is none is not found; only what is stored has to be checked.
    const key = readWindow(body)
    const row = this.#row
    const freshness = freshnessOf(table, readConsistency(body))
    if (table.agreed !== undefined && freshness !== undefined) {
      const reply = (found: Row | undefined) => call.reply(reply => writeFound(reply, found, whole, table))
      const read = table.agreed.each([Buffer.from(key)], freshness, this.#call(timeoutMs), reply)
      read?.catch(error => call.fail(error))
      return
    }
    const own = table.reader.ownRow(key, row)
    if (own !== undefined) {
      call.reply(reply => writeFound(reply, own ? row : undefined, whole, table))
      return
    }
    const found = table.reader.remoteRows([Buffer.from(key)], this.#call(timeoutMs))
    this.#answer(call, found, (reply, rows) => writeFound(reply, rows[0], whole, table))
  }

  #getMany(call: Incoming, body: BytesReader): void {
    const table = this.#table(body.u16())
    const limit = this.#call(body.u32())
    const count = body.u32()
    if (count > maxKeysPerCall)
      throw new MnemeshError('ERR_LIMIT_EXCEEDED', `at most ${maxKeysPerCall} keys in one call`)
    const keys = Array.from({ length: count }, () => body.ownBytes())
    const freshness = freshnessOf(table, readConsistency(body))
    if (table.agreed !== undefined && freshness !== undefined) {
      const found: (Row | undefined)[] = []
      const read = table.agreed.each(keys, freshness, limit, row => found.push(row && ownRow(row)))
      this.#answer(call, read ?? Promise.resolve(), reply => {
        for (const row of found) writeFound(reply, row, true, table)
      })
      return
    }
    const rows =
      keys.length > 0 && table.reader.ownRow(keys[0], this.#row) !== undefined
        ? undefined
        : table.reader.remoteRows(keys, limit)
    if (rows === undefined) {
      call.reply(reply => {
        for (const key of keys)
          writeFound(reply, table.reader.ownRow(key, this.#row) ? this.#row : undefined, true, table)
      })
      return
    }
    this.#answer(call, rows, (reply, list) => {
      for (const row of list) writeFound(reply, row, true, table)
    })
  }

  #set(call: Incoming, body: BytesReader): void {
    const table = this.#table(body.u16())
    const limit = this.#call(body.u32())
    const ack = readAckOption(body) ?? table.entry.definition.ack
    const ttlMs = body.f64()
    const key = Buffer.from(readKey(body))
    const value = Buffer.from(readValue(body, table.entry.definition.codec, table.maxValueBytes))
    const lifetime = ttlMs === 0 ? 'default' : checkTtl(ttlMs)
    const operation: Operation = { kind: 'set', key, value, by: 0, lifetime, condition: 'none', ack }
    this.#answer(call, (table.agreed ?? table.mutator).operate(operation, limit))
  }

  #delete(call: Incoming, body: BytesReader): void {
    const table = this.#table(body.u16())
    const limit = this.#call(body.u32())
    const ack = readAckOption(body) ?? table.entry.definition.ack
    const key = Buffer.from(readKey(body))
    const operation: Operation = { ...deletion, key, ack }
    this.#answer(call, (table.agreed ?? table.mutator).operate(operation, limit), (reply, outcome) =>
      reply.u8(outcome.applied ? 1 : 0),
    )
  }

  #operate(call: Incoming, body: BytesReader): void {
    const { handle, timeoutMs, asTable, operation } = readOperate(body)
    const table = this.#table(handle)
    const whole = checkOperation(operation, table, asTable)
    const made = (table.agreed ?? table.mutator).operate(whole, this.#call(timeoutMs))
    this.#answer(call, made, (reply, outcome) => writeOutcome(reply, outcome, table.origins))
  }

  #setAll(call: Incoming, body: BytesReader): void {
    const { handle, timeoutMs, asTable, operations } = readSetAll(body)
    const table = this.#table(handle)
    const whole = operations.map(operation => checkOperation(operation, table, asTable))
    this.#answer(call, (table.agreed ?? table.mutator).setAll(whole, this.#call(timeoutMs)))
  }

  #clear(call: Incoming, body: BytesReader): void {
    const table = this.#table(body.u16())
    const limit = this.#call(body.u32())
    const ack = readAckOption(body) ?? table.entry.definition.ack
    this.#answer(call, table.agreed?.clear(limit) ?? table.mutator.clear(ack, limit))
  }

  #page(call: Incoming, body: BytesReader): void {
    const table = this.#table(body.u16())
    const limit = this.#call(body.u32())
    const cursor = body.count()
    const prefix = body.ownBytes()
    const freshness = freshnessOf(table, readConsistency(body))
    const { agreed } = table
    const page =
      agreed === undefined || freshness === undefined
        ? table.pages(cursor, prefix, maxPageBytes, limit)
        : agreed.page({ cursor, prefix, maxBytes: maxPageBytes }, freshness, limit)
    this.#answer(call, page, (reply, { rows, next }) => {
      const wallMs = this.#env.clock.wall()
      const batch = new RowBatch(table.origins)
      rows.each(row => {
        if (agreed !== undefined || isVisible(row, wallMs)) batch.add(row)
      })
      reply.f64(next)
      batch.writeTo(reply)
    })
  }

  #watch(call: Incoming, body: BytesReader): void {
    const table = this.#table(body.u16())
    const limit = this.#call(body.u32())
    const stop = watchTable(call, table, body.ownBytes(), limit)
    stop.then(end => call.onCancel(end)).catch(() => {})
    this.#answer(call, stop)
  }

  // Answered at once, and pushed again after every change until the client cancels.
  #topology(call: Incoming): void {
    const off = this.#parts.onTopology(() => call.push(push => writePlain(push, this.#parts.topology())))
    call.onCancel(off)
    call.reply(reply => writePlain(reply, this.#parts.topology()))
  }

  #table(handle: number): OpenTable {
    const name = this.#tables[handle]
    if (name === undefined)
      throw new MnemeshError('ERR_FRAME_INVALID', 'a handle that this session did not open')
    return this.#parts.open(name)
  }

  #call(timeoutMs: number): Call {
    return { deadline: this.#env.clock.monotonic() + timeoutMs }
  }

  #answer<T>(
    call: Incoming,
    result: Promise<T>,
    write?: (reply: Parameters<typeof writePlain>[0], value: T) => void,
  ): void {
    const { admission } = this.#parts
    admission.began()
    const answered = (value: T) => {
      admission.ended()
      call.reply(write === undefined ? undefined : reply => write(reply, value))
    }
    const failed = (error: unknown) => {
      admission.ended()
      throw error
    }
    result.then(answered, failed).catch(error => call.fail(error))
  }
}

const none = Buffer.alloc(0)
const deletion = { kind: 'delete', value: none, by: 0, lifetime: 'forever', condition: 'none' } as const

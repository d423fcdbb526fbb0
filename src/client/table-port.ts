import type { BytesReader } from '../core/bytes.ts'
import { type CodecName, decodeValue, hardMaxValueBytes, ValueWriter } from '../core/codec.ts'
import { type Row, versionText } from '../core/entry.ts'
import type { Environment } from '../core/environment.ts'
import { MnemeshError } from '../core/errors.ts'
import { readError } from '../core/failure.ts'
import { encodeKey, type Key, KeyWriter } from '../core/key.ts'
import { type Operation, readOutcome, readRow } from '../core/operation.ts'
import { RowBlock } from '../core/rows.ts'
import type { Ack } from '../core/schema.ts'
import type { TableInfo } from '../core/status.ts'
import { Origins } from '../core/version.ts'
import { callFrom } from '../face/calls.ts'
import { entryOfRow, keyOfRow } from '../face/entries.ts'
import {
  elsewhere,
  type PortListener,
  type ScanPage,
  type TablePort,
  type Write,
  type Written,
} from '../face/port.ts'
import type { Entry } from '../face/types.ts'
import { sessionCalls, sessionPushes, writeAckOption, writeOperate, writeSet } from '../session/calls.ts'
import type { Call } from '../wire/caller.ts'
import type { Nodes, Route } from './nodes.ts'

const keys = new KeyWriter()
const values = new ValueWriter()
const origins = new Origins()
const noBytes = Buffer.alloc(0)
const keysPerCall = 4096

/** A table as a client reads and writes it: every call goes to a node that holds it. */
export class ClientTablePort implements TablePort {
  readonly name: string
  readonly #env: Environment
  readonly #nodes: Nodes
  readonly #info: (name: string, call: Call) => Promise<TableInfo>

  constructor(
    env: Environment,
    nodes: Nodes,
    name: string,
    info: (name: string, call: Call) => Promise<TableInfo>,
  ) {
    this.#env = env
    this.#nodes = nodes
    this.name = name
    this.#info = info
  }

  held(): unknown {
    return elsewhere
  }

  here(): unknown {
    return elsewhere
  }

  value(key: Key, call: Call): Promise<unknown> {
    const length = keys.write(key)
    const route = this.#nodes.route(this.name, keys.bytes, length)
    const bytes = route === undefined ? Buffer.from(keys.bytes.subarray(0, length)) : keys.bytes
    if (route === undefined)
      return this.#ask(bytes, call, found => this.#valueFrom(found, bytes, length, call))
    return this.#valueFrom(route, bytes, length, call).catch(error => {
      if (error?.code !== 'ERR_UNAVAILABLE' && error?.code !== 'ERR_NOT_READY') throw error
      const again = encodeKey(key)
      return this.#ask(again, call, found => this.#valueFrom(found, again, again.length, call))
    })
  }

  async find(key: Key, call: Call): Promise<Entry | undefined> {
    const bytes = encodeKey(key)
    return this.#ask(bytes, call, ({ caller, table }) =>
      caller.call(
        sessionCalls.entry,
        body => {
          body.u16(table.handle)
          body.u32(this.#left(call))
          body.window(bytes, 0, bytes.length)
        },
        reply => (reply.u8() === 0 ? undefined : this.#entry(readRow(reply, origins), table.codec)),
        call,
      ),
    )
  }

  async findMany(wanted: readonly Key[], call: Call): Promise<readonly (Entry | undefined)[]> {
    const out: (Entry | undefined)[] = []
    for (let i = 0; i < wanted.length; i += keysPerCall) {
      const encoded = wanted.slice(i, i + keysPerCall).map(key => encodeKey(key))
      out.push(...(await this.#findChunk(encoded, call)))
    }
    return out
  }

  set(
    key: Key,
    value: unknown,
    ttlMs: number,
    ack: Ack | undefined,
    given: Call | undefined,
  ): Promise<boolean> {
    const call = { ...(given ?? callFrom(this.#env.clock, undefined)), mutates: true }
    const length = keys.write(key)
    const route = this.#nodes.route(this.name, keys.bytes, length)
    if (route !== undefined) {
      values.write(value, route.table.codec, hardMaxValueBytes)
      return this.#setAt(route, { ttlMs, ack }, keys, values, call)
    }
    const bytes = Buffer.from(keys.bytes.subarray(0, length))
    return this.#ask(bytes, call, found => {
      values.write(value, found.table.codec, hardMaxValueBytes)
      return this.#setAt(found, { ttlMs, ack }, { bytes, length }, values, call)
    })
  }

  delete(key: Key, ack: Ack | undefined, given: Call | undefined): Promise<boolean> {
    const call = { ...(given ?? callFrom(this.#env.clock, undefined)), mutates: true }
    const bytes = encodeKey(key)
    return this.#ask(bytes, call, ({ caller, table }) =>
      caller.call(
        sessionCalls.delete,
        body => {
          body.u16(table.handle)
          body.u32(this.#left(call))
          writeAckOption(body, ack)
          body.window(bytes, 0, bytes.length)
        },
        reply => reply.u8() === 1,
        call,
      ),
    )
  }

  async write(write: Write, given: Call): Promise<Written> {
    const call = { ...given, mutates: true }
    const bytes = encodeKey(write.key)
    return this.#ask(bytes, call, ({ caller, table }) => {
      if (write.kind === 'set') values.write(write.value, table.codec, hardMaxValueBytes)
      const value = write.kind === 'set' ? Buffer.from(values.bytes.subarray(0, values.length)) : noBytes
      const { kind, by, lifetime, condition, ack } = write
      const operation: Operation = { kind, key: bytes, value, by, lifetime, condition, ack: ack ?? 'one' }
      const request = {
        handle: table.handle,
        timeoutMs: this.#left(call),
        asTable: ack === undefined,
        operation,
      }
      return caller.call(
        sessionCalls.operate,
        body => writeOperate(body, request),
        reply => {
          const { applied, row } = readOutcome(reply, origins)
          const present = row !== undefined && !row.isDead
          return { applied, entry: present ? this.#entry(row, table.codec) : undefined }
        },
        call,
      )
    })
  }

  async setAll(): Promise<void> {
    throw new MnemeshError('ERR_INVALID_OPTION', 'option atomic is for embedded nodes by now')
  }

  async clear(ack: Ack | undefined, given: Call): Promise<void> {
    const call = { ...given, mutates: true }
    await this.#ask(undefined, call, ({ caller, table }) =>
      caller.call(
        sessionCalls.clear,
        body => {
          body.u16(table.handle)
          body.u32(this.#left(call))
          writeAckOption(body, ack)
        },
        () => undefined,
        call,
      ),
    )
  }

  async page(cursor: number, prefix: Key | undefined, call: Call): Promise<ScanPage> {
    const bytes = prefix === undefined ? noBytes : encodeKey(prefix)
    return this.#ask(undefined, call, ({ caller, table }) =>
      caller.call(
        sessionCalls.page,
        body => {
          body.u16(table.handle)
          body.u32(this.#left(call))
          body.f64(cursor)
          body.window(bytes, 0, bytes.length)
        },
        reply => {
          const next = reply.count()
          const entries: Entry[] = []
          new RowBlock(reply, origins).each(row => entries.push(this.#entry(row, table.codec)))
          return { entries, next }
        },
        call,
      ),
    )
  }

  async watch(prefix: Key | undefined, listener: PortListener, call: Call): Promise<() => void> {
    const bytes = prefix === undefined ? noBytes : encodeKey(prefix)
    return this.#ask(bytes, call, async ({ caller, table }) => {
      const { id, answer } = caller.subscribe(
        sessionCalls.watch,
        body => {
          body.u16(table.handle)
          body.u32(this.#left(call))
          body.window(bytes, 0, bytes.length)
        },
        () => undefined,
        call,
        push => tell(push, listener, table.codec),
        error => listener.ended(error),
      )
      await answer
      return () => caller.unsubscribe(id)
    })
  }

  info(call: Call): Promise<TableInfo> {
    return this.#info(this.name, call)
  }

  #findChunk(encoded: readonly Buffer[], call: Call): Promise<readonly (Entry | undefined)[]> {
    return this.#ask(encoded[0], call, ({ caller, table }) =>
      caller.call(
        sessionCalls.getMany,
        body => {
          body.u16(table.handle)
          body.u32(this.#left(call))
          body.u32(encoded.length)
          for (const key of encoded) body.window(key, 0, key.length)
        },
        reply =>
          encoded.map(() =>
            reply.u8() === 0 ? undefined : this.#entry(readRow(reply, origins), table.codec),
          ),
        call,
      ),
    )
  }

  #valueFrom({ caller, table }: Route, key: Buffer, length: number, call: Call): Promise<unknown> {
    return caller.call(
      sessionCalls.get,
      body => {
        body.u16(table.handle)
        body.u32(this.#left(call))
        body.window(key, 0, length)
      },
      reply => (reply.u8() === 0 ? undefined : decodeValue(reply.bytes, reply.at, reply.end, table.codec)),
      call,
    )
  }

  #setAt(
    { caller, table }: Route,
    options: { readonly ttlMs: number; readonly ack: Ack | undefined },
    key: { bytes: Buffer; length: number },
    value: { bytes: Buffer; length: number },
    call: Call,
  ): Promise<boolean> {
    const set = { handle: table.handle, timeoutMs: this.#left(call), ...options }
    return caller.call(sessionCalls.set, body => writeSet(body, set, key, value), isTrue, call)
  }

  #ask<T>(key: Buffer | undefined, call: Call, ask: (route: Route) => Promise<T>): Promise<T> {
    return this.#nodes.ask(this.name, key, call, ask)
  }

  #left(call: Call): number {
    return Math.max(1, Math.ceil(call.deadline - this.#env.clock.monotonic()))
  }

  #entry(row: Row, codec: CodecName): Entry {
    return entryOfRow(row, codec, origins, 'remote')
  }
}

function isTrue(): boolean {
  return true
}

function tell(push: BytesReader, listener: PortListener, codec: CodecName): void {
  const kind = push.u8()
  if (kind === sessionPushes.clear) listener.event('clear')
  else if (kind === sessionPushes.resync) listener.event('resync')
  else if (kind === sessionPushes.ended) listener.ended(readError(push))
  else {
    const row = readRow(push, origins)
    const type = kind === sessionPushes.set ? 'set' : kind === sessionPushes.delete ? 'delete' : 'expire'
    const value = type === 'set' ? entryOfRow(row, codec, origins, 'remote').value : undefined
    listener.changed(type, {
      key: keyOfRow(row),
      value,
      version: versionText(origins, row.h, row.origin, row.flags),
    })
  }
}

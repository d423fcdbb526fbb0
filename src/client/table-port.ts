import type { BytesWriter } from '../core/bytes.ts'
import { type CodecName, hardMaxValueBytes, ValueWriter } from '../core/codec.ts'
import type { Row } from '../core/entry.ts'
import type { Environment } from '../core/environment.ts'
import { encodeKey, type Key, KeyWriter } from '../core/key.ts'
import { type Operation, readOutcome, readRow } from '../core/operation.ts'
import { RowBlock } from '../core/rows.ts'
import type { Ack } from '../core/schema.ts'
import type { TableInfo } from '../core/status.ts'
import { Origins } from '../core/version.ts'
import { callFrom } from '../face/calls.ts'
import { entryOfRow } from '../face/entries.ts'
import {
  elsewhere,
  type PortListener,
  type ScanPage,
  type SetAllOptions,
  type TablePort,
  type Write,
  type Written,
} from '../face/port.ts'
import type { Consistency, Entry } from '../face/types.ts'
import {
  sessionCalls,
  writeAckOption,
  writeConsistency,
  writeOperate,
  writeSetAll,
} from '../session/calls.ts'
import type { Call } from '../wire/caller.ts'
import type { OpenedTable } from './connection.ts'
import { type EncodedKey, setAt, valueFrom } from './hot-calls.ts'
import type { Nodes, Route } from './nodes.ts'
import { setsOf } from './sets.ts'
import { tell } from './watch-push.ts'

const keys = new KeyWriter()
const values = new ValueWriter()
const origins = new Origins()
const noBytes = Buffer.alloc(0)
const keysPerCall = 4096

export interface ClientTablePortParts {
  readonly nodes: Nodes
  readonly info: (name: string, call: Call) => Promise<TableInfo>
}

/** A table as a client reads and writes it: every call goes to a node that holds it. */
export class ClientTablePort implements TablePort {
  readonly name: string
  readonly #env: Environment
  readonly #parts: ClientTablePortParts

  constructor(env: Environment, parts: ClientTablePortParts, name: string) {
    this.#env = env
    this.#parts = parts
    this.name = name
  }

  readonly held = (): unknown => elsewhere
  readonly here = (): unknown => elsewhere

  value(key: Key, call: Call, consistency: Consistency | undefined): Promise<unknown> {
    const length = keys.write(key)
    const route = this.#parts.nodes.route(this.name, keys.bytes, length)
    const bytes = route === undefined ? Buffer.from(keys.bytes.subarray(0, length)) : keys.bytes
    if (route === undefined)
      return this.#ask(bytes, call, found => this.#get(found, { bytes, length }, call, consistency))
    return this.#get(route, { bytes, length }, call, consistency).catch(error =>
      this.#again(error, { key, call }, (found, encoded) => this.#get(found, encoded, call, consistency)),
    )
  }

  async find(key: Key, call: Call, consistency: Consistency | undefined): Promise<Entry | undefined> {
    const bytes = encodeKey(key)
    return this.#ask(bytes, call, ({ caller, table }) =>
      caller.call(
        sessionCalls.entry,
        body => {
          this.#head(body, table, call)
          body.window(bytes, 0, bytes.length)
          writeConsistency(body, consistency)
        },
        reply => (reply.u8() === 0 ? undefined : this.#entry(readRow(reply, origins), table.codec)),
        call,
      ),
    )
  }

  async findMany(
    wanted: readonly Key[],
    call: Call,
    consistency: Consistency | undefined,
  ): Promise<readonly (Entry | undefined)[]> {
    const out: (Entry | undefined)[] = []
    for (let i = 0; i < wanted.length; i += keysPerCall) {
      const encoded = wanted.slice(i, i + keysPerCall).map(key => encodeKey(key))
      out.push(...(await this.#findChunk(encoded, call, consistency)))
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
    const route = this.#parts.nodes.route(this.name, keys.bytes, length)
    const write = (found: Route, encoded: EncodedKey) => {
      values.write(value, found.table.codec, hardMaxValueBytes)
      return setAt(found, { timeoutMs: this.#left(call), ttlMs, ack }, encoded, values, call)
    }
    if (route !== undefined)
      return write(route, keys).catch(error => this.#again(error, { key, call }, write))
    const bytes = Buffer.from(keys.bytes.subarray(0, length))
    return this.#ask(bytes, call, found => write(found, { bytes, length }))
  }

  delete(key: Key, ack: Ack | undefined, given: Call | undefined): Promise<boolean> {
    const call = { ...(given ?? callFrom(this.#env.clock, undefined)), mutates: true }
    const bytes = encodeKey(key)
    return this.#ask(bytes, call, ({ caller, table }) =>
      caller.call(
        sessionCalls.delete,
        body => {
          this.#head(body, table, call)
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

  async setAll(
    entries: readonly (readonly [Key, unknown])[],
    options: SetAllOptions,
    given: Call,
  ): Promise<void> {
    const call = { ...given, mutates: true }
    await this.#ask(undefined, call, ({ caller, table }) => {
      const operations = setsOf(entries, table.codec, options)
      const asTable = options.ack === undefined
      const request = { handle: table.handle, timeoutMs: this.#left(call), asTable, operations }
      const write = (body: BytesWriter) => writeSetAll(body, request)
      return caller.call(sessionCalls.setAll, write, () => undefined, call)
    })
  }

  async clear(ack: Ack | undefined, given: Call): Promise<void> {
    const call = { ...given, mutates: true }
    await this.#ask(undefined, call, ({ caller, table }) =>
      caller.call(
        sessionCalls.clear,
        body => {
          this.#head(body, table, call)
          writeAckOption(body, ack)
        },
        () => undefined,
        call,
      ),
    )
  }

  async page(
    cursor: number,
    prefix: Key | undefined,
    call: Call,
    consistency: Consistency | undefined,
  ): Promise<ScanPage> {
    const bytes = prefix === undefined ? noBytes : encodeKey(prefix)
    return this.#ask(undefined, call, ({ caller, table }) =>
      caller.call(
        sessionCalls.page,
        body => {
          this.#head(body, table, call)
          body.f64(cursor)
          body.window(bytes, 0, bytes.length)
          writeConsistency(body, consistency)
        },
        reply => {
          const next = reply.count()
          const entries: Entry[] = []
          new RowBlock(reply, origins).each(row => entries.push(this.#entry(row, table.codec)))
          return { entries, next }
        },
        { ...call, continues: cursor !== 0 },
      ),
    )
  }

  async watch(prefix: Key | undefined, listener: PortListener, call: Call): Promise<() => void> {
    const bytes = prefix === undefined ? noBytes : encodeKey(prefix)
    return this.#ask(bytes, call, async ({ caller, table }) => {
      const { id, answer } = caller.subscribe(
        sessionCalls.watch,
        body => {
          this.#head(body, table, call)
          body.window(bytes, 0, bytes.length)
        },
        () => undefined,
        call,
        push => tell(push, listener, { codec: table.codec, origins }),
        error => listener.ended(error),
      )
      await answer
      return () => caller.unsubscribe(id)
    })
  }

  info(call: Call): Promise<TableInfo> {
    return this.#parts.info(this.name, call)
  }

  #findChunk(
    encoded: readonly Buffer[],
    call: Call,
    consistency: Consistency | undefined,
  ): Promise<readonly (Entry | undefined)[]> {
    return this.#ask(encoded[0], call, ({ caller, table }) =>
      caller.call(
        sessionCalls.getMany,
        body => {
          this.#head(body, table, call)
          body.u32(encoded.length)
          for (const key of encoded) body.window(key, 0, key.length)
          writeConsistency(body, consistency)
        },
        reply =>
          encoded.map(() =>
            reply.u8() === 0 ? undefined : this.#entry(readRow(reply, origins), table.codec),
          ),
        call,
      ),
    )
  }

  #again<T>(
    error: unknown,
    { key, call }: { readonly key: Key; readonly call: Call },
    ask: (route: Route, key: EncodedKey) => Promise<T>,
  ): Promise<T> {
    const once = (bytes: Buffer) =>
      this.#ask(bytes, call, found => ask(found, { bytes, length: bytes.length }))
    return this.#parts.nodes.again(error, call, () => once(encodeKey(key)))
  }

  #get(route: Route, key: EncodedKey, call: Call, consistency: Consistency | undefined): Promise<unknown> {
    return valueFrom(route, key, { timeoutMs: this.#left(call), consistency }, call)
  }

  #ask<T>(key: Buffer | undefined, call: Call, ask: (route: Route) => Promise<T>): Promise<T> {
    return this.#parts.nodes.ask(this.name, key, call, ask)
  }

  #head(body: BytesWriter, table: OpenedTable, call: Call): void {
    body.u16(table.handle)
    body.u32(this.#left(call))
  }

  #left(call: Call): number {
    return Math.max(1, Math.ceil(call.deadline - this.#env.clock.monotonic()))
  }

  #entry(row: Row, codec: CodecName): Entry {
    return entryOfRow(row, codec, origins, 'remote')
  }
}

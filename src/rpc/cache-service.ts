import type { CodecName } from '../core/codec.ts'
import { MnemeshError } from '../core/errors.ts'
import type { Key } from '../core/key.ts'
import type { Change, Entry, SetOptions, Table } from '../face/types.ts'
import type { Wire, WireEvents } from '../wire/wire.ts'
import { fromEntry, fromKey, fromValue, toAck, toConsistency, toKey, toValue } from './convert.ts'
import type { CacheServiceHandlers } from './generated/mnemesh/v1/CacheService.ts'
import type { ValueFormat__Output as ValueFormat } from './generated/mnemesh/v1/ValueFormat.ts'
import { acceptStream } from './grpc-wire.ts'
import { type Admit, type Admits, streaming, unary } from './handlers.ts'
import { type TransactionParts, transact } from './transact.ts'

const entriesPerMessage = 128

/** What the service needs of the node that it speaks for. */
export interface CacheServiceParts {
  /** An existing table. Throws ERR_TABLE_UNKNOWN, ERR_NOT_READY. */
  readonly table: (name: string) => { readonly table: Table; readonly codec: CodecName }
  readonly transactions: TransactionParts
  readonly session: (wire: Wire) => WireEvents
  readonly admit: Admits
}

type Handlers = CacheServiceHandlers & Record<string, unknown>

export function cacheService({ table: open, transactions, session, admit }: CacheServiceParts): Handlers {
  return {
    ...reads(open, admit.tables),
    ...writes(open, admit.tables),
    Transact: unary((request, options) => transact(transactions, request, options), admit.group),
    Watch: streaming(async function* ({ table: name, prefix, format }, { signal }) {
      const { table, codec } = open(name)
      for await (const change of table.watch({ signal, prefix: optionalKey(prefix) }))
        yield fromChange(change, codec, format)
    }, admit.tables),
    Session: call => acceptStream(call as unknown as Parameters<typeof acceptStream>[0], session),
  }
}

type Open = CacheServiceParts['table']
type Reads = Pick<CacheServiceHandlers, 'Get' | 'GetMany' | 'Has' | 'Scan'>
type Writes = Pick<
  CacheServiceHandlers,
  'Set' | 'SetMany' | 'Update' | 'Increment' | 'Touch' | 'Delete' | 'Clear'
>

function reads(open: Open, admit: Admit): Reads {
  return {
    Get: unary(async ({ table: name, key, format, consistency }, call) => {
      const { table, codec } = open(name)
      const options = { ...call, ...toConsistency(consistency) }
      return { entry: message(await table.entry(toKey(key), options), codec, format) }
    }, admit),
    GetMany: unary(async ({ table: name, keys, format, consistency }, call) => {
      const { table, codec } = open(name)
      const options = { ...call, ...toConsistency(consistency) }
      const entries = await Promise.all(keys.map(key => table.entry(toKey(key), options)))
      return { results: entries.map(entry => ({ entry: message(entry, codec, format) })) }
    }, admit),
    Has: unary(
      async ({ table: name, key, consistency }, call) => ({
        found: await open(name).table.has(toKey(key), { ...call, ...toConsistency(consistency) }),
      }),
      admit,
    ),
    Scan: streaming(async function* ({ table: name, prefix, limit, format, consistency }, { signal }) {
      const { table, codec } = open(name)
      const bounds = { prefix: optionalKey(prefix), limit: limit === 0 ? undefined : limit }
      let entries: ReturnType<typeof fromEntry>[] = []
      for await (const [key, value] of table.entries({ signal, ...bounds, ...toConsistency(consistency) })) {
        entries.push({ key: fromKey(key), value: fromValue(value, codec, format) })
        if (entries.length < entriesPerMessage) continue
        yield { entries }
        entries = []
      }
      if (entries.length > 0) yield { entries }
    }, admit),
  }
}

function writes(open: Open, admit: Admit): Writes {
  return {
    Set: unary(async (request, options) => {
      const { table, codec } = open(request.table)
      const { keepTtl, ifAbsent } = request
      const set: SetOptions = { ...options, ...written(request), keepTtl, ifAbsent }
      return { applied: await table.set(toKey(request.key), toValue(request.value, codec), set) }
    }, admit),
    SetMany: unary(async (request, options) => {
      const { table, codec } = open(request.table)
      const entries = request.entries.map(({ key, value }) => [toKey(key), toValue(value, codec)] as const)
      await table.setMany(entries, { ...options, ...written(request), atomic: request.atomic })
      return { count: entries.length }
    }, admit),
    Update: unary(async (request, options) => {
      const { table, codec } = open(request.table)
      const key = toKey(request.key)
      const condition = request.ifVersion === '' ? { ifAbsent: true } : { ifVersion: request.ifVersion }
      const set: SetOptions = { ...options, ...written(request), keepTtl: request.keepTtl, ...condition }
      const applied = await table.set(key, toValue(request.value, codec), set)
      return { applied, entry: message(await table.entry(key, options), codec, request.format) }
    }, admit),
    Increment: unary(async (request, options) => {
      const { by = 1 } = request
      return {
        sum: await open(request.table).table.increment(toKey(request.key), by, {
          ...options,
          ...written(request),
        }),
      }
    }, admit),
    Touch: unary(
      async ({ table: name, key, ttlMs, ack }, options) => ({
        touched: await open(name).table.touch(toKey(key), ttlMs, { ...options, ack: toAck(ack) }),
      }),
      admit,
    ),
    Delete: unary(async ({ table: name, key, ifVersion, ack }, options) => {
      const condition = ifVersion === '' ? {} : { ifVersion }
      return {
        deleted: await open(name).table.delete(toKey(key), { ...options, ack: toAck(ack), ...condition }),
      }
    }, admit),
    Clear: unary(async ({ table: name, ack }, options) => {
      await open(name).table.clear({ ...options, ack: toAck(ack) })
      return {}
    }, admit),
  }
}

function message(entry: Entry | undefined, codec: CodecName, format: ValueFormat) {
  return entry === undefined ? null : fromEntry(entry, codec, format)
}

function written({
  ttlMs,
  ack,
}: {
  readonly ttlMs: number
  readonly ack: Parameters<typeof toAck>[0]
}): SetOptions {
  return { ack: toAck(ack), ...(ttlMs === 0 ? {} : { ttl: ttlMs }) }
}

function optionalKey(message: Parameters<typeof toKey>[0]): Key | undefined {
  return message === null ? undefined : toKey(message)
}

function fromChange(change: Change, codec: CodecName, format: ValueFormat) {
  const type = `CHANGE_TYPE_${change.type.toUpperCase()}` as 'CHANGE_TYPE_SET'
  if (!('key' in change)) return { type }
  const { key, version } = change
  const value = change.type === 'set' ? fromValue(change.value, codec, format) : null
  return { type, key: fromKey(key), version, value }
}

/** The error of every call while the node is still starting. */
export function stillStarting(): MnemeshError {
  return new MnemeshError('ERR_NOT_READY', 'this node is still starting; ask again soon or ask another one')
}

import { type Duration, show, toMs } from '../core/duration.ts'
import type { Environment } from '../core/environment.ts'
import { MnemeshError } from '../core/errors.ts'
import { type Key, showKey } from '../core/key.ts'
import type { Condition, Lifetime } from '../core/operation.ts'
import { scanEnd } from '../core/partition.ts'
import type { Ack } from '../core/schema.ts'
import type { TableInfo } from '../core/status.ts'
import type { Call } from '../wire/caller.ts'
import { checkedPairs, checkFunction, checkList, checkOptions } from './arguments.ts'
import { callFrom, ttlFrom } from './calls.ts'
import { ChangeStream } from './change-stream.ts'
import { elsewhere, type TablePort, type Write } from './port.ts'
import type {
  CallOptions,
  Change,
  Consistency,
  DeepReadonly,
  DeleteOptions,
  Entry,
  IncrementOptions,
  ReadOptions,
  ScanOptions,
  SetManyOptions,
  SetOptions,
  Table,
  WatchOptions,
  WriteOptions,
} from './types.ts'

const maxUpdateAttempts = 10
const setManyChunk = 1024

/** The public table over a port: the same face for an embedded node and for a client. */
export class TypedTable<K extends Key, V> implements Table<K, V> {
  readonly name: string
  readonly #env: Environment
  readonly #port: TablePort

  constructor(env: Environment, port: TablePort) {
    this.name = port.name
    this.#env = env
    this.#port = port
  }

  peek(key: K): DeepReadonly<V> | undefined {
    const value = this.#port.held(key)
    return value === elsewhere ? undefined : (value as DeepReadonly<V> | undefined)
  }

  get(key: K, options?: ReadOptions): Promise<DeepReadonly<V> | undefined> {
    try {
      const consistency = consistencyOf(options)
      if (consistency !== 'linearizable') {
        const value = consistency === 'local' ? this.#port.held(key) : this.#port.here(key)
        if (value !== elsewhere) return Promise.resolve(value as DeepReadonly<V> | undefined)
      }
      return this.#port.value(key, this.#call(options), consistency) as Promise<DeepReadonly<V> | undefined>
    } catch (error) {
      return Promise.reject(error)
    }
  }

  async getMany(keys: readonly K[], options?: ReadOptions): Promise<(DeepReadonly<V> | undefined)[]> {
    checkList('keys', keys)
    const entries = await this.#port.findMany(keys, this.#call(options), consistencyOf(options))
    return entries.map(entry => entry?.value as DeepReadonly<V> | undefined)
  }

  async entry(key: K, options?: ReadOptions): Promise<Entry<K, V> | undefined> {
    return (await this.#find(key, options)) as Entry<K, V> | undefined
  }

  async has(key: K, options?: ReadOptions): Promise<boolean> {
    if (options?.consistency === undefined) {
      const value = this.#port.here(key)
      if (value !== elsewhere) return value !== undefined
    }
    return (await this.#find(key, options)) !== undefined
  }

  set(key: K, value: V, options?: SetOptions): Promise<boolean> {
    try {
      if (options === undefined) return this.#port.set(key, value, 0, undefined, undefined)
      const call = this.#call(options)
      const condition = conditionOf(options)
      if (condition === 'none' && options.keepTtl !== true) {
        return this.#port.set(key, value, ttlFrom(options.ttl), ackOf(options), call)
      }
      const write = { ...blank, key, value, lifetime: lifetimeOf(options), condition, ack: ackOf(options) }
      return this.#port.write(write, call).then(written => written.applied)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  async setMany(entries: Iterable<readonly [K, V]>, options: SetManyOptions = {}): Promise<void> {
    checkOptions('the options of setMany', options)
    if (options.ifVersion !== undefined || options.ifAbsent === true) {
      throw new MnemeshError('ERR_INVALID_ARGUMENT', 'setMany takes no condition; use set for each entry')
    }
    if (options.atomic === true) {
      const each = { lifetime: lifetimeOf(options), ack: ackOf(options) }
      return this.#port.setAll([...checkedPairs('entries', entries)], each, this.#call(options))
    }
    let pending: Promise<boolean>[] = []
    for (const [key, value] of checkedPairs('entries', entries)) {
      pending.push(this.set(key, value, options))
      if (pending.length < setManyChunk) continue
      await settled(pending)
      pending = []
    }
    await settled(pending)
  }

  async update(
    key: K,
    change: (value: DeepReadonly<V> | undefined) => V | undefined,
    options: SetOptions = {},
  ): Promise<V | undefined> {
    checkOptions('the options of update', options)
    if (options.ifVersion !== undefined || options.ifAbsent === true) {
      throw new MnemeshError(
        'ERR_INVALID_ARGUMENT',
        'update decides by the version that it read; it takes no condition',
      )
    }
    checkFunction('change', change)
    const call = this.#call(options)
    let present = await this.#port.find(key, call, undefined)
    for (let attempt = 0; attempt < maxUpdateAttempts; attempt++) {
      const value = change(present?.value as DeepReadonly<V> | undefined)
      if (value === undefined) return present?.value as V | undefined
      const condition = present === undefined ? 'absent' : present.version
      const lifetime = options.ttl === undefined && present !== undefined ? 'keep' : lifetimeOf(options)
      const written = await this.#port.write(
        { ...blank, key, value, lifetime, condition, ack: ackOf(options) },
        call,
      )
      if (written.applied) return value
      present = written.entry
    }
    throw new MnemeshError(
      'ERR_CONFLICT',
      `${maxUpdateAttempts} attempts to update ${showKey(key)} in table ${this.name} met other writers; try again later`,
    )
  }

  async increment(key: K, by = 1, options: IncrementOptions = {}): Promise<number> {
    if (!Number.isFinite(by)) {
      throw new MnemeshError('ERR_INVALID_ARGUMENT', `an increment is a finite number, got ${show(by)}`)
    }
    const call = this.#call(options)
    const ttlMs = ttlFrom(options.ttl)
    // An existing number keeps its end of life; the lifetime is for a new one.
    const lifetime: Lifetime = ttlMs === 0 ? 'keep' : ttlMs
    const write: Write = { ...blank, kind: 'increment', key, by, lifetime, ack: ackOf(options) }
    const { entry } = await this.#port.write(write, call)
    return entry?.value as number
  }

  async touch(key: K, ttl: Duration, options: WriteOptions = {}): Promise<boolean> {
    const lifetime = toMs(ttl, 'ttl')
    const write: Write = { ...blank, kind: 'touch', key, lifetime, ack: ackOf(options) }
    return (await this.#port.write(write, this.#call(options))).applied
  }

  delete(key: K, options?: DeleteOptions): Promise<boolean> {
    try {
      const call = this.#call(options)
      if (options?.ifVersion === undefined) return this.#port.delete(key, ackOf(options), call)
      const condition = conditionOf(options)
      const write: Write = { ...blank, kind: 'delete', key, condition, ack: ackOf(options) }
      return this.#port.write(write, call).then(written => written.applied)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  async clear(options?: WriteOptions): Promise<void> {
    await this.#port.clear(ackOf(options), this.#call(options))
  }

  async *keys(options: ScanOptions = {}): AsyncIterableIterator<K> {
    for await (const { key } of this.#scan(options)) yield key as K
  }

  async *entries(options: ScanOptions = {}): AsyncIterableIterator<[K, DeepReadonly<V>]> {
    for await (const { key, value } of this.#scan(options)) yield [key as K, value as DeepReadonly<V>]
  }

  watch(options?: WatchOptions): AsyncIterableIterator<Change<K, V>> {
    return new ChangeStream(this.#env, this.#port, options) as unknown as AsyncIterableIterator<Change<K, V>>
  }

  async info(options?: CallOptions): Promise<TableInfo> {
    return this.#port.info(this.#call(options))
  }

  async *#scan(options: ScanOptions): AsyncIterableIterator<Entry> {
    checkOptions('the options of a scan', options)
    let left = options.limit ?? Number.POSITIVE_INFINITY
    if (!(left >= 0))
      throw new MnemeshError('ERR_INVALID_ARGUMENT', `limit must be a number from 0 on, got ${show(left)}`)
    let cursor = 0
    while (cursor !== scanEnd && left > 0) {
      // The time limit is for each page: reading slowly is no failure.
      const page = await this.#port.page(cursor, options.prefix, this.#call(options), consistencyOf(options))
      cursor = page.next
      for (const entry of page.entries) {
        if (left-- <= 0) return
        yield entry
      }
    }
  }

  async #find(key: K, options: ReadOptions | undefined): Promise<Entry | undefined> {
    return this.#port.find(key, this.#call(options), consistencyOf(options))
  }

  #call(options: CallOptions | undefined): Call {
    return callFrom(this.#env.clock, options)
  }
}

const blank = {
  kind: 'set',
  value: undefined,
  by: 0,
  lifetime: 'default',
  condition: 'none',
  ack: undefined,
} as const

// The first failure is reported only once all have ended, so that nothing goes on behind the caller's back.
async function settled(pending: readonly Promise<boolean>[]): Promise<void> {
  for (const result of await Promise.allSettled(pending))
    if (result.status === 'rejected') throw result.reason
}

function conditionOf({ ifAbsent, ifVersion }: SetOptions): Condition {
  if (ifVersion === undefined) return ifAbsent === true ? 'absent' : 'none'
  if (ifAbsent === true)
    throw new MnemeshError('ERR_INVALID_ARGUMENT', 'ifAbsent and ifVersion exclude each other')
  if (typeof ifVersion === 'string' && ifVersion.includes('@')) return ifVersion
  throw new MnemeshError(
    'ERR_INVALID_ARGUMENT',
    `ifVersion is the version of an entry, got ${show(ifVersion)}`,
  )
}

function lifetimeOf({ ttl, keepTtl }: SetOptions): Lifetime {
  if (keepTtl === true && ttl !== undefined) {
    throw new MnemeshError('ERR_INVALID_ARGUMENT', 'ttl and keepTtl exclude each other')
  }
  if (keepTtl === true) return 'keep'
  return ttl === undefined ? 'default' : ttlFrom(ttl)
}

function consistencyOf(options: ReadOptions | undefined): Consistency | undefined {
  const consistency = options?.consistency
  if (consistency === undefined || consistency === 'linearizable' || consistency === 'local')
    return consistency
  throw new MnemeshError(
    'ERR_INVALID_ARGUMENT',
    `consistency is 'linearizable' or 'local', got ${show(consistency)}`,
  )
}

function ackOf(options: { readonly ack?: Ack } | undefined): Ack | undefined {
  const ack = options?.ack
  if (ack === undefined || ack === 'local' || ack === 'one' || ack === 'majority' || ack === 'all') return ack
  throw new MnemeshError(
    'ERR_INVALID_ARGUMENT',
    `ack is 'local', 'one', 'majority' or 'all', got ${show(ack)}`,
  )
}

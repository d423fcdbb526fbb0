import { decodeValue } from '../core/codec.ts'
import { isVisible, Row } from '../core/entry.ts'
import type { Environment } from '../core/environment.ts'
import { MnemeshError } from '../core/errors.ts'
import { hashBytes } from '../core/hash.ts'
import { encodeKey, type Key, KeyWriter, mapKey, mapKeyOf } from '../core/key.ts'
import type { L1Limits } from '../core/schema.ts'
import type { Origins } from '../core/version.ts'
import { within } from '../core/within.ts'
import type { HeldCopy } from '../storage/copies.ts'
import { absent, type Cached, isAbsent, NearCache, type Source } from '../storage/near-cache.ts'
import type { CopyListener } from '../storage/table.ts'
import { Touches } from '../storage/touches.ts'
import type { Call } from '../wire/caller.ts'
import type { TableEntry } from './catalog.ts'
import { readEntry } from './counter-view.ts'
import { type Holders, noHolder } from './holders.ts'
import type { IdleKeeper } from './idle-keeper.ts'
import { NearSources } from './near-sources.ts'
import type { Replica, Replicas } from './replica.ts'
import { type Fetch, SharedFetches } from './shared-fetches.ts'
import type { Standing } from './standing.ts'

export interface ReaderParts {
  readonly holders: Holders
  readonly origins: Origins
  readonly replicas: Replicas
  readonly standing: Standing
  /** This node's copy of the table, if it holds one. */
  readonly held: () => HeldCopy | undefined
}

/** A value found, and where: `l1` this node's cache, `local` its copy, `remote` another node. */
export interface Hit {
  readonly cached: Cached
  readonly hit: 'l1' | 'local' | 'remote'
}

type MapKey = string | number | boolean

const here: Source = { lost: false }
const writer = new KeyWriter()

/** Reads one table on this node: its cache, else its own copy, both at once; else the first holder that answers. */
export class Reader {
  readonly #env: Environment
  readonly #parts: ReaderParts
  readonly #table: TableEntry
  #l1: NearCache | undefined
  /** What was read here since it was taken last, if anybody wants to know. */
  touches: Touches | undefined
  /** In a table with `idle`: what keeps alive what is read. */
  idle: IdleKeeper | undefined
  readonly #row = new Row()
  readonly #sources: NearSources
  readonly #fetches: SharedFetches<Hit | undefined>
  readonly #onCopy: CopyListener
  // Followed by `refresh`, which is called at every change of what this node holds.
  #copy: HeldCopy | undefined
  // The same once it is loaded: what this node reads from.
  #own: HeldCopy | undefined

  constructor(env: Environment, parts: ReaderParts, table: TableEntry, l1: L1Limits | false) {
    this.#env = env
    this.#parts = parts
    this.#table = table
    this.#fetches = new SharedFetches(env)
    this.limitCache(l1)
    if (table.definition.eviction !== 'none') this.touches = new Touches()
    this.#sources = new NearSources(env, table.id, {
      changed: (key, start, length) => this.#invalidate(mapKeyOf(key, start, start + length)),
    })
    this.#onCopy = {
      applied: row => {
        if (this.#l1?.mayHold(row.hash))
          this.#l1.drop(mapKeyOf(row.keyBytes, row.keyStart, row.keyStart + this.#keyLengthOf(row)))
      },
      expired: () => {},
      cleared: () => this.#l1?.clear(),
      gone: () => this.#l1?.clear(),
    }
    this.refresh()
  }

  /** This node's cache of the table; undefined where the table has none. */
  get l1(): NearCache | undefined {
    return this.#l1
  }

  /** Begins the cache anew with these limits, or ends it. */
  limitCache(l1: L1Limits | false): void {
    this.#l1 = l1 === false ? undefined : new NearCache(this.#env.clock, l1)
    // What is on its way to a cache that was not there has asked for no word of changes.
    this.#fetches.clear()
  }

  /** The value under the key as this process has it, or `elsewhere` when only another node can tell. Never waits. */
  here(key: Key, elsewhere: symbol): unknown {
    const cached = this.#cached(key)
    if (cached !== undefined) return isAbsent(cached) ? undefined : cached.value
    const held = this.#own
    if (held === undefined) return elsewhere
    if (!this.#find(held, key)) return undefined
    return this.#l1 === undefined ? this.#value(this.#row) : this.#keep(key).value
  }

  /** Follows the copy that this node holds now: one that was given up tells of no changes any more. */
  refresh(): void {
    const held = this.#parts.held()
    const own = held?.active === true ? held : undefined
    if (held === this.#copy && own === this.#own) return
    if (held !== this.#copy) {
      this.#copy?.copy.unlisten(this.#onCopy)
      held?.copy.listen(this.#onCopy)
    }
    this.#copy = held
    this.#own = own
    // What is cached from elsewhere, or comes from there, is not told of changes by the own copy, and the other way round.
    this.reset()
  }

  /** The entry under the key. Without a promise when this node has the answer itself. */
  read(key: Key, call: Call): Hit | undefined | Promise<Hit | undefined> {
    const cached = this.#cached(key)
    if (cached !== undefined) return isAbsent(cached) ? undefined : { cached, hit: 'l1' }
    const held = this.#own
    if (held === undefined) return this.#fetch(key, call)
    return this.#find(held, key) ? { cached: this.#keep(key), hit: 'local' } : undefined
  }

  /** Fills `into` from this node's copy; undefined when it holds none. For who passes bytes on without decoding. */
  ownRow(key: Buffer, into: Row): boolean | undefined {
    const held = this.#own
    if (held === undefined) return undefined
    return this.#use(held, key, key.length, into)
  }

  /** Visible rows of other nodes, with bytes of their own, in the order of the keys. */
  async remoteRows(keys: readonly Buffer[], call: Call): Promise<readonly (Row | undefined)[]> {
    const byNode = new Map<string, number[]>()
    const out: (Row | undefined)[] = new Array(keys.length).fill(undefined)
    keys.forEach((key, i) => {
      const node = this.#order(this.#partition(key, key.length))[0] ?? ''
      const same = byNode.get(node)
      if (same === undefined) byNode.set(node, [i])
      else same.push(i)
    })
    const groups = [...byNode.values()].map(async indexes => {
      const wanted = indexes.map(i => keys[i])
      const partition = this.#partition(wanted[0], wanted[0].length)
      const rows = await this.#fromAny(partition, node =>
        this.#parts.replicas(node).read(this.#table.id, wanted, call),
      )
      const wallMs = this.#env.clock.wall()
      rows.forEach((row, i) => {
        if (row === undefined || !isVisible(row, wallMs)) return
        this.touches?.note(row.hash)
        if (this.idle?.isDue(row.expiresAt) === true) this.idle.touch(keys[indexes[i]])
        out[indexes[i]] = row
      })
    })
    await Promise.all(groups)
    return out
  }

  /** This node wrote the key elsewhere: what it has cached of it is old. */
  forget(key: Key): void {
    this.#invalidate(mapKey(key))
  }

  /** Everything cached is worthless: the table is gone, or hashes changed. */
  reset(): void {
    this.#l1?.clear()
    this.#sources.dropAll()
    this.#fetches.clear()
  }

  /** Calls `ask` with one holder after another until one can be reached and has the table. */
  async #fromAny<T>(partition: number, ask: (node: string) => Promise<T>): Promise<T> {
    let last: unknown
    for (const node of this.#order(partition)) {
      try {
        return await ask(node)
      } catch (error) {
        if (!MnemeshError.is(error, 'ERR_UNAVAILABLE') && !MnemeshError.is(error, 'ERR_NOT_READY'))
          throw error
        this.#sources.lose(partition, node)
        last = error
      }
    }
    throw last ?? noHolder(this.#table.name)
  }

  // Holders in the ring's order, but the one that serves this node's cache first: who else would invalidate it?
  #order(partition: number): readonly string[] {
    const order = this.#parts.holders.order(this.#table.id, partition)
    const serving = this.#sources.nodeOf(partition)
    if (serving === undefined || serving === order[0] || !order.includes(serving)) return order
    return [serving, ...order.filter(node => node !== serving)]
  }

  #cached(key: Key): Cached | undefined {
    const cached = this.#l1?.get(mapKey(key))
    if (cached === undefined) return undefined
    this.touches?.note(cached.hash)
    if (this.idle?.isDue(cached.expiresAt) === true) this.idle.touch(encodeKey(key))
    return cached
  }

  // Fills `#row`; its bytes are good until the copy's next change.
  #find(held: HeldCopy, key: Key): boolean {
    const length = writer.write(key)
    return this.#use(held, writer.bytes, length, this.#row)
  }

  // The bytes of the key may be written over by whoever encodes the next one: a touch has its own.
  #use({ copy }: HeldCopy, key: Buffer, length: number, into: Row): boolean {
    if (!readEntry(copy, key, length, into)) return false
    this.touches?.note(into.hash)
    if (!isVisible(into, into.expiresAt === 0 ? 0 : this.#env.clock.wall())) return false
    if (this.idle?.isDue(into.expiresAt) !== true) return true
    const bytes = Buffer.from(key.subarray(0, length))
    this.idle.touch(bytes)
    return readEntry(copy, bytes, length, into)
  }

  #keyLengthOf(row: Row): number {
    return this.#copy?.copy.keyLengthOf(row) ?? row.keyLength
  }

  #keep(key: Key): Cached {
    const cached = this.#decode(this.#row, here)
    this.#l1?.set(mapKey(key), cached)
    return cached
  }

  #value(row: Row): unknown {
    const { codec } = this.#table.definition
    return decodeValue(row.valueBytes, row.valueStart, row.valueStart + row.valueLength, codec)
  }

  #decode(row: Row, source: Source): Cached {
    return {
      value: this.#value(row),
      h: row.h,
      origin: row.origin,
      flags: row.flags,
      expiresAt: row.expiresAt,
      hash: row.hash,
      bytes: row.keyLength + row.valueLength,
      source,
    }
  }

  #fetch(key: Key, call: Call): Promise<Hit | undefined> {
    const name = mapKey(key)
    return this.#fetches.fetch(name, call, fetch => {
      const length = writer.write(key)
      return this.#fetchFrom(name, fetch, Buffer.from(writer.bytes.subarray(0, length)), call)
    })
  }

  async #fetchFrom(
    name: MapKey,
    fetch: Fetch<Hit | undefined>,
    key: Buffer,
    call: Call,
  ): Promise<Hit | undefined> {
    const partition = this.#partition(key, key.length)
    return this.#fromAny(partition, async node => {
      const replica = this.#parts.replicas(node)
      const source = this.#l1 === undefined ? here : await this.#source(partition, replica, call)
      const [row] = await replica.read(this.#table.id, [key], call)
      const visible = row !== undefined && isVisible(row, this.#env.clock.wall())
      const cached = visible ? this.#decode(row, source) : absent(source)
      // The version fence: an answer that a change overtook is served to who asked before it, and not kept.
      if (this.#fetches.isCurrent(name, fetch) && !source.lost) this.#l1?.set(name, cached)
      if (!visible) return undefined
      this.touches?.note(cached.hash)
      if (this.idle?.isDue(cached.expiresAt) === true) this.idle.touch(key)
      return { cached, hit: 'remote' }
    })
  }

  // Whoever is asked first has to say that it will tell of changes, which takes as long as any answer.
  #source(partition: number, replica: Replica, call: Call): Source | Promise<Source> {
    const ready = this.#sources.ready(partition, replica.node)
    return ready ?? within(this.#env, this.#sources.of(partition, replica), call, `word of ${replica.node}`)
  }

  // The fetch's marker goes as well: who asks from now on must not get an answer of before the change.
  #invalidate(name: MapKey): void {
    this.#l1?.drop(name)
    this.#fetches.forget(name)
  }

  #partition(key: Buffer, length: number): number {
    return hashBytes(this.#parts.standing.seed, key, 0, length) >>> 24
  }
}

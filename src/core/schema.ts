import type { CodecName } from './codec.ts'
import { type Bytes, type Duration, show, toBytes, toMs } from './duration.ts'
import { MnemeshError } from './errors.ts'
import { checkCounter, invalid, notYet, type TableType, tableTypes } from './table-types.ts'

/** How many copies must have a write before it resolves. None of these is an order: see `majority` tables for that. */
export type Ack = 'local' | 'one' | 'majority' | 'all'

/** What a node does with a table while it hears no leader: go on, refuse writes, or refuse reads too. */
export type OnMinority = 'serve' | 'read-only' | 'deny'

/**
 * What becomes of writes made on the smaller side of a split: of each key the newest stays; or what the majority has stays;
 * or keys written there are deleted everywhere, so that they are loaded anew; or the function of that name, which every
 * node was given as one of its `mergeFunctions`, makes one value of both.
 */
export type OnMerge = MergeRule | (string & {})

export type MergeRule = 'newest' | 'majority' | 'reload'

/**
 * What a full table does with a new entry: `none` refuses it with ERR_TABLE_FULL, `lru` makes room by removing what was
 * not used for long, `tinylfu` lets it in only if it is used more often than what would have to go.
 */
export type Eviction = 'none' | 'lru' | 'tinylfu'

/** Bounds of a node's cache of decoded values of one table (L1). */
export interface L1Options {
  readonly maxEntries?: number
  readonly maxBytes?: Bytes
  /** Greatest age of a cached value, however quiet its source is. */
  readonly ttl?: Duration
}

/** What a table is, as users write it. Everything has a default: `{}` is a table of plain values on every node. */
export interface TableOptions {
  /** `'set'` (default): one value per key. `'counter'`: see `Table.increment`. */
  readonly type?: TableType
  /** Who holds a copy: every node of the cluster (default), or the named nodes. */
  readonly copies?: 'all' | readonly string[]
  /** Linearizable, with transactions: every write is agreed on by a majority of the group. Default false. */
  readonly majority?: boolean
  /** `'msgpack'` (default) for plain data, `'bytes'` for Uint8Array kept as they are. */
  readonly codec?: CodecName
  /** Lifetime of every entry that is written without one of its own. */
  readonly ttl?: Duration
  /** Lifetime of every entry from when it was written or read last, on any node, to a tenth of it; instead of `ttl`. */
  readonly idle?: Duration
  /** Live entries at most; what happens to a write that would pass it says `eviction`. */
  readonly maxEntries?: number
  /** Stored bytes of live entries at most (key, value and 24 to 40 bytes each); the same. */
  readonly maxBytes?: Bytes
  /** What makes room in a full table. Default `none`: writes of new entries are refused with ERR_TABLE_FULL. */
  readonly eviction?: Eviction
  /** This node's cache of decoded values; `false` for none. Default: 10,000 entries, 32 MiB, no age limit. */
  readonly l1?: L1Options | false
  /** What a write waits for unless it says otherwise. Default `'one'`: one other copy; for counters `'local'`: none. */
  readonly ack?: Ack
  /** What a node does that has heard no leader for 5 s: it may be on the smaller side of a split. Default `'serve'`. */
  readonly onMinority?: OnMinority
  /** What becomes of what was written on the smaller side of a split. Default `'newest'`. */
  readonly onMerge?: OnMerge
}

export interface L1Limits {
  readonly maxEntries: number
  readonly maxBytes: number
  readonly ttlMs: number | undefined
}

/** A table's options checked and completed: the same on every node that was given the same options. */
export interface TableDefinition {
  readonly type: TableType
  readonly copies: 'all' | readonly string[]
  readonly majority: boolean
  readonly codec: CodecName
  readonly ttlMs: number | undefined
  /** True where a read makes the lifetime begin anew. */
  readonly idle: boolean
  readonly maxEntries: number | undefined
  readonly maxBytes: number | undefined
  readonly eviction: Eviction
  readonly l1: L1Limits | false
  readonly ack: Ack
  readonly onMinority: OnMinority
  readonly onMerge: OnMerge
}

export const defaultL1: L1Limits = { maxEntries: 10_000, maxBytes: 32 * 1024 * 1024, ttlMs: undefined }

const acks: readonly Ack[] = ['local', 'one', 'majority', 'all']
/** Every way to make room, by name. */
export const evictions: readonly Eviction[] = ['none', 'lru', 'tinylfu']
/** See `OnMinority`. */
export const minorityRules: readonly OnMinority[] = ['serve', 'read-only', 'deny']
/** See `OnMerge`. */
export const mergeRules: readonly MergeRule[] = ['newest', 'majority', 'reload']

/** The name of the function by which the table merges; undefined where a rule does. */
export function mergeFunctionOf(onMerge: OnMerge): string | undefined {
  return mergeRules.some(rule => rule === onMerge) ? undefined : onMerge
}

/** What a rule or a function for merges may be called. */
export function isMergeName(name: unknown): name is OnMerge {
  return typeof name === 'string' && /^[A-Za-z_][\w.-]{0,63}$/.test(name)
}
const known = new Set([
  ...[
    'type',
    'copies',
    'majority',
    'codec',
    'ttl',
    'idle',
    'maxEntries',
    'maxBytes',
    'eviction',
    'l1',
    'ack',
  ],
  ...['onMinority', 'onMerge'],
])
// Options that are designed but not built yet, with the one value that says what is built. Ignoring them would lie.
const later: Readonly<Record<string, unknown>> = {
  durability: 'ram',
  attributes: undefined,
  indexes: undefined,
  schema: undefined,
}

/** Checks a table's options. Throws ERR_INVALID_OPTION naming the option at fault. */
export function defineOptions(options: TableOptions = {}): TableDefinition {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw invalid('options', 'an object', options)
  }
  for (const [name, value] of Object.entries(options)) refuseUnknown(name, value)
  const { type = 'set', copies = 'all', codec = 'msgpack' } = options
  const { ack = type === 'counter' ? 'local' : 'one' } = options
  if (!tableTypes.includes(type)) throw notYet('type', type)
  if (type === 'counter') checkCounter(options)
  if (codec !== 'msgpack' && codec !== 'bytes') throw invalid('codec', "'msgpack' or 'bytes'", codec)
  if (!acks.includes(ack)) throw invalid('ack', "'local', 'one', 'majority' or 'all'", ack)
  return {
    type,
    copies: checkCopies(copies),
    majority: checkMajority(options),
    codec,
    ttlMs: checkIdle(options) ?? optional('ttl', options.ttl, toMs),
    idle: options.idle !== undefined,
    maxEntries: optional('maxEntries', options.maxEntries, toCount),
    maxBytes: optional('maxBytes', options.maxBytes, toBytes),
    eviction: checkEviction(options),
    l1: checkL1(options.l1),
    ack,
    onMinority: checkOnMinority(options),
    onMerge: checkOnMerge(options),
  }
}

/** The names of the fields in which two definitions differ; none when they are the same table. */
export function differences(a: TableDefinition, b: TableDefinition): string[] {
  const fields = Object.keys(a) as (keyof TableDefinition)[]
  return fields.filter(field => fingerprintOf(a[field]) !== fingerprintOf(b[field]))
}

/** What never changes of a table: rows of two kinds do not mix. */
export function kindOf({ type, codec, majority }: TableDefinition): string {
  return `${type} ${codec} ${majority ? 'majority' : 'default'}`
}

/** Equal for equal definitions, whatever the order of their fields. */
export function fingerprint(definition: TableDefinition): string {
  return fingerprintOf(definition)
}

/** A table's name: 1 to 128 of letters, digits, `_`, `-`, `.`, `:`; names that begin with `mnemesh.` are ours. */
export function checkTableName(name: unknown): asserts name is string {
  if (typeof name === 'string' && /^[\w.:-]{1,128}$/.test(name) && !name.startsWith('mnemesh.')) return
  throw new MnemeshError(
    'ERR_INVALID_ARGUMENT',
    `a table's name is 1 to 128 letters, digits, '_', '-', '.' or ':', not beginning with 'mnemesh.', got ${show(name)}`,
  )
}

/** A node's name: what stands in versions and in the ring, so ASCII and short. */
export function isNodeName(name: unknown): name is string {
  return typeof name === 'string' && /^[\w.:-]{1,64}$/.test(name)
}

function refuseUnknown(name: string, value: unknown): void {
  if (known.has(name) || value === undefined) return
  if (!Object.hasOwn(later, name)) {
    throw new MnemeshError(
      'ERR_INVALID_OPTION',
      `unknown table option ${show(name)}; known are ${[...known].join(', ')}`,
    )
  }
  if (value !== later[name]) throw notYet(name, value)
}

function checkCopies(copies: unknown): 'all' | readonly string[] {
  if (copies === 'all') return copies
  if (typeof copies === 'number') throw notYet('copies', copies)
  if (!Array.isArray(copies) || copies.length === 0 || copies.length > 32 || !copies.every(isNodeName)) {
    throw invalid('copies', "'all' or a list of 1 to 32 node names", copies)
  }
  return [...new Set(copies)].sort()
}

function checkMajority({ majority = false, copies = 'all', ack }: TableOptions): boolean {
  if (typeof majority !== 'boolean') throw invalid('majority', 'true or false', majority)
  if (majority && copies !== 'all') throw invalid('copies', "'all' where majority is true", copies)
  if (majority && ack !== undefined && ack !== 'one')
    throw invalid('ack', 'left out where majority is true, which says it', ack)
  return majority
}

function checkIdle({ idle, ttl, majority }: TableOptions): number | undefined {
  const ms = optional('idle', idle, toMs)
  if (ms !== undefined && majority === true)
    throw invalid('idle', 'left out where majority is true: each read would have to be agreed on', idle)
  if (ms !== undefined && ttl !== undefined) throw invalid('idle', 'left out where there is a ttl', idle)
  return ms
}

function checkOnMinority({ onMinority = 'serve', majority }: TableOptions): OnMinority {
  if (!minorityRules.includes(onMinority))
    throw invalid('onMinority', "'serve', 'read-only' or 'deny'", onMinority)
  if (majority === true && onMinority !== 'serve')
    throw invalid('onMinority', 'left out where majority is true, which says it', onMinority)
  return onMinority
}

function checkOnMerge({ onMerge = 'newest', majority }: TableOptions): OnMerge {
  if (!isMergeName(onMerge))
    throw invalid('onMerge', "'newest', 'majority', 'reload' or the name of a merge function", onMerge)
  if (majority === true && onMerge !== 'newest')
    throw invalid('onMerge', 'left out where majority is true: there is nothing to merge', onMerge)
  return onMerge
}

function checkEviction({ eviction = 'none', majority }: TableOptions): Eviction {
  if (!evictions.includes(eviction)) throw invalid('eviction', "'none', 'lru' or 'tinylfu'", eviction)
  if (majority === true && eviction !== 'none')
    throw invalid('eviction', "'none' where majority is true: what was agreed on stays", eviction)
  return eviction
}

function checkL1(l1: TableOptions['l1']): L1Limits | false {
  if (l1 === false) return false
  if (l1 === undefined) return defaultL1
  if (typeof l1 !== 'object' || l1 === null) throw invalid('l1', 'false or an object', l1)
  for (const name of Object.keys(l1)) {
    if (!['maxEntries', 'maxBytes', 'ttl'].includes(name))
      throw invalid('l1', 'maxEntries, maxBytes and ttl only', name)
  }
  return {
    maxEntries: optional('l1.maxEntries', l1.maxEntries, toCount) ?? defaultL1.maxEntries,
    maxBytes: optional('l1.maxBytes', l1.maxBytes, toBytes) ?? defaultL1.maxBytes,
    ttlMs: optional('l1.ttl', l1.ttl, toMs),
  }
}

function optional<T>(
  name: string,
  value: T | undefined,
  check: (value: T, name: string) => number,
): number | undefined {
  if (value === undefined) return undefined
  try {
    return check(value, name)
  } catch (cause) {
    throw new MnemeshError('ERR_INVALID_OPTION', (cause as Error).message, { cause })
  }
}

function toCount(value: number, name: string): number {
  if (Number.isSafeInteger(value) && value > 0) return value
  throw invalid(name, 'a positive whole number', value)
}

function fingerprintOf(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(fingerprintOf).join()}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'undefined'
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${fields.map(([name, field]) => `${name}:${fingerprintOf(field)}`).join()}}`
}

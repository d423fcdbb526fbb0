import type { Bytes, Duration } from './duration.ts'
import { MnemeshError } from './errors.ts'
import {
  type Ack,
  defineOptions,
  type Eviction,
  type L1Options,
  type OnMerge,
  type OnMinority,
  type TableDefinition,
  type TableOptions,
} from './schema.ts'

/** Options of a table that change while it is used. What is left out stays as it is; `false` takes a limit away. */
export interface TableChange {
  /** Lifetime of entries that are written from now on; those that are there keep theirs. */
  readonly ttl?: Duration | false
  /** When there are more already, `eviction` says whether they go or writes of new entries are refused. */
  readonly maxEntries?: number | false
  readonly maxBytes?: Bytes | false
  readonly eviction?: Eviction
  /** In place of what was said of it before, as a whole; the nodes' caches begin anew. */
  readonly l1?: L1Options | false
  readonly ack?: Ack
  readonly onMinority?: OnMinority
  readonly onMerge?: OnMerge
}

const changeable = ['ttl', 'maxEntries', 'maxBytes', 'eviction', 'l1', 'ack', 'onMinority', 'onMerge']
/** Limits that a table may be without. */
export const removable: ReadonlySet<string> = new Set(['ttl', 'maxEntries', 'maxBytes'])
const another = 'create another table and copy what is in it'
const lasting: Readonly<Record<string, string>> = {
  type: another,
  codec: another,
  majority: another,
  copies: 'addCopy, moveCopy and removeCopy say who holds one',
}

/**
 * The definition with the change. Throws ERR_INVALID_OPTION naming the option that cannot change, and how to get what
 * was wanted; also for a change of nothing.
 */
export function changeDefinition(
  name: string,
  present: TableDefinition,
  change: TableChange,
): TableDefinition {
  if (typeof change !== 'object' || change === null || Array.isArray(change))
    throw refused(`a change of table ${name} is an object of options: ${changeable.join(', ')}`)
  const given = Object.entries(change).filter(([, value]) => value !== undefined)
  if (given.length === 0)
    throw refused(`no option of table ${name} to change was given; these can: ${changeable.join(', ')}`)
  const wanted: Record<string, unknown> = { ...optionsOf(present) }
  for (const [option, value] of given) {
    const wayOut = Object.hasOwn(lasting, option) ? lasting[option] : undefined
    if (wayOut !== undefined) throw refused(`option ${option} of table ${name} cannot change: ${wayOut}`)
    wanted[option] = value === false && removable.has(option) ? undefined : value
  }
  return defineOptions(wanted as TableOptions)
}

function optionsOf({ l1, ttlMs, idle, ack, majority, ...rest }: TableDefinition): TableOptions {
  return {
    ...rest,
    ...{ majority, [idle ? 'idle' : 'ttl']: ttlMs, ack: majority ? undefined : ack },
    l1: l1 === false ? false : { maxEntries: l1.maxEntries, maxBytes: l1.maxBytes, ttl: l1.ttlMs },
  }
}

function refused(message: string): MnemeshError {
  return new MnemeshError('ERR_INVALID_OPTION', message)
}

import { malformed } from '../core/bytes.ts'
import { PlainFields, pairOf } from '../core/plain-fields.ts'
import { evictions, isMergeName, isNodeName, minorityRules, type TableDefinition } from '../core/schema.ts'
import { tableTypes } from '../core/table-types.ts'
import type { CopyChange, CopyEntry, Moment, Origin, TableRecord } from './catalog.ts'

/** One table from plain data. Throws ERR_FRAME_INVALID. */
export function readTable(item: unknown): TableRecord {
  const fields = new PlainFields(item)
  return {
    name: fields.name('name'),
    generation: fields.count('generation'),
    definition: readDefinition(fields.raw('definition')),
    copies: fields.list('copies', pair => {
      const [node, copy] = pairOf(pair)
      return [readNode(node), readEntry(copy)] as const
    }),
    ...fields.optional('replaces', fields => ({ replaces: fields.list('replaces', readId) })),
  }
}

/** A definition as MessagePack has kept it. */
export function readDefinition(value: unknown): TableDefinition {
  const fields = new PlainFields(value)
  fields.oneOf('type', tableTypes)
  fields.flag('majority')
  fields.oneOf('codec', ['msgpack', 'bytes'])
  fields.oneOf('ack', ['local', 'one', 'majority', 'all'])
  // A record from before these rules has none of them.
  fields.optional('onMinority', fields => fields.oneOf('onMinority', minorityRules))
  fields.optional('onMerge', fields => {
    if (!isMergeName(fields.raw('onMerge'))) throw malformed('no rule for merges')
  })
  fields.optional('idle', fields => fields.flag('idle'))
  fields.optional('eviction', fields => fields.oneOf('eviction', evictions))
  for (const limit of ['ttlMs', 'maxEntries', 'maxBytes'])
    fields.optional(limit, fields => fields.count(limit, 1))
  if (fields.raw('copies') !== 'all')
    fields.list('copies', node => {
      if (!isNodeName(node)) throw malformed('no name of a node')
    })
  if (fields.raw('l1') !== false) {
    const l1 = fields.record('l1')
    l1.count('maxEntries', 1)
    l1.count('maxBytes', 1)
    l1.optional('ttlMs', l1 => l1.count('ttlMs', 1))
  }
  return completeDefinition(value as TableDefinition)
}

export function readCopy(value: unknown): CopyChange {
  const fields = new PlainFields(value)
  return {
    state: fields.oneOf('state', ['wanted', 'loading', 'active', 'leaving', 'removed']),
    incarnation: fields.count('incarnation'),
  }
}

function readEntry(value: unknown): CopyEntry {
  return { ...readCopy(value), since: readMoment(new PlainFields(value).record('since')) }
}

function readMoment(fields: PlainFields): Moment {
  return { generation: fields.count('generation'), index: fields.count('index') }
}

/** The field `origin`. Throws ERR_FRAME_INVALID. */
export function readOrigin(fields: PlainFields): Origin {
  const origin = fields.record('origin')
  return { group: origin.name('group', 128), ...readMoment(origin) }
}

function readId(value: unknown): string {
  if (typeof value !== 'string' || !/^[0-9a-f]{32}$/.test(value)) throw malformed('no id of a table')
  return value
}

export function readNode(value: unknown): string {
  if (!isNodeName(value)) throw malformed('no name of a node')
  return value
}

// MessagePack has no undefined: a field without a value comes back as null or not at all.
function completeDefinition(definition: TableDefinition): TableDefinition {
  const { ttlMs, maxEntries, maxBytes, l1, onMinority, onMerge } = definition
  return {
    ...definition,
    majority: definition.majority === true,
    ttlMs: ttlMs ?? undefined,
    idle: definition.idle === true,
    maxEntries: maxEntries ?? undefined,
    maxBytes: maxBytes ?? undefined,
    l1: l1 === false ? false : { ...l1, ttlMs: l1.ttlMs ?? undefined },
    onMinority: onMinority ?? 'serve',
    onMerge: onMerge ?? 'newest',
  }
}

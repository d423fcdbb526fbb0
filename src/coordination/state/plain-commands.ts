import { malformed } from '../../core/bytes.ts'
import { maxKeyBytes } from '../../core/key.ts'
import { maxSeenGeneration } from '../../core/lock-limits.ts'
import { PlainFields } from '../../core/plain-fields.ts'
import {
  readCopy,
  readDefinition,
  readNode,
  readOrigin,
  readTable,
} from '../../replication/schema-records.ts'
import type { BroughtRow, Command, ReadVersion, Transaction } from './commands.ts'

type Rare = Exclude<Command, Transaction>

const longestName = 512
const longestMember = 128
const maxPermits = 1_000_000
const maxTtlMs = 366 * 86_400_000

// Each says what its command must have; anything else in it is not looked at.
const readers: { readonly [K in Rare['kind']]: (fields: PlainFields) => Rare & { kind: K } } = {
  acquire: fields => ({
    kind: 'acquire',
    lock: fields.name('lock', longestName),
    mode: fields.oneOf('mode', ['exclusive', 'shared']),
    permits: atMost(fields.count('permits', 1), maxPermits),
    wait: fields.flag('wait'),
    ttlMs: atMost(fields.count('ttlMs', 1), maxTtlMs),
    seen: fields.optional('seen', from => atMost(from.count('seen'), maxSeenGeneration)),
  }),
  release: fields => ({
    kind: 'release',
    lock: fields.name('lock', longestName),
    session: fields.name('session', longestMember),
    request: fields.count('request'),
  }),
  grant: fields => ({ kind: 'grant', lock: fields.name('lock', longestName) }),
  expire: fields => ({ kind: 'expire', rows: fields.list('rows', readRow) }),
  clear: fields => ({ kind: 'clear', table: fields.name('table') }),
  createTable: fields => ({
    kind: 'createTable',
    name: fields.name('name'),
    definition: readDefinition(fields.raw('definition')),
    generation: fields.optional('generation', from => from.count('generation')) ?? 0,
    ...fields.optional('holder', from => ({ holder: from.name('holder', longestMember) })),
  }),
  takeAlong: fields => ({
    kind: 'takeAlong',
    from: fields.name('from', longestMember),
    name: fields.name('name'),
    definition: readDefinition(fields.raw('definition')),
    generation: fields.count('generation'),
    replaces: fields.optional('replaces', from => from.name('replaces', longestMember)),
    holder: fields.optional('holder', from => from.name('holder', longestMember)),
  }),
  dropTable: fields => ({ kind: 'dropTable', name: fields.name('name') }),
  changeTable: fields => ({
    kind: 'changeTable',
    name: fields.name('name'),
    definition: readDefinition(fields.raw('definition')),
    was: fields.optional('was', from => readDefinition(from.raw('was'))),
  }),
  setCopy: fields => ({
    kind: 'setCopy',
    table: fields.name('table'),
    node: readNode(fields.name('node')),
    copy: readCopy(fields.raw('copy')),
  }),
  bring: fields => ({
    kind: 'bring',
    from: fields.name('from', longestMember),
    table: fields.name('table'),
    definition: readDefinition(fields.raw('definition')),
    generation: fields.count('generation'),
    after: fields.bytes('after', 0, maxKeyBytes + 1),
    rows: fields.list('rows', readBrought),
    isLast: fields.flag('isLast'),
    replaces: fields.optional('replaces', from => from.name('replaces', longestMember)),
  }),
  openSession: fields => ({ kind: 'openSession', member: fields.name('member', longestMember) }),
  endSession: fields => ({ kind: 'endSession', member: fields.name('member', longestMember) }),
  found: fields => ({
    kind: 'found',
    id: fields.name('id', longestMember),
    generation: fields.count('generation'),
    provisional: fields.flag('provisional'),
    awaited: fields.optional('awaited', from => from.list('awaited', readNode)) ?? [],
    seeds: fields.optional('seeds', from => from.count('seeds')) ?? 0,
    origin: fields.optional('origin', readOrigin),
    tables: fields.optional('tables', from => from.list('tables', readTable)),
  }),
  confirm: () => ({ kind: 'confirm' }),
  generation: fields => ({ kind: 'generation', atLeast: fields.count('atLeast') }),
  absorb: fields => ({ kind: 'absorb', loser: fields.name('loser'), untilMs: fields.count('untilMs') }),
  dissolve: fields => ({ kind: 'dissolve', into: fields.name('into') }),
  stateHash: fields => ({ kind: 'stateHash', index: fields.count('index'), hash: fields.text('hash', 64) }),
  tick: () => ({ kind: 'tick' }),
}

const kinds = Object.keys(readers) as Rare['kind'][]

/** The command that the plain data tell. Throws ERR_FRAME_INVALID. */
export function readCommand(value: unknown): Rare {
  const fields = new PlainFields(value)
  return readers[fields.oneOf('kind', kinds)](fields)
}

function readRow(value: unknown): ReadVersion {
  const fields = new PlainFields(value)
  return {
    table: fields.name('table'),
    key: fields.bytes('key', 1, maxKeyBytes + 1),
    version: fields.count('version', 1),
  }
}

function readBrought(value: unknown): BroughtRow {
  const fields = new PlainFields(value)
  return {
    key: fields.bytes('key', 1, maxKeyBytes + 1),
    value: fields.bytes('value'),
    expiresAt: fields.count('expiresAt'),
  }
}

function atMost(value: number, most: number): number {
  if (value > most) throw malformed('a number beyond its limit')
  return value
}

import { BytesReader, type BytesWriter, malformed } from '../../core/bytes.ts'
import { readPlain, writePlain } from '../../core/failure.ts'
import type { Configuration, LogEntry, MemberId } from '../consensus/types.ts'
import type { Greeting, GroupMessage } from './group-message.ts'

/** Every type of message under the number that stands for it; a new one goes to the end. */
const types = [
  'preVote',
  'preVoteReply',
  'vote',
  'voteReply',
  'append',
  'appendReply',
  'snapshot',
  'snapshotReply',
  'timeoutNow',
  'greeting',
  'proposals',
  'refused',
  'read',
  'readReply',
  'leaving',
  'fetch',
  'fetched',
  'heard',
  'missing',
] as const
const kinds = ['noop', 'configuration', 'command'] as const
const maxPayloads = 65_536
const maxMembers = 64

/** Appends one message; several may stand behind each other. */
export function writeGroupMessage(writer: BytesWriter, message: GroupMessage): void {
  writer.u8(types.indexOf(message.type))
  switch (message.type) {
    case 'append':
      writer.f64(message.term)
      writer.f64(message.previousIndex)
      writer.f64(message.previousTerm)
      writer.f64(message.commit)
      writer.f64(message.round)
      writeEntries(writer, message.entries)
      return
    case 'fetched':
      writer.f64(message.term)
      writer.f64(message.previousIndex)
      writeEntries(writer, message.entries)
      return
    case 'appendReply':
      writer.f64(message.term)
      writer.f64(message.index)
      writer.f64(message.previousIndex)
      writer.f64(message.round)
      writer.u8(message.ok ? 1 : 0)
      return
    case 'snapshot':
      writer.f64(message.term)
      writer.f64(message.index)
      writer.f64(message.indexTerm)
      writer.f64(message.round)
      writer.u32(message.sequence)
      writer.u8(message.done ? 1 : 0)
      writeConfiguration(writer, message.configuration)
      writer.window(message.bytes, 0, message.bytes.length)
      return
    case 'proposals':
      writer.f64(message.batch)
      writer.u32(message.payloads.length)
      for (const payload of message.payloads) writer.window(payload, 0, payload.length)
      return
    default:
      writeSmall(writer, message)
  }
}

/** The next message; its bytes are its own. Throws ERR_FRAME_INVALID. */
export function readGroupMessage(reader: BytesReader): GroupMessage {
  const type = types[reader.u8()]
  switch (type) {
    case 'append':
      return readAppend(reader)
    case 'fetched':
      return { type, term: reader.count(), previousIndex: reader.count(), entries: readEntries(reader) }
    case 'appendReply': {
      const [term, index, previousIndex] = [reader.count(), reader.count(), reader.count()]
      return { type, term, index, previousIndex, round: reader.count(), ok: reader.u8() === 1 }
    }
    case 'snapshot': {
      const [term, index, indexTerm, round] = [reader.count(), reader.count(), reader.count(), reader.count()]
      const [sequence, done] = [reader.u32(), reader.u8() === 1]
      const configuration = readConfiguration(reader)
      return { type, term, index, indexTerm, round, sequence, done, configuration, bytes: reader.ownBytes() }
    }
    case 'proposals': {
      const [batch, count] = [reader.count(), reader.u32()]
      if (count > maxPayloads) throw malformed('too many requests')
      return { type, batch, payloads: Array.from({ length: count }, () => reader.ownBytes()) }
    }
    case undefined:
      throw malformed('an unknown message of the group')
    default:
      return readSmall(reader, type)
  }
}

function readAppend(reader: BytesReader): GroupMessage {
  const [term, previousIndex, previousTerm] = [reader.count(), reader.count(), reader.count()]
  const [commit, round] = [reader.count(), reader.count()]
  const entries = readEntries(reader)
  return { type: 'append', term, previousIndex, previousTerm, commit, round, entries }
}

function writeEntries(writer: BytesWriter, entries: readonly LogEntry[]): void {
  writer.u32(entries.length)
  for (const entry of entries) writeEntry(writer, entry)
}

function readEntries(reader: BytesReader): LogEntry[] {
  const count = reader.u32()
  if (count > maxPayloads) throw malformed('too many entries')
  return Array.from({ length: count }, () => readEntry(reader))
}

function writeEntry(writer: BytesWriter, { term, kind, atMs, configuration, payload }: LogEntry): void {
  writer.u8(kinds.indexOf(kind))
  writer.f64(term)
  writer.f64(atMs)
  if (configuration !== undefined) writeConfiguration(writer, configuration)
  else writer.window(payload, 0, payload.length)
}

function readEntry(reader: BytesReader): LogEntry {
  const kind = kinds[reader.u8()]
  if (kind === undefined) throw malformed('an unknown kind of entry')
  const [term, atMs] = [reader.count(), reader.count()]
  const configuration = kind === 'configuration' ? readConfiguration(reader) : undefined
  const payload = kind === 'configuration' ? noBytes : reader.ownBytes()
  return { term, kind, atMs, configuration, payload }
}

function writeConfiguration(writer: BytesWriter, { voters, old, learners }: Configuration): void {
  for (const members of [voters, old ?? [], learners]) {
    writer.u8(members.length)
    for (const member of members) writer.text(member)
  }
}

function readConfiguration(reader: BytesReader): Configuration {
  const [voters, old, learners] = [readMembers(reader), readMembers(reader), readMembers(reader)]
  return { voters, old: old.length === 0 ? undefined : old, learners }
}

function readMembers(reader: BytesReader): MemberId[] {
  const count = reader.u8()
  if (count > maxMembers) throw malformed('too many members')
  return Array.from({ length: count }, () => reader.text())
}

type Small = Exclude<GroupMessage, { type: 'append' | 'appendReply' | 'snapshot' | 'proposals' | 'fetched' }>

// What is rare travels as plain data, behind its length.
function writeSmall(writer: BytesWriter, message: Small): void {
  const at = writer.reserve(4)
  const { type: _, ...fields } = message
  writePlain(writer, fields)
  writer.putU32(at, writer.length - at - 4)
}

type Fields = Readonly<Record<string, unknown>>

function readSmall(reader: BytesReader, type: Small['type']): GroupMessage {
  const length = reader.windowLength()
  const at = reader.skip(length)
  const fields = readPlain(new BytesReader(reader.bytes, at, at + length))
  const term = () => count(fields, 'term')
  switch (type) {
    case 'preVote':
      return { type, term: term(), nextTerm: count(fields, 'nextTerm'), ...lastOf(fields) }
    case 'preVoteReply':
      return { type, term: term(), nextTerm: count(fields, 'nextTerm'), granted: fields.granted === true }
    case 'vote':
      return { type, term: term(), transfer: fields.transfer === true, ...lastOf(fields) }
    case 'voteReply':
      return { type, term: term(), granted: fields.granted === true }
    case 'snapshotReply':
      return {
        ...{ type, term: term(), index: count(fields, 'index') },
        ...{ expected: count(fields, 'expected'), round: count(fields, 'round') },
      }
    case 'timeoutNow':
      return { type, term: term() }
    case 'greeting':
      return readGreeting(fields)
    case 'refused':
      return { type, batch: count(fields, 'batch'), overloaded: fields.overloaded === true }
    case 'read':
      return { type, tag: count(fields, 'tag') }
    case 'readReply':
      return {
        ...{ type, tag: count(fields, 'tag') },
        index: fields.index === undefined ? undefined : count(fields, 'index'),
      }
    case 'leaving':
      return { type }
    case 'fetch':
      return { type, term: term(), index: count(fields, 'index') }
    case 'missing':
      return { type, members: texts(fields, 'members') }
    case 'heard':
      return {
        type,
        pressed: texts(fields, 'pressed'),
        members: list(fields, 'members').map(item => [text(item, '0'), count(item, '1')]),
      }
  }
}

function readGreeting(fields: Fields): Greeting {
  const [rank, schema] = [record(fields, 'rank'), record(fields, 'schema')]
  return {
    ...{ type: 'greeting', group: text(fields, 'group'), zone: text(fields, 'zone') },
    ...{ seeks: fields.seeks === true, leads: fields.leads === true, sealed: fields.sealed === true },
    ...{ asks: text(fields, 'asks'), promised: text(fields, 'promised') },
    ...{ absorbs: text(fields, 'absorbs'), left: texts(fields, 'left'), ...lastOf(fields) },
    ...{ seen: count(fields, 'seen'), voters: texts(fields, 'voters') },
    schema: { generation: count(schema, 'generation'), index: count(schema, 'index') },
    addresses: list(fields, 'addresses').map(item => [text(item, '0'), text(item, '1')]),
    rank: {
      ...{ provisional: rank.provisional === true, holds: rank.holds === true },
      ...{ generation: count(rank, 'generation'), members: count(rank, 'members') },
    },
  }
}

function record(fields: Fields, name: string): Fields {
  const value = fields[name]
  return typeof value === 'object' && value !== null ? (value as Fields) : {}
}

function lastOf(fields: Fields) {
  return { lastIndex: count(fields, 'lastIndex'), lastTerm: count(fields, 'lastTerm') }
}

function count(fields: Fields, name: string): number {
  const value = fields[name]
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  throw malformed(`no number as ${name}`)
}

function text(fields: Fields, name: string): string {
  const value = fields[name]
  if (typeof value === 'string' && value.length <= 300) return value
  throw malformed(`no text as ${name}`)
}

function texts(fields: Fields, name: string): string[] {
  const list = fields[name]
  if (Array.isArray(list) && list.length <= maxMembers && list.every(item => typeof item === 'string'))
    return list
  throw malformed(`no list of texts as ${name}`)
}

function list(fields: Fields, name: string): readonly Fields[] {
  const items = fields[name]
  if (Array.isArray(items) && items.length <= maxMembers && items.every(Array.isArray))
    return items as unknown as readonly Fields[]
  throw malformed(`no list as ${name}`)
}

const noBytes = Buffer.alloc(0)

import { type BytesReader, type BytesWriter, malformed } from '../core/bytes.ts'
import { epochOf } from '../core/epoch.ts'
import { readPlain, writePlain } from '../core/failure.ts'
import { PlainFields } from '../core/plain-fields.ts'
import { copiesOnMembers, recordOf, type SchemaRecords, type TableEntry, tableId } from './catalog.ts'
import { readOrigin, readTable } from './schema-records.ts'

/** Far below the limit of a frame, whatever the tables are. */
const tablesPerFrame = 256
const maxTables = 65_536
const longestId = 128

/** The bodies of the `epochRecords` frames that carry what the group has agreed on. */
export function recordFrames(records: SchemaRecords): readonly ((body: BytesWriter) => void)[] {
  const { group, epoch, term, origin, members } = records
  const tables = [...records.tables.values()].map(recordOf)
  const frames: ((body: BytesWriter) => void)[] = []
  for (let at = 0; at === 0 || at < tables.length; at += tablesPerFrame) {
    const part = tables.slice(at, at + tablesPerFrame)
    const more = at + tablesPerFrame < tables.length
    const { generation, index } = epoch
    frames.push(body =>
      writePlain(body, { group, generation, index, term, origin, members, more, tables: part }),
    )
  }
  return frames
}

/** Puts together what comes in several frames. */
export class RecordsReader {
  readonly #cluster: string
  readonly #tables = new Map<string, TableEntry>()

  constructor(cluster: string) {
    this.#cluster = cluster
  }

  /** The whole with its last frame, undefined before that. Throws ERR_FRAME_INVALID. */
  take(body: BytesReader): SchemaRecords | undefined {
    const fields = new PlainFields(readPlain(body))
    const group = fields.text('group', longestId)
    const epoch = epochOf(group, fields.count('generation'), fields.count('index'))
    const [term, origin] = [fields.count('term'), fields.optional('origin', readOrigin)]
    const members = fields.list('members', readMember)
    const everywhere = copiesOnMembers(members)
    for (const record of fields.list('tables', readTable)) {
      const copies = record.definition.majority ? everywhere : new Map(record.copies)
      this.#tables.set(record.name, { ...record, id: tableId(this.#cluster, record), copies })
    }
    if (this.#tables.size > maxTables) throw malformed('more tables than there can be')
    return fields.flag('more') ? undefined : { group, epoch, term, origin, members, tables: this.#tables }
  }
}

function readMember(value: unknown): string {
  if (typeof value === 'string' && value.length <= longestId && /^[^#]+#[0-9a-z]+$/.test(value)) return value
  throw malformed('no id of a member')
}

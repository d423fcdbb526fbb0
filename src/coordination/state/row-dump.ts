import { type CodecName, decodeValue } from '../../core/codec.ts'
import type { Row } from '../../core/entry.ts'
import { decodeKey } from '../../core/key.ts'
import { scanEnd } from '../../core/partition.ts'
import { entryWith } from '../../replication/counter-view.ts'
import type { TableCopy } from '../../storage/table.ts'
import type { GroupRecord } from './group-facts.ts'

const heading = 'mnemesh rows'

/** What the first line of a dump says of it; undefined for a line of anything else. */
export function dumpHeadOf(line: string): Pick<RowDump, 'group' | 'generation' | 'rows'> | undefined {
  let head: { readonly [name: string]: unknown }
  try {
    head = JSON.parse(line)
  } catch {
    return undefined
  }
  const { dump, group, generation, rows } = head
  const isHead = dump === heading && typeof group === 'string'
  if (!isHead || typeof generation !== 'number' || typeof rows !== 'number') return undefined
  return { group, generation, rows }
}

/** A table whose rows are dumped. */
export interface DumpedTable {
  readonly entry: { readonly name: string; readonly definition: { readonly codec: CodecName } }
  readonly copy: TableCopy
  readonly size: number
  readonly bytes: number
}

/** The table of that copy. */
export function dumpedCopy(copy: TableCopy): DumpedTable {
  const { name, definition, size, bytes } = copy
  return { entry: { name, definition }, copy, size, bytes }
}

/** Rows that a merge of two groups has no place for, for an operator to look at: nobody changes them any more. */
export class RowDump {
  readonly group: string
  readonly generation: number
  readonly rows: number
  /** Bytes of keys and values. */
  readonly bytes: number
  readonly #tables: readonly DumpedTable[]

  constructor({ id, generation }: Pick<GroupRecord, 'id' | 'generation'>, tables: readonly DumpedTable[]) {
    this.group = id
    this.generation = generation
    this.#tables = tables.filter(({ size }) => size > 0)
    this.rows = this.#tables.reduce((sum, { size }) => sum + size, 0)
    this.bytes = this.#tables.reduce((sum, { bytes }) => sum + bytes, 0)
  }

  /**
   * JSON, one object a line: first what it is, then each row: table, key, value, and both as encoded bytes in base64,
   * since not every value has a form in JSON; version; expiry in Unix ms, 0 for none.
   */
  *lines(): Generator<string> {
    const { group, generation, rows } = this
    yield JSON.stringify({ dump: heading, format: 1, group, generation, rows })
    for (const { entry, copy } of this.#tables) {
      const batch: string[] = []
      const visit = (row: Row) => {
        const shown = copy.isCounter ? entryWith(copy, row, true) : row
        if (shown?.isDead === false) batch.push(lineOf(entry.name, entry.definition.codec, shown))
      }
      for (let cursor = 0; cursor !== scanEnd; ) {
        cursor = copy.scan(cursor, visit)
        yield* batch.splice(0)
      }
    }
  }
}

function lineOf(table: string, codec: CodecName, row: Row): string {
  const { keyBytes, keyStart, keyLength, valueBytes, valueStart, valueLength, h: version, expiresAt } = row
  const key = decodeKey(keyBytes, keyStart, keyStart + keyLength)
  const value = decodeValue(valueBytes, valueStart, valueStart + valueLength, codec)
  const encodedKey = keyBytes.toString('base64', keyStart, keyStart + keyLength)
  const encodedValue = valueBytes.toString('base64', valueStart, valueStart + valueLength)
  return JSON.stringify({ table, key, value, version, expiresAt, codec, encodedKey, encodedValue }, plain)
}

// What JSON has no form for is told by its encoded bytes.
function plain(_name: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value)
  return value instanceof Uint8Array || value instanceof Map || value instanceof Set ? null : value
}

import type {
  RangeVersion,
  ReadVersion,
  RowOperation,
  RowOutcome,
} from '../../../src/coordination/state/commands.ts'
import { groupHash } from '../../../src/coordination/state/fingerprint.ts'
import { decodeValue, ValueWriter } from '../../../src/core/codec.ts'
import { partitionOf } from '../../../src/core/partition.ts'

interface Row {
  readonly value: Buffer
  readonly version: number
  /** By the group's clock, 0 for never. */
  readonly expiresAt: number
}

/** One thing that who watches a table is told. */
export interface TableChange {
  readonly index: number
  readonly kind: 'set' | 'delete' | 'expire' | 'clear' | 'gone'
  /** As hex; '' where it is about all keys. */
  readonly key: string
}

class ModelTable {
  readonly rows = new Map<string, Row>()
  /** The entry that last changed the whole table, or a partition. */
  readonly changed = new Map<number | undefined, number>()
  readonly changes: TableChange[] = []
  /** The entry that made or cleared it. */
  since: number

  constructor(since: number) {
    this.since = since
  }
}

/** Tables in the plainest way: a map of rows each, with the instant at which they end. */
export class ModelTables {
  /** The group's clock. */
  clock = 0
  readonly #tables = new Map<string, ModelTable>()
  readonly #lives = new Map<string, ModelTable[]>()
  readonly #values = new ValueWriter()

  has(name: string): boolean {
    return this.#tables.has(name)
  }

  create(index: number, name: string): void {
    if (this.#tables.has(name)) return
    const table = new ModelTable(index)
    this.#tables.set(name, table)
    this.#lives.set(name, [...(this.#lives.get(name) ?? []), table])
  }

  drop(index: number, name: string): boolean {
    this.#tables.get(name)?.changes.push({ index, kind: 'gone', key: '' })
    return this.#tables.delete(name)
  }

  clear(index: number, name: string): boolean {
    const table = this.#tables.get(name)
    if (table === undefined) return false
    table.rows.clear()
    table.changed.clear()
    table.since = index
    table.changes.push({ index, kind: 'clear', key: '' })
    return true
  }

  expire(index: number, due: readonly ReadVersion[]): void {
    for (const { table: name, key, version } of due) {
      const table = this.#tables.get(name)
      const row = table?.rows.get(key.toString('hex'))
      if (table === undefined || row === undefined || row.version !== version || this.#isThere(row)) continue
      table.rows.delete(key.toString('hex'))
      this.#note(table, index, key, 'expire')
    }
  }

  isStale({ table, key, version }: ReadVersion): boolean {
    const row = this.#find(table, key.toString('hex'))
    return (row?.version ?? 0) !== version
  }

  hasChanged({ table: name, partition, asOf }: RangeVersion): boolean {
    const table = this.#tables.get(name)
    return table !== undefined && Math.max(table.since, table.changed.get(partition) ?? 0) > asOf
  }

  operate(
    index: number,
    { kind, table: name, key, value, by, condition, lifetime }: RowOperation,
  ): RowOutcome {
    const table = this.#tables.get(name)
    if (table === undefined) throw new Error(`the model has no table ${name}`)
    const id = key.toString('hex')
    const row = this.#find(name, id)
    const version = row?.version ?? 0
    const holds = condition === 'none' || (condition === 'absent' ? row === undefined : version === condition)
    if (!holds || (kind === 'delete' && row === undefined))
      return { applied: false, version, number: undefined }
    if (kind === 'delete') {
      table.rows.delete(id)
      this.#note(table, index, key, 'delete')
      return { applied: true, version: 0, number: undefined }
    }
    let number: number | undefined
    let stored = value
    if (kind === 'increment') {
      const before = row === undefined ? 0 : decodeValue(row.value, 0, row.value.length, 'msgpack')
      number = (before as number) + by
      const length = this.#values.write(number, 'msgpack')
      stored = Buffer.from(this.#values.bytes.subarray(0, length))
    }
    const keeps = row !== undefined && (kind === 'increment' || lifetime === 'keep')
    const ends = typeof lifetime === 'number' ? this.clock + lifetime : 0
    table.rows.set(id, { value: stored, version: index, expiresAt: keeps ? row.expiresAt : ends })
    this.#note(table, index, key, 'set')
    return { applied: true, version: index, number }
  }

  /** Every row that is there by the group's clock, values decoded, by key as hex. */
  rows(name: string): Map<string, unknown> {
    const there = [...(this.#tables.get(name)?.rows ?? [])].filter(([, row]) => this.#isThere(row))
    return new Map(there.map(([key, { value }]) => [key, decodeValue(value, 0, value.length, 'msgpack')]))
  }

  /** All that ever happened to the table, or to an earlier one of its name: each drop counts one. */
  changesOf(name: string, generation: number): readonly TableChange[] {
    return this.#lives.get(name)?.[generation]?.changes ?? []
  }

  #find(table: string, id: string): Row | undefined {
    const row = this.#tables.get(table)?.rows.get(id)
    return row !== undefined && this.#isThere(row) ? row : undefined
  }

  #isThere({ expiresAt }: Row): boolean {
    return expiresAt === 0 || this.clock < expiresAt
  }

  #note(table: ModelTable, index: number, key: Buffer, kind: TableChange['kind']): void {
    table.changed.set(undefined, index)
    table.changed.set(partitionOf(groupHash(key)), index)
    table.changes.push({ index, kind, key: key.toString('hex') })
  }
}

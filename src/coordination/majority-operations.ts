import { ValueWriter } from '../core/codec.ts'
import { Row } from '../core/entry.ts'
import { MnemeshError } from '../core/errors.ts'
import { type Condition, type Operation, type Outcome, ownRow } from '../core/operation.ts'
import { type ScanCursor, scanEnd } from '../core/partition.ts'
import type { Ack } from '../core/schema.ts'
import { msToStamp, type Origins } from '../core/version.ts'
import type { AgreedTable, Freshness, PlainSet } from '../replication/agreed-table.ts'
import { hasPrefix } from '../replication/local-replica.ts'
import { fillPage } from '../replication/pages.ts'
import type { Page } from '../replication/replica.ts'
import type { Call } from '../wire/caller.ts'
import type { Result, RowOperation, RowOutcome, Transaction } from './state/commands.ts'
import type { Answered, MajorityTable, Strong } from './strong.ts'
import { failureOf } from './transactions/failures.ts'
import { checkLimits } from './transactions/limits.ts'

const values = new ValueWriter()
const none: readonly never[] = []

export interface MajorityOperationsParts {
  readonly strong: Strong
  readonly origins: Origins
  /** The table's name. */
  readonly name: string
}

/** Single operations on one majority table: each write is one entry of the group's log. */
export class MajorityOperations implements AgreedTable {
  readonly #parts: MajorityOperationsParts
  readonly #row = new Row()

  constructor(parts: MajorityOperationsParts) {
    this.#parts = parts
  }

  each(
    keys: readonly Buffer[],
    freshness: Freshness,
    call: Call,
    visit: (row: Row | undefined) => void,
  ): undefined | Promise<void> {
    const read = () => {
      const table = this.#table()
      for (const key of keys) visit(table.find(key, this.#row) ? this.#row : undefined)
    }
    if (freshness === 'linearizable') return this.#parts.strong.barrier(call).then(read)
    read()
    return undefined
  }

  async page(
    { cursor, prefix, maxBytes }: { cursor: ScanCursor; prefix: Buffer; maxBytes: number },
    freshness: Freshness,
    call: Call,
  ): Promise<Page> {
    const { strong, origins } = this.#parts
    if (freshness === 'linearizable') await strong.barrier(call)
    const { copy } = this.#table()
    const shown = (row: Row) =>
      (row.expiresAt === 0 || strong.clock < row.expiresAt) && hasPrefix(row, prefix) ? row : undefined
    const page = fillPage(copy, { cursor, end: scanEnd, maxBytes }, { origins, shown })
    return { ...page, total: copy.size, totalBytes: copy.bytes }
  }

  set({ key, value, lifetime, ack }: PlainSet, call: Call): Promise<boolean> {
    checkAck(ack, this.#parts.name)
    const { ttlMs } = this.#table().entry.definition
    const operation: RowOperation = {
      kind: 'set',
      table: this.#parts.name,
      key,
      value,
      by: 0,
      lifetime: lifetime === 'default' ? (ttlMs ?? 'forever') : lifetime,
      condition: 'none',
    }
    return new Promise((resolve, reject) =>
      this.#parts.strong.ask(blind([operation]), call, new WhenSet(resolve, reject)),
    )
  }

  async operate(operation: Operation, call: Call): Promise<Outcome> {
    checkAck(operation.ack, this.#parts.name)
    const { outcomes } = await this.#make([operation], call)
    const [outcome] = outcomes
    const row = this.#row
    const present = this.#parts.strong.table(this.#parts.name)?.find(operation.key, row) === true
    if (outcome.number !== undefined) return { applied: true, row: this.#sum(operation, outcome, present) }
    return { applied: outcome.applied, row: present ? ownRow(row) : undefined }
  }

  async setAll(operations: readonly Operation[], call: Call): Promise<void> {
    for (const { ack } of operations) checkAck(ack, this.#parts.name)
    await this.#make(operations, call)
  }

  async clear(call: Call): Promise<void> {
    doneOrThrow(await this.#parts.strong.submit({ kind: 'clear', table: this.#parts.name }, call))
  }

  async #make(operations: readonly Operation[], call: Call): Promise<Done> {
    const transaction = blind(operations.map(operation => this.#operation(operation)))
    checkLimits(transaction)
    return doneOrThrow(await this.#parts.strong.submit(transaction, call))
  }

  // The number as it was at its place in the log, whatever has become of it since.
  #sum(operation: Operation, { number, version }: RowOutcome, present: boolean): Row {
    const length = values.write(number, 'msgpack')
    const row = new Row()
    const isSame = present && this.#row.h === version
    row.h = version
    row.stamp = msToStamp(this.#parts.strong.clock)
    row.flags = this.#row.flags
    row.expiresAt = isSame ? this.#row.expiresAt : 0
    row.keyBytes = operation.key
    row.keyLength = operation.key.length
    row.valueBytes = Buffer.from(values.bytes.subarray(0, length))
    row.valueLength = length
    return row
  }

  #operation({ kind, key, value, by, lifetime, condition }: Operation): RowOperation {
    const { ttlMs } = this.#table().entry.definition
    return {
      ...{ kind, table: this.#parts.name, key, value, by: kind === 'increment' ? by : 0 },
      lifetime: lifetime === 'default' ? (ttlMs ?? 'forever') : lifetime,
      condition: toCondition(condition),
    }
  }

  #table(): MajorityTable {
    const { strong, name } = this.#parts
    const table = strong.table(name)
    if (table !== undefined) return table
    throw new MnemeshError(
      'ERR_NOT_READY',
      `this node does not have majority table ${name} yet; ask again soon`,
    )
  }
}

type Done = Extract<Result, { readonly status: 'done' }>

/** Waits for a set alone. */
class WhenSet implements Answered {
  readonly #resolve: (applied: boolean) => void
  readonly failed: (error: unknown) => void

  constructor(resolve: (applied: boolean) => void, reject: (error: unknown) => void) {
    this.#resolve = resolve
    this.failed = reject
  }

  done(result: Result): void {
    if (result.status === 'done') this.#resolve(result.outcomes[0].applied)
    else this.failed(failureOf(result))
  }
}

// A transaction that has read nothing.
function blind(operations: readonly RowOperation[]): Transaction {
  return { kind: 'transaction', reads: none, ranges: none, guards: none, operations }
}

function doneOrThrow(result: Result): Done {
  if (result.status === 'done') return result
  throw failureOf(result)
}

// The version of a majority table's row is the index that last changed it, and names no node.
function toCondition(condition: Condition): RowOperation['condition'] {
  if (condition === 'none' || condition === 'absent') return condition
  const index = /^[0-9a-z]{1,11}@$/.test(condition) ? Number.parseInt(condition, 36) : Number.NaN
  // No row has it, so what is of another table's making is met by none.
  return Number.isSafeInteger(index) && index > 0 ? index : Number.MAX_SAFE_INTEGER
}

// Weaker ones are met by what a majority table does anyway.
function checkAck(ack: Ack, name: string): void {
  if (ack !== 'all') return
  throw new MnemeshError(
    'ERR_INVALID_ARGUMENT',
    `table ${name} is a majority table: its writes are acknowledged by a majority, and ack 'all' is not to be had`,
  )
}

import type {
  Command,
  FencingToken,
  Request,
  Result,
  RowOperation,
  RowOutcome,
  Transaction,
} from '../../../../src/coordination/state/commands.ts'
import { decodeValue } from '../../../../src/core/codec.ts'

interface ModelRow {
  readonly value: unknown
  readonly mod: number
  readonly expiresAt: number
}

interface ModelTable {
  readonly majority: boolean
  readonly maxEntries: number | undefined
  readonly rows: Map<string, ModelRow>
  mod: number
}

interface ModelLock {
  readonly permits: number
  holders: { id: string; shared: boolean; token: number }[]
  queue: { id: string; shared: boolean }[]
}

class Refusal extends Error {}

/** The state machine as one would write it down in an hour: plain maps, everything copied, nothing fast. */
export class Model {
  tables = new Map<string, ModelTable>()
  locks = new Map<string, ModelLock>()
  sessions = new Map<string, { lowest: number; results: Map<number, Result> }>()
  clock = 0
  index = 0

  apply(request: Request, atMs: number): Result {
    this.index++
    this.clock = Math.max(this.clock, atMs)
    const { session, sequence, settledBelow, command } = request
    if (session === '') return this.#run('', command)
    const open = this.sessions.get(session)
    const { index } = this
    if (open === undefined) return { status: 'noSession', index }
    if (sequence < open.lowest) return { status: 'forgotten', index }
    const known = open.results.get(sequence)
    if (known !== undefined) return known
    const result = this.#run(`${session}/${sequence}`, command)
    open.lowest = Math.max(open.lowest, Math.min(settledBelow, sequence))
    for (const old of [...open.results.keys()]) if (old < open.lowest) open.results.delete(old)
    open.results.set(sequence, result)
    return result
  }

  members(names: readonly string[], before: readonly string[]): void {
    this.index++
    for (const name of before) if (!names.includes(name)) this.#end(name)
    for (const name of names) this.#open(name)
  }

  sessionOf(member: string): string | undefined {
    return [...this.sessions.keys()].find(id => id.startsWith(`${member}@`))
  }

  row(table: string, key: string): ModelRow | undefined {
    const row = this.tables.get(table)?.rows.get(key)
    return row === undefined || (row.expiresAt !== 0 && row.expiresAt <= this.clock) ? undefined : row
  }

  #run(id: string, command: Command): Result {
    const { index } = this
    const tables = structuredClone(this.tables)
    try {
      return this.#execute(id, command)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      this.tables = tables
      return { status: 'refused', index, code: error.message, message: '' }
    }
  }

  #execute(id: string, command: Command): Result {
    switch (command.kind) {
      case 'transaction':
        return this.#transaction(command)
      case 'acquire':
        return this.#acquire(id, command)
      case 'release':
        return this.#done(this.#release(command.lock, `${command.session}/${command.request}`))
      case 'grant':
        return this.#done(this.#grant(command.lock))
      case 'expire':
        for (const { table, key, version } of command.rows) {
          const row = this.tables.get(table)?.rows.get(key.toString('hex'))
          if (row?.mod !== version || row.expiresAt === 0 || row.expiresAt > this.clock) continue
          this.#write(this.#table(table), key.toString('hex'), undefined)
        }
        return this.#done()
      case 'clear':
        this.#table(command.table).rows.clear()
        this.#table(command.table).mod = this.index
        return this.#done()
      case 'createTable': {
        const { majority, maxEntries } = command.definition as { majority?: boolean; maxEntries?: number }
        if (!this.tables.has(command.name))
          this.tables.set(command.name, {
            majority: majority === true,
            maxEntries,
            rows: new Map(),
            mod: this.index,
          })
        return this.#done()
      }
      case 'dropTable':
        if (!this.tables.delete(command.name)) throw new Refusal('ERR_TABLE_UNKNOWN')
        return this.#done()
      case 'openSession':
        this.#open(command.member)
        return this.#done()
      case 'endSession':
        return this.#done(this.#end(command.member))
      default:
        return this.#done()
    }
  }

  #transaction({ reads, ranges, guards, operations }: Transaction): Result {
    const { index } = this
    for (const { table, key, version } of reads) {
      this.#table(table)
      if ((this.row(table, key.toString('hex'))?.mod ?? 0) !== version)
        return { status: 'conflict', index, table, key }
    }
    for (const { table, asOf } of ranges)
      if (this.#table(table).mod > asOf) return { status: 'conflict', index, table, key: undefined }
    for (const { lock, token } of guards)
      if (!this.locks.get(lock)?.holders.some(holder => holder.token === token.index))
        return { status: 'fenced', index, lock }
    const before = new Map(
      [...this.tables].map(([name, { rows, mod }]) => [name, { ids: new Set(rows.keys()), mod }]),
    )
    const outcomes = operations.map(operation => this.#operate(operation))
    for (const [name, { maxEntries, rows }] of this.tables)
      if (maxEntries !== undefined && rows.size > maxEntries && rows.size > (before.get(name)?.ids.size ?? 0))
        throw new Refusal('ERR_TABLE_FULL')
    for (const [name, { ids, mod }] of before) {
      const table = this.tables.get(name)
      const written = operations
        .filter(operation => operation.table === name)
        .map(({ key }) => key.toString('hex'))
      // What was set and deleted in one go was never there.
      if (table !== undefined && written.every(id => !ids.has(id) && !table.rows.has(id))) table.mod = mod
    }
    return { status: 'done', index, outcomes }
  }

  #operate({ kind, table: name, key, value, by, lifetime, condition }: RowOperation): RowOutcome {
    const table = this.#table(name)
    const id = key.toString('hex')
    const row = this.row(name, id)
    const version = row?.mod ?? 0
    if (condition === 'absent' && row !== undefined) return { applied: false, version, number: undefined }
    if (typeof condition === 'number' && version !== condition)
      return { applied: false, version, number: undefined }
    if (kind === 'delete') {
      if (row !== undefined) this.#write(table, id, undefined)
      return { applied: row !== undefined, version: 0, number: undefined }
    }
    if (kind === 'increment' && row !== undefined && typeof row.value !== 'number')
      throw new Refusal('ERR_BAD_TYPE')
    const number = kind === 'increment' ? ((row?.value as number | undefined) ?? 0) + by : undefined
    const kept = row !== undefined && (kind === 'increment' || lifetime === 'keep')
    const expiresAt = kept ? row.expiresAt : typeof lifetime === 'number' ? this.clock + lifetime : 0
    const next = number ?? decodeValue(value, 0, value.length, 'msgpack')
    this.#write(table, id, { value: next, mod: this.index, expiresAt })
    return { applied: true, version: this.index, number }
  }

  #write(table: ModelTable, id: string, row: ModelRow | undefined): void {
    if (row === undefined) table.rows.delete(id)
    else table.rows.set(id, row)
    table.mod = this.index
  }

  #table(name: string): ModelTable {
    const table = this.tables.get(name)
    if (table === undefined) throw new Refusal('ERR_TABLE_UNKNOWN')
    if (!table.majority) throw new Refusal('ERR_INVALID_ARGUMENT')
    return table
  }

  #acquire(id: string, command: Extract<Command, { kind: 'acquire' }>): Result {
    const { index } = this
    if (id === '') throw new Refusal('ERR_INVALID_ARGUMENT')
    const shared = command.mode === 'shared'
    const lock = this.locks.get(command.lock) ?? { permits: command.permits, holders: [], queue: [] }
    if (lock.permits !== command.permits) throw new Refusal('ERR_INVALID_ARGUMENT')
    if (lock.queue.length === 0 && free(lock, shared)) {
      lock.holders.push({ id, shared, token: index })
      this.locks.set(command.lock, lock)
      return { status: 'granted', index, token: this.#token() }
    }
    if (!command.wait) return { status: 'held', index }
    lock.queue.push({ id, shared })
    return { status: 'queued', index }
  }

  #release(name: string, id: string): boolean {
    const lock = this.locks.get(name)
    const found = lock !== undefined && this.#leave(name, lock, other => other === id)
    if (found) this.#grant(name)
    return found
  }

  #leave(name: string, lock: ModelLock, leaves: (id: string) => boolean): boolean {
    const before = lock.holders.length + lock.queue.length
    lock.holders = lock.holders.filter(({ id }) => !leaves(id))
    lock.queue = lock.queue.filter(({ id }) => !leaves(id))
    if (lock.holders.length + lock.queue.length === 0) this.locks.delete(name)
    return lock.holders.length + lock.queue.length < before
  }

  #grant(name: string): boolean {
    const lock = this.locks.get(name)
    const [next] = lock?.queue ?? []
    if (lock === undefined || next === undefined || !free(lock, next.shared)) return false
    lock.queue.shift()
    lock.holders.push({ ...next, token: this.index })
    const [session, sequence] = next.id.split('/')
    const results = this.sessions.get(session)?.results
    if (results?.has(Number(sequence)))
      results.set(Number(sequence), { status: 'granted', index: this.index, token: this.#token() })
    return true
  }

  #open(member: string): void {
    if (this.sessionOf(member) === undefined)
      this.sessions.set(`${member}@${this.index}`, { lowest: 0, results: new Map() })
  }

  #end(member: string): boolean {
    const session = this.sessionOf(member)
    if (session === undefined) return false
    this.sessions.delete(session)
    for (const [name, lock] of [...this.locks]) this.#leave(name, lock, id => id.startsWith(`${session}/`))
    return true
  }

  #token(): FencingToken {
    return { generation: 0, index: this.index }
  }

  #done(applied?: boolean): Result {
    const outcomes = applied === undefined ? [] : [{ applied, version: 0, number: undefined }]
    return { status: 'done', index: this.index, outcomes }
  }
}

function free({ holders, permits }: ModelLock, shared: boolean): boolean {
  if (shared) return holders.every(holder => holder.shared)
  return holders.length < permits && !holders.some(holder => holder.shared)
}

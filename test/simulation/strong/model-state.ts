import { membersOf } from '../../../src/coordination/consensus/configuration.ts'
import type { LogEntry } from '../../../src/coordination/consensus/types.ts'
import { decodeRequest } from '../../../src/coordination/state/command-codec.ts'
import type {
  AcquireLock,
  Command,
  Request,
  Result,
  Transaction,
} from '../../../src/coordination/state/commands.ts'
import { ModelTables } from './model-tables.ts'

interface Lock {
  readonly permits: number
  readonly holders: { readonly request: string; readonly mode: string; readonly token: number }[]
  readonly queue: { readonly request: string; readonly mode: string }[]
}

interface Session {
  readonly id: string
  lowest: number
  readonly results: Map<number, Result>
}

/** What one entry of the log should have made of a request. */
export interface Expected {
  readonly request: Request
  readonly result: Result | undefined
  /** False when the request had been run before. */
  readonly isNew: boolean
}

/**
 * What the group's state should be, in the plainest way: no windows on bytes, no snapshots. What members
 * make of each entry is held against it. It knows the commands that the simulation uses.
 */
export class ModelState {
  readonly tables = new ModelTables()
  readonly #locks = new Map<string, Lock>()
  readonly #sessions = new Map<string, Session>()

  /** Undefined for entries that are no requests. Entries come in order, each once. */
  apply(index: number, entry: LogEntry): Expected | undefined {
    this.tables.clock = Math.max(this.tables.clock, entry.atMs)
    if (entry.configuration !== undefined) this.#follow(index, membersOf(entry.configuration))
    if (entry.kind !== 'command') return undefined
    const request = decodeRequest(entry.payload)
    const { session: id, sequence, settledBelow, command } = request
    if (id === '') return { request, result: this.#run(index, request, command), isNew: true }
    const session = this.#sessions.get(id.slice(0, id.lastIndexOf('@')))
    if (session?.id !== id) return { request, result: { status: 'noSession', index }, isNew: false }
    if (sequence < session.lowest) return { request, result: { status: 'forgotten', index }, isNew: false }
    const known = session.results.get(sequence)
    if (known !== undefined) return { request, result: known, isNew: false }
    const result = this.#run(index, request, command)
    for (const each of session.results.keys()) if (each < settledBelow) session.results.delete(each)
    session.lowest = Math.max(session.lowest, Math.min(settledBelow, sequence))
    session.results.set(sequence, result)
    return { request, result, isNew: true }
  }

  #follow(index: number, members: readonly string[]): void {
    for (const [member, { id }] of this.#sessions) {
      if (members.includes(member)) continue
      this.#sessions.delete(member)
      for (const [name, lock] of this.#locks) {
        keep(lock.holders, ({ request }) => !request.startsWith(`${id}/`))
        keep(lock.queue, ({ request }) => !request.startsWith(`${id}/`))
        this.#tidy(name, lock)
      }
    }
    for (const member of members) {
      if (!this.#sessions.has(member))
        this.#sessions.set(member, { id: `${member}@${index}`, lowest: 0, results: new Map() })
    }
  }

  #run(index: number, request: Request, command: Command): Result {
    const name = `${request.session}/${request.sequence}`
    switch (command.kind) {
      case 'transaction':
        return this.#transact(index, command)
      case 'acquire':
        return this.#acquire(index, name, command)
      case 'release': {
        const lock = this.#locks.get(command.lock)
        const request = `${command.session}/${command.request}`
        const held = lock !== undefined && keep(lock.holders, each => each.request !== request)
        const waited = lock !== undefined && keep(lock.queue, each => each.request !== request)
        if (held || waited) this.#grant(index, command.lock)
        return { status: 'done', index, outcomes: [] }
      }
      case 'grant':
        this.#grant(index, command.lock)
        return { status: 'done', index, outcomes: [] }
      case 'createTable':
        this.tables.create(index, command.name)
        return { status: 'done', index, outcomes: [] }
      case 'dropTable':
        return this.tables.drop(index, command.name)
          ? { status: 'done', index, outcomes: [] }
          : unknown(index)
      case 'clear':
        return this.tables.clear(index, command.table)
          ? { status: 'done', index, outcomes: [] }
          : unknown(index)
      case 'expire':
        this.tables.expire(index, command.rows)
        return { status: 'done', index, outcomes: [] }
      default:
        return { status: 'done', index, outcomes: [] }
    }
  }

  #transact(index: number, { reads, ranges, guards, operations }: Transaction): Result {
    const named = [...reads, ...ranges, ...operations]
    if (named.some(({ table }) => !this.tables.has(table))) return unknown(index)
    const stale = reads.find(read => this.tables.isStale(read))
    if (stale !== undefined) return { status: 'conflict', index, table: stale.table, key: stale.key }
    const changed = ranges.find(range => this.tables.hasChanged(range))
    if (changed !== undefined) return { status: 'conflict', index, table: changed.table, key: undefined }
    for (const { lock, token } of guards)
      if (this.#locks.get(lock)?.holders.some(holder => holder.token === token.index) !== true)
        return { status: 'fenced', index, lock }
    return { status: 'done', index, outcomes: operations.map(each => this.tables.operate(index, each)) }
  }

  #acquire(index: number, request: string, { lock: name, mode, permits, wait }: AcquireLock): Result {
    const lock = this.#locks.get(name) ?? { permits, holders: [], queue: [] }
    if (lock.permits !== permits)
      return { status: 'refused', index, code: 'ERR_INVALID_ARGUMENT', message: '' }
    const free = lock.queue.length === 0 && isFree(lock, mode)
    if (!free && !wait) return { status: 'held', index }
    this.#locks.set(name, lock)
    lock.queue.push({ request, mode })
    if (free) this.#grant(index, name)
    return free ? { status: 'granted', index, token: { generation: 0, index } } : { status: 'queued', index }
  }

  #grant(index: number, name: string): void {
    const lock = this.#locks.get(name)
    const next = lock?.queue[0]
    if (lock === undefined) return
    if (next !== undefined && isFree(lock, next.mode)) {
      lock.queue.shift()
      lock.holders.push({ ...next, token: index })
    }
    this.#tidy(name, lock)
  }

  #tidy(name: string, lock: Lock): void {
    if (lock.holders.length === 0 && lock.queue.length === 0) this.#locks.delete(name)
  }
}

function unknown(index: number): Result {
  return { status: 'refused', index, code: 'ERR_TABLE_UNKNOWN', message: '' }
}

function isFree({ holders, permits }: Lock, mode: string): boolean {
  const shared = holders.some(holder => holder.mode === 'shared')
  return mode === 'exclusive' ? !shared && holders.length < permits : shared || holders.length === 0
}

// True when something went.
function keep<T>(list: T[], holds: (each: T) => boolean): boolean {
  const before = list.length
  for (let i = list.length - 1; i >= 0; i--) if (!holds(list[i])) list.splice(i, 1)
  return list.length < before
}

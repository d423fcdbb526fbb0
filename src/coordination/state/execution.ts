import { MnemeshError } from '../../core/errors.ts'
import type { MemberId } from '../consensus/types.ts'
import { takeAlong, takeIn } from './arriving.ts'
import type {
  AcquireLock,
  Command,
  ExpireRows,
  FencingToken,
  Request,
  Result,
  SchemaCommand,
} from './commands.ts'
import type { GroupFacts } from './group-facts.ts'
import type { LockTable } from './locks.ts'
import type { Sessions } from './sessions.ts'
import type { StrongTables } from './strong-tables.ts'
import { Transactions } from './transactions.ts'

export interface ExecutionParts {
  readonly facts: GroupFacts
  readonly locks: LockTable
  readonly sessions: Sessions
  readonly tables: StrongTables
  /** Tables or copies are others now. */
  readonly schemaChanged: (index: number) => void
  /** The leader's hash of the state after that index. */
  readonly compareHash: (index: number, hash: string) => void
}

/** Runs each command at its place in the log: what comes out depends on the state, the index and the clock only. */
export class Execution {
  readonly #parts: ExecutionParts
  readonly #transactions: Transactions

  constructor(parts: ExecutionParts) {
    this.#parts = parts
    const { tables, locks } = parts
    this.#transactions = new Transactions({
      table: name => tables.get(name),
      isHeld: guard => locks.isHeld(guard),
    })
  }

  /** Every error of the caller's is a `refused` result, and has changed nothing. */
  run(index: number, clock: number, request: Request): Result {
    const { command } = request
    try {
      this.#parts.facts.admit(command.kind)
      if (command.kind === 'transaction') return this.#transactions.run(index, clock, command)
      return this.#run(index, clock, request, command)
    } catch (error) {
      if (!MnemeshError.is(error)) throw error
      return { status: 'refused', index, code: error.code, message: error.message }
    }
  }

  /** The process is no member any more: its session ends, and whatever it holds. */
  endSession(member: MemberId): boolean {
    const session = this.#parts.sessions.end(member)
    if (session !== undefined) this.#parts.locks.endSession(session)
    return session !== undefined
  }

  #run(
    index: number,
    clock: number,
    request: Request,
    command: Exclude<Command, { kind: 'transaction' }>,
  ): Result {
    const { facts, locks, sessions, tables } = this.#parts
    switch (command.kind) {
      case 'acquire':
        return this.#acquire(index, request, command)
      case 'release':
        return done(index, locks.release(command.lock, command.session, command.request, this.#token(index)))
      case 'grant':
        return done(index, locks.grant(command.lock, this.#token(index)))
      case 'expire':
        return this.#expire(index, clock, command)
      case 'clear':
        tables.clear(command.table, index)
        return done(index)
      case 'bring':
        if (takeIn(tables, this.#token(index), { ...command, clock })) this.#parts.schemaChanged(index)
        return done(index)
      case 'openSession':
        sessions.open(command.member, index)
        return done(index)
      case 'endSession':
        return done(index, this.endSession(command.member))
      case 'stateHash':
        this.#parts.compareHash(command.index, command.hash)
        return done(index)
      case 'tick':
        return done(index)
      case 'createTable':
      case 'takeAlong':
      case 'dropTable':
      case 'changeTable':
      case 'setCopy':
        return this.#changeSchema(index, command)
      case 'found':
        facts.run(command, clock)
        if (command.tables !== undefined) {
          tables.become(command.tables, index)
          this.#parts.schemaChanged(index)
        }
        return done(index)
      default:
        facts.run(command, clock)
        return done(index)
    }
  }

  #token(index: number): FencingToken {
    return { generation: this.#parts.facts.record.generation, index }
  }

  #acquire(index: number, request: Request, command: AcquireLock): Result {
    if (request.session === '')
      throw new MnemeshError('ERR_INVALID_ARGUMENT', 'a lock is held by a session, and this request has none')
    this.#parts.facts.rise(command.seen ?? 0)
    const token = this.#token(index)
    const status = this.#parts.locks.acquire(request, command, token)
    return status === 'granted' ? { status, index, token } : { status, index }
  }

  // Tables and rows may have gone or changed since the leader looked; then nothing is due there.
  #expire(index: number, clock: number, { rows }: ExpireRows): Result {
    for (const { table, key, version } of rows)
      this.#parts.tables.find(table)?.expire(key, version, index, clock)
    return done(index)
  }

  #changeSchema(index: number, command: SchemaCommand): Result {
    const { tables } = this.#parts
    if (this.#isChange(index, tables, command)) this.#parts.schemaChanged(index)
    return done(index)
  }

  #isChange(index: number, tables: StrongTables, command: SchemaCommand): boolean {
    switch (command.kind) {
      case 'createTable':
        return tables.create(this.#token(index), command)
      case 'takeAlong':
        return takeAlong(tables, this.#token(index), command)
      case 'changeTable':
        return tables.change(command.name, command.definition, command.was)
      case 'setCopy':
        return tables.schema.setCopy(this.#token(index), command) !== undefined
      case 'dropTable':
        tables.drop(command.name)
        return true
    }
  }
}

function done(index: number, applied?: boolean): Result {
  return {
    status: 'done',
    index,
    outcomes: applied === undefined ? [] : [{ applied, version: 0, number: undefined }],
  }
}

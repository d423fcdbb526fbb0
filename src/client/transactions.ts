import { runTransaction } from '../coordination/transactions/run.ts'
import type {
  PageAnswer,
  Plan,
  ReadAnswer,
  ScanRequest,
  Seen,
  StoredValue,
  TransactionSource,
  Turn,
  Validation,
} from '../coordination/transactions/source.ts'
import { Deadlines } from '../coordination/transactions/time.ts'
import { turnLock } from '../coordination/transactions/turns.ts'
import type { BytesReader, BytesWriter } from '../core/bytes.ts'
import { hardMaxValueBytes, ValueWriter } from '../core/codec.ts'
import type { Environment } from '../core/environment.ts'
import type { AttemptPort, LockPort, TransactionPort } from '../face/port.ts'
import { sessionCalls, writeTimeout } from '../session/calls.ts'
import {
  readChanged,
  readPageAnswer,
  readReadAnswer,
  readValidation,
  writeCommit,
  writePageRequest,
  writeReadRequest,
  writeSeen,
} from '../session/transaction-calls.ts'
import type { Call } from '../wire/caller.ts'
import type { Nodes } from './nodes.ts'

const values = new ValueWriter()

/** Transactions of a client: each reads and commits through one node, and goes on at another one when that is lost. */
export class ClientTransactions implements TransactionPort {
  readonly #env: Environment
  readonly #nodes: Nodes
  readonly #locks: LockPort
  readonly #deadlines: Deadlines

  constructor(env: Environment, nodes: Nodes, locks: LockPort) {
    this.#env = env
    this.#nodes = nodes
    this.#locks = locks
    this.#deadlines = new Deadlines(env)
  }

  run<T>(
    work: (attempt: AttemptPort) => Promise<T>,
    options: { readonly maxAttempts: number; readonly readOnly: boolean },
    call: Call,
  ): Promise<T> {
    const source = new NodeSource(this.#env, this.#nodes, this.#locks)
    return runTransaction({ env: this.#env, source, deadlines: this.#deadlines }, work, options, call)
  }

  /** Commits what was planned without reading anything. */
  async commit(plan: Plan, call: Call) {
    return new NodeSource(this.#env, this.#nodes, this.#locks).commit(plan, call)
  }
}

class NodeSource implements TransactionSource {
  readonly #env: Environment
  readonly #nodes: Nodes
  readonly #locks: LockPort
  readonly #choice: number
  // That this transaction has.
  #turns = 0

  constructor(env: Environment, nodes: Nodes, locks: LockPort) {
    this.#env = env
    this.#nodes = nodes
    this.#locks = locks
    this.#choice = env.random.uint32()
  }

  /** The node tells: at the first read, or at the commit. */
  check(): void {}

  encode(_table: string, value: unknown): StoredValue {
    values.write(value, 'msgpack', hardMaxValueBytes)
    return { bytes: Buffer.from(values.bytes.subarray(0, values.length)), codec: 'msgpack' }
  }

  read(table: string, keys: readonly Buffer[], atLeast: number, call: Call): Promise<ReadAnswer> {
    const write = (body: BytesWriter) => writeReadRequest(body, { table, keys, atLeast })
    return this.#ask(sessionCalls.txRead, write, readReadAnswer, call)
  }

  page(table: string, request: ScanRequest, atLeast: number, call: Call): Promise<PageAnswer> {
    const write = (body: BytesWriter) => writePageRequest(body, { ...request, table, atLeast })
    return this.#ask(sessionCalls.txPage, write, readPageAnswer, call)
  }

  validate(seen: Seen, atLeast: number, call: Call): Promise<Validation> {
    const write = (body: BytesWriter) => {
      body.f64(atLeast)
      writeSeen(body, seen)
    }
    return this.#ask(sessionCalls.txValidate, write, readValidation, call)
  }

  barrier(call: Call): Promise<number> {
    return this.#ask(
      sessionCalls.txBarrier,
      () => {},
      reply => reply.count(),
      call,
    )
  }

  async commit(plan: Plan, call: Call) {
    const write = (body: BytesWriter) => writeCommit(body, { plan, inTurn: this.#turns > 0 })
    const changed = await this.#ask(sessionCalls.txCommit, write, readChanged, { ...call, mutates: true })
    if (changed === undefined) return { status: 'done', index: 0, outcomes: [] } as const
    return { status: 'conflict', index: 0, ...changed } as const
  }

  /** Only nodes know who queues: the one that commits waits for the others, unless this transaction has a turn. */
  isQueuedFor(): boolean {
    return false
  }

  async turn(table: string, call: Call): Promise<Turn> {
    const lock = await this.#locks.acquire(turnLock(table), call)
    this.#turns++
    const end = () => {
      this.#turns--
      void lock.release()
    }
    return { end }
  }

  #ask<T>(
    kind: number,
    write: (body: BytesWriter) => void,
    read: (reply: BytesReader) => T,
    call: Call,
  ): Promise<T> {
    return this.#nodes.askAny(this.#choice, call, caller =>
      caller.call(
        kind,
        body => {
          writeTimeout(body, call.deadline - this.#env.clock.monotonic())
          write(body)
        },
        read,
        call,
      ),
    )
  }
}

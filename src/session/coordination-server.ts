import type { HeldLock } from '../coordination/locks/held-lock.ts'
import type { LockHolders, LockRequest } from '../coordination/locks/locks.ts'
import type { Result } from '../coordination/state/commands.ts'
import { failureOf } from '../coordination/transactions/failures.ts'
import { whenKnown } from '../coordination/transactions/snapshot.ts'
import type {
  Answer,
  Plan,
  PlannedOperation,
  StoredValue,
  TransactionSource,
} from '../coordination/transactions/source.ts'
import { type TurnSource, Turns } from '../coordination/transactions/turns.ts'
import type { BytesReader } from '../core/bytes.ts'
import { type CodecName, checkEncoded, decodeValue } from '../core/codec.ts'
import type { Environment } from '../core/environment.ts'
import { MnemeshError, toMnemeshError } from '../core/errors.ts'
import { writeError, writePlain } from '../core/failure.ts'
import { isCanonicalKey } from '../core/key.ts'
import type { Incoming } from '../wire/answerer.ts'
import type { Call } from '../wire/caller.ts'
import { readTimeout, sessionCalls } from './calls.ts'
import { readLockRequest, writeGranted } from './lock-calls.ts'
import {
  readCommit,
  readPageRequest,
  readReadRequest,
  readSeen,
  writeChanged,
  writePageAnswer,
  writeReadAnswer,
  writeValidation,
} from './transaction-calls.ts'

const maxLocks = 4096

/** The node's own transactions and locks, which sessions use in its name. */
export interface SessionCoordination {
  readonly source: Pick<TransactionSource, 'read' | 'page' | 'validate' | 'barrier' | 'commit'> &
    TurnSource & {
      reach(index: number, call: Call): Answer<void>
      codecOf(table: string): CodecName
    }
  acquire(request: LockRequest, call: Call): Promise<HeldLock>
  query(): LockHolders[]
}

export interface CoordinationServerParts {
  readonly coordination: SessionCoordination
  readonly maxValueBytes: number
}

/** The part of a client's session that is about transactions and locks. Its locks end with it. */
export class CoordinationServer {
  readonly #env: Environment
  readonly #parts: CoordinationServerParts
  readonly #held = new Map<number, HeldLock>()
  #lastHandle = 0

  constructor(env: Environment, parts: CoordinationServerParts) {
    this.#env = env
    this.#parts = parts
  }

  /** Answers the call; false when it is about something else. */
  handle(call: Incoming): boolean {
    const { kind, body } = call
    if (kind === sessionCalls.txRead) this.#read(call, body)
    else if (kind === sessionCalls.txPage) this.#page(call, body)
    else if (kind === sessionCalls.txValidate) this.#validate(call, body)
    else if (kind === sessionCalls.txBarrier) this.#barrier(call, body)
    else if (kind === sessionCalls.txCommit) this.#commit(call, body)
    else if (kind === sessionCalls.acquireLock) this.#acquire(call, body)
    else if (kind === sessionCalls.releaseLock) this.#release(call, body)
    else if (kind === sessionCalls.locks) this.#query(call)
    else return false
    return true
  }

  #read(call: Incoming, body: BytesReader): void {
    const limit = this.#limit(body)
    const { table, keys, atLeast } = readReadRequest(body)
    const { source } = this.#parts.coordination
    // Answered in the turn of the read: its bytes are windows.
    const answer = () =>
      whenKnown(source.read(table, keys, atLeast, limit), found =>
        call.reply(reply => writeReadAnswer(reply, found)),
      )
    answered(call, whenKnown(source.reach(atLeast, limit), answer))
  }

  #page(call: Incoming, body: BytesReader): void {
    const limit = this.#limit(body)
    const request = readPageRequest(body)
    const { source } = this.#parts.coordination
    const answer = () =>
      whenKnown(source.page(request.table, request, request.atLeast, limit), page =>
        call.reply(reply => writePageAnswer(reply, page)),
      )
    answered(call, whenKnown(source.reach(request.atLeast, limit), answer))
  }

  #validate(call: Incoming, body: BytesReader): void {
    const limit = this.#limit(body)
    const atLeast = body.count()
    const seen = readSeen(body)
    const { source } = this.#parts.coordination
    const answer = () =>
      whenKnown(source.validate(seen, atLeast, limit), validation =>
        call.reply(reply => writeValidation(reply, validation)),
      )
    answered(call, whenKnown(source.reach(atLeast, limit), answer))
  }

  #barrier(call: Incoming, body: BytesReader): void {
    const index = this.#parts.coordination.source.barrier(this.#limit(body))
    answered(
      call,
      index.then(asOf => call.reply(reply => reply.f64(asOf))),
    )
  }

  #commit(call: Incoming, body: BytesReader): void {
    const limit = this.#limit(body)
    const { plan, inTurn } = readCommit(body)
    const stored = this.#stored(plan)
    const { source } = this.#parts.coordination
    const made = inTurn ? source.commit(stored, limit) : this.#commitInTurn(stored, limit)
    const committed = made.then(result => {
      if (result.status !== 'done' && result.status !== 'conflict') throw failureOf(result)
      call.reply(reply => writeChanged(reply, result.status === 'conflict' ? result : undefined))
    })
    answered(call, committed)
  }

  // Clients do not know who queues at a table. One that has a turn has waited, and who waits for that must not be
  // waited for.
  async #commitInTurn(plan: Plan, limit: Call): Promise<Result> {
    const { source } = this.#parts.coordination
    const turns = new Turns(source)
    try {
      const queued = turns.missing(plan)
      if (queued.length > 0) await turns.take(queued, limit)
      return await source.commit(plan, limit)
    } finally {
      turns.end()
    }
  }

  // Its subscription is the lock: pushes tell that it is lost, and whoever ends it, or the session, gives it up.
  #acquire(call: Incoming, body: BytesReader): void {
    const limit = this.#limit(body)
    const request = readLockRequest(body)
    if (this.#held.size >= maxLocks)
      throw new MnemeshError('ERR_LIMIT_EXCEEDED', `a session holds at most ${maxLocks} locks`)
    const over = new AbortController()
    call.onCancel(() => over.abort())
    const granted = this.#parts.coordination
      .acquire(request, { ...limit, signal: over.signal })
      .then(lock => this.#grant(call, lock, over.signal))
    answered(call, granted)
  }

  #grant(call: Incoming, lock: HeldLock, over: AbortSignal): void {
    const handle = ++this.#lastHandle
    const release = () => {
      this.#held.delete(handle)
      void lock.release()
    }
    if (over.aborted) {
      release()
      return
    }
    this.#held.set(handle, lock)
    over.addEventListener('abort', release)
    lock.signal.addEventListener('abort', () => {
      this.#held.delete(handle)
      call.push(push => writeError(push, toMnemeshError(lock.signal.reason)))
    })
    call.reply(reply => writeGranted(reply, { handle, token: lock.token }))
  }

  #release(call: Incoming, body: BytesReader): void {
    const handle = body.u32()
    const lock = this.#held.get(handle)
    this.#held.delete(handle)
    answered(
      call,
      (lock?.release() ?? Promise.resolve()).then(() => call.reply()),
    )
  }

  #query(call: Incoming): void {
    const locks = this.#parts.coordination.query()
    call.reply(reply => writePlain(reply, { locks }))
  }

  #stored(plan: Plan): Plan {
    const { source } = this.#parts.coordination
    for (const { key } of plan.operations)
      if (!isCanonicalKey(key, 0, key.length))
        throw new MnemeshError('ERR_INVALID_ARGUMENT', 'bytes that are no canonical key')
    const operations = plan.operations.map((operation): PlannedOperation => {
      if (operation.value === undefined) return operation
      const codec = source.codecOf(operation.table)
      return { ...operation, value: toStored(operation.value.bytes, codec, this.#parts.maxValueBytes) }
    })
    return { ...plan, operations }
  }

  #limit(body: BytesReader): Call {
    return { deadline: this.#env.clock.monotonic() + readTimeout(body) }
  }
}

/** A value that came as MessagePack, as a table with that codec stores it. Clients are not trusted to encode rightly. */
export function toStored(bytes: Buffer, codec: CodecName, limit: number): StoredValue {
  checkEncoded(bytes, 0, bytes.length)
  const raw = codec === 'bytes' ? decodeValue(bytes, 0, bytes.length, 'msgpack') : bytes
  if (!(raw instanceof Uint8Array))
    throw new MnemeshError(
      'ERR_BAD_TYPE',
      `a table with codec 'bytes' stores a Uint8Array, got ${typeof raw}`,
    )
  if (raw.length > limit)
    throw new MnemeshError(
      'ERR_VALUE_TOO_LARGE',
      `the value takes ${raw.length} bytes, the limit is ${limit}; split it`,
    )
  return { bytes: Buffer.from(raw), codec }
}

function answered(call: Incoming, answer: Answer<unknown>): void {
  if (answer instanceof Promise) answer.catch(error => call.fail(error))
}

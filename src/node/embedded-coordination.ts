import type { HeldLock } from '../coordination/locks/held-lock.ts'
import { type LockHolders, type LockRequest, Locks } from '../coordination/locks/locks.ts'
import type { Strong } from '../coordination/strong.ts'
import { Convoy } from '../coordination/transactions/convoy.ts'
import { runTransaction } from '../coordination/transactions/run.ts'
import { StrongSource } from '../coordination/transactions/strong-source.ts'
import { Deadlines } from '../coordination/transactions/time.ts'
import type { Environment } from '../core/environment.ts'
import type { MnemeshError } from '../core/errors.ts'
import type { CoordinationPorts } from '../face/coordination.ts'
import type { LockPort, TransactionPort } from '../face/port.ts'
import type { SessionCoordination } from '../session/coordination-server.ts'
import type { Call } from '../wire/caller.ts'

export interface EmbeddedCoordinationParts {
  readonly strong: Strong
  readonly maxValueBytes: number
  /** Says why there is no majority table of that name: throws ERR_TABLE_UNKNOWN and ERR_INVALID_ARGUMENT. */
  readonly explain: (table: string) => void
}

/** Transactions and locks of the process that is a member of the group itself, for it and for sessions of clients. */
export class EmbeddedCoordination implements CoordinationPorts, SessionCoordination {
  readonly transactions: TransactionPort
  readonly locks: LockPort
  readonly source: StrongSource
  readonly #locks: Locks

  constructor(env: Environment, parts: EmbeddedCoordinationParts) {
    const locks = new Locks(env, parts.strong)
    const source = new StrongSource({ ...parts, locks })
    const running = { env, source, convoy: new Convoy(env, source), deadlines: new Deadlines(env) }
    this.transactions = {
      run: (work, options, call) => runTransaction(running, work, options, call),
    }
    this.locks = {
      acquire: (request, call) => locks.acquire(request, call),
      query: async () => locks.query(),
    }
    this.source = source
    this.#locks = locks
  }

  acquire(request: LockRequest, call: Call): Promise<HeldLock> {
    return this.#locks.acquire(request, call)
  }

  query(): LockHolders[] {
    return this.#locks.query()
  }

  /** Ends every lock that this process holds or waits for. */
  close(error: MnemeshError): void {
    this.#locks.close(error)
  }
}

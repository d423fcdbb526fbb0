import type { Environment } from '../core/environment.ts'
import { Election } from './election.ts'
import type { ElectOptions, Leadership, Locks, Semaphore } from './lock-types.ts'
import { TypedLocks, TypedSemaphore } from './locks.ts'
import type { LockPort, TransactionPort } from './port.ts'
import { transact } from './transaction.ts'
import type { TransactionOptions, Tx } from './transaction-types.ts'
import type { Coordination } from './types.ts'

export interface CoordinationPorts {
  readonly transactions: TransactionPort
  readonly locks: LockPort
}

/** Transactions, locks and elections over their ports: the same face for an embedded node and for a client. */
export class TypedCoordination implements Coordination {
  readonly locks: Locks
  readonly #env: Environment
  readonly #ports: CoordinationPorts

  constructor(env: Environment, ports: CoordinationPorts) {
    this.#env = env
    this.#ports = ports
    this.locks = new TypedLocks(env, ports.locks)
  }

  transaction<T>(work: (tx: Tx) => Promise<T>, options?: TransactionOptions): Promise<T> {
    return transact(this.#env.clock, this.#ports.transactions, work, options)
  }

  elect(name: string, options?: ElectOptions): AsyncIterableIterator<Leadership> {
    return new Election(this.#env, this.#ports.locks, name, options)
  }

  semaphore(name: string, permits: number): Semaphore {
    return new TypedSemaphore(this.#env, this.#ports.locks, { name, permits })
  }
}

import type { Duration } from '../core/duration.ts'
import type { CallOptions } from './types.ts'

/**
 * Grows with every grant, whatever becomes of the cluster: by `generation`, then by `index`. A resource that remembers
 * the highest token it has seen can refuse whoever comes with an older one.
 */
export interface FencingToken {
  readonly generation: number
  readonly index: number
}

export interface LockOptions extends CallOptions {
  /**
   * How long the holder may be silent before others get the lock, 1 s to 1 h; default 10 s. It is renewed by itself as
   * long as the process lives.
   */
  readonly ttl?: Duration
  /** Whether to wait for others, or how long at most; default true: as long as `timeout` (default 5 s) says. */
  readonly wait?: boolean | Duration
  /** `'shared'`: beside others that share it. Default `'exclusive'`. */
  readonly mode?: 'exclusive' | 'shared'
  /**
   * Highest `generation` of a token that the caller knows of, e.g. from the resource that refuses older ones: what is
   * granted stands above it. A client remembers those that it was given itself.
   */
  readonly seenGeneration?: number
}

export type SemaphoreOptions = Omit<LockOptions, 'mode'>

export interface ElectOptions {
  /** How long a leader may be silent before another one is elected, 1 s to 1 h; default 10 s. */
  readonly ttl?: Duration
  /** Ends the candidacy, and the leadership if it has come to that. */
  readonly signal?: AbortSignal
}

/** A lock that is held. */
export interface Lock extends AsyncDisposable {
  readonly name: string
  readonly token: FencingToken
  /**
   * Aborted, with ERR_LOCK_LOST as reason, as soon as somebody else may hold the lock. A process that was paused learns
   * of it late: what must not happen twice is guarded by the token, `tx.guard(lock)` in a transaction.
   */
  readonly signal: AbortSignal
  /** When the lease ends at the earliest if nobody renews it from now on, Unix ms. */
  readonly expiresAt: number
  /** Lets the next one have it. Idempotent. */
  release(): Promise<void>
}

/** Who holds a lock. */
export interface LockStatus {
  readonly name: string
  readonly holders: readonly {
    readonly node: string
    readonly mode: 'exclusive' | 'shared'
    readonly token: FencingToken
  }[]
}

export interface Locks {
  /**
   * First come, first served. Rejects with ERR_TIMEOUT when others held it the whole time, ERR_CONFLICT at once when
   * `wait` is false, ERR_NO_QUORUM when no majority can be reached.
   */
  acquire(name: string, options?: LockOptions): Promise<Lock>
  /** Runs `work` while the lock is held, and releases it. */
  request<T>(name: string, work: (lock: Lock) => Promise<T>): Promise<T>
  request<T>(name: string, options: LockOptions, work: (lock: Lock) => Promise<T>): Promise<T>
  /** Every lock that anybody holds, as the asked node knows. */
  query(options?: CallOptions): Promise<LockStatus[]>
}

/** A lock that so many may hold at once. All who use it name the same number. */
export interface Semaphore {
  readonly name: string
  readonly permits: number
  acquire(options?: SemaphoreOptions): Promise<Lock>
  request<T>(work: (lock: Lock) => Promise<T>): Promise<T>
  request<T>(options: SemaphoreOptions, work: (lock: Lock) => Promise<T>): Promise<T>
}

/** One time of being the leader; the same as the lock that it is. */
export interface Leadership {
  readonly name: string
  readonly token: FencingToken
  /** Aborted when somebody else may lead. */
  readonly signal: AbortSignal
  /** Lets another one lead. Idempotent. */
  resign(): Promise<void>
}

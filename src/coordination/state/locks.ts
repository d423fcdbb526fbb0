import { MnemeshError } from '../../core/errors.ts'
import { textHash } from '../../core/hash.ts'
import type { AcquireLock, FencingToken, Guard, LockMode } from './commands.ts'
import { Fingerprint } from './fingerprint.ts'
import type { SessionId } from './sessions.ts'

/** Waiters of one lock at most. */
export const maxWaiters = 1024

/** One request that waits for a lock. */
export interface Waiter {
  readonly session: SessionId
  /** Sequence number of the request. */
  readonly request: number
  readonly mode: LockMode
  readonly ttlMs: number
}

/** One that holds it. */
export interface Holder extends Waiter {
  readonly token: FencingToken
}

/** A lock that is held or waited for, in plain data. */
export interface LockRecord {
  readonly name: string
  readonly permits: number
  readonly holders: readonly Holder[]
  readonly queue: readonly Waiter[]
}

interface Lock {
  readonly name: string
  readonly hash: number
  readonly permits: number
  readonly holders: Holder[]
  readonly queue: Waiter[]
}

/** A holder, and of which lock: what the leader keeps a lease of. */
export interface Lease extends Holder {
  readonly lock: string
}

/**
 * Locks and semaphores, first come first served. A token is the index of the entry that granted it, so one entry
 * grants once at most: what can be granted beyond that is `grantable` and asks for an entry of its own.
 */
export class LockTable {
  readonly fingerprint = new Fingerprint()
  readonly #locks = new Map<string, Lock>()
  readonly #grantable = new Set<string>()
  readonly #granted: (lease: Lease) => void

  /** `granted` is told of every request that waited and holds the lock now. */
  constructor(granted: (lease: Lease) => void) {
    this.#granted = granted
  }

  get size(): number {
    return this.#locks.size
  }

  /** The lock, if anybody holds it or waits for it. */
  get(name: string): LockRecord | undefined {
    return this.#locks.get(name)
  }

  all(): LockRecord[] {
    return [...this.#locks.values()].map(({ name, permits, holders, queue }) => ({
      name,
      permits,
      holders: [...holders],
      queue: [...queue],
    }))
  }

  /** Every holder of every lock. */
  leases(): Lease[] {
    return [...this.#locks.values()].flatMap(({ name, holders }) =>
      holders.map(holder => ({ ...holder, lock: name })),
    )
  }

  /** Locks that the next of their queue could hold: each asks for a `grant` entry. */
  grantable(): string[] {
    return [...this.#grantable]
  }

  isHeld({ lock, token }: Guard): boolean {
    const holders = this.#locks.get(lock)?.holders ?? []
    return holders.some(
      holder => holder.token.index === token.index && holder.token.generation === token.generation,
    )
  }

  /**
   * Grants the lock under that token, or queues the request, if it waits. Throws ERR_INVALID_ARGUMENT for another
   * number of permits than those before it asked for, ERR_LIMIT_EXCEEDED for a queue that is full.
   */
  acquire(
    request: { readonly session: SessionId; readonly sequence: number },
    command: AcquireLock,
    token: FencingToken,
  ): 'granted' | 'queued' | 'held' {
    const { mode, ttlMs, permits, wait } = command
    const lock = this.#locks.get(command.lock) ?? create(command.lock, permits)
    if (lock.permits !== permits) throw otherPermits(lock, permits)
    const waiter = { session: request.session, request: request.sequence, mode, ttlMs }
    // Who waits comes first, even where the newcomer could hold the lock beside the holders.
    const free = lock.queue.length === 0 && isFree(lock, mode)
    if (!free && !wait) return 'held'
    if (!free && lock.queue.length >= maxWaiters) throw queueFull(lock)
    this.#locks.set(command.lock, lock)
    if (free) this.#hold(lock, waiter, token)
    else this.#enqueue(lock, waiter)
    return free ? 'granted' : 'queued'
  }

  /** Ends a hold or a wait, and grants the lock to the next under that token. False when there was neither. */
  release(name: string, session: SessionId, request: number, token: FencingToken): boolean {
    const lock = this.#locks.get(name)
    if (lock === undefined) return false
    const found = this.#remove(lock, entry => entry.session === session && entry.request === request)
    if (found) this.#grantNext(lock, token)
    return found
  }

  /** Grants the lock to the next of the queue under that token, if it is free for it. */
  grant(name: string, token: FencingToken): boolean {
    const lock = this.#locks.get(name)
    return lock !== undefined && this.#grantNext(lock, token)
  }

  /** Ends everything that the session holds or waits for. Others get it by `grant`. */
  endSession(session: SessionId): void {
    for (const lock of [...this.#locks.values()]) {
      if (this.#remove(lock, entry => entry.session === session)) this.#settle(lock)
    }
  }

  restore(records: readonly LockRecord[]): void {
    this.#locks.clear()
    this.#grantable.clear()
    this.fingerprint.clear()
    for (const { name, permits, holders, queue } of records) {
      const lock = create(name, permits)
      this.#locks.set(name, lock)
      for (const { token, ...holder } of holders) this.#hold(lock, holder, token)
      for (const waiter of queue) this.#enqueue(lock, waiter)
      this.#settle(lock)
    }
  }

  #hold(lock: Lock, waiter: Waiter, token: FencingToken): void {
    const { session, request, mode, ttlMs } = waiter
    const holder = { session, request, mode, ttlMs, token }
    lock.holders.push(holder)
    this.#toggle(lock, holder, token.index)
  }

  #enqueue(lock: Lock, waiter: Waiter): void {
    lock.queue.push(waiter)
    this.#toggle(lock, waiter, 0)
  }

  #grantNext(lock: Lock, token: FencingToken): boolean {
    const [next] = lock.queue
    const free = next !== undefined && isFree(lock, next.mode)
    if (free) {
      lock.queue.shift()
      this.#toggle(lock, next, 0)
      this.#hold(lock, next, token)
    }
    this.#settle(lock)
    if (free) this.#granted({ ...next, token, lock: lock.name })
    return free
  }

  #remove(lock: Lock, matches: (waiter: Waiter) => boolean): boolean {
    const before = lock.holders.length + lock.queue.length
    for (const holder of lock.holders.filter(matches)) {
      lock.holders.splice(lock.holders.indexOf(holder), 1)
      this.#toggle(lock, holder, holder.token.index)
    }
    for (const waiter of lock.queue.filter(matches)) {
      lock.queue.splice(lock.queue.indexOf(waiter), 1)
      this.#toggle(lock, waiter, 0)
    }
    return lock.holders.length + lock.queue.length < before
  }

  #settle(lock: Lock): void {
    const [next] = lock.queue
    if (next !== undefined && isFree(lock, next.mode)) this.#grantable.add(lock.name)
    else this.#grantable.delete(lock.name)
    if (lock.holders.length === 0 && next === undefined) this.#locks.delete(lock.name)
  }

  #toggle(lock: Lock, { session, request }: Waiter, tokenIndex: number): void {
    this.fingerprint.toggle(lock.hash, request, tokenIndex, textHash(session))
  }
}

function create(name: string, permits: number): Lock {
  return { name, hash: textHash(name), permits, holders: [], queue: [] }
}

function isFree({ holders, permits }: Lock, mode: LockMode): boolean {
  const shared = holders.some(holder => holder.mode === 'shared')
  if (mode === 'exclusive') return !shared && holders.length < permits
  return shared || holders.length === 0
}

function otherPermits({ name, permits }: Lock, asked: number): MnemeshError {
  return new MnemeshError(
    'ERR_INVALID_ARGUMENT',
    `lock ${name} is in use with ${permits} permits, asked for with ${asked}`,
  )
}

function queueFull({ name, queue }: Lock): MnemeshError {
  return new MnemeshError('ERR_LIMIT_EXCEEDED', `${queue.length} requests wait for lock ${name}, the limit`)
}

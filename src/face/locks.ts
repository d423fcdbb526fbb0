import { type Duration, show, toMs } from '../core/duration.ts'
import type { Environment } from '../core/environment.ts'
import { MnemeshError } from '../core/errors.ts'
import { maxSeenGeneration, reservedPrefix, turnPrefix } from '../core/lock-limits.ts'
import type { Call } from '../wire/caller.ts'
import { checkFunction, checkOptions } from './arguments.ts'
import { callFrom, defaultTimeoutMs } from './calls.ts'
import type { Lock, LockOptions, LockStatus, Locks, Semaphore, SemaphoreOptions } from './lock-types.ts'
import type { HeldLockPort, LockPort, LockRequest } from './port.ts'
import type { CallOptions } from './types.ts'

const defaultTtlMs = 10_000
const minTtlMs = 1000
const maxTtlMs = 3_600_000
const maxPermits = 1024

type Work<T> = (lock: Lock) => Promise<T>

/** The public locks over a port. */
export class TypedLocks implements Locks {
  readonly #env: Environment
  readonly #port: LockPort

  constructor(env: Environment, port: LockPort) {
    this.#env = env
    this.#port = port
  }

  acquire(name: string, options: LockOptions = {}): Promise<Lock> {
    return acquire(this.#env, this.#port, { name: checkLockName(name), permits: 1 }, options)
  }

  request<T>(name: string, options: LockOptions | Work<T>, work?: Work<T>): Promise<T> {
    return whileHeld(given => this.acquire(name, given), options, work)
  }

  query(options?: CallOptions): Promise<LockStatus[]> {
    return this.#port.query(callFrom(this.#env.clock, options))
  }
}

/** A lock for so many holders. */
export class TypedSemaphore implements Semaphore {
  readonly name: string
  readonly permits: number
  readonly #env: Environment
  readonly #port: LockPort

  constructor(env: Environment, port: LockPort, { name, permits }: { name: string; permits: number }) {
    if (!Number.isSafeInteger(permits) || permits < 1 || permits > maxPermits)
      throw new MnemeshError(
        'ERR_INVALID_ARGUMENT',
        `permits must be a whole number from 1 to ${maxPermits}, got ${show(permits)}`,
      )
    this.name = checkLockName(name)
    this.permits = permits
    this.#env = env
    this.#port = port
  }

  acquire(options: SemaphoreOptions = {}): Promise<Lock> {
    return acquire(this.#env, this.#port, { name: `semaphore/${this.name}`, permits: this.permits }, options)
  }

  request<T>(options: SemaphoreOptions | Work<T>, work?: Work<T>): Promise<T> {
    return whileHeld(given => this.acquire(given), options, work)
  }
}

/** A lock's name: 1 to 200 characters; those that begin with `mnemesh.` or `turnPrefix` are ours. */
export function checkLockName(name: unknown): string {
  const isName = typeof name === 'string' && name.length > 0 && name.length <= 200
  const isOurs = isName && (name.startsWith(turnPrefix) || name.startsWith(reservedPrefix))
  if (isName && name.isWellFormed() && !isOurs) return name
  throw new MnemeshError(
    'ERR_INVALID_ARGUMENT',
    `a lock's name is 1 to 200 characters, not beginning with '${reservedPrefix}' or '${turnPrefix}', got ${show(name)}`,
  )
}

/** A lease in ms. Throws ERR_INVALID_ARGUMENT. */
export function leaseFrom(ttl: Duration | undefined): number {
  const ms = ttl === undefined ? defaultTtlMs : toMs(ttl, 'ttl')
  if (ms >= minTtlMs && ms <= maxTtlMs) return ms
  throw new MnemeshError('ERR_INVALID_ARGUMENT', `the ttl of a lock is 1 s to 1 h, got ${show(ttl)}`)
}

async function acquire(
  env: Environment,
  port: LockPort,
  what: { readonly name: string; readonly permits: number },
  options: LockOptions,
): Promise<Lock> {
  checkOptions('the options of a lock', options)
  const { mode = 'exclusive', ttl, wait = true, seenGeneration: seen } = options
  if (mode !== 'exclusive' && mode !== 'shared')
    throw new MnemeshError('ERR_INVALID_ARGUMENT', `mode is 'exclusive' or 'shared', got ${show(mode)}`)
  if (seen !== undefined && !(Number.isSafeInteger(seen) && seen >= 0 && seen <= maxSeenGeneration))
    throw new MnemeshError(
      'ERR_INVALID_ARGUMENT',
      `seenGeneration is the generation of a token, a whole number up to 2^48, got ${show(seen)}`,
    )
  const waitMs =
    wait === true ? Number.POSITIVE_INFINITY : wait === false || wait === 0 ? 0 : toMs(wait, 'wait')
  // Whoever says how long to wait means it, whatever the default for calls is.
  const call: Call = callFrom(
    env.clock,
    options,
    waitMs === Number.POSITIVE_INFINITY ? defaultTimeoutMs : defaultTimeoutMs + waitMs,
  )
  const request: LockRequest = { ...what, mode, ttlMs: leaseFrom(ttl), waitMs, seen }
  return toLock(await port.acquire(request, call))
}

function toLock(held: HeldLockPort): Lock {
  return {
    name: held.name,
    token: held.token,
    signal: held.signal,
    get expiresAt() {
      return held.expiresAt
    },
    release: () => held.release(),
    [Symbol.asyncDispose]: () => held.release(),
  }
}

async function whileHeld<O extends object, T>(
  get: (options: O | undefined) => Promise<Lock>,
  options: O | Work<T>,
  work: Work<T> | undefined,
): Promise<T> {
  const run = work ?? options
  checkFunction('what to do under the lock', run)
  const lock = await get(typeof options === 'function' ? undefined : options)
  try {
    return await (run as Work<T>)(lock)
  } finally {
    await lock.release()
  }
}

import type { Cancel, Environment } from '../../core/environment.ts'
import { MnemeshError } from '../../core/errors.ts'
import { nodeOf } from '../../membership/view.ts'
import type { Call } from '../../wire/caller.ts'
import type { FencingToken, LockMode } from '../state/commands.ts'
import type { Lease } from '../state/locks.ts'
import { memberOf } from '../state/sessions.ts'
import type { Strong } from '../strong.ts'
import { failureOf } from '../transactions/failures.ts'
import { HeldLock, type Place } from './held-lock.ts'
import { Waiting } from './waiting.ts'

const watchEveryMs = 100
const submitMs = 5000
const retryMs = 500

export interface LockRequest {
  readonly name: string
  readonly mode: LockMode
  /** How many may hold it at once. */
  readonly permits: number
  readonly ttlMs: number
  /** How long to wait for others: 0 for not at all, Infinity for as long as the call may take. */
  readonly waitMs: number
  /** Highest generation of a token that whoever asks knows of; 0 for none. */
  readonly seen?: number | undefined
}

export interface LockHolders {
  readonly name: string
  readonly holders: readonly {
    readonly node: string
    readonly mode: LockMode
    readonly token: FencingToken
  }[]
}

/**
 * Locks of the group as one process holds them and waits for them. Leases are renewed by the leader, who hears this
 * process anyway; here it is watched whether that may have stopped.
 */
export class Locks {
  readonly #env: Environment
  readonly #strong: Strong
  readonly #waiting = new Map<string, Waiting>()
  readonly #held = new Set<HeldLock>()
  readonly #offs: readonly Cancel[]
  #watching: Cancel | undefined
  #closed: MnemeshError | undefined

  constructor(env: Environment, strong: Strong) {
    this.#env = env
    this.#strong = strong
    this.#offs = [
      strong.onGranted(({ session, request, token }) =>
        this.#waiting.get(idOf(session, request))?.granted(token),
      ),
      strong.onApplied(() => this.#look()),
    ]
  }

  /**
   * Rejects with ERR_CONFLICT when it is held by others and `waitMs` is 0, with ERR_TIMEOUT and ERR_ABORTED when it was
   * waited for in vain; then nothing of it is left.
   */
  async acquire(request: LockRequest, call: Call): Promise<HeldLock> {
    if (this.#closed !== undefined) throw this.#closed
    const { name, mode, permits, ttlMs, waitMs, seen } = request
    const deadline = Math.min(call.deadline, this.#env.clock.monotonic() + submitMs)
    let waiting: Waiting | undefined
    try {
      const result = await this.#strong.submit(
        { kind: 'acquire', lock: name, mode, permits, wait: waitMs > 0, ttlMs, seen },
        { ...call, deadline },
        (session, sequence) => {
          waiting = this.#expect({ lock: name, session, request: sequence })
        },
      )
      if (result.status === 'granted')
        return this.#hold(this.#placeOf(name, waiting, result.token), result.token, ttlMs)
      if (result.status === 'held') throw heldByOthers(name)
      if (result.status !== 'queued' || waiting === undefined) throw failureOf(result)
      waiting.isQueued = true
      return this.#hold(waiting.place, await waiting.wait(this.#env, waitMs, call), ttlMs)
    } catch (error) {
      if (waiting !== undefined && mayBeQueued(error, waiting)) void this.#letGo(waiting.place)
      throw error
    } finally {
      if (waiting !== undefined) this.#waiting.delete(idOf(waiting.place.session, waiting.place.request))
    }
  }

  /** Every lock that anybody holds, as this process knows. */
  query(): LockHolders[] {
    const byName = new Map<string, LockHolders['holders'][number][]>()
    for (const { lock, session, mode, token } of this.#strong.leases()) {
      const holders = byName.get(lock) ?? []
      holders.push({ node: nodeOf(memberOf(session)), mode, token })
      byName.set(lock, holders)
    }
    return [...byName].map(([name, holders]) => ({ name, holders }))
  }

  /** Ends every lock and every wait of this process; the group releases them when the process has left it. */
  close(error: MnemeshError): void {
    this.#closed = error
    for (const off of this.#offs) off()
    this.#watching?.()
    for (const waiting of this.#waiting.values()) waiting.fail(error)
    for (const lock of this.#held) lock.lose('this process was closed')
    this.#held.clear()
  }

  #expect(place: Place): Waiting {
    const waiting = new Waiting(place)
    this.#waiting.set(idOf(place.session, place.request), waiting)
    this.#watch()
    return waiting
  }

  #placeOf(lock: string, waiting: Waiting | undefined, token: FencingToken): Place {
    if (waiting !== undefined) return waiting.place
    const lease = this.#strong.leases().find(one => isUnder(one, lock, token))
    if (lease === undefined) throw new MnemeshError('ERR_LOCK_LOST', `lock ${lock} was lost at once`)
    return { lock, session: lease.session, request: lease.request }
  }

  #hold(place: Place, token: FencingToken, ttlMs: number): HeldLock {
    const lock = new HeldLock({
      ...{ place, token, ttlMs },
      silentMs: () => this.#strong.leaderSilentMs,
      wallMs: () => this.#env.clock.wall(),
      letGo: lock => {
        this.#held.delete(lock)
        return this.#letGo(lock.place)
      },
    })
    this.#held.add(lock)
    this.#watch()
    return lock
  }

  // Nobody else would end the lease of a process that lives: so it is tried until it is done.
  async #letGo({ lock, session, request }: Place): Promise<void> {
    const release = async () => {
      await this.#strong.submit(
        { kind: 'release', lock, session, request },
        { deadline: this.#env.clock.monotonic() + submitMs },
      )
    }
    const again = async (): Promise<void> => {
      while (this.#closed === undefined) {
        await new Promise<void>(resolve => this.#env.timers.after(retryMs, resolve))
        try {
          return await release()
        } catch (err) {
          this.#env.log.debug({ lock, err }, 'lock not released yet')
        }
      }
    }
    await release().catch(() => void again())
  }

  #watch(): void {
    this.#watching ??= this.#env.timers.every(watchEveryMs, () => this.#look())
  }

  #look(): void {
    if (this.#held.size + this.#waiting.size === 0) {
      this.#watching?.()
      this.#watching = undefined
      return
    }
    const leases = new Map(this.#strong.leases().map(lease => [idOf(lease.session, lease.request), lease]))
    for (const lock of [...this.#held]) {
      const lease = leases.get(idOf(lock.place.session, lock.place.request))
      const isHeld = lease !== undefined && isUnder(lease, lock.name, lock.token)
      if (isHeld && !lock.mayHaveLapsed) continue
      this.#held.delete(lock)
      lock.lose(isHeld ? 'no leader was heard while its lease lasts' : 'its lease has ended')
      // Of a lease that may have lapsed nobody says that it has.
      if (isHeld) void this.#letGo(lock.place)
    }
    for (const [id, waiting] of [...this.#waiting]) {
      const lease = leases.get(id)
      // Granted by an entry that this process has never seen, as a part of a state that it took over.
      if (lease !== undefined) waiting.granted(lease.token)
      else if (waiting.isQueued && this.#isForgotten(waiting.place)) waiting.fail(placeLost(waiting.place))
    }
  }

  #isForgotten({ lock, session, request }: Place): boolean {
    if (this.#strong.lock === undefined) return false
    const queue = this.#strong.lock(lock)?.queue ?? []
    return !queue.some(waiter => waiter.session === session && waiter.request === request)
  }
}

function idOf(session: string, request: number): string {
  return `${session}/${request}`
}

function isUnder(lease: Lease, lock: string, { generation, index }: FencingToken): boolean {
  return lease.lock === lock && lease.token.generation === generation && lease.token.index === index
}

// What was refused, and what was never sent, has left nothing behind.
function mayBeQueued(error: unknown, { isQueued }: Waiting): boolean {
  return isQueued || (MnemeshError.is(error) && error.maybeApplied)
}

function heldByOthers(name: string): MnemeshError {
  return new MnemeshError('ERR_CONFLICT', `lock ${name} is held by others, and it was not to be waited for`, {
    details: { lock: name },
  })
}

function placeLost({ lock }: Place): MnemeshError {
  return new MnemeshError(
    'ERR_SESSION_EXPIRED',
    `the place in the queue of lock ${lock} is lost: the group was out of reach for too long`,
  )
}

import { MnemeshError } from '../../core/errors.ts'
import type { FencingToken } from '../state/commands.ts'

/** Where the group knows a request for a lock by: what a release names. */
export interface Place {
  readonly lock: string
  readonly session: string
  /** Sequence number of the request. */
  readonly request: number
}

export interface HeldLockParts {
  readonly place: Place
  readonly token: FencingToken
  readonly ttlMs: number
  /** Ms since this process heard a leader, and the wall clock. */
  readonly silentMs: () => number
  readonly wallMs: () => number
  readonly letGo: (lock: HeldLock) => Promise<void>
}

/** A lock that this process holds: renewed by the leader as long as it answers, until it is released or lost. */
export class HeldLock {
  readonly token: FencingToken
  readonly place: Place
  readonly #parts: HeldLockParts
  readonly #lost = new AbortController()
  #released: Promise<void> | undefined

  constructor(parts: HeldLockParts) {
    this.#parts = parts
    this.token = parts.token
    this.place = parts.place
  }

  get name(): string {
    return this.place.lock
  }

  /** Aborted with ERR_LOCK_LOST as reason when somebody else may hold the lock; never for a release. */
  get signal(): AbortSignal {
    return this.#lost.signal
  }

  /** When the lease ends at the earliest if no leader is heard from now on, Unix ms. */
  get expiresAt(): number {
    const { wallMs, silentMs, ttlMs } = this.#parts
    return wallMs() + Math.max(0, ttlMs - silentMs())
  }

  /** Resolves when the group knows, or could not be told for a while: it goes on being told. Idempotent. */
  release(): Promise<void> {
    this.#released ??= this.#parts.letGo(this)
    return this.#released
  }

  /** True when no leader has renewed the lease for so long that it may have ended. */
  get mayHaveLapsed(): boolean {
    const { silentMs, ttlMs } = this.#parts
    return silentMs() >= ttlMs - Math.max(200, ttlMs / 10)
  }

  lose(why: string): void {
    if (this.#released !== undefined) return
    this.#lost.abort(new MnemeshError('ERR_LOCK_LOST', `lock ${this.name} is lost: ${why}`))
  }
}

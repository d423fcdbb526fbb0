import type { Environment } from '../core/environment.ts'
import { MnemeshError } from '../core/errors.ts'
import { readError, readPlain } from '../core/failure.ts'
import type { LockStatus } from '../face/lock-types.ts'
import type { HeldLockPort, LockPort, LockRequest } from '../face/port.ts'
import { sessionCalls, writeTimeout } from '../session/calls.ts'
import { type GrantedLock, readGranted, writeLockRequest } from '../session/lock-calls.ts'
import type { Call, Caller } from '../wire/caller.ts'
import type { Nodes } from './nodes.ts'

const releaseMs = 5000

/** Locks of a client: the node that it asked holds them for it, as long as the session with that node lasts. */
export class ClientLocks implements LockPort {
  readonly #env: Environment
  readonly #nodes: Nodes
  // Highest generation of a token that this client was given, by whichever cluster it spoke to then.
  #seen = 0

  constructor(env: Environment, nodes: Nodes) {
    this.#env = env
    this.#nodes = nodes
  }

  acquire(request: LockRequest, call: Call): Promise<HeldLockPort> {
    return this.#nodes.askAny(this.#env.random.uint32(), call, caller =>
      this.#acquireFrom(caller, request, call),
    )
  }

  query(call: Call): Promise<LockStatus[]> {
    return this.#nodes.askAny(0, call, caller =>
      caller.call(
        sessionCalls.locks,
        () => {},
        reply => readPlain(reply).locks as LockStatus[],
        call,
      ),
    )
  }

  async #acquireFrom(caller: Caller, request: LockRequest, call: Call): Promise<HeldLockPort> {
    const lost = new AbortController()
    const lose = (reason: MnemeshError) => lost.abort(lockLost(request.name, reason))
    const { id, answer } = caller.subscribe(
      sessionCalls.acquireLock,
      body => {
        writeTimeout(body, call.deadline - this.#env.clock.monotonic())
        writeLockRequest(body, { ...request, seen: Math.max(this.#seen, request.seen ?? 0) })
      },
      readGranted,
      call,
      push => lose(readError(push)),
      lose,
    )
    return this.#held(caller, { id, granted: await answer, request }, lost)
  }

  #held(
    caller: Caller,
    { id, granted, request }: { id: number; granted: GrantedLock; request: LockRequest },
    lost: AbortController,
  ): HeldLockPort {
    const { clock } = this.#env
    this.#seen = Math.max(this.#seen, granted.token.generation)
    let released: Promise<void> | undefined
    const release = async () => {
      const call = { deadline: clock.monotonic() + releaseMs }
      // A session that is lost has given its locks back.
      await caller
        .call(
          sessionCalls.releaseLock,
          body => body.u32(granted.handle),
          () => undefined,
          call,
        )
        .catch(() => {})
      caller.unsubscribe(id)
    }
    return {
      name: request.name,
      token: granted.token,
      signal: lost.signal,
      get expiresAt() {
        return lost.signal.aborted ? clock.wall() : clock.wall() + request.ttlMs
      },
      release: () => {
        released ??= release()
        return released
      },
    }
  }
}

function lockLost(name: string, reason: MnemeshError): MnemeshError {
  if (reason.code === 'ERR_LOCK_LOST') return reason
  return new MnemeshError(
    'ERR_LOCK_LOST',
    `lock ${name} is lost: the session with the node that held it ended: ${reason.message}`,
    { cause: reason },
  )
}

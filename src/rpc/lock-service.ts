import { MnemeshError, toMnemeshError } from '../core/errors.ts'
import type { Coordination, FencingToken, Lock, LockOptions } from '../face/types.ts'
import type { AcquireRequest__Output as AcquireOutput } from './generated/mnemesh/v1/AcquireRequest.ts'
import type { LockServiceHandlers } from './generated/mnemesh/v1/LockService.ts'
import { type Admits, streaming, unary } from './handlers.ts'
import { toToken } from './transact.ts'

/** For whoever says nothing: the stream itself, its deadline too, ends the waiting earlier. */
const longestWaitMs = 86_400_000

/** What the service needs of the node that it speaks for. */
export interface LockServiceParts {
  /** Throws ERR_NOT_READY while the node starts. */
  readonly coordination: () => Pick<Coordination, 'locks' | 'semaphore'>
  readonly admit: Admits
}

interface Held {
  readonly lock: Lock
  /** Aborted by a Release. */
  readonly released: AbortController
}

/** Locks that this node holds for clients: each as long as the stream that has acquired it. */
export function lockService({
  coordination,
  admit,
}: LockServiceParts): LockServiceHandlers & Record<string, unknown> {
  const held = new Map<string, Held>()
  return {
    Acquire: streaming(async function* (request, { signal }) {
      const lock = await acquire(coordination(), request, signal)
      const released = new AbortController()
      const id = idOf(lock)
      held.set(id, { lock, released })
      try {
        yield { granted: { name: lock.name, token: lock.token } }
        await oneAborted(lock.signal, signal, released.signal)
        if (!lock.signal.aborted) return
        const reason = toMnemeshError(lock.signal.reason)
        yield { lost: { reason: reason.message } }
        throw reason
      } finally {
        held.delete(id)
        await lock.release()
      }
    }, admit.group),
    Release: unary(async ({ name, token }) => {
      const found = held.get(idOf({ name, token: toToken(token) }))
      if (found === undefined || found.lock.signal.aborted) return { released: false }
      const done = found.lock.release()
      found.released.abort()
      await done
      return { released: true }
    }),
    Query: unary(async ({ name }, options) => {
      const locks = await coordination().locks.query(options)
      const wanted = name === '' ? locks : locks.filter(lock => lock.name === name)
      return { locks: wanted.map(lock => ({ name: lock.name, holders: lock.holders.map(fromHolder) })) }
    }, admit.group),
  }
}

function acquire(
  coordination: Pick<Coordination, 'locks' | 'semaphore'>,
  { name, mode, permits, ttlMs, waitMs, seenGeneration }: AcquireOutput,
  signal: AbortSignal,
): Promise<Lock> {
  const options: LockOptions = {
    ...{ signal, seenGeneration },
    ...(ttlMs === 0 ? {} : { ttl: ttlMs }),
    ...(waitMs === undefined ? { timeout: longestWaitMs } : { wait: waitMs === 0 ? false : waitMs }),
  }
  if (mode !== 'LOCK_MODE_UNSPECIFIED' && mode !== 'LOCK_MODE_EXCLUSIVE' && mode !== 'LOCK_MODE_SHARED')
    throw new MnemeshError('ERR_INVALID_ARGUMENT', `this version knows no mode ${mode}`)
  const isShared = mode === 'LOCK_MODE_SHARED'
  if (permits === undefined)
    return coordination.locks.acquire(name, { ...options, mode: isShared ? 'shared' : 'exclusive' })
  if (isShared)
    throw new MnemeshError('ERR_INVALID_ARGUMENT', 'a semaphore has permits and cannot be shared beside them')
  return coordination.semaphore(name, permits).acquire(options)
}

function fromHolder({
  node,
  mode,
  token,
}: {
  node: string
  mode: 'exclusive' | 'shared'
  token: FencingToken
}) {
  return { node, mode: mode === 'shared' ? 'LOCK_MODE_SHARED' : 'LOCK_MODE_EXCLUSIVE', token } as const
}

function idOf({ name, token }: { readonly name: string; readonly token: FencingToken }): string {
  return `${token.generation}/${token.index}/${name}`
}

function oneAborted(...signals: readonly AbortSignal[]): Promise<void> {
  return new Promise(resolve => {
    const done = () => {
      for (const signal of signals) signal.removeEventListener('abort', done)
      resolve()
    }
    for (const signal of signals) signal.addEventListener('abort', done)
    if (signals.some(({ aborted }) => aborted)) done()
  })
}

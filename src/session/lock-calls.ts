import type { LockRequest } from '../coordination/locks/locks.ts'
import type { FencingToken } from '../coordination/state/commands.ts'
import { type BytesReader, type BytesWriter, malformed } from '../core/bytes.ts'
import { maxSeenGeneration } from '../core/lock-limits.ts'

export function writeLockRequest(body: BytesWriter, request: LockRequest): void {
  const { name, mode, permits, ttlMs, waitMs, seen = 0 } = request
  body.text(name)
  body.u8(mode === 'shared' ? 1 : 0)
  body.u16(permits)
  body.u32(ttlMs)
  body.f64(waitMs)
  body.f64(seen)
}

export function readLockRequest(body: BytesReader): LockRequest {
  const name = body.text()
  const mode = body.u8() === 1 ? 'shared' : 'exclusive'
  const permits = body.u16()
  const ttlMs = body.u32()
  const waitMs = body.f64()
  const seen = body.count()
  if (name === '' || permits === 0 || !(waitMs >= 0) || ttlMs < 1000 || ttlMs > 3_600_000)
    throw malformed('a lock that cannot be asked for')
  if (seen > maxSeenGeneration) throw malformed('a generation that no token has')
  return { name, mode, permits, ttlMs, waitMs, seen }
}

/** A lock that the node holds for a client. */
export interface GrantedLock {
  /** Stands for it in this session. */
  readonly handle: number
  readonly token: FencingToken
}

export function writeGranted(reply: BytesWriter, { handle, token }: GrantedLock): void {
  reply.u32(handle)
  reply.f64(token.generation)
  reply.f64(token.index)
}

export function readGranted(reply: BytesReader): GrantedLock {
  return { handle: reply.u32(), token: { generation: reply.count(), index: reply.count() } }
}

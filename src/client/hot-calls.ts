import { decodeValue } from '../core/codec.ts'
import type { Ack } from '../core/schema.ts'
import type { Consistency } from '../face/types.ts'
import { sessionCalls, writeConsistency, writeSet } from '../session/calls.ts'
import type { Call } from '../wire/caller.ts'
import type { Route } from './nodes.ts'

/** The first `length` bytes encode the key, or the value. */
export interface EncodedKey {
  readonly bytes: Buffer
  readonly length: number
}

/** Just the value under the key, as the node at the end of the route has it. */
export function valueFrom(
  { caller, table }: Route,
  key: EncodedKey,
  options: { readonly timeoutMs: number; readonly consistency: Consistency | undefined },
  call: Call,
): Promise<unknown> {
  return caller.call(
    sessionCalls.get,
    body => {
      body.u16(table.handle)
      body.u32(options.timeoutMs)
      body.window(key.bytes, 0, key.length)
      writeConsistency(body, options.consistency)
    },
    reply => (reply.u8() === 0 ? undefined : decodeValue(reply.bytes, reply.at, reply.end, table.codec)),
    call,
  )
}

/** A set without conditions. */
export function setAt(
  { caller, table }: Route,
  options: { readonly timeoutMs: number; readonly ttlMs: number; readonly ack: Ack | undefined },
  key: EncodedKey,
  value: EncodedKey,
  call: Call,
): Promise<boolean> {
  const set = { handle: table.handle, ...options }
  return caller.call(sessionCalls.set, body => writeSet(body, set, key, value), isTrue, call)
}

function isTrue(): boolean {
  return true
}

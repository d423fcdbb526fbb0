import { readPlain } from '../../src/core/failure.ts'
import { bodyOf } from '../../src/core/frame.ts'
import { encodeKey } from '../../src/core/key.ts'
import { processEnvironment, silentLog } from '../../src/process/environment.ts'
import { grpcDialer } from '../../src/rpc/grpc-wire.ts'
import { sessionCalls, writeConsistency } from '../../src/session/calls.ts'
import { Caller, eachItem } from '../../src/wire/caller.ts'
import { FrameReceiver } from '../../src/wire/frame-receiver.ts'
import { FrameSender, noStamps } from '../../src/wire/frame-sender.ts'

/** No key of the bench begins with it. */
export const absent = 'none'
const timeoutMs = 5000
/** As our client's connections: more would measure how long who asks takes to read what it asked for. */
const maxInFlight = 16_384

/**
 * Asks for the first page of a scan that finds nothing, in a session of its own without all that our client does about
 * an overload: nothing is held back beyond what a connection takes, nothing is asked again.
 */
export async function rawScan(endpoint: string, table: string): Promise<() => Promise<unknown>> {
  const env = processEnvironment(silentLog)
  const receiver = new FrameReceiver()
  const wire = grpcDialer('session').dial(endpoint, 'main', {
    frame(bytes) {
      if (receiver.accept(bytes) !== undefined)
        eachItem(bodyOf(bytes), (kind, id, payload) => caller.item(kind, id, payload))
    },
    drained: () => sender.drained(),
    closed() {},
  })
  const sender = new FrameSender(env.timers, wire, noStamps)
  const caller = new Caller(env, sender, { limit: maxInFlight })
  const call = () => ({ deadline: env.clock.monotonic() + timeoutMs })
  const { handle } = await caller.call(sessionCalls.open, body => body.text(table), readPlain, call())
  const prefix = encodeKey(absent)
  return () =>
    caller.call(
      sessionCalls.page,
      body => {
        body.u16(Number(handle))
        body.u32(timeoutMs)
        body.f64(0)
        body.window(prefix, 0, prefix.length)
        writeConsistency(body, undefined)
      },
      reply => reply.count(),
      call(),
    )
}

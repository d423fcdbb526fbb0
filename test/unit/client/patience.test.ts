import { describe, expect, it } from 'vitest'
import { Nodes } from '../../../src/client/nodes.ts'
import { ClientTablePort } from '../../../src/client/table-port.ts'
import type { MnemeshError } from '../../../src/core/errors.ts'
import { writePlain } from '../../../src/core/failure.ts'
import { bodyOf } from '../../../src/core/frame.ts'
import { overloaded, retryAfterOf } from '../../../src/core/overload.ts'
import { sessionCalls } from '../../../src/session/calls.ts'
import { Answerer, type Incoming } from '../../../src/wire/answerer.ts'
import { eachItem } from '../../../src/wire/caller.ts'
import { FrameSender, noStamps } from '../../../src/wire/frame-sender.ts'
import type { Dialer, Wire } from '../../../src/wire/wire.ts'
import { World } from '../../simulation/support/world.ts'

const hintMs = 200

/** A table at a node that takes, refuses or leaves unanswered what the script says, call by call. */
async function tableAt(script: readonly ('answer' | 'refuse' | 'nothing')[]) {
  const world = new World(1)
  const env = world.environment()
  const asked: number[] = []
  let isScripted = false
  const handle = (call: Incoming) => {
    if (call.kind === sessionCalls.topology) call.reply(body => writePlain(body, { nodes: [], holders: {} }))
    else if (call.kind === sessionCalls.open)
      call.reply(body => writePlain(body, { handle: 0, codec: 'msgpack' }))
    else {
      const what = isScripted ? script[asked.push(world.now) - 1] : 'answer'
      if (what === 'refuse') call.fail(overloaded('too much', hintMs))
      if (what === 'answer') call.reply(body => body.u8(0))
    }
  }
  const dialer: Dialer = {
    dial(_address, _lane, client) {
      const wire = (to: (bytes: Buffer) => void): Wire => ({
        send: frame => env.timers.soon(() => to(frame)) === undefined,
        close() {},
      })
      const answerer = new Answerer(new FrameSender(env.timers, wire(client.frame), noStamps), handle)
      return wire(bytes => eachItem(bodyOf(bytes), (kind, id, body) => answerer.item(kind, id, body)))
    },
  }
  const nodes = new Nodes(env, dialer, { endpoints: ['a:1'], discover: false })
  const info = () => Promise.reject(new Error('not in this test'))
  const port = new ClientTablePort(env, { nodes, info }, 't')
  const until = (ms: number) => ({ deadline: env.clock.monotonic() + ms })
  const settle = async (call: Promise<unknown>) => {
    const began = world.now
    let settled: unknown
    const ended = call.then(
      () => (settled = { error: undefined, ms: world.now - began }),
      (error: MnemeshError) => (settled = { error, ms: world.now - began }),
    )
    await world.until(() => settled !== undefined, 10_000, 'the call ends')
    return ended
  }
  // Opens the table, so that what follows goes the hot path.
  await settle(port.find('first', until(1000), undefined))
  isScripted = true
  return { asked, port, until, settle }
}

describe('a call that a node refuses because it has too much to do', () => {
  it('is made again as late as it was told, once or twice as late', async () => {
    const { asked, port, until, settle } = await tableAt(['refuse', 'refuse', 'answer'])
    const { error } = await settle(port.value('k', until(5000), undefined))
    expect(error).toBeUndefined()
    for (const pause of [asked[1] - asked[0], asked[2] - asked[1]]) {
      expect(pause).toBeGreaterThanOrEqual(hintMs)
      expect(pause).toBeLessThan(2 * hintMs + 50)
    }
  })

  it('is not made again when it would come too late once more', async () => {
    const { asked, port, until, settle } = await tableAt(['refuse', 'answer'])
    const { error, ms } = await settle(port.value('k', until(2 * hintMs - 10), undefined))
    expect([error?.code, asked.length]).toEqual(['ERR_OVERLOADED', 1])
    expect(ms).toBeLessThan(50)
  })

  it.each([
    'a get',
    'an entry',
  ])('fails as overloaded when nobody answers the second time: %s', async what => {
    const { asked, port, until, settle } = await tableAt(['refuse', 'nothing'])
    const call = until(1000)
    const { error } = await settle(
      what === 'a get' ? port.value('k', call, undefined) : port.find('k', call, undefined),
    )
    expect([error?.code, error && retryAfterOf(error), asked.length]).toEqual(['ERR_OVERLOADED', hintMs, 2])
  })

  it('may have been made if it changes something and nobody answers the second time', async () => {
    const { port, until, settle } = await tableAt(['refuse', 'nothing'])
    const { error } = await settle(port.set('k', 1, 0, undefined, until(1000)))
    expect([error?.code, error?.maybeApplied]).toEqual(['ERR_TIMEOUT', true])
  })
})

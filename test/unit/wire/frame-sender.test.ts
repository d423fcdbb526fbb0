import { describe, expect, it } from 'vitest'
import { MnemeshError } from '../../../src/core/errors.ts'
import { bodyOf, frameKinds, itemKinds } from '../../../src/core/frame.ts'
import { retryAfterOf } from '../../../src/core/overload.ts'
import { Answerer } from '../../../src/wire/answerer.ts'
import { Caller, eachItem } from '../../../src/wire/caller.ts'
import { FrameReceiver } from '../../../src/wire/frame-receiver.ts'
import { FrameSender, noStamps } from '../../../src/wire/frame-sender.ts'
import type { Wire } from '../../../src/wire/wire.ts'
import { World } from '../../simulation/support/world.ts'

const fullBytes = 512 * 1024
const largest = 256 * 1024

/** A wire that holds half a megabyte, and passes on what it is told to. */
class NarrowWire implements Wire {
  readonly held: Buffer[] = []
  error: MnemeshError | undefined
  #sender: FrameSender | undefined
  #isFull = false

  serve(sender: FrameSender): FrameSender {
    this.#sender = sender
    return sender
  }

  get bytes(): number {
    return this.held.reduce((sum, frame) => sum + frame.length, 0)
  }

  send(frame: Buffer): boolean {
    this.held.push(frame)
    this.#isFull ||= this.bytes >= fullBytes
    return !this.#isFull
  }

  /** The oldest frame. */
  pass(): Buffer | undefined {
    const frame = this.held.shift()
    if (this.#isFull && this.bytes <= fullBytes / 2) {
      this.#isFull = false
      this.#sender?.drained()
    }
    return frame
  }

  close(error?: MnemeshError): void {
    this.error = error
  }
}

function narrow() {
  const world = new World(1)
  const env = world.environment()
  const wire = new NarrowWire()
  const sender = wire.serve(new FrameSender(env.timers, wire, noStamps))
  const reply = (id: number, bytes: number) => {
    sender.beginItem(itemKinds.reply, id).reserve(bytes)
    sender.endItem()
  }
  return { world, env, wire, sender, reply }
}

const answer = { deadline: 1000 }
const failure = (call: Promise<unknown>) => call.catch((error: MnemeshError) => error)
const asError = async (call: Promise<unknown>) => {
  const error = await failure(call)
  if (!MnemeshError.is(error)) throw new Error('the call did not fail')
  return error
}

describe('a sender whose wire takes little', () => {
  it('lets acknowledgements pass 40 MB of answers, which all arrive in order', async () => {
    const { world, wire, sender, reply } = narrow()
    for (let id = 1; id <= 400; id++) reply(id, 100_000)
    await world.run(0)
    const receiver = new FrameReceiver()
    const ids: number[] = []
    const waits: number[] = []
    let itemBytes = 0
    let askedAt: number | undefined
    for (let passed = 0; ; passed++) {
      if (askedAt === undefined && ids.length < 390) {
        sender.control(frameKinds.ack, body => body.f64(passed))
        askedAt = itemBytes
      }
      const frame = wire.pass()
      if (frame === undefined) break
      const head = receiver.accept(frame)
      if (head?.kind === frameKinds.ack) {
        waits.push(itemBytes - (askedAt ?? 0))
        askedAt = undefined
        continue
      }
      itemBytes += frame.length
      eachItem(bodyOf(frame), (_, id) => ids.push(id))
    }
    expect(ids).toEqual(Array.from({ length: 400 }, (_, i) => i + 1))
    expect(itemBytes).toBeGreaterThan(40_000_000)
    expect(waits.length).toBeGreaterThan(20)
    expect(Math.max(...waits)).toBeLessThan(fullBytes + largest + 200_000)
  })

  it('sends answers, too, when everything else fills the wire again and again', async () => {
    const { world, wire, sender, reply } = narrow()
    const operations = Buffer.alloc(largest)
    for (let id = 1; id <= 20; id++) reply(id, 100_000)
    await world.run(0)
    let items = 0
    for (let i = 0; i < 200; i++) {
      while (!sender.isFull) sender.shared(operations, 0)
      const frame = wire.pass()
      if (frame?.[0] === frameKinds.items) eachItem(bodyOf(frame), () => items++)
    }
    expect(items).toBe(20)
  })

  it('cuts off whoever leaves 64 MiB of answers unread', async () => {
    const { wire, reply } = narrow()
    for (let id = 1; wire.error === undefined && id < 2000; id++) reply(id, 100_000)
    expect(wire.error?.code).toBe('ERR_OVERLOADED')
    expect(wire.bytes).toBeLessThan(fullBytes + largest + 200_000)
  })
})

describe('calls that wait because their connection is full', () => {
  function full() {
    const parts = narrow()
    const { env, sender, reply } = parts
    const caller = new Caller(env, sender, { limit: 1000 })
    while (!sender.isFull) reply(0, 100_000)
    const handled: number[] = []
    const answerer = new Answerer(new FrameSender(env.timers, new NarrowWire(), noStamps), ({ body }) => {
      handled.push(body.u32())
    })
    const call = (number: number, options: object = {}) =>
      caller.call(
        1,
        body => {
          body.u32(number)
          body.reserve(60_000)
        },
        () => 'done',
        { ...answer, mutates: true, ...options },
      )
    const passAll = () => {
      for (let frame = parts.wire.pass(); frame !== undefined; frame = parts.wire.pass())
        eachItem(bodyOf(frame), (kind, id, body) => {
          if (kind !== itemKinds.reply) answerer.item(kind, id, body)
        })
    }
    return { ...parts, caller, handled, call, passAll }
  }

  it('never leave once they were given up or are too late, and say that nothing was done', async () => {
    const { call, passAll, handled, world } = full()
    const controller = new AbortController()
    const calls = Array.from({ length: 12 }, (_, i) => {
      if (i % 3 === 0) return failure(call(i, { signal: controller.signal }))
      return failure(call(i, i % 3 === 1 ? { deadline: 100 } : {}))
    })
    controller.abort()
    const aborted = await asError(calls[0])
    expect([aborted.code, aborted.maybeApplied]).toEqual(['ERR_ABORTED', false])
    await world.run(200)
    for (const late of [calls[1], calls[10]]) {
      const error = await asError(late)
      expect([error.code, error.maybeApplied, retryAfterOf(error)]).toEqual(['ERR_OVERLOADED', false, 50])
    }
    passAll()
    expect(handled).toEqual([2, 5, 8, 11])
  })

  it('that were given up in the turn in which they were made never leave, either', async () => {
    const { env, world, wire, sender } = narrow()
    const caller = new Caller(env, sender, { limit: 10 })
    const controller = new AbortController()
    const made = caller.call(
      1,
      () => {},
      () => 'done',
      { ...answer, mutates: true, signal: controller.signal },
    )
    controller.abort()
    expect((await asError(made)).maybeApplied).toBe(false)
    await world.run(0)
    const kinds: number[] = []
    eachItem(bodyOf(wire.held[0]), kind => kinds.push(kind))
    expect(kinds).toEqual([itemKinds.cancel])
  })

  it('have a known outcome when the connection is lost', async () => {
    const { call, caller, world } = full()
    const calls = Array.from({ length: 12 }, (_, i) => failure(call(i)))
    await world.run(0)
    caller.close(new MnemeshError('ERR_UNAVAILABLE', 'gone'))
    for (const lost of calls) expect((await asError(lost)).code).toBe('ERR_UNAVAILABLE')
  })
})

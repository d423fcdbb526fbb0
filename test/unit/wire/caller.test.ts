import { describe, expect, it } from 'vitest'
import type { BytesReader } from '../../../src/core/bytes.ts'
import { noEpoch } from '../../../src/core/epoch.ts'
import { MnemeshError } from '../../../src/core/errors.ts'
import { bodyOf, frameKinds, readHead, stampFrame } from '../../../src/core/frame.ts'
import { Answerer, type Incoming } from '../../../src/wire/answerer.ts'
import { Caller, eachItem } from '../../../src/wire/caller.ts'
import { FrameReceiver } from '../../../src/wire/frame-receiver.ts'
import { FrameSender, noStamps } from '../../../src/wire/frame-sender.ts'
import type { Wire } from '../../../src/wire/wire.ts'
import { World } from '../../simulation/support/world.ts'

class PipeWire implements Wire {
  readonly frames: Buffer[] = []
  takes = true
  closed: MnemeshError | undefined | 'open' = 'open'

  send(frame: Buffer): boolean {
    this.frames.push(frame)
    return this.takes
  }

  close(error?: MnemeshError): void {
    this.closed = error
  }
}

/** A caller and an answerer in virtual time, with a wire each; `deliver` passes what was sent. */
function pair(handle: (call: Incoming) => void, limit = 100) {
  const world = new World(1)
  const env = world.environment()
  const out = new PipeWire()
  const back = new PipeWire()
  const sender = new FrameSender(env.timers, out, { g: 7, epoch: noEpoch })
  const caller = new Caller(env, sender, { limit })
  const answerer = new Answerer(new FrameSender(env.timers, back, { g: 9, epoch: noEpoch }), handle)
  const deliver = async () => {
    await world.run(0)
    for (const frame of out.frames.splice(0))
      eachItem(bodyOf(frame), (kind, id, body) => answerer.item(kind, id, body))
    await world.run(0)
    for (const frame of back.frames.splice(0))
      eachItem(bodyOf(frame), (kind, id, body) => caller.item(kind, id, body))
    await world.run(0)
  }
  return { world, caller, answerer, out, back, sender, deliver }
}

const later = { deadline: 1000 }
const echo = (call: Incoming) => {
  const text = call.body.text()
  call.reply(reply => reply.text(text))
}
const write = (text: string) => (body: { text(value: string): void }) => body.text(text)
const read = (reply: BytesReader) => reply.text()

describe('calls over a wire', () => {
  it('get each its own answer, in one frame each way for a whole turn', async () => {
    const { caller, out, back, deliver, world } = pair(echo)
    const answers = Promise.all(['a', 'b', 'c'].map(text => caller.call(1, write(text), read, later)))
    await world.run(0)
    expect(out.frames).toHaveLength(1)
    expect(readHead(out.frames[0])).toMatchObject({ kind: frameKinds.items, sequence: 1, g: 7 })
    await deliver()
    expect(await answers).toEqual(['a', 'b', 'c'])
    expect(back.frames).toHaveLength(0)
    expect(caller.inFlight).toBe(0)
  })

  it('are told of the error that the other side had, code and all', async () => {
    const { caller, deliver } = pair(() => {
      throw new MnemeshError('ERR_TABLE_FULL', 'no room', { details: { limit: 5 } })
    })
    const failing = caller.call(1, write('a'), read, later).catch(error => error)
    await deliver()
    const error = await failing
    expect([error.code, error.message, error.details, error.maybeApplied]).toEqual([
      'ERR_TABLE_FULL',
      'no room',
      { limit: 5 },
      false,
    ])
  })

  it('fail alone when their answer cannot be written or read', async () => {
    const { caller, deliver } = pair(call => {
      if (call.body.text() === 'bad')
        call.reply(() => {
          throw new RangeError('cannot')
        })
      else call.reply(reply => reply.text('fine'))
    })
    const bad = caller.call(1, write('bad'), read, later).catch(error => error.message)
    const unreadable = caller.call(1, write('x'), reply => reply.skip(1000), later).catch(error => error.code)
    const good = caller.call(1, write('good'), read, later)
    await deliver()
    expect([await bad, await unreadable, await good]).toEqual(['cannot', 'ERR_FRAME_INVALID', 'fine'])
  })

  it('end at their deadline: one that changes something may have happened, unless it never left', async () => {
    const { caller, world } = pair(() => {})
    const reading = caller.call(1, write('a'), read, { deadline: 100 }).catch(error => error)
    const writing = caller.call(1, write('a'), read, { deadline: 100, mutates: true }).catch(error => error)
    await world.run(90)
    expect(caller.inFlight).toBe(2)
    await world.run(60)
    expect([(await reading).code, (await reading).maybeApplied]).toEqual(['ERR_TIMEOUT', false])
    expect([(await writing).code, (await writing).maybeApplied]).toEqual(['ERR_TIMEOUT', true])
  })

  it('have an unknown outcome when the wire is lost after they left, and none before', async () => {
    const { caller, world } = pair(() => {})
    const lost = new MnemeshError('ERR_UNAVAILABLE', 'gone')
    const left = caller.call(1, write('a'), read, { ...later, mutates: true }).catch(error => error)
    const leftRead = caller.call(1, write('a'), read, later).catch(error => error)
    await world.run(0)
    const stayed = caller.call(1, write('a'), read, { ...later, mutates: true }).catch(error => error)
    caller.close(lost)
    expect([(await left).code, (await left).maybeApplied]).toEqual(['ERR_UNKNOWN_OUTCOME', true])
    expect([(await leftRead).code, (await stayed).code]).toEqual(['ERR_UNAVAILABLE', 'ERR_UNAVAILABLE'])
    expect(await caller.call(1, write('a'), read, later).catch(error => error)).toBe(lost)
  })

  it('have left although a cancellation of an earlier one left after them', async () => {
    const { caller, world } = pair(() => {})
    const { id } = caller.subscribe(
      1,
      write('s'),
      read,
      later,
      () => {},
      () => {},
    )
    const call = caller.call(1, write('a'), read, { ...later, mutates: true }).catch(error => error)
    caller.unsubscribe(id)
    await world.run(0)
    caller.close(new MnemeshError('ERR_UNAVAILABLE', 'gone'))
    expect((await call).code).toBe('ERR_UNKNOWN_OUTCOME')
  })

  it('end with their signal, and leave no listener on one that lives on', async () => {
    const { caller, deliver } = pair(echo)
    const controller = new AbortController()
    let listeners = 0
    const signal = controller.signal
    const add = signal.addEventListener.bind(signal)
    const remove = signal.removeEventListener.bind(signal)
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners++
      add(...args)
    }
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listeners--
      remove(...args)
    }
    const done = caller.call(1, write('a'), read, { ...later, signal })
    await deliver()
    await done
    expect(listeners).toBe(0)
    const ended = caller.call(1, write('a'), read, { ...later, signal }).catch(error => error)
    controller.abort('enough')
    expect([(await ended).code, (await ended).cause, listeners]).toEqual(['ERR_ABORTED', 'enough', 0])
    expect((await caller.call(1, write('a'), read, { ...later, signal }).catch(error => error)).code).toBe(
      'ERR_ABORTED',
    )
  })

  it('are refused above their limit', async () => {
    const { caller } = pair(() => {}, 2)
    const calls = [1, 2, 3].map(() => caller.call(1, write('a'), read, later).catch(error => error.code))
    expect(await calls[2]).toBe('ERR_OVERLOADED')
    caller.close(new MnemeshError('ERR_CLOSED', 'end'))
    expect(await calls[0]).toBe('ERR_CLOSED')
  })
})

describe('subscriptions', () => {
  it('bring pushes in order with answers until they are ended, on either side', async () => {
    const calls: Incoming[] = []
    let cancelled = 0
    const { caller, deliver } = pair(call => {
      if (call.kind === 2) {
        calls.push(call)
        call.onCancel(() => cancelled++)
        call.reply()
        call.push(push => push.text('first'))
      } else {
        calls[0].push(push => push.text('before the answer'))
        call.reply(reply => reply.text('answer'))
        calls[0].push(push => push.text('after the answer'))
      }
    })
    const seen: string[] = []
    const { id, answer } = caller.subscribe(
      2,
      () => {},
      () => 'on',
      later,
      push => seen.push(push.text()),
      () => seen.push('ended'),
    )
    await deliver()
    expect([await answer, seen]).toEqual(['on', ['first']])
    const reading = caller.call(
      1,
      () => {},
      reply => seen.push(reply.text()),
      later,
    )
    await deliver()
    await reading
    expect(seen).toEqual(['first', 'before the answer', 'answer', 'after the answer'])
    caller.unsubscribe(id)
    await deliver()
    expect(cancelled).toBe(1)
    calls[0].push(push => push.text('too late'))
    await deliver()
    expect(seen).toHaveLength(4)
  })

  it('are told when the wire ends', async () => {
    const { caller, deliver } = pair(call => call.reply())
    const ended: string[] = []
    caller.subscribe(
      2,
      () => {},
      () => 0,
      later,
      () => {},
      error => ended.push(error.code),
    )
    await deliver()
    caller.close(new MnemeshError('ERR_UNAVAILABLE', 'gone'))
    expect(ended).toEqual(['ERR_UNAVAILABLE'])
  })
})

describe('a receiver of frames', () => {
  const frame = (sequence: number) => {
    const wire = new PipeWire()
    const sender = new FrameSender(new World(1).environment().timers, wire, noStamps)
    sender.control(frameKinds.ack, body => body.f64(1))
    stampFrame(wire.frames[0], sequence, 0)
    return wire.frames[0]
  }

  it('takes each frame once, and trusts a stream no more once one is missing', () => {
    const receiver = new FrameReceiver()
    expect(receiver.accept(frame(1))?.sequence).toBe(1)
    expect(receiver.accept(frame(2))?.sequence).toBe(2)
    expect(receiver.accept(frame(2))).toBeUndefined()
    expect(receiver.accept(frame(1))).toBeUndefined()
    expect(() => receiver.accept(frame(5))).toThrow(/frames 3 to 4 are missing/)
  })

  it('says which version the other side speaks', () => {
    const other = frame(1)
    other[1] = 2
    const error = (() => {
      try {
        new FrameReceiver().accept(other)
      } catch (thrown) {
        return thrown
      }
      return undefined
    })()
    expect(MnemeshError.is(error, 'ERR_VERSION_SKEW')).toBe(true)
    expect((error as Error).message).toContain('speaks protocol 2, this one 1')
  })

  it('never meets hostile bytes with anything but an error', () => {
    for (let seed = 0; seed < 2000; seed++) {
      const { random } = new World(seed)
      const bytes = Buffer.from(random.bytes(random.below(120)))
      if (bytes.length > 1 && random.chance(0.7)) bytes[1] = 1
      if (bytes.length > 0 && random.chance(0.7)) bytes[0] = 1 + random.below(11)
      try {
        const head = new FrameReceiver().accept(bytes)
        if (head !== undefined)
          eachItem(bodyOf(bytes), (_, __, body) => expect(body.end).toBeLessThanOrEqual(bytes.length))
      } catch (error) {
        expect(MnemeshError.is(error)).toBe(true)
      }
    }
  })
})

import { EventEmitter, getEventListeners } from 'node:events'
import { type Metadata, type ServerUnaryCall, type ServerWritableStream, status } from '@grpc/grpc-js'
import { describe, expect, it } from 'vitest'
import { MnemeshError } from '../../../src/core/errors.ts'
import { optionsOf, streaming, unary } from '../../../src/rpc/handlers.ts'

/** The part of a call of grpc-js that handlers see; takes `room` messages before it says to wait. */
class FakeCall extends EventEmitter {
  readonly request = { from: 1 }
  readonly written: unknown[] = []
  ended = false
  room = Number.POSITIVE_INFINITY
  deadline: Date | number = Number.POSITIVE_INFINITY

  getDeadline() {
    return this.deadline
  }

  write(message: unknown): boolean {
    this.written.push(message)
    return --this.room > 0
  }

  end(): void {
    this.ended = true
    this.emit('finished')
  }

  drain(room: number): void {
    this.room = room
    this.emit('drain')
  }
}

type Answer = { error: { code?: status; metadata?: Metadata; details?: string } | null; response: unknown }

function ask(
  answer: Parameters<typeof unary<{ from: number }, object>>[0],
  call = new FakeCall(),
): Promise<Answer> {
  return new Promise(resolve => {
    const handler = unary(answer)
    handler(call as unknown as ServerUnaryCall<{ from: number }, object>, (error, response) =>
      resolve({ error: error as Answer['error'], response }),
    )
  })
}

function stream(
  call: FakeCall,
  answers: Parameters<typeof streaming<{ from: number }, unknown>>[0],
): Promise<unknown> {
  const ended = new Promise(resolve => {
    call.once('finished', () => resolve('ended'))
    call.once('error', resolve)
  })
  streaming(answers)(call as unknown as ServerWritableStream<{ from: number }, unknown>)
  return ended
}

const turn = () => new Promise<void>(resolve => setImmediate(resolve))

describe('the options of a call', () => {
  it('have the time that is left, and 5 s for callers without a deadline', () => {
    const call = new FakeCall()
    expect(optionsOf(call).timeout).toBe(5000)
    call.deadline = new Date(Date.now() + 60_000)
    expect(optionsOf(call).timeout).toBeGreaterThan(59_000)
    expect(optionsOf(call).timeout).toBeLessThanOrEqual(60_000)
    call.deadline = Date.now() - 1000
    expect(optionsOf(call).timeout).toBe(1)
  })

  it('have a signal that says that the caller cancelled', () => {
    const call = new FakeCall()
    const { signal } = optionsOf(call)
    expect(signal.aborted).toBe(false)
    call.emit('cancelled')
    expect(MnemeshError.is(signal.reason, 'ERR_ABORTED')).toBe(true)
  })
})

describe('a method with one answer', () => {
  it('answers with what the function resolves with', async () => {
    expect(await ask(async ({ from }) => ({ to: from + 1 }))).toEqual({ error: null, response: { to: 2 } })
  })

  it('answers errors of ours with their status and trailers', async () => {
    const { error } = await ask(async () => {
      throw new MnemeshError('ERR_TABLE_UNKNOWN', 'no table t')
    })
    expect([error?.code, error?.details]).toEqual([status.NOT_FOUND, 'no table t'])
    expect(error?.metadata?.get('mnemesh-code')).toEqual(['ERR_TABLE_UNKNOWN'])
  })

  it('answers other errors as INTERNAL', async () => {
    const { error } = await ask(async () => {
      throw new TypeError('oops')
    })
    expect([error?.code, error?.metadata?.get('mnemesh-code')]).toEqual([status.INTERNAL, ['ERR_INTERNAL']])
  })
})

describe('a method with many answers', () => {
  it('sends what the generator yields, then ends', async () => {
    const call = new FakeCall()
    expect(
      await stream(call, async function* ({ from }) {
        yield from
        yield from + 1
      }),
    ).toBe('ended')
    expect(call.written).toEqual([1, 2])
  })

  it('goes no faster than the caller reads', async () => {
    const call = new FakeCall()
    call.room = 2
    const ended = stream(call, async function* () {
      for (let i = 0; i < 5; i++) yield i
    })
    await turn()
    expect(call.written).toEqual([0, 1])
    call.drain(1)
    await turn()
    expect(call.written).toEqual([0, 1, 2])
    call.drain(10)
    expect(await ended).toBe('ended')
    expect(call.written).toEqual([0, 1, 2, 3, 4])
  })

  it('leaves nothing behind on the call, however often it waits', async () => {
    const call = new FakeCall()
    call.room = 1
    let waiting = 0
    const ended = stream(call, async function* (_, { signal }) {
      for (let i = 0; i < 50; i++) {
        yield i
        waiting = getEventListeners(signal, 'abort').length + call.listenerCount('drain')
      }
    })
    for (let i = 0; i < 50; i++) {
      await turn()
      call.drain(1)
    }
    expect(await ended).toBe('ended')
    expect(waiting).toBe(0)
  })

  it('ends the generator when the caller cancels, also while it waits for him', async () => {
    for (const room of [Number.POSITIVE_INFINITY, 1]) {
      const call = new FakeCall()
      call.room = room
      let returned = false
      const ended = stream(call, async function* () {
        try {
          for (;;) {
            yield 'more'
            await turn()
          }
        } finally {
          returned = true
        }
      })
      await turn()
      call.emit('cancelled')
      await ended
      expect(returned).toBe(true)
    }
  })

  it('fails with the status of what the generator throws', async () => {
    const call = new FakeCall()
    const failed = await stream(call, async function* () {
      yield 1
      throw new MnemeshError('ERR_INVALID_ARGUMENT', 'no')
    })
    expect(failed).toMatchObject({ code: status.INVALID_ARGUMENT, details: 'no' })
    expect(call.ended).toBe(false)
  })
})

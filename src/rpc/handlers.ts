import type { ServerUnaryCall, ServerWritableStream, sendUnaryData } from '@grpc/grpc-js'
import { MnemeshError } from '../core/errors.ts'
import type { CallOptions } from '../face/types.ts'
import { toStatus } from './status.ts'

const defaultTimeoutMs = 5000
const mostEarlyMs = 50

/** Begins a call when its turn comes; rejects with ERR_OVERLOADED when that is too late. */
export type Admit = <T>(begin: () => Promise<T>, timeoutMs: number) => Promise<T>

/**
 * Who waits for whom when there is too much: what works on tables goes first, then what the strong group decides. What
 * says how the cluster is, closes something or keeps the cluster together goes through neither.
 */
export type Admits = Readonly<Record<'tables' | 'group', Admit>>

const atOnce: Admit = begin => begin()

/** Deadline and cancellation of a call, as our own calls take them. */
export function optionsOf(call: {
  getDeadline(): Date | number
  on(event: 'cancelled', listener: () => void): unknown
}): CallOptions & { readonly signal: AbortSignal; readonly timeout: number } {
  const deadline = call.getDeadline()
  const at = deadline instanceof Date ? deadline.getTime() : deadline
  const left = Number.isFinite(at) ? earlier(at - Date.now()) : defaultTimeoutMs
  const controller = new AbortController()
  call.on('cancelled', () => controller.abort(new MnemeshError('ERR_ABORTED', 'the caller cancelled')))
  return { signal: controller.signal, timeout: Math.max(1, left) }
}

// Than the caller gives up, so that it hears what took so long.
function earlier(ms: number): number {
  return ms - Math.min(mostEarlyMs, ms / 10)
}

/** A method with one answer: what the function resolves with, or the status of what it throws. */
export function unary<Request, Response>(
  answer: (request: Request, options: CallOptions & { readonly timeout: number }) => Promise<Response>,
  admit: Admit = atOnce,
): (call: ServerUnaryCall<Request, Response>, callback: sendUnaryData<Response>) => void {
  return (call, callback) => {
    const options = optionsOf(call)
    admit(() => answer(call.request, options), options.timeout).then(
      response => callback(null, response),
      error => callback(toStatus(error)),
    )
  }
}

/** A method with many answers: what the generator yields, no faster than the caller reads. */
export function streaming<Request, Response>(
  answers: (
    request: Request,
    options: CallOptions & { readonly signal: AbortSignal },
  ) => AsyncIterable<Response>,
  admit: Admit = atOnce,
): (call: ServerWritableStream<Request, Response>) => void {
  return call => {
    const options = optionsOf(call)
    const begin = async () => answers(call.request, options)
    const sent = admit(begin, options.timeout).then(begun => send(call, begun, options.signal))
    sent.then(
      () => call.end(),
      error => call.emit('error', toStatus(error)),
    )
  }
}

async function send<Response>(
  call: ServerWritableStream<unknown, Response>,
  answers: AsyncIterable<Response>,
  signal: AbortSignal,
): Promise<void> {
  for await (const answer of answers) {
    if (signal.aborted) return
    if (!call.write(answer)) await drained(call, signal)
  }
}

// Takes back what it waited with: a long stream waits thousands of times on the same call.
function drained(call: ServerWritableStream<unknown, unknown>, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const done = () => {
      call.removeListener('drain', done)
      signal.removeEventListener('abort', done)
      resolve()
    }
    call.once('drain', done)
    signal.addEventListener('abort', done)
    if (signal.aborted) done()
  })
}

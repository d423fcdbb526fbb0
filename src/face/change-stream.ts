import { toMs } from '../core/duration.ts'
import type { Environment } from '../core/environment.ts'
import { MnemeshError } from '../core/errors.ts'
import { compareKeys, encodeKey, type Key } from '../core/key.ts'
import { checkSignal } from './arguments.ts'
import { defaultTimeoutMs } from './calls.ts'
import type { PortListener, TablePort } from './port.ts'
import type { Change, WatchOptions } from './types.ts'

const defaultBuffer = 1024
const retryMs = 200

type AnyChange = Change<Key, unknown>

/**
 * The changes of a table as an async iterator. It begins with `resync` once it is established, and says `resync`
 * again whenever changes may have been missed: when the reader was too slow, or the node that told of them is gone.
 */
export class ChangeStream implements AsyncIterableIterator<AnyChange> {
  readonly #env: Environment
  readonly #port: TablePort
  readonly #options: WatchOptions
  readonly #limit: number
  readonly #queue: AnyChange[] = []
  readonly #waiting: {
    resolve: (result: IteratorResult<AnyChange>) => void
    reject: (error: unknown) => void
  }[] = []
  readonly #onAbort = () => this.#end()
  #stop: (() => void) | undefined
  #failure: unknown
  #ended = false

  constructor(env: Environment, port: TablePort, options: WatchOptions = {}) {
    this.#env = env
    this.#port = port
    this.#options = options
    this.#limit = checkBuffer(options.buffer ?? defaultBuffer)
    checkSignal(options.signal)
    if (options.key !== undefined && options.prefix !== undefined)
      throw new MnemeshError('ERR_INVALID_ARGUMENT', 'key and prefix of a watch exclude each other')
    const keys = options.key ?? options.prefix
    // Else a key that is none would be tried again for ever, as a node that does not answer.
    if (keys !== undefined) encodeKey(keys)
    options.signal?.addEventListener('abort', this.#onAbort, { once: true })
    if (options.signal?.aborted) this.#end()
    else this.#begin()
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<IteratorResult<AnyChange>> {
    const change = this.#queue.shift()
    if (change !== undefined) return Promise.resolve({ done: false, value: change })
    if (this.#failure !== undefined) {
      const failure = this.#failure
      this.#failure = undefined
      return Promise.reject(failure)
    }
    if (this.#ended) return Promise.resolve({ done: true, value: undefined })
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }))
  }

  return(): Promise<IteratorResult<AnyChange>> {
    this.#end()
    return Promise.resolve({ done: true, value: undefined })
  }

  #begin(): void {
    if (this.#ended) return
    const { key, prefix } = this.#options
    let over = false
    const listener: PortListener = {
      changed: (type, entry) => {
        if (over || (key !== undefined && compareKeys(key, entry.key) !== 0)) return
        const { version } = entry
        this.#offer(
          type === 'set'
            ? { type, key: entry.key, value: entry.value, version }
            : { type, key: entry.key, version },
        )
      },
      event: type => {
        if (!over) this.#offer({ type })
      },
      ended: () => {
        if (over) return
        over = true
        this.#again()
      },
    }
    const call = { deadline: this.#env.clock.monotonic() + toMs(defaultTimeoutMs, 'timeout') }
    this.#port.watch(key ?? prefix, listener, call).then(
      stop => {
        if (this.#ended || over) stop()
        else {
          this.#stop = stop
          this.#offer({ type: 'resync' })
        }
      },
      error => {
        over = true
        if (MnemeshError.is(error, 'ERR_TABLE_UNKNOWN') || MnemeshError.is(error, 'ERR_CLOSED'))
          this.#fail(error)
        else this.#again()
      },
    )
  }

  #again(): void {
    this.#stop = undefined
    this.#env.timers.after(retryMs, () => this.#begin())
  }

  #offer(change: AnyChange): void {
    const waiting = this.#waiting.shift()
    if (waiting !== undefined) {
      waiting.resolve({ done: false, value: change })
      return
    }
    // What is dropped must be said to be missing; what comes later is worth nothing before that is read.
    if (this.#queue.length >= this.#limit) {
      this.#queue.length = 0
      this.#queue.push({ type: 'resync' })
      return
    }
    this.#queue.push(change)
  }

  #fail(error: unknown): void {
    const waiting = this.#waiting.shift()
    if (waiting === undefined) this.#failure = error
    else waiting.reject(error)
    this.#end()
  }

  #end(): void {
    if (this.#ended) return
    this.#ended = true
    this.#options.signal?.removeEventListener('abort', this.#onAbort)
    this.#stop?.()
    for (const { resolve } of this.#waiting.splice(0)) resolve({ done: true, value: undefined })
  }
}

function checkBuffer(buffer: number): number {
  if (Number.isSafeInteger(buffer) && buffer > 0) return buffer
  throw new MnemeshError(
    'ERR_INVALID_ARGUMENT',
    `watch buffer must be a positive whole number, got ${String(buffer)}`,
  )
}

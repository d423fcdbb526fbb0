import type { Cancel, Clock } from '../core/environment.ts'
import { type ClusterEvent, type EventListener, missedEvents } from '../core/events.ts'

export interface EventStreamOptions {
  /** So many wait for the reader; of more the oldest are dropped, and counted. */
  readonly buffer: number
  readonly signal?: AbortSignal
}

type Result = IteratorResult<ClusterEvent>

/** Events as an async iterator. A reader that is too slow is told how many it missed, where they would have come. */
export class EventStream implements AsyncIterableIterator<ClusterEvent>, EventListener {
  readonly #clock: Clock
  readonly #options: EventStreamOptions
  readonly #queue: ClusterEvent[] = []
  readonly #waiting: ((result: Result) => void)[] = []
  readonly #stop: Cancel
  readonly #onAbort = () => void this.return()
  #missed = 0
  #ended = false

  constructor(clock: Clock, begin: (listener: EventListener) => Cancel, options: EventStreamOptions) {
    this.#clock = clock
    this.#options = options
    this.#stop = begin(this)
    options.signal?.addEventListener('abort', this.#onAbort, { once: true })
    if (options.signal?.aborted) this.#onAbort()
  }

  heard(event: ClusterEvent): void {
    if (this.#ended) return
    const waiting = this.#waiting.shift()
    if (waiting !== undefined) {
      waiting({ done: false, value: event })
      return
    }
    this.#queue.push(event)
    if (this.#queue.length <= this.#options.buffer) return
    const dropped = this.#queue.shift()
    this.#missed += dropped?.type === 'missed' ? dropped.count : 1
  }

  ended(): void {
    void this.return()
  }

  next(): Promise<Result> {
    if (this.#missed > 0) {
      const value = missedEvents(this.#missed, '', this.#clock)
      this.#missed = 0
      return Promise.resolve({ done: false, value })
    }
    const value = this.#queue.shift()
    if (value !== undefined) return Promise.resolve({ done: false, value })
    if (this.#ended) return Promise.resolve({ done: true, value: undefined })
    return new Promise(resolve => this.#waiting.push(resolve))
  }

  /** What waits to be read is still given. */
  async return(): Promise<Result> {
    if (!this.#ended) {
      this.#ended = true
      this.#options.signal?.removeEventListener('abort', this.#onAbort)
      this.#stop()
      for (const waiting of this.#waiting.splice(0)) waiting({ done: true, value: undefined })
    }
    return { done: true, value: undefined }
  }

  [Symbol.asyncIterator](): this {
    return this
  }
}

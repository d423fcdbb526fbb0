import type { Cancel, Environment } from '../core/environment.ts'
import { MnemeshError, toMnemeshError } from '../core/errors.ts'
import { type ClusterEvent, type EventListener, type EventName, eventKinds } from '../core/events.ts'
import { checkFunction, checkOptions, checkSignal } from './arguments.ts'
import { EventStream } from './event-stream.ts'
import type { CallOptions } from './types.ts'

const defaultBuffer = 1024

export interface EventsOptions {
  /** True: first the events that the nodes remember, 500 of each. */
  readonly recent?: boolean
  /** So many wait for the reader; of more the oldest are dropped, and `missed` says how many. Default 1,024. */
  readonly buffer?: number
  readonly signal?: AbortSignal
}

/** What happens in the cluster. On a node: what this node sees. On a client: what each node that it knows sees. */
export interface ClusterEvents extends AsyncIterable<ClusterEvent> {
  /** Calls the listener for each event of that name from now on, until the function that it gives is called. */
  on<N extends EventName>(name: N, listener: (event: ClusterEvent<N>) => void): () => void
  /** Every event from now on, until `return()` or the signal. */
  watch(options?: EventsOptions): AsyncIterableIterator<ClusterEvent>
  /** What the nodes remember, 500 events each, oldest first. */
  recent(options?: CallOptions): Promise<readonly ClusterEvent[]>
}

/** What the events are read through: this node's own, or other nodes'. */
export interface EventPort {
  /** Tells the listener of all that comes, with `recent` first of what is remembered. */
  follow(listener: EventListener, options: { readonly recent: boolean }): Cancel
  recent(options?: CallOptions): Promise<readonly ClusterEvent[]>
}

/** Events over a port. */
export class TypedEvents implements ClusterEvents {
  readonly #env: Environment
  readonly #port: EventPort

  constructor(env: Environment, port: EventPort) {
    this.#env = env
    this.#port = port
  }

  on<N extends EventName>(name: N, listener: (event: ClusterEvent<N>) => void): () => void {
    checkFunction('listener', listener)
    if (!Object.hasOwn(eventKinds, name))
      throw new MnemeshError(
        'ERR_INVALID_ARGUMENT',
        `there is no event ${String(name)}; there are ${Object.keys(eventKinds).join(', ')}`,
      )
    const isNamed = (event: ClusterEvent): event is ClusterEvent<N> => event.type === name
    const hear = (event: ClusterEvent) => {
      if (!isNamed(event)) return
      try {
        listener(event)
      } catch (failure) {
        this.#env.log.error({ event: name, err: toMnemeshError(failure) }, 'listener of events failed')
      }
    }
    return this.#port.follow({ heard: hear, ended: () => {} }, { recent: false })
  }

  watch(options: EventsOptions = {}): AsyncIterableIterator<ClusterEvent> {
    checkOptions('what is watched of events', options)
    checkSignal(options.signal)
    const { recent = false, buffer = defaultBuffer, signal } = options
    if (!Number.isSafeInteger(buffer) || buffer <= 0)
      throw new MnemeshError(
        'ERR_INVALID_ARGUMENT',
        `buffer of events must be a positive whole number, got ${String(buffer)}`,
      )
    const begin = (stream: EventListener) => this.#port.follow(stream, { recent })
    return new EventStream(this.#env.clock, begin, { buffer, signal })
  }

  recent(options?: CallOptions): Promise<readonly ClusterEvent[]> {
    return this.#port.recent(options)
  }

  [Symbol.asyncIterator](): AsyncIterator<ClusterEvent> {
    return this.watch()
  }
}

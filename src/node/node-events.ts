import type { Cancel, Environment } from '../core/environment.ts'
import type { ClusterEvent, EventListener, Events } from '../core/events.ts'
import { EventStream } from '../face/event-stream.ts'
import type { EventPort } from '../face/events.ts'
import type { EventSource } from '../rpc/events.ts'

/** So many wait for a caller of gRPC that reads slowly. */
const buffer = 1024

/** The events of this node, for who is in its process and for who asks over gRPC. */
export class NodeEvents implements EventPort, EventSource {
  /** This process, `name#incarnation`. */
  readonly member: string
  readonly #env: Environment
  readonly #events: Events

  constructor(env: Environment, parts: { readonly events: Events; readonly member: string }) {
    this.#env = env
    this.#events = parts.events
    this.member = parts.member
  }

  get sequence(): number {
    return this.#events.sequence
  }

  follow(listener: EventListener, { recent }: { readonly recent: boolean }): Cancel {
    return this.#events.follow(recent ? 0 : undefined, listener)
  }

  async recent(): Promise<readonly ClusterEvent[]> {
    return this.#events.recent()
  }

  watch(after: number | undefined, signal: AbortSignal): AsyncIterable<ClusterEvent> {
    const begin = (stream: EventListener) => this.#events.follow(after, stream)
    return new EventStream(this.#env.clock, begin, { buffer, signal })
  }
}

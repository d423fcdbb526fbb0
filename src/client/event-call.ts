import type { ClientReadableStream } from '@grpc/grpc-js'
import type { ClusterEvent } from '../core/events.ts'
import { toEvent } from '../rpc/event-message.ts'
import type { ClusterServiceClient } from '../rpc/generated/mnemesh/v1/ClusterService.ts'
import type { WatchEventsResponse__Output as Told } from '../rpc/generated/mnemesh/v1/WatchEventsResponse.ts'

export interface EventCallParts {
  /** True: first what the node remembers. */
  readonly recent: boolean
  readonly heard: (event: ClusterEvent) => void
  /** True when that process is heard already, at another address. */
  readonly isTwice: (member: string) => boolean
}

/** The events of the node at one address, and how far they were heard: the next call goes on there. */
export class EventCall {
  readonly #parts: EventCallParts
  #call: ClientReadableStream<Told> | undefined
  #member: string | undefined
  #after = 0

  constructor(parts: EventCallParts) {
    this.#parts = parts
  }

  get isOpen(): boolean {
    return this.#call !== undefined
  }

  /** Which process answered last, `name#incarnation`. */
  get member(): string | undefined {
    return this.#member
  }

  open(cluster: ClusterServiceClient): void {
    const { recent } = this.#parts
    const member = this.#member
    const request = member === undefined ? { recent } : { member, after: this.#after }
    const call: ClientReadableStream<Told> = cluster.WatchEvents(request)
    this.#call = call
    const closed = () => {
      if (this.#call === call) this.#call = undefined
    }
    call.on('data', (told: Told) => {
      if (this.#call === call) this.#take(told)
    })
    call.on('error', closed)
    call.on('end', closed)
  }

  stop(): void {
    this.#call?.cancel()
    this.#call = undefined
  }

  #take({ member, after, event }: Told): void {
    if (member !== '') this.#begin(member, after)
    const known = event === null ? undefined : toEvent(event)
    if (event !== null) this.#after = Math.max(this.#after, event.sequence)
    if (known !== undefined) this.#parts.heard(known)
  }

  #begin(member: string, after: number): void {
    if (this.#parts.isTwice(member)) {
      this.stop()
      return
    }
    if (member !== this.#member) this.#after = this.#member === undefined && !this.#parts.recent ? after : 0
    this.#member = member
  }
}

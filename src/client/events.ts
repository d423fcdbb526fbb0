import type { Cancel, Environment } from '../core/environment.ts'
import type { ClusterEvent, EventListener } from '../core/events.ts'
import { callFrom } from '../face/calls.ts'
import type { EventPort } from '../face/events.ts'
import type { CallOptions } from '../face/types.ts'
import { toEvent } from '../rpc/event-message.ts'
import type { WatchEventsResponse__Output as Told } from '../rpc/generated/mnemesh/v1/WatchEventsResponse.ts'
import { fromStatus } from '../rpc/status.ts'
import { EventCall } from './event-call.ts'
import type { Nodes } from './nodes.ts'
import type { Stubs } from './stubs.ts'

const lookEveryMs = 500
const learnMs = 5000

export interface ClientEventsParts {
  readonly nodes: Nodes
  readonly stubs: Stubs
}

/** The events of every node that a client knows. */
export class ClientEvents implements EventPort {
  readonly #env: Environment
  readonly #parts: ClientEventsParts
  readonly #follows = new Map<EventListener, Follow>()

  constructor(env: Environment, parts: ClientEventsParts) {
    this.#env = env
    this.#parts = parts
  }

  follow(listener: EventListener, options: { readonly recent: boolean }): Cancel {
    // So that it learns of the nodes that it was not given.
    const learned = this.#parts.nodes.ready({ deadline: this.#env.clock.monotonic() + learnMs })
    learned.catch(() => {})
    const follow = new Follow(this.#env, this.#parts, { ...options, heard: event => listener.heard(event) })
    this.#follows.set(listener, follow)
    return () => {
      this.#follows.delete(listener)
      follow.stop()
    }
  }

  /** Of those nodes that answer; rejects when none does. */
  async recent(options?: CallOptions): Promise<readonly ClusterEvent[]> {
    const call = callFrom(this.#env.clock, options)
    const deadline = this.#env.clock.wall() + call.deadline - this.#env.clock.monotonic()
    const { nodes, stubs } = this.#parts
    const asked = nodes.addresses().map(address => this.#remembered(stubs.of(address), deadline, call.signal))
    const answers = await Promise.allSettled(asked)
    const told = answers.flatMap(answer => (answer.status === 'fulfilled' ? [answer.value] : []))
    const [first] = answers
    if (told.length === 0 && first?.status === 'rejected') throw first.reason
    // One node under two addresses tells the same twice.
    const byMember = new Map(told.map(({ member, events }) => [member, events]))
    return [...byMember.values()].flat().sort((a, b) => a.at - b.at)
  }

  close(): void {
    for (const [listener, follow] of [...this.#follows]) {
      follow.stop()
      listener.ended()
    }
    this.#follows.clear()
  }

  async #remembered(
    { cluster }: ReturnType<Stubs['of']>,
    deadline: number,
    signal: AbortSignal | undefined,
  ): Promise<{ readonly member: string; readonly events: readonly ClusterEvent[] }> {
    const call = cluster.WatchEvents({ recentOnly: true }, { deadline })
    const cancel = () => call.cancel()
    signal?.addEventListener('abort', cancel)
    const events: ClusterEvent[] = []
    let member = ''
    try {
      for await (const told of call as AsyncIterable<Told>) {
        if (told.member !== '') member = told.member
        const event = told.event === null ? undefined : toEvent(told.event)
        if (event !== undefined) events.push(event)
      }
    } catch (error) {
      throw fromStatus(error as Parameters<typeof fromStatus>[0])
    } finally {
      signal?.removeEventListener('abort', cancel)
    }
    return { member, events }
  }
}

/** One call to each node that is known, made anew when it breaks, and for each node that is learned of. */
class Follow {
  readonly #parts: ClientEventsParts
  readonly #options: { readonly recent: boolean; readonly heard: (event: ClusterEvent) => void }
  readonly #calls = new Map<string, EventCall>()
  readonly #stopLooking: Cancel

  constructor(
    env: Environment,
    parts: ClientEventsParts,
    options: { readonly recent: boolean; readonly heard: (event: ClusterEvent) => void },
  ) {
    this.#parts = parts
    this.#options = options
    this.#stopLooking = env.timers.every(lookEveryMs, () => this.#look())
    this.#look()
  }

  stop(): void {
    this.#stopLooking()
    for (const call of this.#calls.values()) call.stop()
  }

  #look(): void {
    const { nodes, stubs } = this.#parts
    const known = nodes.addresses()
    for (const [address, call] of this.#calls) {
      if (known.includes(address) || call.isOpen) continue
      call.stop()
      this.#calls.delete(address)
    }
    for (const address of known) {
      let call = this.#calls.get(address)
      if (call === undefined) {
        call = new EventCall({ ...this.#options, isTwice: member => this.#isHeard(address, member) })
        this.#calls.set(address, call)
      }
      if (!call.isOpen) call.open(stubs.of(address).cluster)
    }
  }

  #isHeard(address: string, member: string): boolean {
    return [...this.#calls].some(([at, call]) => at !== address && call.isOpen && call.member === member)
  }
}

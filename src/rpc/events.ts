import type { ClusterEvent } from '../core/events.ts'
import { fromEvent } from './event-message.ts'
import type { ClusterServiceHandlers } from './generated/mnemesh/v1/ClusterService.ts'
import { streaming } from './handlers.ts'

/** The events of a node. */
export interface EventSource {
  /** The process, `name#incarnation`. */
  readonly member: string
  /** How many there were. */
  readonly sequence: number
  recent(): Promise<readonly ClusterEvent[]>
  /** Those remembered beyond that sequence, if one is given, and all that come. */
  watch(after: number | undefined, signal: AbortSignal): AsyncIterable<ClusterEvent>
}

/** What watches events asks of ClusterService. */
export function eventHandlers(events: () => EventSource): Pick<ClusterServiceHandlers, 'WatchEvents'> {
  return {
    WatchEvents: streaming(async function* ({ recent, recentOnly, member, after }, { signal }) {
      const source = events()
      yield { member: source.member, after: source.sequence }
      if (recentOnly) {
        for (const event of await source.recent()) yield { event: fromEvent(event) }
        return
      }
      const begun = after === undefined ? undefined : member === source.member ? after : 0
      for await (const event of source.watch(recent ? 0 : begun, signal)) yield { event: fromEvent(event) }
    }),
  }
}

import type { Environment } from '../core/environment.ts'
import { partitionCount } from '../core/partition.ts'
import type { Source } from '../storage/near-cache.ts'
import type { Invalidations, Replica, RowVersion } from './replica.ts'

const subscribeTimeoutMs = 2000

interface Subscription extends Source {
  readonly node: string
  readonly ready: Promise<void>
  isReady: boolean
  /** Tells the holder that nobody listens any more. */
  stop: () => void
}

export interface NearSourcesEvents {
  changed(key: Buffer, start: number, length: number, version: RowVersion): void
}

/**
 * The holders that serve this node's cache of one table, one for each partition: whoever served an entry tells when
 * it changes. When a source is lost, everything it served is worthless at once.
 */
export class NearSources {
  readonly #env: Environment
  readonly #table: string
  readonly #events: NearSourcesEvents
  readonly #byPartition: (Subscription | undefined)[] = new Array(partitionCount).fill(undefined)

  constructor(env: Environment, table: string, events: NearSourcesEvents) {
    this.#env = env
    this.#table = table
    this.#events = events
  }

  /** That holder, where it tells of changes already. */
  ready(partition: number, node: string): Source | undefined {
    const subscription = this.#byPartition[partition]
    return subscription?.node === node && subscription.isReady && !subscription.lost
      ? subscription
      : undefined
  }

  /** Subscribes to that holder unless that is done. Resolves once it tells of changes. */
  async of(partition: number, holder: Replica): Promise<Source> {
    let subscription = this.#byPartition[partition]
    if (subscription === undefined || subscription.lost || subscription.node !== holder.node) {
      if (subscription !== undefined) end(subscription)
      subscription = this.#subscribe(partition, holder)
    }
    await subscription.ready
    return subscription
  }

  /** The node that serves the partition now; undefined when none does. */
  nodeOf(partition: number): string | undefined {
    const subscription = this.#byPartition[partition]
    return subscription === undefined || subscription.lost ? undefined : subscription.node
  }

  /** That node does not serve any more: what it served is worthless. */
  lose(partition: number, node: string): void {
    const subscription = this.#byPartition[partition]
    if (subscription?.node !== node) return
    end(subscription)
    this.#byPartition[partition] = undefined
  }

  /** Everything that was fetched is worthless: this node holds a copy now, hashes otherwise, or stops. */
  dropAll(): void {
    for (const subscription of this.#byPartition) if (subscription !== undefined) end(subscription)
    this.#byPartition.fill(undefined)
  }

  #subscribe(partition: number, holder: Replica): Subscription {
    const lose = () => {
      subscription.lost = true
      if (this.#byPartition[partition] === subscription) this.#byPartition[partition] = undefined
    }
    const listener: Invalidations = {
      changed: (key, start, length, version) => this.#events.changed(key, start, length, version),
      lost: lose,
    }
    const call = { deadline: this.#env.clock.monotonic() + subscribeTimeoutMs }
    const ready = holder.subscribe(this.#table, partition, call, listener).then(
      stop => {
        subscription.isReady = true
        if (subscription.lost) stop()
        else subscription.stop = stop
      },
      error => {
        lose()
        throw error
      },
    )
    const subscription: Subscription = {
      ...{ node: holder.node, lost: false, isReady: false, ready, stop: () => {} },
    }
    this.#byPartition[partition] = subscription
    return subscription
  }
}

function end(subscription: Subscription): void {
  subscription.lost = true
  subscription.stop()
}

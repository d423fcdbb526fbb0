import { maxSkewMs } from '../core/entry.ts'
import type { Cancel, Environment } from '../core/environment.ts'
import { MnemeshError } from '../core/errors.ts'
import type { Events } from '../core/events.ts'

const warnMs = 250
const refuseMs = 10_000
const periodMs = 1000
/** Of several measurements of a peer the quickest says most; clocks drift by less than a ms in so long. */
const keptMs = 10_000

/** What one measurement says of another clock: it is ahead of this one by at least and at most so much. */
export interface ClockSpan {
  readonly least: number
  readonly most: number
}

interface Measurement extends ClockSpan {
  readonly at: number
}

/** The other clock said that, between two moments of this one. */
export function spanOf(theirWallMs: number, sentWallMs: number, receivedWallMs: number): ClockSpan {
  return { least: theirWallMs - receivedWallMs, most: theirWallMs - sentWallMs }
}

/** Throws ERR_CLOCK_SKEW for a clock that is certainly off by more than 10 s: nothing of its stamps may come in. */
export function checkHandshakeClock(node: string, span: ClockSpan): void {
  const offMs = Math.max(span.least, -span.most)
  if (!(offMs > refuseMs)) return
  throw new MnemeshError(
    'ERR_CLOCK_SKEW',
    `the clocks of this node and of ${node} differ by ${Math.round(offMs)} ms, more than ${refuseMs} ms; set them (NTP)`,
    { details: { offsetMs: Math.round(offMs) } },
  )
}

/**
 * How far this node's clock is off those of its peers (5.1): measured every second, as exactly as a round trip allows. A
 * clock that is more than 2 s off the median makes this node refuse to write; one that cannot be measured is believed.
 */
export class ClockGuard {
  readonly #env: Environment
  readonly #events: Events
  readonly #stop: Cancel
  readonly #byNode = new Map<string, Measurement[]>()
  #offsetMs = 0
  #isWarned = false

  constructor(env: Environment, events: Events) {
    this.#env = env
    this.#events = events
    this.#stop = env.timers.every(periodMs, () => this.#judge())
  }

  /** How far the median of the cluster's clocks is ahead of this one. */
  get offsetMs(): number {
    return this.#offsetMs
  }

  get isOff(): boolean {
    return Math.abs(this.#offsetMs) > maxSkewMs
  }

  measured(node: string, span: ClockSpan): void {
    const at = this.#env.clock.monotonic()
    const kept = this.#byNode.get(node) ?? []
    this.#byNode.set(node, [...kept.filter(before => isConsistent(before, span)), { ...span, at }])
  }

  stop(): void {
    this.#stop()
  }

  #judge(): void {
    const oldest = this.#env.clock.monotonic() - keptMs
    for (const [node, measurements] of this.#byNode) {
      const fresh = measurements.filter(({ at }) => at >= oldest)
      if (fresh.length === 0) this.#byNode.delete(node)
      else this.#byNode.set(node, fresh)
    }
    // What a slow network leaves in doubt is no fault of the clock.
    const least = median([0, ...[...this.#byNode.values()].map(list => best(list).least)])
    const most = median([0, ...[...this.#byNode.values()].map(list => best(list).most)])
    this.#offsetMs = least > 0 ? least : Math.min(most, 0)
    this.#tell(Math.abs(this.#offsetMs) > warnMs)
  }

  #tell(isOff: boolean): void {
    if (isOff === this.#isWarned) return
    this.#isWarned = isOff
    this.#events.emit(isOff ? 'clock-skew' : 'clock-agreed', { offsetMs: Math.round(this.#offsetMs) })
  }
}

// One of the two clocks was set meanwhile: what was measured before says nothing any more.
function isConsistent(a: ClockSpan, b: ClockSpan): boolean {
  return a.least <= b.most && b.least <= a.most
}

function best(list: readonly Measurement[]): Measurement {
  return list.reduce((a, b) => (b.most - b.least < a.most - a.least ? b : a))
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

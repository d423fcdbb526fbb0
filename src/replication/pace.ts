import type { Timers } from '../core/environment.ts'

/** What a node that has too much to do copies in it is a page or a few rows: some MB a second in all. */
const restMs = 50

/**
 * Called between the steps of what only keeps copies equal: a rest while this node has calls to answer that wait
 * (protocol, section C: anti-entropy and snapshots slow down first); undefined, so that nobody waits, while it keeps up.
 */
export type Pace = () => Promise<void> | undefined

export function paceBy(timers: Timers, isBusy: () => boolean): Pace {
  return () => (isBusy() ? new Promise(resolve => timers.after(restMs, resolve)) : undefined)
}

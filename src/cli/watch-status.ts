import { setTimeout as pause } from 'node:timers/promises'
import type { ClusterStatus } from '../client/index.ts'
import { Board } from './board.ts'
import { failureOf, failureText } from './failure.ts'
import type { Output } from './output.ts'
import { shapeOf, statusText } from './status-text.ts'

const periodMs = 1000

export interface WatchOptions {
  /** Ends the watching; without one it goes on until the process ends. */
  readonly signal?: AbortSignal
  /** What stands below the status when it is redrawn. */
  readonly below?: () => string
  readonly verbose?: boolean
}

type Seen = { readonly status: ClusterStatus } | { readonly failure: string }

/**
 * Looks every second. On a terminal the status is drawn over the last one; elsewhere it is written when something has
 * happened. A node that does not answer is asked again.
 */
export async function watchStatus(
  out: Output,
  look: () => Promise<ClusterStatus>,
  { signal, below, verbose }: WatchOptions = {},
): Promise<void> {
  const show = out.isTerminal ? redrawing(out, { below, verbose }) : appending(out, verbose)
  const isOver = () => signal?.aborted === true
  while (!isOver()) {
    const seen = await look().then(
      (status): Seen => ({ status }),
      (error: unknown): Seen => ({ failure: told(error, out.json) }),
    )
    if (isOver()) return
    show(seen)
    await pause(periodMs, undefined, { signal }).catch(() => {})
  }
}

function redrawing(out: Output, { below, verbose }: WatchOptions): (seen: Seen) => void {
  const board = new Board(process.stdout)
  return seen => {
    const text = 'status' in seen ? statusText(seen.status, out.paint, { bars: true, verbose }) : seen.failure
    board.draw([text, below?.() ?? ''].filter(part => part !== '').join('\n'))
  }
}

function appending(out: Output, verbose = false): (seen: Seen) => void {
  let last = ''
  return seen => {
    const now = 'status' in seen ? shapeOf(seen.status) : seen.failure
    if (now === last) return
    last = now
    if ('status' in seen) out.say(`${statusText(seen.status, undefined, { verbose })}\n`, seen.status)
    else process.stderr.write(`${seen.failure}\n`)
  }
}

function told(error: unknown, json: boolean): string {
  const failure = failureOf(error)
  return failure === undefined ? '' : failureText(failure, json)
}

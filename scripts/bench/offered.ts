import { setTimeout as sleep } from 'node:timers/promises'
import { MnemeshError } from '../../src/client/index.ts'

/** What became of calls that were made at a rate, whether or not those before them were answered. */
export interface Offered {
  readonly perSecond: number
  readonly answeredPerSecond: number
  /** Also after the last was made. */
  readonly answered: number
  readonly refused: number
  /** Of the refused, those with ERR_OVERLOADED that nothing was done for and that say when to ask again. */
  readonly asPromised: number
  readonly otherCodes: Readonly<Record<string, number>>
}

const tickMs = 5

/** Makes `perSecond` calls a second for `ms`, and waits until each has ended. */
export async function offer(call: () => Promise<unknown>, perSecond: number, ms: number): Promise<Offered> {
  const began = performance.now()
  const counts = { made: 0, answered: 0, refused: 0, asPromised: 0 }
  const otherCodes: Record<string, number> = {}
  const answered = () => void counts.answered++
  const failed = (error: unknown) => {
    const code = MnemeshError.is(error) ? error.code : String(error)
    if (code !== 'ERR_OVERLOADED') otherCodes[code] = (otherCodes[code] ?? 0) + 1
    counts.refused++
    if (isAsPromised(error)) counts.asPromised++
  }
  for (let now = began; now - began < ms; now = performance.now()) {
    const due = Math.min(((now - began) / 1000) * perSecond, counts.made + perSecond / 10)
    for (; counts.made < due; counts.made++) void call().then(answered, failed)
    await sleep(tickMs)
  }
  const seconds = (performance.now() - began) / 1000
  const answeredPerSecond = counts.answered / seconds
  while (counts.answered + counts.refused < counts.made) await sleep(tickMs)
  const { made, ...outcome } = counts
  return { perSecond: made / seconds, answeredPerSecond, ...outcome, otherCodes }
}

/** How long it takes until calls, one after the other, are answered as quickly as before: ten in a row. */
export async function untilQuick(call: () => Promise<unknown>, quickMs: number): Promise<number> {
  const began = performance.now()
  for (let row = 0; row < 10; ) {
    const at = performance.now()
    const done = await call().then(
      () => true,
      () => false,
    )
    row = done && performance.now() - at <= quickMs ? row + 1 : 0
    await sleep(tickMs)
  }
  return performance.now() - began
}

function isAsPromised(error: unknown): boolean {
  if (!MnemeshError.is(error, 'ERR_OVERLOADED')) return false
  const { retryable, maybeApplied, details } = error
  return retryable && !maybeApplied && Number(details?.retryAfterMs) > 0
}

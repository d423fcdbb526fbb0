import type { Verdict } from '../../src/cli/chaos/checkers/history.ts'
import type { ProcessMeasures } from '../../src/cli/chaos/probe.ts'
import { law } from '../../src/cli/chaos/with-cluster.ts'
import { type Trend, trendOf } from './trend.ts'

const mib = 1024 ** 2
/** Of the heap; what grows by more, beyond all doubt, grows for ever. */
const limitPerHour = mib
/** Handles, timers and files come and go by so many. */
const tolerance = 2
/** Samples that are of a process that still warms up: its code is compiled and its pools are filled. */
const warmUp = 3
const counted = ['timers', 'handles', 'files'] as const

/** What one process held over time, after each full garbage collection in silence. */
export class Holdings {
  readonly #samples: { readonly atMs: number; readonly measures: ProcessMeasures }[] = []

  add(atMs: number, measures: ProcessMeasures): void {
    this.#samples.push({ atMs, measures })
  }

  /** Whether the heap stays, and whether handles, timers and files are at the end as many as they were at first. */
  verdicts(): readonly Verdict[] {
    const warm = this.#warm
    const { perHour, uncertainty } = this.#heap
    const grows = perHour - uncertainty > limitPerHour
    const heap = grows ? [`by ${mibText(perHour)} an hour, give or take ${mibText(uncertainty)}`] : []
    const [first] = warm
    const last = warm.at(-1)
    const more = counted.flatMap(name => {
      const [before = 0, after = 0] = [first?.measures[name], last?.measures[name]]
      return after > before + tolerance ? [`${name}: ${before} at first, ${after} at the end`] : []
    })
    return [
      law('the heap does not grow', heap, Math.max(0, warm.length - 2)),
      law('handles, timers, files are given back', more, Math.max(0, warm.length - 1)),
    ]
  }

  /** For people: first, last and slope of each measure. */
  lines(): readonly string[] {
    const warm = this.#warm
    const [first] = warm
    const last = warm.at(-1)
    if (first === undefined || last === undefined) return [`too short to tell what a process keeps`]
    const { perHour, uncertainty } = this.#heap
    const row = (cells: readonly string[]) =>
      `${(cells[0] ?? '').padEnd(18)}${cells
        .slice(1)
        .map(cell => cell.padStart(12))
        .join('')}`
    const slope = Number.isFinite(uncertainty) ? `${mibText(perHour)} ± ${mibText(uncertainty)} an hour` : ''
    return [
      row(['node-1 holds', 'at first', 'at the end']),
      `${row(['heap', mibText(first.measures.heapBytes), mibText(last.measures.heapBytes)])}   ${slope}`,
      row(['resident', mibText(first.measures.residentBytes), mibText(last.measures.residentBytes)]),
      ...counted.map(name => row([name, String(first.measures[name]), String(last.measures[name])])),
    ]
  }

  get #warm() {
    return this.#samples.slice(warmUp)
  }

  get #heap(): Trend {
    return trendOf(this.#warm.map(({ atMs, measures }) => ({ atMs, value: measures.heapBytes })))
  }
}

function mibText(bytes: number): string {
  return `${(bytes / mib).toFixed(2)} MiB`
}

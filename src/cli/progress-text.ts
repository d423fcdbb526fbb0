import type { CopyStatus, LoadStatus } from '../index.ts'
import { countText, leftText, sizeText } from './format.ts'
import { type Paint, unpainted } from './output.ts'

const barWidth = 24

/** `61% (12s left)`; undefined for a copy that is not loading, or of which nothing is known yet. */
export function shareOf({ state, load }: CopyStatus): string | undefined {
  if (state !== 'loading' || load === undefined) return undefined
  if (load.share === 1) return '100% (comparing)'
  return `${percent(load)}%${load.etaMs === undefined ? '' : ` (${leftText(load.etaMs)} left)`}`
}

/** `[==============>         ]  61%  610,000 of 1,000,000 rows  61 of 100 MB  5.2 MB/s  12s left`. */
export function barOf(load: LoadStatus, paint: Paint = unpainted): string {
  const full = Math.floor(load.share * barWidth)
  const done = '='.repeat(full) + (full < barWidth ? '>' : '')
  const bar = `[${paint('green', done)}${' '.repeat(Math.max(0, barWidth - full - 1))}]`
  return [bar, `${String(percent(load)).padStart(3)}%`, ...factsOf(load)].join('  ')
}

/** `61%  610,000 of 1,000,000 rows  61 MB of 100 MB  5.2 MB/s  12s left`. */
export function progressOf(load: LoadStatus): string {
  return [`${percent(load)}%`, ...factsOf(load)].join('  ')
}

function factsOf({ rows, expectedRows, bytes, expectedBytes, bytesPerSecond, share, etaMs }: LoadStatus) {
  return [
    `${countText(rows)} of ${countText(expectedRows)} rows`,
    `${sizeText(bytes)} of ${sizeText(expectedBytes)}`,
    `${sizeText(bytesPerSecond)}/s`,
    share === 1 ? 'comparing' : etaMs === undefined ? 'nothing comes' : `${leftText(etaMs)} left`,
  ]
}

// 100 only when all is there.
function percent({ share }: LoadStatus): number {
  return Math.floor(share * 100)
}

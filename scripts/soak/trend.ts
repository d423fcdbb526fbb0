/** A value measured at some time, ms. */
export interface Sample {
  readonly atMs: number
  readonly value: number
}

/** The line through samples, for each hour. */
export interface Trend {
  readonly perHour: number
  /** What the slope may be wrong by: twice its standard error; infinite below three samples. */
  readonly uncertainty: number
}

const hourMs = 3_600_000

/** Least squares, with the standard error of the slope (Draper and Smith, "Applied Regression Analysis", 1.3). */
export function trendOf(samples: readonly Sample[]): Trend {
  const count = samples.length
  const meanAt = samples.reduce((sum, { atMs }) => sum + atMs, 0) / count
  const mean = samples.reduce((sum, { value }) => sum + value, 0) / count
  const spread = samples.reduce((sum, { atMs }) => sum + (atMs - meanAt) ** 2, 0)
  if (count < 3 || spread === 0) return { perHour: 0, uncertainty: Number.POSITIVE_INFINITY }
  const slope = samples.reduce((sum, { atMs, value }) => sum + (atMs - meanAt) * (value - mean), 0) / spread
  const error = samples.reduce(
    (sum, { atMs, value }) => sum + (value - mean - slope * (atMs - meanAt)) ** 2,
    0,
  )
  return { perHour: slope * hourMs, uncertainty: 2 * Math.sqrt(error / (count - 2) / spread) * hourMs }
}

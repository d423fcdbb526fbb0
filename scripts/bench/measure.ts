/** One line of the result. Figures are per second unless `unit` says otherwise. */
export interface Row {
  readonly what: string
  readonly unit: string
  readonly ours: number
  readonly range: readonly [number, number]
  readonly peer: number | null
  readonly peerName: string
  /** How much better ours is: for `lower` units the peer's figure over ours. */
  readonly ratio: number | null
  /** The ratio, or for rows without a peer the figure, that must be reached. */
  readonly bar: number | null
  readonly met: boolean | null
  readonly note?: string
}

export interface RowOptions {
  readonly what: string
  readonly unit?: string
  readonly ours: readonly number[]
  readonly peer?: readonly number[]
  readonly peerName?: string
  readonly bar?: number
  /** Lower figures are better: times, bytes. */
  readonly lower?: boolean
  readonly note?: string
}

/** Medians of the runs of both, and what they come to. */
export function row(options: RowOptions): Row {
  const { what, unit = '/s', ours, peer, peerName = '', bar, lower = false, note } = options
  const mine = median(ours)
  const theirs = peer === undefined || peer.length === 0 ? null : median(peer)
  const ratio = theirs === null ? null : lower ? theirs / mine : mine / theirs
  const judged = ratio ?? (peerName === '' && bar !== undefined ? (lower ? bar / mine : mine / bar) : null)
  const least = ratio === null ? 1 : (bar ?? 0)
  const met = bar === undefined || judged === null ? null : judged >= least
  const range = [Math.min(...ours), Math.max(...ours)] as const
  return {
    what,
    unit,
    ours: mine,
    range,
    peer: theirs,
    peerName,
    ratio,
    bar: bar ?? null,
    met,
    ...(note ? { note } : {}),
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/** A cheap sequence of indexes below `bound`, the same each time. */
export function indexes(bound: number, seed = 12_345): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 4_294_967_296) * bound)
  }
}

/** Calls per second of a synchronous loop of about `ms`. */
export function loop(run: (i: number) => void, ms: number): number {
  const chunk = 2000
  const began = performance.now()
  let count = 0
  let now = began
  do {
    for (let i = 0; i < chunk; i++) run(count + i)
    count += chunk
    now = performance.now()
  } while (now - began < ms)
  return (count / (now - began)) * 1000
}

/** Time of a processor that this process has taken since it began. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

export interface Concurrent {
  readonly perSecond: number
  readonly p50Us: number
  readonly p99Us: number
}

/** `inFlight` callers, each making one call after the other for `ms`. */
export async function concurrent(
  call: () => Promise<unknown>,
  inFlight: number,
  ms: number,
): Promise<Concurrent> {
  const times: number[] = []
  const began = performance.now()
  const until = began + ms
  const caller = async () => {
    for (let now = performance.now(); now < until; ) {
      await call()
      const after = performance.now()
      times.push(after - now)
      now = after
    }
  }
  await Promise.all(Array.from({ length: inFlight }, caller))
  const seconds = (performance.now() - began) / 1000
  const sorted = Float64Array.from(times).sort()
  const at = (quantile: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * quantile))] * 1000
  return { perSecond: times.length / seconds, p50Us: at(0.5), p99Us: at(0.99) }
}

/** How thorough a run is. */
export interface Scale {
  readonly runs: number
  readonly ms: number
  readonly writes: number
  readonly copied: number
  readonly entries: number
  readonly failovers: number
}

export const full: Scale = {
  runs: 5,
  ms: 2000,
  writes: 200_000,
  copied: 1_000_000,
  entries: 1_000_000,
  failovers: 15,
}
export const short: Scale = {
  runs: 3,
  ms: 700,
  writes: 100_000,
  copied: 100_000,
  entries: 300_000,
  failovers: 3,
}

/** What to say beside a rate: the median run's latencies. */
export function latency(runs: readonly Concurrent[]): string {
  const best = [...runs].sort((a, b) => a.p50Us - b.p50Us)[runs.length >> 1]
  return `p50 ${time(best.p50Us)}, p99 ${time(best.p99Us)}`
}

function time(us: number): string {
  return us < 1000 ? `${us.toFixed(us < 10 ? 1 : 0)} us` : `${(us / 1000).toFixed(1)} ms`
}

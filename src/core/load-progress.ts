/** How far a copy is that is being loaded. */
export interface LoadStatus {
  /** Rows that came, and how many the source has, about: it goes on being written. */
  readonly rows: number
  readonly expectedRows: number
  /** Bytes of live rows, as `maxBytes` counts them. */
  readonly bytes: number
  readonly expectedBytes: number
  /** Share of the key space that has come, 0 to 1; never falls. At 1 the copy is compared with the others. */
  readonly share: number
  /** Over the last seconds. */
  readonly rowsPerSecond: number
  readonly bytesPerSecond: number
  readonly elapsedMs: number
  /** What is left at this rate; undefined while nothing comes. */
  readonly etaMs?: number
}

/** One part of the key space, and how much of it has come. */
export interface LoadLane {
  readonly from: number
  readonly end: number
  readonly cursor: number
}

/** What one answer of a source brought. */
export interface LoadedPage {
  /** Where the next one begins. */
  readonly next: number
  readonly rows: number
  readonly bytes: number
  /** What the source has in all. */
  readonly totalRows: number
  readonly totalBytes: number
}

interface Sample {
  readonly at: number
  readonly rows: number
  readonly bytes: number
  readonly share: number
}

const windowMs = 2000

/** How far one copy is with its rows: kept while sources change, so that no row is asked for twice. Times are monotonic ms. */
export class LoadProgress {
  readonly #startedAt: number
  readonly #end: number
  readonly #lanes: { readonly from: number; readonly end: number; cursor: number }[]
  #rows = 0
  #bytes = 0
  #expectedRows = 0
  #expectedBytes = 0
  #tookAt: number
  #earlier: Sample
  #later: Sample

  constructor(lanes: number, end: number, nowMs: number) {
    this.#startedAt = nowMs
    this.#tookAt = nowMs
    this.#end = end
    const step = end / lanes
    this.#lanes = Array.from({ length: lanes }, (_, i) => ({
      ...{ from: i * step, end: (i + 1) * step, cursor: i * step },
    }))
    this.#later = this.#sample(nowMs)
    this.#earlier = this.#later
  }

  get lanes(): readonly LoadLane[] {
    return this.#lanes
  }

  get rows(): number {
    return this.#rows
  }

  elapsedMs(nowMs: number): number {
    return nowMs - this.#startedAt
  }

  /** A page came for that lane. */
  took(lane: number, page: LoadedPage, nowMs: number): void {
    const part = this.#lanes[lane]
    part.cursor = Math.min(part.end, Math.max(part.cursor, page.next))
    this.#rows += page.rows
    this.#bytes += page.bytes
    this.#expectedRows = Math.max(this.#expectedRows, page.totalRows)
    this.#expectedBytes = Math.max(this.#expectedBytes, page.totalBytes)
    this.#tookAt = nowMs
    if (nowMs - this.#later.at < windowMs) return
    this.#earlier = this.#later
    this.#later = this.#sample(nowMs)
  }

  status(nowMs: number): LoadStatus {
    const now = this.#sample(nowMs)
    // The later sample is worth more, once it is old enough.
    const last = nowMs - this.#later.at >= windowMs ? this.#later : this.#earlier
    const since = nowMs - this.#tookAt >= windowMs ? { ...now, at: last.at } : last
    const perMs = 1 / Math.max(1, nowMs - since.at)
    const left = (1 - now.share) / ((now.share - since.share) * perMs)
    return {
      rows: now.rows,
      expectedRows: Math.max(now.rows, this.#expectedRows),
      bytes: now.bytes,
      expectedBytes: Math.max(now.bytes, this.#expectedBytes),
      share: now.share,
      rowsPerSecond: (now.rows - since.rows) * perMs * 1000,
      bytesPerSecond: (now.bytes - since.bytes) * perMs * 1000,
      elapsedMs: this.elapsedMs(nowMs),
      ...(now.share === 1 ? { etaMs: 0 } : Number.isFinite(left) ? { etaMs: left } : {}),
    }
  }

  #sample(at: number): Sample {
    const came = this.#lanes.reduce((sum, { from, cursor }) => sum + cursor - from, 0)
    return { at, rows: this.#rows, bytes: this.#bytes, share: came / this.#end }
  }
}

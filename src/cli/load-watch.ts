import { setTimeout as pause } from 'node:timers/promises'
import { type MeshClient, MnemeshError } from '../client/index.ts'
import type { LoadStatus } from '../index.ts'
import { Board } from './board.ts'
import { countText, leftText } from './format.ts'
import type { Output } from './output.ts'
import { barOf, progressOf } from './progress-text.ts'

const lookEveryMs = 200
const plainEveryMs = 5000
const noProgressMs = 60_000

export interface LoadWatched {
  readonly table: string
  readonly node: string
  /** Nobody looks any more: rejects. */
  readonly signal?: AbortSignal
}

/** A copy that is complete. */
export interface Loaded {
  readonly rows: number
  readonly ms: number
}

/**
 * Shows how far a copy is until it is complete: a bar on a terminal, else a line every few seconds on stderr. Throws
 * ERR_TABLE_UNKNOWN when the table is dropped, ERR_ABORTED when the copy is taken away, and ERR_TIMEOUT after a minute
 * without progress.
 */
export async function watchLoad(
  out: Output,
  client: MeshClient,
  { table, node, signal }: LoadWatched,
): Promise<Loaded> {
  const show = shower(out)
  const began = performance.now()
  let best = -1
  let progressedAt = began
  for (let seen = false; ; ) {
    const { copies } = await client.admin.tableInfo(table)
    const copy = copies.find(one => one.node === node)
    const now = performance.now()
    if (copy?.state === 'active') return { rows: copy.entries, ms: Math.round(now - began) }
    if (copy === undefined && seen)
      throw new MnemeshError('ERR_ABORTED', `the copy of table ${table} on ${node} was taken away`)
    seen ||= copy !== undefined
    const share = copy?.load?.share ?? 0
    if (share > best) progressedAt = now
    best = Math.max(best, share)
    if (now - progressedAt > noProgressMs)
      throw new MnemeshError(
        'ERR_TIMEOUT',
        `loading table ${table} on ${node} (${copy?.state ?? 'not begun'}) made no progress for 60 s; it goes on: see 'mnemesh status'`,
      )
    if (copy?.load !== undefined) show(copy.load)
    await pause(lookEveryMs, undefined, { signal })
  }
}

/** `1,000,000 rows in 12s`. */
export function loadedText({ rows, ms }: Loaded): string {
  return `${countText(rows)} rows in ${ms < 1000 ? `${ms}ms` : leftText(ms)}`
}

function shower(out: Output): (load: LoadStatus) => void {
  if (out.isTerminal) {
    const board = new Board(process.stdout)
    return load => board.draw(barOf(load, out.paint))
  }
  let shownAt = performance.now()
  return load => {
    const now = performance.now()
    if (out.json || now - shownAt < plainEveryMs) return
    shownAt = now
    process.stderr.write(`${progressOf(load)}\n`)
  }
}

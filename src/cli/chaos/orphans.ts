import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { HarmedNode } from './harmed.ts'

/** By table: how many rows nodes reported that they would not bring back after they had been away for too long. */
export type Orphans = ReadonlyMap<string, number>

/** Reads what nodes log about rows that they had set aside. */
export class OrphanReports {
  readonly #files: readonly string[]
  readonly #read = new Map<string, number>()

  /** The folder is the one that nodes log to. */
  constructor(nodes: readonly HarmedNode[], folder: string) {
    this.#files = nodes.map(({ name }) => join(folder, `${name}.log`))
  }

  /** What was reported since this was asked last. */
  take(): Orphans {
    const orphans = new Map<string, number>()
    for (const file of this.#files) {
      const lines = readFileSync(file, 'utf8').split('\n')
      const from = this.#read.get(file) ?? 0
      this.#read.set(file, lines.length - 1)
      for (const line of lines.slice(from)) {
        if (!line.includes('"orphans":')) continue
        const told: { readonly table: string; readonly orphans: number } = JSON.parse(line)
        orphans.set(told.table, (orphans.get(told.table) ?? 0) + told.orphans)
      }
    }
    return orphans
  }
}

/** Nodes that were out of reach for longer than deletes are remembered, and what they reported when they came back. */
export interface Absence {
  readonly away: ReadonlySet<string>
  readonly orphans: Orphans
}

/**
 * Says whether a row may be gone that was written through that node: it was away for too long, and has reported at least
 * so many. Each row that is excused counts.
 */
export function excuses({ away, orphans }: Absence): (table: string, node: string) => boolean {
  const left = new Map(orphans)
  return (table, node) => {
    const count = left.get(table) ?? 0
    if (!away.has(node) || count === 0) return false
    left.set(table, count - 1)
    return true
  }
}

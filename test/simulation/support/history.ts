import { counterKeyLength } from '../../../src/core/counter.ts'
import { isNewer, type Ranked, type Row, rowFlags, touchOf } from '../../../src/core/entry.ts'
import { memberId } from '../../../src/membership/view.ts'
import type { HeldCopy } from '../../../src/storage/copies.ts'
import type { TableCopy } from '../../../src/storage/table.ts'
import type { SimNode } from './sim-cluster.ts'

/** The hash of a row with that key. */
export function hashOfRow(copy: TableCopy, key: Buffer): number {
  return copy.hashOf(key, 0, copy.isCounter ? counterKeyLength(key, 0, key.length) : key.length)
}

/** One version of one key, as the copies that applied it had it. */
export interface Applied {
  readonly key: string
  readonly keyBytes: Buffer
  readonly h: number
  /** When it was issued. */
  readonly stamp: number
  readonly origin: string
  /** Who issued it: of a touch or a kill not who wrote the entry. */
  readonly issuer: string
  /** When it was touched; 0 for a write. */
  readonly touch: number
  /** That version was evicted. */
  readonly kill: boolean
  readonly dead: boolean
  readonly expiresAt: number
  readonly value: string
  /** The copy that it was written to. */
  readonly by: object
  /** Copies that applied it; a copy dies with its process or when it is given up. */
  readonly seen: Set<object>
}

/** Everything that any copy ever applied: what the laws are judged by. */
export class History {
  // table id -> key -> version -> what was applied
  readonly #tables = new Map<string, Map<string, Map<string, Applied>>>()
  readonly #clears = new Map<string, { h: number; origin: string; seen: Set<object> }[]>()
  readonly values = new Set<string>()

  /** Records what happens to every copy of the node from now on. */
  observe(node: SimNode): void {
    const { copies } = node.engine
    const add = copies.add.bind(copies)
    copies.add = (copy: TableCopy, generation: number, active: boolean): HeldCopy => {
      copy.listen({
        applied: row => this.#applied(node, copy, row),
        expired: () => {},
        cleared: () => this.#cleared(node, copy),
        gone: () => {},
      })
      return add(copy, generation, active)
    }
  }

  /** The version that must stand under each key, given the copies that live on; undefined where none may. */
  winners(table: string, living: ReadonlySet<object>, wallMs: number): Map<string, Applied> {
    const clear = this.#highestClear(table, living)
    const out = new Map<string, Applied>()
    for (const [key, versions] of this.#tables.get(table) ?? []) {
      let best: Applied | undefined
      for (const applied of versions.values()) {
        if (best !== undefined && !follows(applied, best)) continue
        if (isSeen(applied.seen, living)) best = applied
      }
      if (best === undefined || best.dead || (best.expiresAt !== 0 && best.expiresAt <= wallMs)) continue
      if (clear !== undefined && !follows(best, clear)) continue
      out.set(key, best)
    }
    return out
  }

  /**
   * Of each key the newest version that one of these copies applied and of which `counts` is true: who has that one, or
   * something newer, lacks none that is older.
   */
  newest(
    table: string,
    living: ReadonlySet<object>,
    counts: (applied: Applied) => boolean,
  ): Map<string, Applied> {
    const out = new Map<string, Applied>()
    for (const [key, versions] of this.#tables.get(table) ?? []) {
      let best: Applied | undefined
      for (const applied of versions.values()) {
        if (best !== undefined && !follows(applied, best)) continue
        if (counts(applied) && isSeen(applied.seen, living)) best = applied
      }
      if (best !== undefined) out.set(key, best)
    }
    return out
  }

  /** A key of which something was deleted that is no version that was written: an eviction kills exactly one. */
  killedAtLarge(table: string): string | undefined {
    for (const [key, versions] of this.#tables.get(table) ?? [])
      for (const { dead, kill, h, origin } of versions.values())
        if (dead && !(kill && versions.has(`${h}@${origin}`))) return key
    return undefined
  }

  /** The version under the key that carries the value. */
  find(table: string, key: string, value: string): Applied | undefined {
    for (const applied of this.#tables.get(table)?.get(key)?.values() ?? [])
      if (applied.value === value) return applied
    return undefined
  }

  #applied(node: SimNode, copy: TableCopy, row: Row): void {
    const key = row.keyBytes.toString('hex', row.keyStart, row.keyStart + row.keyLength)
    const value = row.valueBytes.toString('hex', row.valueStart, row.valueStart + row.valueLength)
    const origin = node.engine.origins.nameOf(row.origin)
    const touch = touchOf(row)
    // Two owners may evict one version, the second after the first had to begin anew.
    const kill = (row.flags & rowFlags.kill) !== 0
    const version = `${row.h}@${origin}${kill ? `!${row.stamp}` : ''}${touch === 0 ? '' : `+${touch}/${row.expiresAt}`}`
    const keys = this.#tables.get(copy.id) ?? new Map<string, Map<string, Applied>>()
    this.#tables.set(copy.id, keys)
    const versions = keys.get(key) ?? new Map<string, Applied>()
    keys.set(key, versions)
    const known = versions.get(version)
    if (known !== undefined) {
      // An expired row may come with its value or, from a copy that has freed it, without.
      const whole = !row.isDead && (row.flags & rowFlags.stripped) === 0
      if (whole && known.value !== '' && known.value !== value)
        throw new Error(`version ${version} of ${key} has two values`)
      known.seen.add(copy)
      return
    }
    this.values.add(value)
    const { h, stamp, isDead: dead, expiresAt } = row
    const keyBytes = Buffer.from(key, 'hex')
    // Nobody has it before the node that issues it.
    const issuer = touch === 0 && !kill ? origin : nameOf(node)
    versions.set(version, {
      ...{ key, keyBytes, h, stamp, origin, issuer, touch, kill, dead, expiresAt, value },
      ...{ by: copy, seen: new Set([copy]) },
    })
  }

  #cleared(node: SimNode, copy: TableCopy): void {
    const { h, origin } = copy.clearVersion
    const name = node.engine.origins.nameOf(origin)
    const list = this.#clears.get(copy.id) ?? []
    this.#clears.set(copy.id, list)
    const known = list.find(clear => clear.h === h && clear.origin === name)
    if (known === undefined) list.push({ h, origin: name, seen: new Set([copy]) })
    else known.seen.add(copy)
  }

  #highestClear(table: string, living: ReadonlySet<object>) {
    let best: { h: number; origin: string } | undefined
    for (const clear of this.#clears.get(table) ?? []) {
      if (!isSeen(clear.seen, living)) continue
      if (best === undefined || follows(clear, best)) best = clear
    }
    return best
  }
}

function isSeen(seen: ReadonlySet<object>, living: ReadonlySet<object>): boolean {
  for (const copy of seen) if (living.has(copy)) return true
  return false
}

type Rank = Pick<Applied, 'h' | 'origin'> & Partial<Pick<Applied, 'touch' | 'expiresAt' | 'kill'>>

function follows(a: Rank, b: Rank): boolean {
  if (a.h !== b.h) return a.h > b.h
  if (a.origin !== b.origin) return a.origin > b.origin
  if (a.kill !== b.kill) return a.kill === true
  const [{ touch = 0, expiresAt = 0 }, { touch: other = 0, expiresAt: end = 0 }] = [a, b]
  return touch === other ? expiresAt > end : touch > other
}

/** What decides between it and others, for the process. */
export function rankOf({ engine }: SimNode, { h, origin, stamp, expiresAt, touch, kill }: Applied): Ranked {
  const flags = (touch === 0 ? 0 : rowFlags.touched) | (kill ? rowFlags.kill : 0)
  return { h, origin: engine.origins.indexOf(origin), flags, stamp, expiresAt }
}

/** True when the copy has that version of the key, or something that replaced it. */
export function covers(node: SimNode, copy: TableCopy, applied: Applied, row: Row): boolean {
  const { origins } = node.engine
  const version = rankOf(node, applied)
  if (!isNewer(origins, version, copy.clearVersion)) return true
  const key = applied.keyBytes
  return copy.read(hashOfRow(copy, key), key, 0, key.length, row) && !isNewer(origins, version, row)
}

export function nameOf(node: SimNode): string {
  return memberId(node.member)
}

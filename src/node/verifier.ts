import { differing } from '../core/digest.ts'
import type { Environment } from '../core/environment.ts'
import type { CopyAnswer, KeyDifference, TableVerification } from '../core/inspection.ts'
import { unknownTable } from '../replication/local-replica.ts'
import type { Replica, RowVersion } from '../replication/replica.ts'
import type { Call } from '../wire/caller.ts'
import type { Engine } from './engine.ts'
import { rowFacts } from './inspector.ts'
import { type Compared, differenceOf, type Found } from './key-difference.ts'

/** A node that is slow must not keep the answers of all others waiting. */
const answerTimeoutMs = 1000
const bucketsPerStep = 16
/** What is on its way arrives in this time: only what still differs then is a difference. */
const settleMs = 250

/** One active copy under comparison. */
interface Copy extends Compared {
  readonly replica: Replica
}

/** A hash under which copies differed, and what each of them had. */
interface Suspect {
  readonly hash: number
  readonly seen: ReadonlyMap<string, string>
}

/** Compares all active copies of a table, from digests down to rows, and changes none of them. */
export class Verifier {
  readonly #env: Environment
  readonly #engine: Engine

  constructor(env: Environment, engine: Engine) {
    this.#env = env
    this.#engine = engine
  }

  /** Lists at most `limit` differences. Throws ERR_TABLE_UNKNOWN, and what a copy fails with in the middle of it. */
  async verify(name: string, limit: number, call: Call): Promise<TableVerification> {
    const table = this.#engine.catalog.get(name)
    if (table === undefined) throw unknownTable(name)
    const names = [...table.copies].filter(([, { state }]) => state !== 'removed').map(([node]) => node)
    const asked = await Promise.all(names.sort().map(node => this.#ask(node, table.id, call)))
    const copies = asked.flatMap(({ copy }) => copy ?? [])
    const nodes = asked.map(({ node, state, rows }) => ({ node, state, rows }))
    const suspects = await this.#suspects(table.id, copies, limit, call)
    const differences = suspects.length === 0 ? [] : await this.#look(copies, suspects, call)
    const complete = suspects.length <= limit
    return {
      table: name,
      equal: differences.length === 0 && complete && nodes.every(({ state }) => state === 'compared'),
      nodes,
      differences: differences.slice(0, limit),
      complete: complete && differences.length <= limit,
    }
  }

  async #ask(node: string, table: string, call: Call) {
    const deadline = Math.min(call.deadline, this.#env.clock.monotonic() + answerTimeoutMs)
    const replica = this.#engine.replicas(node)
    try {
      const answer = await replica.inspect({ ask: 'copy', table }, { deadline, signal: call.signal })
      const { copy: state, life, rows, floor, clear } = answer as unknown as CopyAnswer
      if (state !== 'active') return { node, state: state === 'loading' ? state : ('none' as const), rows }
      return { node, state: 'compared' as const, rows, copy: { node, replica, table, life, floor, clear } }
    } catch {
      return { node, state: 'unreachable' as const, rows: 0 }
    }
  }

  // Some more than are wanted: part of them is on its way.
  async #suspects(table: string, copies: readonly Copy[], limit: number, call: Call): Promise<Suspect[]> {
    const found: Suspect[] = []
    if (copies.length < 2) return found
    const all = <T>(ask: (replica: Replica) => Promise<T>) =>
      Promise.all(copies.map(({ replica }) => ask(replica)))
    const groups = differingAnywhere(await all(replica => replica.groups(table, call)))
    for (const group of groups) {
      const words = await all(replica => replica.buckets(table, group, call))
      const buckets = differingAnywhere(words).map(bucket => group * 64 + bucket)
      for (let i = 0; i < buckets.length; i += bucketsPerStep) {
        if (found.length > 4 * limit) return found
        found.push(...(await this.#compare(copies, buckets.slice(i, i + bucketsPerStep), call)))
      }
    }
    if (found.length === 0) return found
    await new Promise<void>(resolve => this.#env.timers.after(settleMs, resolve))
    return this.#stillThere(copies, found, call)
  }

  async #compare(copies: readonly Copy[], buckets: readonly number[], call: Call): Promise<Suspect[]> {
    const lists = await Promise.all(copies.map(copy => copy.replica.versions(copy, buckets, call)))
    const seen = new Map<number, Map<string, string>>()
    copies.forEach(({ node }, i) => {
      for (const version of lists[i] ?? []) {
        const nodes = seen.get(version.hash) ?? new Map<string, string>()
        // Two keys may share a hash.
        nodes.set(node, [nodes.get(node), this.#text(version)].filter(Boolean).sort().join())
        seen.set(version.hash, nodes)
      }
    })
    const isEqual = (nodes: ReadonlyMap<string, string>) =>
      new Set(copies.map(({ node }) => nodes.get(node))).size === 1
    return [...seen].filter(([, nodes]) => !isEqual(nodes)).map(([hash, nodes]) => ({ hash, seen: nodes }))
  }

  // A copy that has moved on since, and was the one behind, was only waiting for what was on its way.
  async #stillThere(copies: readonly Copy[], suspects: readonly Suspect[], call: Call): Promise<Suspect[]> {
    const buckets = [...new Set(suspects.map(({ hash }) => hash >>> 20))]
    const now = new Map<number, Suspect>()
    for (let i = 0; i < buckets.length; i += bucketsPerStep)
      for (const suspect of await this.#compare(copies, buckets.slice(i, i + bucketsPerStep), call))
        now.set(suspect.hash, suspect)
    return suspects.flatMap(({ hash, seen }) => {
      const later = now.get(hash)
      const isStuck =
        later !== undefined && copies.some(({ node }) => later.seen.get(node) === seen.get(node))
      return isStuck ? [later] : []
    })
  }

  async #look(copies: readonly Copy[], suspects: readonly Suspect[], call: Call): Promise<KeyDifference[]> {
    const byKey = new Map<string, Found>()
    const wallMs = this.#env.clock.wall()
    const { origins } = this.#engine
    for (const copy of copies) {
      let wanted = suspects.filter(({ seen }) => seen.has(copy.node)).map(({ hash }) => hash)
      while (wanted.length > 0) {
        const { rows } = await copy.replica.rows(copy, wanted, call)
        const came = new Set<number>()
        rows.each(row => {
          came.add(row.hash)
          const key = row.keyBytes.subarray(row.keyStart, row.keyStart + row.keyLength)
          const text = key.toString('hex')
          const found = byKey.get(text) ?? { key: Buffer.from(key), rows: new Map() }
          found.rows.set(copy.node, rowFacts(row, origins, wallMs))
          byKey.set(text, found)
        })
        if (came.size === 0) break
        wanted = wanted.filter(hash => !came.has(hash))
      }
    }
    return [...byKey.values()].flatMap(found => differenceOf(found, copies) ?? [])
  }

  #text({ h, origin, flags }: RowVersion): string {
    return `${h}@${this.#engine.origins.nameOf(origin)}/${flags}`
  }
}

function differingAnywhere(words: readonly Uint32Array[]): number[] {
  const [first, ...others] = words
  if (first === undefined) return []
  const out = new Set(others.flatMap(other => differing(first, other)))
  return [...out].sort((a, b) => a - b)
}

import type { Environment } from '../core/environment.ts'
import { hashBytes } from '../core/hash.ts'
import {
  isLaterRow,
  type KeyExplanation,
  type KeyOnNode,
  type NodeReceipts,
  type RowFacts,
} from '../core/inspection.ts'
import { encodeKey, type Key } from '../core/key.ts'
import { partitionOf } from '../core/partition.ts'
import type { Membership } from '../membership/membership.ts'
import { nodeOf } from '../membership/view.ts'
import { unknownTable } from '../replication/local-replica.ts'
import type { Call } from '../wire/caller.ts'
import type { Engine } from './engine.ts'
import { Verifier } from './verifier.ts'

/** A node that is slow must not keep the answers of all others waiting. */
const answerTimeoutMs = 1000
const noCounts = { pushed: 0, pulled: 0, overwrittenHere: 0, overwrittenThere: 0, orphans: 0, discarded: 0 }

/** Asks every node what it has under a key, and says why the value is what it is. */
export class Explainer {
  /** Compares whole tables. */
  readonly verifier: Verifier
  readonly #env: Environment
  readonly #engine: Engine
  readonly #membership: Membership

  constructor(env: Environment, parts: { readonly engine: Engine; readonly membership: Membership }) {
    this.#env = env
    this.#engine = parts.engine
    this.verifier = new Verifier(env, parts.engine)
    this.#membership = parts.membership
  }

  /** Throws ERR_TABLE_UNKNOWN. */
  async explain(name: string, key: Key, call: Call): Promise<KeyExplanation> {
    const { catalog, holders, standing } = this.#engine
    const table = catalog.get(name)
    if (table === undefined) throw unknownTable(name)
    const bytes = encodeKey(key)
    const partition = partitionOf(hashBytes(standing.seed, bytes, 0, bytes.length))
    // Holders that are gone, too: what they had is what may be missing.
    const recorded = [...table.copies].filter(([, { state }]) => state !== 'removed').map(([node]) => node)
    const names = new Set([...this.#membership.view.members.map(member => member.name), ...recorded])
    const nodes = await Promise.all([...names].sort().map(node => this.#ask(node, table.id, bytes, call)))
    const active = nodes.filter(({ copy }) => copy === 'active')
    const agrees = new Set(active.map(({ row }) => row?.version ?? '')).size <= 1
    return {
      ...{ table: name, key, partition, agrees, nodes },
      owner: holders.owner(table.id, partition),
      order: holders.order(table.id, partition),
      why: why(nodes, active, agrees),
    }
  }

  /** What each member remembers of heals. */
  async receipts(limit: number, call: Call): Promise<readonly NodeReceipts[]> {
    const names = this.#membership.view.members.map(({ name }) => name)
    const deadline = Math.min(call.deadline, this.#env.clock.monotonic() + answerTimeoutMs)
    const ask = async (node: string): Promise<NodeReceipts> => {
      try {
        const replica = this.#engine.replicas(node)
        const answer = await replica.inspect({ ask: 'receipts', limit }, { deadline, signal: call.signal })
        return { ...(answer as unknown as NodeReceipts), state: 'answered' }
      } catch {
        return { node, state: 'unreachable', counts: noCounts, receipts: [] }
      }
    }
    return Promise.all(names.map(ask))
  }

  async #ask(node: string, table: string, key: Buffer, call: Call): Promise<KeyOnNode> {
    const deadline = Math.min(call.deadline, this.#env.clock.monotonic() + answerTimeoutMs)
    try {
      const replica = this.#engine.replicas(node)
      const answer = await replica.inspect({ ask: 'key', table, key }, { deadline, signal: call.signal })
      return { ...(answer as unknown as KeyOnNode), node }
    } catch {
      return { node, copy: 'unreachable', l1: 'empty', floor: 0, clearedAt: 0 }
    }
  }
}

function why(nodes: readonly KeyOnNode[], active: readonly KeyOnNode[], agrees: boolean): string {
  const silent = nodes.filter(({ copy }) => copy === 'unreachable').map(({ node }) => node)
  const unheard = silent.length === 0 ? '' : `; not heard: ${silent.join(', ')}`
  if (active.length === 0) return `no active copy answered${unheard}`
  const newest = newestOf(active)
  if (agrees) return (newest === undefined ? absence(active) : presence(newest)) + unheard
  const behind = active.filter(({ row }) => row?.version !== newest?.version).map(({ node }) => node)
  const what = newest === undefined ? '' : `; ${presence(newest)}`
  return `the copies differ: ${behind.join(', ')} not with the newest, ${newest?.version}${what}${unheard}`
}

/** The version that stands after all others. */
function newestOf(active: readonly KeyOnNode[]): RowFacts | undefined {
  let newest: RowFacts | undefined
  for (const { row } of active)
    if (row !== undefined && (newest === undefined || isLaterRow(row, newest))) newest = row
  return newest
}

function presence({ state, writer, writtenAt, ttlMs }: RowFacts): string {
  const at = new Date(writtenAt).toISOString()
  const by = writer === '' ? 'the group' : nodeOf(writer)
  if (state === 'deleted') return `deleted by ${by} at ${at}, and remembered until every copy has it`
  if (state === 'evicted') return `evicted by ${by}: the version of ${at} was pushed out by newer entries`
  if (state === 'expired') return `expired: ${by} wrote it at ${at} with an end that has passed`
  const end = ttlMs === undefined ? '' : `, ${Math.ceil(ttlMs / 1000)} s to live`
  return `the last write is that of ${by} at ${at}${end}`
}

function absence(active: readonly KeyOnNode[]): string {
  const cleared = Math.max(...active.map(({ clearedAt }) => clearedAt))
  const floor = Math.min(...active.map(({ floor }) => floor))
  const since =
    cleared === 0 ? '' : `; the table was cleared of all written up to ${new Date(cleared).toISOString()}`
  const until =
    floor === 0
      ? ''
      : `; deletes up to ${new Date(floor).toISOString()} are forgotten, as every copy had them`
  return `no copy has anything under the key: never written, or deleted and forgotten${since}${until}`
}

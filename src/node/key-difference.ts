import {
  type CopyAnswer,
  type HealRule,
  isLaterRow,
  type KeyDifference,
  type RowFacts,
} from '../core/inspection.ts'
import { decodeKey } from '../core/key.ts'

/** One active copy of a table, as it answered. */
export interface Compared extends Pick<CopyAnswer, 'life' | 'floor' | 'clear'> {
  readonly node: string
  readonly table: string
}

/** A key, encoded, and what each node has under it. */
export interface Found {
  readonly key: Buffer
  readonly rows: Map<string, RowFacts>
}

/** In what the copies differ under the key, and what repair makes of it; undefined where they do not. */
export function differenceOf({ key, rows }: Found, copies: readonly Compared[]): KeyDifference | undefined {
  const nodes = copies.map(({ node }) => ({ node, row: rows.get(node) }))
  if (new Set(nodes.map(({ row }) => row?.version)).size === 1) return undefined
  const newest = [...rows.values()].reduce((a, b) => (isLaterRow(b, a) ? b : a))
  const lacking = copies.filter(({ node }) => !rows.has(node))
  const refused = lacking.filter(({ floor }) => newest.stamp <= floor)
  // What is gone anyway, one copy has forgotten earlier than the other.
  const rest = nodes.filter(({ node }) => !refused.some(copy => copy.node === node))
  const isSame = rest.every(({ row }) => row?.version === newest.version)
  if (newest.state !== 'live' && isSame) return undefined
  const isCommon = copies.some(({ node, floor }) => rows.has(node) && newest.stamp <= floor)
  const below = refused.length === 0 ? undefined : isCommon ? 'reissue' : 'floor'
  const rule = ruleOf(newest, copies, below)
  const listed = nodes.map(({ node, row }) => (row === undefined ? { node } : { node, row }))
  const difference = { key: decodeKey(key, 0, key.length), rule, nodes: listed }
  return rule === 'clear' || rule === 'floor' ? difference : { ...difference, wins: newest }
}

function ruleOf(
  newest: RowFacts,
  copies: readonly Compared[],
  below: 'reissue' | 'floor' | undefined,
): HealRule {
  const isCleared = copies.some(({ clear }) =>
    newest.stamp === clear.stamp ? newest.writer <= clear.writer : newest.stamp < clear.stamp,
  )
  if (isCleared) return 'clear'
  if (below !== undefined) return below
  return newest.state === 'evicted' ? 'kill' : 'newest'
}

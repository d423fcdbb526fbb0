import type {
  HealRule,
  KeyDifference,
  KeyExplanation,
  KeyOnNode,
  NodeReceipts,
  Receipt,
  RowFacts,
  TableVerification,
  VersionFacts,
} from '../core/inspection.ts'
import { fromKey, toKey } from './convert.ts'
import type { ExplainResponse, ExplainResponse__Output } from './generated/mnemesh/v1/ExplainResponse.ts'
import type {
  NodeReceipts__Output,
  NodeReceipts as ReceiptsMessage,
} from './generated/mnemesh/v1/NodeReceipts.ts'
import type { RowFacts__Output, RowFacts as RowMessage } from './generated/mnemesh/v1/RowFacts.ts'
import type { VerifyResponse, VerifyResponse__Output } from './generated/mnemesh/v1/VerifyResponse.ts'
import type {
  VersionFacts__Output,
  VersionFacts as VersionMessage,
} from './generated/mnemesh/v1/VersionFacts.ts'

export function fromExplanation(explanation: KeyExplanation): ExplainResponse {
  const { owner, key, nodes, order, ...rest } = explanation
  return {
    ...rest,
    ...(owner === undefined ? {} : { owner }),
    key: fromKey(key),
    order: [...order],
    nodes: nodes.map(({ row, floor, clearedAt, ...node }) => ({
      ...{ ...node, floorMs: floor, clearedAtMs: clearedAt },
      ...rowIn(row),
    })),
  }
}

export function toExplanation(message: ExplainResponse__Output): KeyExplanation {
  const { table, partition, owner, order, agrees, why, nodes } = message
  return {
    ...{ table, partition, owner, order, agrees, why, key: toKey(message.key) },
    nodes: nodes.map(({ node, copy, row, l1, floorMs, clearedAtMs }) => ({
      ...{ node, copy: copy as KeyOnNode['copy'], l1: l1 as KeyOnNode['l1'] },
      ...{ floor: floorMs, clearedAt: clearedAtMs },
      ...rowOut(row),
    })),
  }
}

export function fromVerification(verification: TableVerification): VerifyResponse {
  const { table, equal, complete, nodes, differences } = verification
  return {
    ...{ table, equal, complete, nodes: [...nodes] },
    differences: differences.map(({ key, rule, wins, nodes: rows }) => ({
      ...{ key: fromKey(key), rule },
      ...(wins === undefined ? {} : { wins: fromRow(wins) }),
      nodes: rows.map(({ node, row }) => ({ node, ...rowIn(row) })),
    })),
  }
}

export function toVerification(message: VerifyResponse__Output): TableVerification {
  const { table, equal, complete, nodes, differences } = message
  return {
    ...{ table, equal, complete },
    nodes: nodes.map(({ node, state, rows }) => ({
      ...{ node, rows, state: state as TableVerification['nodes'][number]['state'] },
    })),
    differences: differences.map(({ key, rule, wins, nodes: rows }): KeyDifference => {
      const difference = {
        ...{ key: toKey(key), rule: rule as HealRule },
        nodes: rows.map(({ node, row }) => ({ node, ...rowOut(row) })),
      }
      return wins === null ? difference : { ...difference, wins: toRow(wins) }
    }),
  }
}

export function fromReceipts({ receipts, ...node }: NodeReceipts): ReceiptsMessage {
  return {
    ...node,
    receipts: receipts.map(({ at, key, here, there, ...fate }) => ({
      ...{ ...fate, atMs: at, key: fromKey(key) },
      ...(here === undefined ? {} : { here: fromVersion(here) }),
      ...(there === undefined ? {} : { there: fromVersion(there) }),
    })),
  }
}

export function toReceipts({ node, state, counts, receipts }: NodeReceipts__Output): NodeReceipts {
  const { pushed = 0, pulled = 0, overwrittenHere = 0, overwrittenThere = 0 } = counts ?? {}
  const { orphans = 0, discarded = 0 } = counts ?? {}
  return {
    ...{ node, state: state as NodeReceipts['state'] },
    counts: { pushed, pulled, overwrittenHere, overwrittenThere, orphans, discarded },
    receipts: receipts.map(({ atMs, table, key, node: other, here, there, rule, wins }) => ({
      ...{ at: atMs, table, key: toKey(key), node: other },
      ...{ rule: rule as HealRule, wins: wins as Receipt['wins'] },
      ...(here === null ? {} : { here: toVersion(here) }),
      ...(there === null ? {} : { there: toVersion(there) }),
    })),
  }
}

function fromVersion({ writtenAt, ...facts }: VersionFacts): VersionMessage {
  return { ...facts, writtenAtMs: writtenAt }
}

function toVersion({ version, writer, writtenAtMs, state }: VersionFacts__Output): VersionFacts {
  return { version, writer, writtenAt: writtenAtMs, state: state as VersionFacts['state'] }
}

function rowIn(row: RowFacts | undefined): { row?: RowMessage } {
  return row === undefined ? {} : { row: fromRow(row) }
}

function rowOut(row: RowFacts__Output | null): { row?: RowFacts } {
  return row === null ? {} : { row: toRow(row) }
}

function fromRow({ writtenAt, ...row }: RowFacts): RowMessage {
  return { ...row, writtenAtMs: writtenAt }
}

function toRow({ version, writer, writtenAtMs, state, ttlMs, bytes, stamp }: RowFacts__Output): RowFacts {
  const row = { version, writer, writtenAt: writtenAtMs, state: state as RowFacts['state'], bytes, stamp }
  return ttlMs === undefined ? row : { ...row, ttlMs }
}

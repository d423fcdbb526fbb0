import type { KeyExplanation, NodeReceipts, TableVerification } from '../client/index.ts'
import type { KeyDifference, Receipt, RowFacts, VersionFacts } from '../index.ts'
import { type Cell, columns, leftText, plural, sizeText } from './format.ts'
import { type Paint, unpainted } from './output.ts'
import { keyText } from './values.ts'

/** What every node has under a key, for people. */
export function inspectionText(explanation: KeyExplanation, paint: Paint = unpainted): string {
  const { table, key, partition, owner, order, agrees, why, nodes } = explanation
  const rows = nodes.map(({ node, copy, row, l1 }): Cell[] => [
    node,
    copy === 'active' ? copy : { text: copy, colour: 'yellow' },
    row?.state ?? '-',
    row?.version ?? '-',
    row === undefined ? '-' : new Date(row.writtenAt).toISOString(),
    row?.ttlMs === undefined ? '-' : leftText(row.ttlMs),
    row === undefined ? '-' : sizeText(row.bytes),
    l1,
  ])
  return [
    `table ${table}   key ${keyText(key)}   partition ${partition}   owner ${owner ?? '-'}   read from ${order.join(', ') || '-'}`,
    agrees ? why : paint('yellow', why),
    columns(['NODE', 'COPY', 'STATE', 'VERSION', 'WRITTEN', 'TTL', '>BYTES', 'L1'], rows, paint),
  ].join('\n')
}

/** What a comparison of all copies found, for people. */
export function differencesText(verified: TableVerification, paint: Paint = unpainted): string {
  const { table, equal, nodes, differences, complete } = verified
  const compared = nodes.filter(({ state }) => state === 'compared')
  const others = nodes.filter(({ state }) => state !== 'compared')
  const rows = Math.max(0, ...compared.map(({ rows: count }) => count))
  const more = complete ? '' : ', and there are more'
  const verdict =
    differences.length > 0
      ? paint('yellow', `differ in ${plural(differences.length, 'key')}${more}`)
      : paint(equal ? 'green' : 'yellow', equal ? 'equal' : 'equal as far as they were compared')
  return [
    `table ${table}   ${compared.length} of ${nodes.length} copies compared, ${plural(rows, 'row')}: ${verdict}`,
    ...others.map(({ node, state }) => `  not compared: ${node} (${state})`),
    ...differences.map(differenceText),
  ].join('\n')
}

/** What nodes remember of heals, for people. */
export function receiptsText(nodes: readonly NodeReceipts[]): string {
  return nodes
    .flatMap(({ node, state, counts, receipts }) => {
      if (state === 'unreachable') return [`${node} did not answer`]
      const { pushed, pulled, overwrittenHere, overwrittenThere, orphans, discarded } = counts
      const lost =
        (orphans === 0 ? '' : `, ${plural(orphans, 'orphan')} not brought back`) +
        (discarded === 0 ? '' : `, discarded ${plural(discarded, 'row')} written apart from the majority`)
      const head = `${node} gave ${plural(pushed, 'row')} (${overwrittenThere} over others), took ${plural(pulled, 'row')} (${overwrittenHere} over its own)${lost}`
      return [head, ...receipts.map(receipt => receiptText(node, receipt))]
    })
    .join('\n')
}

function receiptText(
  node: string,
  { at, table, key, node: other, here, there, rule, wins }: Receipt,
): string {
  const side = (name: string, version: VersionFacts | undefined) =>
    `${name} ${version === undefined ? 'nothing' : rowText(version)}`
  const sides = other === '' ? side('set aside', here) : `${side(node, here)} | ${side(other, there)}`
  const winner = wins === 'neither' ? '' : ` (${wins === 'here' ? node : other})`
  return `  ${new Date(at).toISOString()} ${table} ${keyText(key)}: ${sides}: ${ruleText(rule)}${winner}`
}

function ruleText(rule: KeyDifference['rule']): string {
  return rules[rule] ?? `merged by ${rule}`
}

const rules: Readonly<Record<string, string>> = {
  newest: 'the newest wins',
  kill: 'evicted: just that version goes',
  clear: 'cleared: it goes',
  floor: 'deleted before: it does not come back',
  reissue: 'lost by a defect: it is written anew',
  majority: 'written apart from the majority, whose version stays',
  reload: 'written on one side of a split: it is deleted, to be loaded anew',
}

function differenceText({ key, rule, wins, nodes }: KeyDifference): string {
  const on = nodes.map(({ node, row }) => `${node} ${row === undefined ? 'nothing' : rowText(row)}`)
  const winner = wins === undefined ? '' : ` (${rowText(wins)})`
  return `  ${keyText(key)}: ${on.join(' | ')}: ${ruleText(rule)}${winner}`
}

function rowText({ version, state }: RowFacts | VersionFacts): string {
  return state === 'live' ? version : `${version} ${state}`
}

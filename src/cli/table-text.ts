import type { TableInfo } from '../client/index.ts'
import { columns, countText, durationText, sizeText } from './format.ts'
import { type Paint, unpainted } from './output.ts'
import { copyState } from './status-text.ts'

/** One table: its options, what is in it, and its copies, for people. */
export function tableText(table: TableInfo, paint: Paint = unpainted): string {
  const { name, definition, entries, memoryBytes, tombstones, evicted, copies } = table
  const { type, codec, ack, ttlMs, idle, maxEntries, maxBytes, eviction, l1, onMerge } = definition
  const facts = [
    ['type', `${type} of ${codec === 'bytes' ? 'bytes' : 'plain data'}`],
    ['copies', definition.copies === 'all' ? 'on every node' : definition.copies.join(', ')],
    ['ack', definition.majority ? 'a majority, always: linearizable' : ack],
    ...(onMerge === 'newest'
      ? []
      : [['merge', mergeText[onMerge] ?? `by the function ${onMerge}, after a split`]]),
    [idle ? 'idle' : 'ttl', ttlMs === undefined ? 'none' : durationText(ttlMs)],
    ['limits', `${limitsText(maxEntries, maxBytes)}${evictionText(eviction, evicted)}`],
    ['l1', l1 === false ? 'none' : limitsText(l1.maxEntries, l1.maxBytes)],
    ['entries', `${countText(entries)}, and ${countText(tombstones)} deleted ones still remembered`],
    ['memory', `${sizeText(memoryBytes)} on each node`],
  ]
  const rows = copies.map(copy => [
    copy.node,
    copy.state === 'active' ? copyState(copy) : { text: copyState(copy), colour: 'yellow' as const },
    countText(copy.entries),
    sizeText(copy.memoryBytes),
  ])
  return [
    `table ${name}`,
    ...facts.map(([fact = '', text = '']) => `  ${fact.padEnd(8)} ${text}`),
    columns(['COPY ON', 'STATE', '>ENTRIES', '>MEMORY'], rows, paint),
  ].join('\n')
}

const mergeText: Readonly<Record<string, string | undefined>> = {
  majority: 'what the majority has stays after a split',
  reload: 'what the smaller side of a split wrote is deleted, to be loaded anew',
}

function evictionText(eviction: TableInfo['definition']['eviction'], evicted: number): string {
  return eviction === 'none' ? '' : `, then ${eviction}: ${countText(evicted)} evicted`
}

function limitsText(maxEntries: number | undefined, maxBytes: number | undefined): string {
  const limits = [
    maxEntries === undefined ? [] : [`${countText(maxEntries)} entries`],
    maxBytes === undefined ? [] : [sizeText(maxBytes)],
  ].flat()
  return limits.length === 0 ? 'none' : `at most ${limits.join(' and ')}`
}

import type { ClusterStatus, TableInfo } from '../client/index.ts'
import type { CopyStatus, GroupStatus, NodeStatus } from '../index.ts'
import {
  ageText,
  type Cell,
  columns,
  countText,
  durationText,
  plural,
  shareText,
  sizeText,
} from './format.ts'
import { type Colour, type Paint, unpainted } from './output.ts'
import { barOf, shareOf } from './progress-text.ts'
import { isStrained, workloadBlock } from './workload-text.ts'

const nodeHeads = ['NODE', 'STATE', 'ADDRESS', 'UP', 'OWNS', 'LAG', 'L1 HIT', 'ENTRIES', 'MEMORY']
const tableHeads = ['TABLE', 'TYPE', 'COPIES', '>ENTRIES', '>MEMORY', 'TTL', 'STATE']
const stateColours: Readonly<Record<NodeStatus['state'], Colour>> = {
  up: 'green',
  starting: 'yellow',
  unreachable: 'red',
}

export interface StatusTextOptions {
  /** For who watches copies load. */
  readonly bars?: boolean
  /** How every node keeps up, also where all do. */
  readonly verbose?: boolean
}

/** The cluster, its nodes and its tables, for people. */
export function statusText(
  status: ClusterStatus,
  paint: Paint = unpainted,
  { bars = false, verbose = false }: StatusTextOptions = {},
): string {
  const blocks = [headline(status, paint), ...waitingText(status.group), nodeBlock(status, paint)]
  if (verbose || status.nodes.some(isStrained)) blocks.push(workloadBlock(status.nodes, paint))
  if (status.differingViews.length > 0) {
    blocks.push(`other members than ${status.self} are seen by ${status.differingViews.join(', ')}`)
  }
  blocks.push(status.tables.length === 0 ? 'no tables' : tableBlock(status.tables, paint))
  if (bars) blocks.push(...loadLines(status.tables, paint))
  return blocks.join('\n')
}

/** Names of nodes that should hold copies and are no members any more: they failed, or nobody took their copies away. */
export function downNodes({ nodes, tables }: ClusterStatus): readonly string[] {
  const members = new Set(nodes.map(({ name }) => name))
  const holders = new Set(tables.flatMap(({ copies }) => copies.map(({ node }) => node)))
  return [...holders].filter(name => !members.has(name)).sort()
}

/** Equal as long as nothing happened that an operator would want to be told: who is there, which copies are good. */
export function shapeOf({ cluster, healthy, group, nodes, tables, differingViews }: ClusterStatus): string {
  return JSON.stringify([
    cluster,
    healthy,
    [group.leader, group.hasQuorum, group.provisional],
    nodes.map(({ name, state, address }) => [name, state, address]),
    tables.map(({ name, definition, copies }) => [
      name,
      definition,
      copies.map(({ node, state }) => [node, state]),
    ]),
    differingViews,
  ])
}

/** Tables, one a line. */
export function tableBlock(tables: readonly TableInfo[], paint: Paint = unpainted): string {
  const rows = tables.map(({ name, definition, copies, entries, memoryBytes }): Cell[] => {
    const active = copies.filter(({ state }) => state === 'active').length
    const whole = active === copies.length
    const state = copiesState(copies)
    return [
      name,
      definition.majority ? 'majority' : definition.type,
      whole ? `${active} ram_copies` : `${active} of ${copies.length} ram_copies`,
      countText(entries),
      sizeText(memoryBytes),
      definition.ttlMs === undefined ? '-' : durationText(definition.ttlMs),
      whole ? state : { text: state, colour: 'yellow' },
    ]
  })
  return columns(tableHeads, rows, paint)
}

/** A copy's state with how far it is. */
export function copyState(copy: CopyStatus): string {
  const share = shareOf(copy)
  return share === undefined ? copy.state : `${copy.state} ${share}`
}

function headline(status: ClusterStatus, paint: Paint): string {
  const { nodes, healthy, cluster, group } = status
  const up = nodes.filter(({ state }) => state === 'up').length
  const all = nodes.length + downNodes(status).length
  const verdict = healthy ? paint('green', 'healthy') : paint('red', 'degraded')
  const counted = `${up === all ? plural(up, 'node') : `${up} of ${plural(all, 'node')}`} up`
  return [`cluster ${cluster}`, counted, groupText(group), `schema ${group.schema}`, verdict].join('   ')
}

// Who leads, or why nobody does; what is wrong with a group is what an operator must know first.
function groupText({ leader, hasQuorum, provisional }: GroupStatus): string {
  if (!hasQuorum) return 'no quorum'
  const who = leader === undefined ? 'no leader' : `leader ${leader}`
  return provisional ? `${who} (provisional)` : who
}

// What the group waits for, and what an operator can do who knows that it will not come.
function waitingText({ hasQuorum, provisional, voters }: GroupStatus): string[] {
  if (!hasQuorum)
    return [
      `the group needs more than half of its voters ${voters.join(', ')}, and goes on by itself when they are back; if those` +
        " that are missing are gone for good: 'mnemesh recover --force' on the node that shall go on",
    ]
  if (!provisional) return []
  return [
    'majority tables and locks wait until more than half of the seeds are in the group or say that they have none; if the missing' +
      " ones have no group of their own: 'mnemesh recover --accept'",
  ]
}

function nodeBlock(status: ClusterStatus, paint: Paint): string {
  const rows = status.nodes.map(node => nodeRow(node, node.name === status.self))
  const down = downNodes(status).map((name): Cell[] => [
    name,
    { text: 'down', colour: 'red' },
    ...nodeHeads.slice(2).map(() => '-'),
  ])
  return columns(nodeHeads, [...rows, ...down], paint)
}

function nodeRow(node: NodeStatus, asked: boolean): Cell[] {
  const { name, state, address, uptimeMs, owns, l1Hits, l1Misses, entries } = node
  const looks = l1Hits + l1Misses
  const known = state !== 'unreachable'
  return [
    asked ? `${name}*` : name,
    { text: state, colour: stateColours[state] },
    address,
    ageText(uptimeMs),
    ...(known
      ? [
          shareText(owns),
          lagText(node),
          looks === 0 ? '-' : shareText(l1Hits / looks),
          countText(entries),
          memoryCell(node),
        ]
      : nodeHeads.slice(4).map(() => '-')),
  ]
}

// Of its limit, and conspicuous from where tables make room and entries are refused.
function memoryCell({ memoryBytes, maxBytes }: NodeStatus): Cell {
  if (maxBytes === 0) return sizeText(memoryBytes)
  const share = memoryBytes / maxBytes
  const text = `${sizeText(memoryBytes)} of ${sizeText(maxBytes)}`
  return share < 0.8 ? text : { text, colour: share < 0.95 ? 'yellow' : 'red' }
}

// By how much the peer that is furthest behind is behind.
function lagText({ lag }: NodeStatus): string {
  const worst = lag.reduce((most, { operations }) => Math.max(most, operations), 0)
  return worst === 0 ? '0' : plural(worst, 'op')
}

function copiesState(copies: readonly CopyStatus[]): string {
  const active = copies.filter(({ state }) => state === 'active').length
  const others = copies.filter(({ state }) => state !== 'active')
  const parts = others.map(copy => {
    const share = shareOf(copy)
    return `${copy.state} on ${copy.node}${share === undefined ? '' : ` ${share}`}`
  })
  if (others.length === 0) return active === 0 ? 'no copies' : 'active'
  return [`active on ${active}`, ...parts].join(', ')
}

function loadLines(tables: readonly TableInfo[], paint: Paint): string[] {
  return tables.flatMap(({ name, copies }) =>
    copies.flatMap(({ node, state, load }) =>
      state === 'loading' && load !== undefined ? `${name} on ${node}  ${barOf(load, paint)}` : [],
    ),
  )
}

import { setTimeout as sleep } from 'node:timers/promises'
import { type ClusterStatus, MnemeshError } from '../../client/index.ts'
import type { HarmedNode } from './harmed.ts'

const pollMs = 50
const statusTimeoutMs = 2000

type Status = ClusterStatus | undefined

/** Who leads, as a majority of all nodes say. */
export async function leaderOf<N extends HarmedNode>(nodes: readonly N[]): Promise<N | undefined> {
  const leaders = (await statusesOf(nodes)).map(status => status?.group.leader)
  return nodes.find(({ name }) => leaders.filter(leader => leader === name).length > nodes.length / 2)
}

/** Resolves with how long it took until every node runs and all agree that all is well. */
export async function untilHealthy(nodes: readonly HarmedNode[], limitMs: number): Promise<number> {
  const began = performance.now()
  for (;;) {
    const trouble = troubleOf(nodes, await statusesOf(nodes))
    const took = performance.now() - began
    if (trouble === undefined) return took
    if (took > limitMs)
      throw new MnemeshError('ERR_TIMEOUT', `not healthy within ${Math.round(took)} ms: ${trouble}`)
    await sleep(pollMs)
  }
}

// What each of the nodes that run says, undefined for those that do not answer.
function statusesOf(nodes: readonly HarmedNode[]): Promise<Status[]> {
  const running = nodes.filter(({ isRunning }) => isRunning)
  return Promise.all(
    running.map(({ client }) => client.admin.status({ timeout: statusTimeoutMs }).catch(() => undefined)),
  )
}

function troubleOf(nodes: readonly HarmedNode[], statuses: readonly Status[]): string | undefined {
  const silent = nodes.length - statuses.filter(status => status !== undefined).length
  if (silent > 0) return `${silent} of ${nodes.length} nodes do not answer`
  const leaders = new Set(statuses.map(status => status?.group.leader))
  if (leaders.size > 1 || leaders.has(undefined)) return `leaders are ${[...leaders].join(', ')}`
  const wanted = nodes.map(({ name }) => name).sort()
  for (const status of statuses) {
    if (status === undefined) continue
    const { self, group, healthy } = status
    const members = [...group.voters, ...group.learners].sort().join()
    if (!healthy || !group.hasQuorum || group.provisional) return `${self} says ${summaryOf(status)}`
    if (members !== wanted.join()) return `members are ${members} to ${self}`
  }
  return undefined
}

function summaryOf({ healthy, group, nodes, tables }: ClusterStatus): string {
  const up = nodes.filter(({ state }) => state === 'up').length
  const copies = tables.flatMap(table => table.copies)
  const active = copies.filter(({ state }) => state === 'active').length
  return (
    `healthy ${healthy}, quorum ${group.hasQuorum}, provisional ${group.provisional}, ${up} nodes up, ` +
    `${active} of ${copies.length} copies active`
  )
}

import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ClusterStatus, MnemeshError } from '../../client/index.ts'
import { ownProgram, type ProgramCommand } from '../child.ts'
import { ChaosNode } from './chaos-node.ts'
import type { ChaosNetwork } from './network.ts'

const pollMs = 50
const statusTimeoutMs = 2000
const maxTries = 5

export interface ChaosClusterOptions {
  readonly count: number
  readonly network: ChaosNetwork
  /** Folder for what the nodes log. */
  readonly folder: string
  readonly program?: ProgramCommand
}

/** Nodes on this machine, each a process, to be killed, paused and cut off. None survives this process. */
export class ChaosCluster {
  readonly nodes: ChaosNode[] = []
  /** Nodes that ended without having been told to, in words. */
  readonly lost: string[] = []
  readonly network: ChaosNetwork
  readonly #options: ChaosClusterOptions
  readonly #secret = randomBytes(32).toString('base64')

  constructor(options: ChaosClusterOptions) {
    this.#options = options
    this.network = options.network
  }

  get endpoints(): string[] {
    return this.nodes.map(({ place }) => place.grpc)
  }

  /** Resolves when all nodes have become one healthy cluster. */
  async start(): Promise<void> {
    await this.#startNode(0)
    const { count } = this.#options
    await Promise.all(Array.from({ length: count - 1 }, (_, i) => this.#startNode(i + 1)))
    await this.untilHealthy(60_000)
  }

  /** Starts a node that has ended, at its old addresses. */
  restart(node: ChaosNode): Promise<void> {
    return node.start(this.#seedsFor(node))
  }

  /** Who leads, as a majority of those who run say. */
  async leader(): Promise<ChaosNode | undefined> {
    const leaders = (await this.statuses()).map(status => status?.group.leader)
    return this.nodes.find(
      ({ name }) => leaders.filter(leader => leader === name).length > this.nodes.length / 2,
    )
  }

  /** What each of the nodes that run says, undefined for those that do not answer. */
  statuses(): Promise<(ClusterStatus | undefined)[]> {
    const running = this.nodes.filter(({ isRunning }) => isRunning)
    return Promise.all(
      running.map(({ client }) => client.admin.status({ timeout: statusTimeoutMs }).catch(() => undefined)),
    )
  }

  /** Resolves with how long it took until every node runs and all agree that all is well. */
  async untilHealthy(limitMs: number): Promise<number> {
    const began = performance.now()
    for (;;) {
      const statuses = await this.statuses()
      const took = performance.now() - began
      const trouble = this.#trouble(statuses)
      if (trouble === undefined) return took
      if (took > limitMs)
        throw new MnemeshError('ERR_TIMEOUT', `not healthy within ${Math.round(took)} ms: ${trouble}`)
      await sleep(pollMs)
    }
  }

  /** Undoes whatever a fault has left, and resolves when all is well. */
  async heal(limitMs: number): Promise<void> {
    await this.network.heal()
    for (const node of this.nodes) node.resume()
    // Together: one alone may have nobody to join.
    const ended = this.nodes.filter(({ isRunning }) => !isRunning)
    await Promise.all(ended.map(node => this.restart(node)))
    await this.untilHealthy(limitMs)
  }

  async stop(): Promise<void> {
    await Promise.all(
      this.nodes.map(async node => {
        await node.end('SIGKILL')
        await node.client.close()
      }),
    )
    this.network.remove()
  }

  /** For when there is no time to wait. */
  kill(): void {
    for (const node of this.nodes) void node.end('SIGKILL')
    this.network.remove()
  }

  #trouble(statuses: readonly (ClusterStatus | undefined)[]): string | undefined {
    const silent = this.nodes.length - statuses.filter(status => status !== undefined).length
    if (silent > 0) return `${silent} of ${this.nodes.length} nodes do not answer`
    const leaders = new Set(statuses.map(status => status?.group.leader))
    if (leaders.size > 1 || leaders.has(undefined)) return `leaders are ${[...leaders].join(', ')}`
    for (const status of statuses) {
      if (status === undefined) continue
      const { self, group, healthy } = status
      const members = [...group.voters, ...group.learners].sort().join()
      const wanted = this.nodes.map(({ name }) => name).sort()
      if (!healthy || !group.hasQuorum || group.provisional) return `${self} says ${summaryOf(status)}`
      if (members !== wanted.join()) return `members are ${members} to ${self}`
    }
    return undefined
  }

  // Between looking for a free port and binding it somebody else may take it; then others are tried.
  async #startNode(index: number): Promise<void> {
    const { network, folder, program = ownProgram() } = this.#options
    for (let tries = 1; ; tries++) {
      const name = `node-${index + 1}`
      const node = new ChaosNode(await network.place(index), {
        ...{ name, secret: this.#secret, program, log: `${folder}/${name}.log` },
        lost: how => this.lost.push(how),
      })
      this.nodes[index] = node
      try {
        return await node.start(this.#seedsFor(node))
      } catch (error) {
        if (!MnemeshError.is(error, 'ERR_ADDRESS_IN_USE') || tries === maxTries) throw error
        await node.client.close()
      }
    }
  }

  #seedsFor(node: ChaosNode): readonly string[] {
    return this.nodes.filter(other => other !== node && other.isRunning).map(({ place }) => place.gossip)
  }
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

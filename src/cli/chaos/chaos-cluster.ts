import { randomBytes } from 'node:crypto'
import { MnemeshError } from '../../client/index.ts'
import { ownProgram, type ProgramCommand } from '../child.ts'
import { ChaosNode, type ChaosNodeOptions } from './chaos-node.ts'
import type { HarmedCluster } from './harmed.ts'
import { leaderOf, untilHealthy } from './health.ts'
import type { ChaosNetwork } from './network.ts'

const maxTries = 5

export interface ChaosClusterOptions {
  readonly count: number
  readonly network: ChaosNetwork
  /** Folder for what the nodes log. */
  readonly folder: string
  readonly program?: ProgramCommand
  /** Flags of Node and settings that each node gets. */
  readonly each?: Pick<ChaosNodeOptions, 'flags' | 'settings'>
}

/** Nodes on this machine, each a process, to be killed, paused and cut off. None survives this process. */
export class ChaosCluster implements HarmedCluster {
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

  /** See `leaderOf`. */
  leader(): Promise<ChaosNode | undefined> {
    return leaderOf(this.nodes)
  }

  /** See `untilHealthy`. */
  untilHealthy(limitMs: number): Promise<number> {
    return untilHealthy(this.nodes, limitMs)
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

  // Between looking for a free port and binding it somebody else may take it; then others are tried.
  async #startNode(index: number): Promise<void> {
    const { network, folder, each, program = ownProgram() } = this.#options
    for (let tries = 1; ; tries++) {
      const name = `node-${index + 1}`
      const node = new ChaosNode(await network.place(index), {
        ...each,
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

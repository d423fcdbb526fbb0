import { randomBytes } from 'node:crypto'
import { MnemeshError } from '../../client/index.ts'
import type { LogLevel } from '../settings.ts'
import { LocalNode } from './local-node.ts'
import { freePortPair } from './ports.ts'

const clusterName = 'dev'
const firstPort = 7946
const portsApart = 1000
const maxTries = 5

export interface LocalClusterOptions {
  readonly count: number
  readonly logLevel: LogLevel
  /** Takes what a node logs, and what happened to it. */
  readonly line: (node: string, line: string) => void
  /** The last node has ended without having been asked to. */
  readonly deserted: () => void
}

/** Nodes on this machine, each a process, with a secret that was made for them. None survives this process. */
export class LocalCluster {
  readonly #options: LocalClusterOptions
  readonly #secret = randomBytes(32).toString('base64')
  readonly #taken = new Set<number>()
  readonly #nodes: LocalNode[] = []
  #isEnding = false

  constructor(options: LocalClusterOptions) {
    this.#options = options
  }

  get nodes(): readonly LocalNode[] {
    return this.#nodes
  }

  /** Resolves when all nodes are ready. The first stands before the others, who find the cluster through it. */
  async start(): Promise<void> {
    await this.#startNode(0)
    const others = Array.from({ length: this.#options.count - 1 }, (_, i) => this.#startNode(i + 1))
    const failed = (await Promise.allSettled(others)).find(({ status }) => status === 'rejected')
    if (failed?.status === 'rejected') throw failed.reason
  }

  /** Starts a node that has ended, at its old addresses. Resolves when its copies are loaded. */
  restart(node: LocalNode): Promise<void> {
    return node.start(this.#seedsFor(node))
  }

  /** Ends all nodes. */
  async stop(): Promise<void> {
    this.#isEnding = true
    await Promise.all(this.#nodes.map(node => node.stop()))
  }

  /** Ends all nodes at once, for when there is no time to wait. */
  kill(): void {
    for (const node of this.#nodes) void node.kill()
  }

  // Between looking for a free port and binding it somebody else may take it; then the next one is tried.
  async #startNode(index: number): Promise<void> {
    for (let tries = 1; ; tries++) {
      const port = await freePortPair(firstPort + portsApart * index, this.#taken)
      this.#taken.add(port).add(port + 1)
      const node = this.#nodeAt(port, `node-${index + 1}`)
      if (this.#isEnding) throw new MnemeshError('ERR_CLOSED', 'the cluster was ended')
      this.#nodes[index] = node
      try {
        return await node.start(this.#seedsFor(node))
      } catch (error) {
        if (!MnemeshError.is(error, 'ERR_ADDRESS_IN_USE') || tries === maxTries) throw error
      }
    }
  }

  #nodeAt(port: number, name: string): LocalNode {
    const { logLevel, line, deserted } = this.#options
    return new LocalNode(port, {
      name,
      cluster: clusterName,
      secret: this.#secret,
      logLevel,
      line: text => line(name, text),
      lost: how => {
        line(name, `ended (${how})`)
        if (!this.#nodes.some(({ isRunning }) => isRunning)) deserted()
      },
    })
  }

  // The first alone does not know the others' ports yet, and the others need no more than the first.
  #seedsFor(node: LocalNode): readonly string[] {
    return this.#nodes.filter(other => other !== node && other.isRunning).map(({ gossip }) => gossip)
  }
}

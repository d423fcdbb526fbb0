import type { HarmedCluster, HarmedNode } from '../../src/cli/chaos/harmed.ts'
import { leaderOf, untilHealthy } from '../../src/cli/chaos/health.ts'
import { createClient } from '../../src/client/index.ts'
import { createNetwork, docker } from './docker.ts'

const [gossipPort, grpcPort] = [7946, 7947]
const firstHost = 10
const healthyMs = 60_000

/** One node in a container. Clients reach it at its own address, as is possible on Linux: no port is mapped. */
export class ContainerNode implements HarmedNode {
  readonly name: string
  readonly host: string
  readonly address: string
  readonly endpoint: string
  readonly client: HarmedNode['client']
  isRunning = false

  constructor(name: string, host: string, address: string) {
    this.name = name
    this.host = host
    this.address = address
    this.endpoint = `${address}:${grpcPort}`
    this.client = createClient({ endpoints: [this.endpoint], discover: false })
  }

  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    this.isRunning = false
    await docker('kill', '--signal', signal, this.host)
    await docker('wait', this.host)
  }

  async pause(): Promise<void> {
    await docker('pause', this.host)
  }

  async resume(): Promise<void> {
    await docker('unpause', this.host)
  }

  async start(): Promise<void> {
    await docker('start', this.host)
    this.isRunning = true
  }

  /** What it logged that it could not keep. */
  async errors(): Promise<string[]> {
    const logged = await docker('logs', this.host)
    return logged.split('\n').filter(line => line.includes('"level":"error"'))
  }
}

/** Nodes in containers on one network of the engine, killed, paused and taken off it. */
export class ContainerCluster implements HarmedCluster {
  readonly nodes: readonly ContainerNode[]
  readonly #network: string
  readonly #remove: () => Promise<void>
  #cutOff: ContainerNode | undefined

  private constructor(
    nodes: readonly ContainerNode[],
    network: { readonly name: string; readonly remove: () => Promise<void> },
  ) {
    this.nodes = nodes
    this.#network = network.name
    this.#remove = network.remove
  }

  /** Resolves when they are one healthy cluster. */
  static async start(image: string, name: string, count: number): Promise<ContainerCluster> {
    const { prefix, remove } = await createNetwork(name)
    const nodes = Array.from({ length: count }, (_, i) => {
      const node = `node-${i + 1}`
      return new ContainerNode(node, `${name}-${node}`, `${prefix}.${firstHost + i}`)
    })
    const cluster = new ContainerCluster(nodes, { name, remove })
    try {
      await Promise.all(nodes.map(node => cluster.#create(image, node)))
      await cluster.untilHealthy(healthyMs)
      return cluster
    } catch (error) {
      await cluster.stop()
      throw error
    }
  }

  get endpoints(): string[] {
    return this.nodes.map(({ endpoint }) => endpoint)
  }

  readonly network = {
    cut: async (index: number): Promise<void> => {
      this.#cutOff = this.nodes[index]
      await docker('network', 'disconnect', this.#network, this.#cutOff.host)
    },
    heal: async (): Promise<void> => {
      const node = this.#cutOff
      this.#cutOff = undefined
      if (node !== undefined)
        await docker('network', 'connect', '--ip', node.address, this.#network, node.host)
    },
  }

  restart(node: HarmedNode): Promise<void> {
    return (node as ContainerNode).start()
  }

  leader(): Promise<ContainerNode | undefined> {
    return leaderOf(this.nodes)
  }

  untilHealthy(limitMs: number): Promise<number> {
    return untilHealthy(this.nodes, limitMs)
  }

  async stop(): Promise<void> {
    for (const { client } of this.nodes) await client.close()
    await docker('rm', '--force', '--volumes', ...this.nodes.map(({ host }) => host))
    await this.#remove()
  }

  async #create(image: string, node: ContainerNode): Promise<void> {
    const environment = {
      ...{ NAME: node.name, CLUSTER: 'chaos', SECRET: 'a secret for the chaos', INSECURE: 'true' },
      SEEDS: this.nodes.map(({ address }) => `${address}:${gossipPort}`).join(),
    }
    const variables = Object.entries(environment).flatMap(([key, value]) => [
      '--env',
      `MNEMESH_${key}=${value}`,
    ])
    const place = ['--network', this.#network, '--ip', node.address]
    await docker('create', '--name', node.host, ...place, ...variables, image)
    await node.start()
  }
}

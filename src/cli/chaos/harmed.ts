import type { MeshClient } from '../../client/index.ts'

/** A node that is mistreated, wherever it runs. */
export interface HarmedNode {
  readonly name: string
  /** Asks this node, and no other one. */
  readonly client: MeshClient
  readonly isRunning: boolean
  /** Sends the signal; resolves when the node has ended. */
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>
  /** It stands still, with all that it has. */
  pause(): void | Promise<void>
  resume(): void | Promise<void>
}

/** Nodes that are mistreated, and what they talk over. */
export interface HarmedCluster {
  readonly nodes: readonly HarmedNode[]
  readonly network: {
    /** Cuts one node off from all others; undefined where that is not possible. */
    readonly cut: ((node: number) => Promise<void>) | undefined
    /** Undoes all cuts. */
    heal(): Promise<void>
  }
  /** Starts a node that has ended, at its old addresses. */
  restart(node: HarmedNode): Promise<void>
  leader(): Promise<HarmedNode | undefined>
  untilHealthy(limitMs: number): Promise<number>
}

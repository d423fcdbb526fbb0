import type { EventCounts } from './events.ts'
import type { LoadStatus } from './load-progress.ts'
import type { TableDefinition } from './schema.ts'

/** How a node keeps up with what it is asked. */
export interface Workload {
  /** Frames of calls, and single calls, that wait for their turn or until their answers can go. */
  readonly queueLength: number
  /** How long the oldest of them has waited. */
  readonly queueAgeMs: number
  /** Calls that it refused with ERR_OVERLOADED since it started. */
  readonly refused: number
  /** What it thinks of its own hearing (Lifeguard): 0 is well, 8 the worst. It waits longer for others accordingly. */
  readonly healthScore: number
}

/** One node as the node that was asked sees it. */
export interface NodeStatus extends Workload {
  readonly name: string
  readonly state: 'up' | 'starting' | 'unreachable'
  readonly address: string
  readonly gossip: string
  readonly incarnation: number
  readonly version: string
  readonly zone: string
  readonly uptimeMs: number
  /** Names of the tables that it holds an active copy of. */
  readonly localTables: readonly string[]
  /** Share of the partitions of the ring that it owns, 0 to 1. */
  readonly owns: number
  readonly entries: number
  /** Bytes that its copies, its caches of decoded values and what it has still to send take from the system. */
  readonly memoryBytes: number
  /** How many they may take; 0 for no limit. */
  readonly maxBytes: number
  /** Entries that it removed because a table was over its limit, from its present copies. */
  readonly evicted: number
  readonly l1Hits: number
  readonly l1Misses: number
  /** How far the others are behind what this node wrote. */
  readonly lag: readonly PeerLagStatus[]
  /** Members as that node sees them, `name#incarnation`. */
  readonly view: readonly string[]
  /** How often each event happened there since it started. */
  readonly events: EventCounts
}

export interface PeerLagStatus {
  readonly node: string
  readonly connected: boolean
  /** Operations that it has not confirmed. */
  readonly operations: number
  /** Since the oldest of them was sent. */
  readonly ms: number
}

export interface CopyStatus {
  readonly node: string
  readonly state: 'wanted' | 'loading' | 'active' | 'leaving' | 'unreachable'
  /** Rows loaded and expected, while loading. */
  readonly loaded: number
  readonly expected: number
  /** How far it is, while rows come. */
  readonly load?: LoadStatus
  readonly entries: number
  readonly memoryBytes: number
}

export interface TableInfo {
  readonly name: string
  readonly id: string
  readonly definition: TableDefinition
  /** Live entries; of the fullest active copy. */
  readonly entries: number
  /** Bytes of live entries as `maxBytes` counts them. */
  readonly bytes: number
  readonly memoryBytes: number
  readonly tombstones: number
  /** Entries removed because the table was over its limit, by all holders since each has its copy. */
  readonly evicted: number
  readonly copies: readonly CopyStatus[]
}

/** The strong group, which decides what must be agreed on, as the node that was asked sees it. */
export interface GroupStatus {
  /** 128 bits as hex; '' while the node is in none. */
  readonly id: string
  readonly generation: number
  /** Formed while nodes that were to be there stayed silent: majority tables and locks wait for them. */
  readonly provisional: boolean
  readonly term: number
  /** Name of the leading node; undefined while there is none. */
  readonly leader: string | undefined
  readonly voters: readonly string[]
  readonly learners: readonly string[]
  /** Index of the last entry of the log that the node has applied. */
  readonly applied: number
  /** Index of the last change of the schema. */
  readonly schema: number
  /** False where nothing can be decided from: majority tables answer ERR_NO_QUORUM. */
  readonly hasQuorum: boolean
}

/** A dump of rows for which there was no place when the node's group gave way to another one. */
export interface DumpInfo {
  /** As the log names it: the file, or `memory:` and a number. */
  readonly name: string
  /** The group whose rows they were. */
  readonly group: string
  readonly generation: number
  readonly rows: number
}

export interface ClusterStatus {
  readonly cluster: string
  /** Name of the node that was asked. */
  readonly self: string
  /** Every node is up, every copy active, all see the same members, and the group can decide. */
  readonly healthy: boolean
  readonly group: GroupStatus
  readonly nodes: readonly NodeStatus[]
  readonly tables: readonly TableInfo[]
  /** Nodes whose view of the members differs from that of the node that was asked. */
  readonly differingViews: readonly string[]
}

/** What one node says of itself; travels between nodes as plain data. */
export interface NodeReport {
  readonly ready: boolean
  readonly startedAt: number
  readonly owns: number
  readonly lag: readonly PeerLagStatus[]
  readonly view: readonly string[]
  readonly memoryBytes: number
  readonly maxBytes: number
  readonly tables: readonly CopyReport[]
  /** Of nodes of an earlier version: absent. */
  readonly events?: EventCounts
  readonly workload?: Workload
}

export interface CopyReport {
  readonly id: string
  readonly active: boolean
  readonly loaded: number
  readonly expected: number
  /** While it is being loaded. */
  readonly load?: LoadStatus
  readonly entries: number
  readonly bytes: number
  readonly memoryBytes: number
  readonly tombstones: number
  readonly evicted: number
  readonly l1Hits: number
  readonly l1Misses: number
}

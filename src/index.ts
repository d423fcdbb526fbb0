export { type ClientOptions, createClient, type MeshClient } from './client/create-client.ts'
export type { Log } from './core/environment.ts'
export { type ErrorCode, MnemeshError } from './core/errors.ts'
export type { ClusterEvent, EventCounts, EventFields, EventLevel, EventName } from './core/events.ts'
export type {
  HealCounts,
  HealRule,
  KeyDifference,
  KeyOnNode,
  Receipt,
  RowFacts,
  VersionFacts,
} from './core/inspection.ts'
export type { LoadStatus } from './core/load-progress.ts'
export type { MergeFunction, MergeFunctions } from './core/merge-functions.ts'
export type { L1Limits, L1Options } from './core/schema.ts'
export type { CopyStatus, GroupStatus, NodeStatus, PeerLagStatus } from './core/status.ts'
export type { ClusterEvents, EventsOptions } from './face/events.ts'
export * from './face/types.ts'
export type { Member } from './membership/view.ts'
export type { ClusterNode } from './node/cluster-node.ts'
export { createNode } from './node/create-node.ts'
export type { NodeOptions } from './node/options.ts'
